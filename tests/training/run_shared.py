"""One process of a shared fit, for tests that start several, kill one, or give one of them other data."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import torch

import gausscape as gs
from gausscape.modalities.images.example import example_items
from gausscape.training.group import find_group
from gausscape.training.loop import Training


def main(parent: str, rank: int, size: int, port: int, options: dict[str, Any]) -> None:
    """Fit small images, or digits, in the folder `parent`: the run in run/, the space in space/, what is said in out-RANK.txt.

    The variables are those that torchrun sets. Prints "training" when step `announce` is done.
    """
    output = os.open(Path(parent) / f"out-{rank}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    if size > 1:
        os.environ |= {"TORCHELASTIC_RUN_ID": "test", "RANK": str(rank), "WORLD_SIZE": str(size)}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    try:
        code = _fit(Path(parent), rank, options)
    except KeyboardInterrupt:
        code = 130
    sys.stdout.flush()
    sys.exit(code)


def _fit(parent: Path, rank: int, options: dict[str, Any]) -> int:
    step = Training._one_step

    def slow_step(self) -> None:
        time.sleep(options.get("pause", 0.0))
        step(self)
        if self.step == options.get("announce", -1):
            print("training", flush=True)

    Training._one_step = slow_step
    is_digits = options.get("digits", False)
    values = gs.load_data("digits") if is_digits else example_items(260, seed=1).copy()
    if options.get("edited") == rank:
        values[5, 3, 3] ^= 1
    keeps = options.get("keeps", False)
    checkpoints = gs.Checkpoints(parent / "run", resume=options.get("resume", False), interval=1e6) if keeps else None
    schedule = gs.Schedule(steps=20 if is_digits else 24, shards=options.get("shards"))
    try:
        space = gs.fit(values, latent=2, method=options.get("method", "vae"), schedule=schedule, checkpoints=checkpoints)
    except gs.GausscapeError as error:
        print(f"{type(error).__name__}: {error}")
        return getattr(error, "exit_code", 3)
    if find_group().rank == 0:
        space.save(parent / "space", overwrite=(parent / "space").exists())
    if checkpoints:
        checkpoints.finish()
    return 0
