"""How fast and how well does a GPU fit MNIST? Claim: an importance-weighted bound of 82 nats within ten minutes.

Fits the 60,000 training images on the GPU with the default networks and a long schedule, at several numbers of latent
coordinates, and scores the 10,000 binarised test images by the importance-weighted bound (k = 500). Prints the device,
the seconds of the training and of the whole fit, images a second, and nats. With --cpu the same fit runs on the processor
as well, in the same process, and the ratio is printed; without it the processor is named as not measured.

    python benchmarks/gpu_fit.py --data-dir MNIST [--binarised FILE.amat] [--latent 16 32 40] [--steps 60000] [--cpu]

Without a GPU it says so and ends with exit code 2. The data are those of mnist_quality.py.
"""

import argparse
import sys
import time

import numpy as np
import torch

import gausscape as gs
from gausscape.training.loop import Training
from mnist_quality import binarised_test

NATS = 82.0
SECONDS = 600.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir")
    parser.add_argument("--binarised")
    parser.add_argument("--latent", type=int, nargs="+", default=[16, 32, 40])
    parser.add_argument("--steps", type=int, default=60_000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cpu", action="store_true", help="the same fits on the processor as well")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print(
            "This benchmark needs a GPU, but PyTorch finds none. Run it where torch.cuda.is_available() is True.",
            file=sys.stderr,
        )
        return 2
    train = gs.load_data("mnist", data_dir=options.data_dir, split="train")
    test = binarised_test(options)
    print(
        f"GPU: {torch.cuda.get_device_name()}; PyTorch {torch.__version__}; {options.steps:,} steps of {options.batch}"
    )
    reached = [one_latent(train, test, latent, options) for latent in options.latent]
    print(f"claim, {NATS:g} nats within {SECONDS:g} s: {'holds' if any(reached) else 'does not hold'}")
    return 0


def one_latent(train: gs.Items, test: np.ndarray, latent: int, options: argparse.Namespace) -> bool:
    """Fit, score and print; whether the claim holds."""
    training, seconds, nats = one_fit(train, test, latent, "cuda", options)
    told = f"latent {latent:>2}, {torch.cuda.get_device_name()}"
    print(line(told, training, seconds, nats, options), flush=True)
    if not options.cpu:
        print(f"latent {latent:>2}, processor: not measured (--cpu)")
    else:
        slow, whole, other = one_fit(train, test, latent, "cpu", options)
        print(line(f"latent {latent:>2}, processor, {torch.get_num_threads()} threads", slow, whole, other, options))
        print(
            f"latent {latent:>2}: training {slow / training:.1f} times as fast on the GPU, {nats - other:+.2f} nats",
            flush=True,
        )
    return nats <= NATS and seconds <= SECONDS


def line(name: str, training: float, seconds: float, nats: float, options: argparse.Namespace) -> str:
    rate = options.steps * options.batch / training
    return f"{name}: IW-{options.draws} {nats:.2f} nats, training {training:.0f} s ({rate:,.0f} images/s), fit {seconds:.0f} s"


def one_fit(
    train: gs.Items, test: np.ndarray, latent: int, device: str, options: argparse.Namespace
) -> tuple[float, float, float]:
    """(seconds of the training, seconds of the whole fit, negative importance-weighted bound in nats)."""
    spent, run = [], Training.run

    def timed(self: Training, **listeners):
        began = time.perf_counter()
        try:
            return run(self, **listeners)
        finally:
            spent.append(time.perf_counter() - began)

    # Patience could end a fit early: then fewer images would have been presented than are counted.
    schedule = gs.Schedule(steps=options.steps, batch=options.batch, device=device, patience=10_000)
    Training.run = timed
    began = time.perf_counter()
    try:
        space = gs.fit(train, latent=latent, seed=options.seed, schedule=schedule)
    finally:
        Training.run = run
    seconds = time.perf_counter() - began
    return spent[0], seconds, -float(space.score_samples(test, draws=options.draws).mean())


if __name__ == "__main__":
    sys.exit(main())
