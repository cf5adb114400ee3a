"""How much processor time until 2-D MNIST codes are as good as a demo network's?

The mark is an exact negative log-likelihood of 145.7 nats on binarised test images: what a usual convolutional demo
network reaches after about nine epochs. Contestants train on the same fit part with the same binary draws; CPU seconds
(user + system, one thread) count training alone, not the checks of the mark between.

- gausscape with its default network and schedule;
- a usual convolutional demo network in TensorFlow / Keras (two strided convolutions and a dense head; three transposed
  ones back), with Adam at 1e-3 and batches of 128, if TensorFlow is installed.

    python benchmarks/time_to_quality.py --data-dir MNIST [--binarised FILE.amat] [--cap 1500] [--mark 145.7]
"""

import argparse
import contextlib
import importlib.util
import math
import time
from collections.abc import Callable

import numpy as np
import torch

import gausscape as gs
from gausscape.modality import find_modality
from gausscape.training.loop import Training
from gausscape.training.splits import split_objects
from mnist_quality import binarised_test
from speed_rivals import keras_demo

CHECK_FIRST, CHECK_GROWTH = 2.0, 1.25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir")
    parser.add_argument("--binarised")
    parser.add_argument("--mark", type=float, default=145.7)
    parser.add_argument("--cap", type=float, default=1500.0, help="CPU seconds after which a contestant gives up")
    options = parser.parse_args()
    torch.set_num_threads(1)
    train = gs.load_data("mnist", data_dir=options.data_dir, split="train").values
    test = binarised_test(options).reshape(-1, 784).astype("float32") / 255
    modality = find_modality("images").infer(train)
    split = split_objects(modality.to_tensors(train), seed=0)
    contestants: dict[str, Callable[[Race], None]] = {
        "gausscape, defaults": lambda race: gausscape(race, modality, train, split),
    }
    if importlib.util.find_spec("tensorflow"):
        contestants["TensorFlow, convolutions"] = lambda race: keras(race, train[split.fit])
    else:
        print("TensorFlow is not installed, so it was not measured")
    found = {}
    for name, start in contestants.items():
        race = Race(test, options.mark, options.cap)
        with contextlib.suppress(Finished):
            start(race)
        found[name] = race.spent
        verdict = "reached" if race.reached <= race.mark else "NOT reached"
        print(f"{name:<26} {verdict} {race.mark} nats: {race.reached:.1f} after {race.spent:.1f} CPU-s", flush=True)
    first = found["gausscape, defaults"]
    for name, seconds in found.items():
        print(f"  {name} / gausscape, defaults: {seconds / first:.1f} times the CPU")


class Finished(Exception):
    """The mark is reached, or the cap."""


class Race:
    """Counts CPU seconds between calls of `step`, and checks the mark now and then outside the count."""

    def __init__(self, test: np.ndarray, mark: float, cap: float):
        self.test, self.mark, self.cap = test, mark, cap
        self.spent, self.reached, self.next_check = 0.0, math.inf, CHECK_FIRST
        self.began = time.process_time()

    def step(self, logits_at: Callable[[np.ndarray], np.ndarray]) -> None:
        """One training step is done; raises Finished at the mark or the cap."""
        self.spent += time.process_time() - self.began
        if self.spent >= self.next_check:
            self.next_check = self.spent * CHECK_GROWTH
            self.reached = exact_nll(logits_at, self.test)
            if self.reached <= self.mark or self.spent >= self.cap:
                raise Finished
        self.began = time.process_time()


def exact_nll(logits_at: Callable[[np.ndarray], np.ndarray], cells: np.ndarray, side: int = 150, reach: float = 4.5) -> float:
    """Quadrature over the latent plane, nats."""
    axis = np.linspace(-reach, reach, side)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    prior = -0.5 * (grid**2).sum(1) - math.log(2 * math.pi) + 2 * math.log(axis[1] - axis[0])
    logits = torch.from_numpy(np.asarray(logits_at(grid.astype("float32")), dtype="float32"))
    offset = torch.from_numpy(prior).float() - torch.nn.functional.softplus(logits).sum(1)
    total = 0.0
    for start in range(0, len(cells), 500):
        joint = torch.from_numpy(cells[start : start + 500]) @ logits.T + offset
        total -= float(torch.logsumexp(joint, 1).double().sum())
    return total / len(cells)


def gausscape(race: Race, modality, train: np.ndarray, split) -> None:
    """The product's own loop; the mark is taken by the averaged weights, which it would keep."""
    tensors = modality.to_tensors(train[split.fit])
    torch.manual_seed(0)
    first = modality.to_tensors(train[split.fit[:4096]])
    networks = modality.networks(2, size=len(split.fit), tensors=first)
    validation = modality.to_tensors(train[split.validation])
    training = Training(networks, modality, tensors, validation, gs.Elbo(), gs.Schedule(), 0)

    def decode(z: np.ndarray) -> np.ndarray:
        with training.averaged(), torch.no_grad():
            return torch.cat([networks.decoder(part) for part in torch.from_numpy(z).split(2000)]).numpy()

    training.run(after_step=lambda _: race.step(decode), report=lambda _: None)


def keras(race: Race, images: np.ndarray) -> None:
    """A plain Keras training."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    decoder, step = keras_demo(tf)
    cells = (images[..., None] / 255).astype("float32")
    rng = np.random.default_rng(0)

    def decode(z: np.ndarray) -> np.ndarray:
        return np.concatenate([decoder(part).numpy().reshape(len(part), -1) for part in np.array_split(z, 12)])

    while True:
        order = rng.permutation(len(cells))
        for start in range(0, len(cells) - 127, 128):
            step(tf.constant(cells[order[start : start + 128]]))
            race.step(decode)


if __name__ == "__main__":
    main()
