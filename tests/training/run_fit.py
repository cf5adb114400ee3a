"""One small fit with checkpoints in a process of its own, for tests that kill, stop or repeat it."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

import gausscape as gs
from gausscape.modalities.images.example import example_items
from gausscape.training.loop import Training


def main(parent: str, options: dict[str, Any]) -> None:
    """Fit in the folder `parent`: the run in run/, the space in space/, what is said in out.txt.

    Exits with 3 after a refusal and with its own code after a stop. Prints "training" at the first step (or at step
    `announce`), and at the end the warnings of the record, which are taken out of it so that bytes can be compared.
    """
    output = os.open(Path(parent) / "out.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    if options.get("fault"):
        os.environ["GAUSSCAPE_FAULT"] = options["fault"]
    try:
        sys.exit(_fit(Path(parent), options))
    except KeyboardInterrupt:
        print("KeyboardInterrupt")
        sys.exit(130)


def _fit(parent: Path, options: dict[str, Any]) -> int:
    torch.set_num_threads(options.get("threads", 1))
    images = example_items(options.get("objects", 260), seed=1)
    if options.get("edit"):
        images = images.copy()
        images[5, 3, 3] ^= 1
    said = False
    step = Training._one_step

    def slow_step(self) -> None:
        nonlocal said
        if not said and self.step >= options.get("announce", 0):
            said = True
            print("training", flush=True)
        time.sleep(options.get("pause", 0.0))
        step(self)

    Training._one_step = slow_step
    checkpoints = gs.Checkpoints(parent / "run", resume=options.get("resume", True), interval=options.get("interval", 0.0))
    np.random.seed(options.get("caller", 7))  # noqa: NPY002 - the caller's own stream, which must not matter
    try:
        space = gs.fit(
            gs.scan_data(options["scan"], chunk=64) if "scan" in options else images,
            latent=2,
            seed=options.get("seed", 5),
            schedule=gs.Schedule(steps=options.get("steps", 40), learning_rate=options.get("learning_rate", 2e-3)),
            objective=gs.Elbo(kl_weight=options.get("kl_weight", 1.0)),
            checkpoints=checkpoints,
        )
    except gs.GausscapeError as error:
        print(f"{type(error).__name__}: {error}")
        return getattr(error, "exit_code", 3)
    print(json.dumps(space.record["training"].pop("warnings")))
    space.record["training"]["warnings"] = []
    space.save(parent / "space", overwrite=(parent / "space").exists())
    checkpoints.finish()
    return 0
