"""When it says 1 in 1,000, is it 1 in 1,000? Claimed against actual tail shares on strokes and on MNIST.

    python benchmarks/tail_calibration.py --seeds 5 [--audit 50000] [--latent 10]
    python benchmarks/tail_calibration.py --mnist DIR [--seeds 1] [--latent 2 10]

Strokes: for each seed a space is fitted to 10,000 images (of which the product keeps 2,000 to calibrate) and audited on
50,000 or more fresh ones. MNIST: a space is fitted to the 60,000 training images and audited on the 10,000 test images.
The table gives, for every way of claiming tails, the actual share of audit objects in the regions claimed to hold
10%, 1% and 0.1%; the error |log10(actual / claimed)|, mean over claims and seeds; and for calibrated claims how often
the stated 90% interval holds the actual share, and how wide it is (upper / lower). Median [least, most] over seeds.

The rival with the same calibration is PCA: `fit(..., method="pca")` on the same objects.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

import gausscape as gs
from gausscape.space.gaussian_law import GaussianLaw
from gausscape.space.law import Law
from gausscape.space.whitening import Whitening
from strokes import SIDE, draw_images

CLAIMS = np.array([0.1, 0.01, 0.001])
OBJECTS = 10_000
RENDER_AT_ONCE = 10_000

def strokes(seed: int, audit: int) -> tuple[np.ndarray, Callable]:
    """(images to fit, a generator of fresh images to audit on)."""
    rng = np.random.default_rng([seed, 1])
    fit = draw_images(OBJECTS, rng).reshape(-1, SIDE, SIDE)

    def fresh():
        for start in range(0, audit, RENDER_AT_ONCE):
            yield draw_images(min(RENDER_AT_ONCE, audit - start), rng).reshape(-1, SIDE, SIDE)

    return fit, fresh


def mnist(folder: str) -> tuple[gs.Items, Callable]:
    """The same for MNIST's own two parts."""
    test = gs.load_data("mnist", data_dir=folder, split="test").values
    return gs.load_data("mnist", data_dir=folder, split="train"), lambda: iter([test])


@dataclass(frozen=True)
class Outcome:
    """What one method's three claims came to on one seed: actual shares, and the interval it stated (or nan)."""

    actual: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """|log10(actual / claimed)|; half an object stands in for none, as its logarithm must be finite."""
        return np.abs(np.log10(self.actual / CLAIMS))


def judge(seed: int, latent: int, images: np.ndarray | gs.Items, fresh: Callable) -> dict[str, Outcome]:
    """Fit both spaces, claim the tails in every way, count what lands in them."""
    space = gs.fit(images, latent=latent, seed=seed)
    rival = gs.fit(images, latent=latent, seed=seed, method="pca")
    print(f"seed {seed}: {space!r}; " + "; ".join(space.record["law"]), flush=True)
    rng = np.random.default_rng([seed, 2])
    prior = GaussianLaw(Whitening(np.zeros(latent), np.eye(latent)))
    values = images.values if isinstance(images, gs.Items) else images
    fitted = space.embed(values[:7000])
    full = GaussianLaw.fit(fitted.sample(rng.standard_normal(fitted.mean.shape)))
    claims: dict[str, list] = {}

    def add(name: str, law: Law, codes: np.ndarray) -> None:
        claims.setdefault(name, []).append(np.exp(-law.surprise(codes)))

    stated = {"ours": [], "ours, codes": [], "PCA": []}
    for piece in fresh():
        posterior = space.embed(piece)
        z = posterior.sample(rng.standard_normal(posterior.mean.shape))
        add("naive N(0,I), sampled z", prior, z)
        add("naive N(0,I), means", prior, posterior.mean)
        add("full-covariance Gaussian", full, z)
        claims.setdefault("chosen law, uncalibrated", []).append(np.exp(-space.aggregate.surprise(z)))
        stated["ours"].append(space.exceedance(piece).probability)
        stated["ours, codes"].append(space.of_codes.exceedance(space.aggregate.surprise(z)).probability)
        stated["PCA"].append(rival.exceedance(piece).probability)
    nothing = np.full(len(CLAIMS), np.nan)
    outcomes = {
        name: Outcome(_share_within(np.concatenate(pieces)), nothing, nothing) for name, pieces in claims.items()
    }
    calibrations = {
        "PCA, same calibration": ("PCA", rival.of_objects),
        "gausscape, codes": ("ours, codes", space.of_codes),
        "gausscape, objects": ("ours", space.of_objects),
    }
    for name, (key, calibration) in calibrations.items():
        interval = calibration.exceedance(calibration.level(CLAIMS))
        outcomes[name] = Outcome(_share_within(np.concatenate(stated[key])), interval.lower, interval.upper)
    return outcomes


def _share_within(probability: np.ndarray) -> np.ndarray:
    inside = (probability[:, None] <= CLAIMS).sum(0)
    return np.maximum(inside, 0.5) / len(probability)


def print_table(outcomes: list[dict[str, Outcome]]) -> None:
    """Median [least, most] over seeds."""
    titles = f"{'actual % at claimed 10':>24}{'1':>22}{'0.1':>24}{'error':>9}{'coverage':>11}{'width':>21}"
    print(f"\n{'method':<31}{titles}")
    for method in outcomes[0]:
        runs = [outcome[method] for outcome in outcomes]
        shares = 100 * np.array([run.actual for run in runs])
        cells = [_spread(shares[:, 0], 1), _spread(shares[:, 1], 2), _spread(shares[:, 2], 3)]
        error = np.mean([run.error for run in runs])
        inside = np.array([(run.lower <= run.actual) & (run.actual <= run.upper) for run in runs])
        width = np.median([run.upper / run.lower for run in runs], axis=0)
        stated = not np.isnan(width).any()
        coverage = f"{inside.mean():.0%} of {inside.size}" if stated else "-"
        widths = " / ".join(f"{value:.1f}x" for value in width) if stated else "-"
        print(f"{method:<31}{cells[0]:>24}{cells[1]:>22}{cells[2]:>24}{error:>9.3f}{coverage:>11}{widths:>21}")
        by_claim = " / ".join(f"{value:.3f}" for value in np.mean([run.error for run in runs], axis=0))
        print(f"{'':<31}  error at 10 / 1 / 0.1%: {by_claim}")


def _spread(values: np.ndarray, digits: int) -> str:
    return f"{np.median(values):.{digits}f} [{values.min():.{digits}f}, {values.max():.{digits}f}]"


def main() -> None:
    """Parse, run every seed, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="number of fits (default 5)")
    parser.add_argument("--audit", type=int, default=50_000, help="fresh strokes to count on (default 50,000)")
    parser.add_argument("--latent", type=int, nargs="+", default=[10], help="latent axes (default 10)")
    parser.add_argument("--mnist", help="folder with the four idx files of MNIST: audit on its test images instead")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for latent in arguments.latent:
        outcomes = []
        for seed in range(arguments.seeds):
            images, fresh = mnist(arguments.mnist) if arguments.mnist else strokes(seed, arguments.audit)
            outcomes.append(judge(seed, latent, images, fresh))
        print(f"\nlatent {latent}")
        print_table(outcomes)


if __name__ == "__main__":
    main()
