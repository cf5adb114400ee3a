"""A fit in a process that may not take more memory: refused before it begins, and stopped in the middle with its state whole.

    python out_of_memory.py FOLDER

Prints one line of JSON: what was said, and whether the resumed fit ended with the bytes of an unbroken one.
"""

import json
import re
import resource
import sys
from pathlib import Path

import numpy as np
import torch

import gausscape as gs
from gausscape.training import fitting
from gausscape.training.loop import Training

ROOM = 68 << 20


def limit(room: int | None) -> None:
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    soft = resource.RLIM_INFINITY if room is None else taken + room
    resource.setrlimit(resource.RLIMIT_AS, (soft, resource.RLIM_INFINITY))


def fit(images: np.ndarray, batch: int, **options) -> gs.Space:
    return gs.fit(images, latent=2, schedule=gs.Schedule(steps=6, batch=batch), **options)


def refused(images: np.ndarray, batch: int, **options) -> str:
    try:
        fit(images, batch, **options)
    except gs.GausscapeError as error:
        return str(error) if isinstance(error, MemoryError) else f"another error: {error}"
    return ""


def weights(space: gs.Space) -> dict[str, torch.Tensor]:
    return space.codec.networks.state_dict()


if __name__ == "__main__":
    torch.set_num_threads(1)
    place = Path(sys.argv[1])
    images = (255 * np.random.default_rng(0).uniform(size=(8000, 20, 20))).astype("uint8")
    unbroken = fit(images, 1200)  # and whatever is loaded on the way
    run, estimate = Training.run, fitting.refuse_too_large_batch

    def limited_run(self, **options):
        """Only training meets the limit; what comes after it has a need of its own."""
        try:
            return run(self, **options)
        finally:
            limit(None)

    def limited_estimate(training: Training) -> None:
        limit(ROOM)
        estimate(training)

    Training.run, fitting.refuse_too_large_batch = limited_run, limited_estimate
    answer = {}
    answer["before"] = refused(images, 1260)
    offered = int(re.search(r"schedule.batch=(\d+)", answer["before"])[1])
    answer["offered_fits"] = not refused(images, offered)

    # In the middle: the room shrinks after the third step, and no estimate has warned.
    fitting.refuse_too_large_batch = lambda training: None
    step = Training._one_step

    def shrinking(self) -> None:
        if self.step == 3:
            limit(1 << 20)
            torch.empty(64 << 20)  # what earlier steps freed would carry one step more
        step(self)

    Training._one_step = shrinking
    answer["meanwhile"] = refused(images, 1200, checkpoints=gs.Checkpoints(place / "run", interval=0.0))
    limit(None)
    Training._one_step, fitting.refuse_too_large_batch = step, estimate
    resumed = fit(images, 1200, checkpoints=gs.Checkpoints(place / "run", resume=True))
    answer["same"] = all(torch.equal(tensor, weights(unbroken)[name]) for name, tensor in weights(resumed).items())

    # After training: calibrating is told apart.
    fitting.Codec.bound = lambda self, *tensors, **options: torch.empty(1 << 50)
    answer["afterwards"] = refused(images, 1200)
    print(json.dumps(answer))
