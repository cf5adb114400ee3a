"""How well does a default fit describe MNIST, for how much processor time?

Fits with the default settings and scores the 10,000 binarised test images: exact negative log-likelihood by
quadrature for 2-D spaces, importance-weighted bound (k = 500) for larger ones. Prints CPU seconds (user + system) of
the whole `fit`, calibration included. The rival of the same run is the plain network that most tutorials use, an MLP
784-512-512-d trained by the same loop for the same number of presentations.

    python benchmarks/mnist_quality.py --data-dir MNIST [--binarised FILE.amat] [--latent 2 16] [--seeds 1] [--config FILE.yaml]

The four idx files of MNIST are taken from --data-dir or downloaded; --binarised is the statically binarised test set as
a MATLAB file with an array X (10,000 x 784). Without it the test images are binarised by a seeded draw, and the output
says so. --config names other settings than the defaults, as for `gausscape fit`.
"""

import argparse
import math
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

import gausscape as gs
from gausscape.cli.settings import fit_arguments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir")
    parser.add_argument("--binarised")
    parser.add_argument("--latent", type=int, nargs="+", default=[2, 16])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--config", help="settings of the fit (YAML)")
    parser.add_argument("--rival", action="store_true", help="also fit the plain MLP (doubles the time)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train = gs.load_data("mnist", data_dir=options.data_dir, split="train")
    test = binarised_test(options)
    for latent in options.latent:
        settings = fit_arguments(Path(options.config) if options.config else None, {})
        contestants = {f"gausscape, {Path(options.config).name if options.config else 'defaults'}": settings}
        if options.rival:
            contestants["plain MLP 512-512"] = {"architecture": plain(latent)}
        for name, arguments in contestants.items():
            rows = [one_fit(train, test, arguments | {"latent": latent, "seed": seed}, options.draws) for seed in range(options.seeds)]
            measure = "exact NLL" if latent == 2 else f"IW-{options.draws} NLL"
            values, seconds = zip(*rows, strict=True)
            print(
                f"{name:<22} latent {latent:>2}: {measure} {statistics.median(values):.2f} nats "
                f"({min(values):.2f} to {max(values):.2f}), fit {statistics.median(seconds):.0f} CPU-s, "
                f"{options.seeds} seed(s), {options.threads} thread(s)",
                flush=True,
            )


def binarised_test(options: argparse.Namespace) -> np.ndarray:
    """Test images of 0 and 255, (10000, 28, 28), uint8."""
    if options.binarised:
        from scipy.io import loadmat

        cells = np.asarray(loadmat(options.binarised)["X"])
        print("test images: the statically binarised set given")
    else:
        grey = gs.load_data("mnist", data_dir=options.data_dir, split="test").values
        cells = np.random.default_rng(0).random(grey.shape) < grey / 255
        print("test images: binarised by one seeded draw")
    return cells.reshape(-1, 28, 28).astype("uint8") * 255


def one_fit(train: gs.Items, test: np.ndarray, arguments: dict, draws: int) -> tuple[float, float]:
    """(negative log-likelihood in nats, CPU seconds of the fit)."""
    began = time.process_time()
    space = gs.fit(train, **arguments)
    seconds = time.process_time() - began
    if arguments["latent"] == 2:
        return exact_nll(space, test), seconds
    return -float(space.score_samples(test, draws=draws).mean()), seconds


def exact_nll(space: gs.Space, images: np.ndarray, side: int = 150, reach: float = 4.5) -> float:
    """-log sum over a grid of p(x|z) p(z) times the cell area, mean over the images, nats."""
    axis = np.linspace(-reach, reach, side)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    prior = -0.5 * (grid**2).sum(1) - math.log(2 * math.pi) + 2 * math.log(axis[1] - axis[0])
    networks = space.codec.networks
    cells = torch.from_numpy(images.reshape(len(images), -1) / 255).float()
    total = 0.0
    with torch.no_grad():
        logits = networks.decoder(torch.from_numpy(grid).float())
        offset = torch.from_numpy(prior).float() - torch.nn.functional.softplus(logits).sum(1)
        for start in range(0, len(cells), 500):
            joint = cells[start : start + 500] @ logits.T + offset
            total -= float(torch.logsumexp(joint, 1).double().sum())
    return total / len(cells)


class Head(nn.Module):
    """Hidden layers, then mean and log standard deviation."""

    def __init__(self, latent: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(784, 512), nn.SiLU(), nn.Linear(512, 512), nn.SiLU(), nn.Linear(512, 2 * latent))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, log_std = self.layers(pixels).chunk(2, -1)
        return mean, log_std


def plain(latent: int) -> tuple[nn.Module, nn.Module]:
    """The tutorial network."""
    decoder = nn.Sequential(nn.Linear(latent, 512), nn.SiLU(), nn.Linear(512, 512), nn.SiLU(), nn.Linear(512, 784))
    return Head(latent), decoder


if __name__ == "__main__":
    main()
