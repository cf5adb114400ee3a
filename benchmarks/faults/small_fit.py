"""One small fit in a process of its own, which the fault benchmarks kill and resume.

    python benchmarks/faults/small_fit.py FOLDER [--steps N] [--interval SECONDS]

Fits 1,500 bundled handwritten digits; goes on from the checkpoint in FOLDER/run if there is one, and leaves the space in
FOLDER/space. Not a benchmark by itself.
"""

__all__ = ["fit_once", "main", "space_digest_of"]

import argparse
import hashlib
import os
import sys
from pathlib import Path

for name, value in (("OMP_NUM_THREADS", "1"), ("OMP_WAIT_POLICY", "PASSIVE")):
    os.environ.setdefault(name, value)


def fit_once(folder: str, steps: int, interval: float) -> None:
    """Fits, or goes on, in a process that may be killed at any moment."""
    import torch

    import gausscape as gs

    torch.set_num_threads(1)
    place = Path(folder)
    if (place / "space").exists():
        return
    checkpoints = gs.Checkpoints(place / "run", resume=True, interval=interval)
    images = gs.load_data("digits").take(range(1500))
    # Patience is for good: the fit takes the steps that were asked for.
    schedule = gs.Schedule(steps=steps, patience=10_000)
    space = gs.fit(images, latent=4, seed=5, schedule=schedule, checkpoints=checkpoints)
    space.save(place / "space")
    checkpoints.finish()


def space_digest_of(folder: Path) -> str:
    """SHA-256 over all files of the space that a fit has left, or "none"."""
    if not (folder / "space").is_dir():
        return "none"
    digest = hashlib.sha256()
    for path in sorted((folder / "space").iterdir()):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Runs one fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--interval", type=float, default=2.0)
    options = parser.parse_args(arguments)
    fit_once(options.folder, options.steps, options.interval)
    return 0


if __name__ == "__main__":
    sys.exit(main())
