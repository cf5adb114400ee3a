"""When it says 90% or "76% right answers", is it so? Regions of codes, and stated against actual two-alternative accuracy.

    python benchmarks/detectability.py --seeds 3 [--latent 2 10] [--pairs 400]
    python benchmarks/detectability.py --mnist DIR --seeds 3

Strokes: a space is fitted to 10,000 images and judged on 10,000 fresh ones. MNIST: a space is fitted to the bundled 5,000
images and judged on the 10,000 test images in DIR.

1. Regions. A held-out object's code z is drawn from its posterior, decoded, observed with the residual of another held-out
   object (one of the nearest 1% in the latent space, or 0.1%; or any other; or noise drawn from the likelihood) and encoded
   anew. How often does the 90% region about the new code hold z? Beside it the size of the region: the radius of a ball of
   its volume, in standard deviations of the law.
2. Two alternatives. Pairs of objects are decoded at graded distances, and accuracy is stated from the difference of their
   codes. Both are then observed 200 times with the residuals of as many held-out objects near them; whoever sees one
   observation of each says which is which. Actual accuracy is that of the best linear observer (told all observations) and
   of linear discriminant analysis (learned on one half, tested on observations with residuals of other objects). Pairs fall
   in ten bins of stated accuracy; bins with fewer than 20 pairs are left out.
3. Test and retest (strokes). The same factors are drawn twice with the generator's own pixel noise: how often do the two
   codes lie within the landmark that is to hold 95%?
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import special, stats
from scipy.spatial import KDTree

import gausscape as gs
from gausscape.gaussian import Gaussian
from strokes import SIDE, draw_factors, draw_images, render

OBJECTS = 10_000
CASES = 2_000
NEAREST = (0.01, 0.001)
OBSERVATIONS = 200
LEVEL = 0.9
FEWEST_IN_BIN = 20


class HeldOut:
    """Objects that neither fit nor calibration saw, each with a drawn code and what that code leaves out."""

    def __init__(self, space: gs.Space, images: np.ndarray, rng: np.random.Generator):
        self.space, self.rng, self.live = space, rng, space.live_axes
        tensors = space.codec.tensors(images)
        self.posterior = space.codec.embed(tensors)
        self.z = self.posterior.sample(rng.standard_normal(self.posterior.mean.shape))
        self.residual = space.codec.residual_cells(tensors, self.z)
        self.tree = KDTree(space.aggregate.whiten(self.z))

    def nearest(self, z: np.ndarray, k: int) -> np.ndarray:
        """The k nearest held-out objects of each code, nearest first, (n, k)."""
        return np.asarray(self.tree.query(self.space.aggregate.whiten(z), k=k)[1])

    def observed(self, z: np.ndarray, lenders: np.ndarray) -> Gaussian:
        """Posteriors on the live axes of the objects at z, observed with the residuals of the lenders."""
        codec, parts = self.space.codec, []
        for start in range(0, len(z), CASES):
            rows = slice(start, start + CASES)
            items = codec.observed_again(z[rows], self.residual[lenders[rows]], seed=start)
            parts.append(codec.embed(codec.tensors(items))[:, self.live])
        return Gaussian(np.concatenate([part.mean for part in parts]), np.concatenate([part.std for part in parts]))


def regions(space: gs.Space, held_out: HeldOut, seed: int) -> dict[str, list[float]]:
    """By method: coverage under residuals of the nearest 1% and 0.1%, of any, and under the likelihood's noise; and the size."""
    z = held_out.z[:CASES]
    n, live = len(z), space.live_axes
    nearest = [round(share * len(held_out.z)) for share in NEAREST]
    others = held_out.nearest(z, max(nearest) + 1)[:, 1:]
    cases = [
        *(held_out.observed(z, others[np.arange(n), held_out.rng.integers(k, size=n)]) for k in nearest),
        held_out.observed(z, held_out.rng.integers(n, len(held_out.z), size=n)),
        space.codec.embed(space.codec.tensors(space.codec.items(z, seed=seed)))[:, live],
    ]
    trips, normal = space.round_trip, float(stats.chi2.ppf(LEVEL, len(live)))
    # The scalar rival learns its one number where ours learns E: on calibration objects, whose errors the space keeps.
    spread = (held_out.posterior.std[:, live] ** 2).mean(0)
    inflation = float((trips.errors**2 / spread).mean())
    unit = abs(np.linalg.det(space.aggregate.law.whitening.factor)) ** (1 / len(live))

    def size(log_determinant: float, radius: float) -> float:
        ball = np.exp(log_determinant / (2 * len(live))) * np.sqrt(radius)
        return ball / unit

    answers: dict[str, list[float]] = {}
    coverage = {
        "gausscape": lambda error, std: trips.contains(error, LEVEL),
        "E with chi-squared": lambda error, std: quadratic(error, trips.covariance) <= normal,
        "posterior, inflated by one factor": lambda error, std: ((error / std) ** 2).sum(1) <= inflation * normal,
        "posterior (naive)": lambda error, std: ((error / std) ** 2).sum(1) <= normal,
    }
    for name, inside in coverage.items():
        answers[name] = [float(inside(case.mean - z[:, live], case.std).mean()) for case in cases]
    determinant = np.linalg.slogdet(trips.covariance)[1]
    logs = float(2 * np.log(cases[0].std).sum(1).mean())
    answers["gausscape"].append(size(determinant, trips.radius(LEVEL)))
    answers["E with chi-squared"].append(size(determinant, normal))
    answers["posterior, inflated by one factor"].append(size(logs, inflation * normal))
    answers["posterior (naive)"].append(size(logs, normal))
    return answers


@dataclass(frozen=True)
class Pairs:
    """Pairs of codes with the accuracy that each method states, and the actual accuracies."""

    stated: dict[str, np.ndarray]
    ideal: np.ndarray
    learned: np.ndarray


def two_alternatives(space: gs.Space, held_out: HeldOut, pairs: int) -> Pairs:
    """Observe both codes of graded pairs many times, and let linear observers tell them apart."""
    rng, live, trips = held_out.rng, space.live_axes, space.round_trip
    first = held_out.z[rng.choice(len(held_out.z), pairs, replace=False)]
    ray = rng.standard_normal((pairs, len(live))) @ np.linalg.cholesky(trips.noise).T
    # Distances are graded by our own statement, evenly over its accuracies, so that all of its bins are filled.
    graded = np.sqrt(2) * special.ndtri(rng.uniform(0.5, 0.99, pairs))
    second = first.copy()
    second[:, live] += ray * (graded / trips.detectability(ray))[:, None]
    # What a user measures: the codes of the two objects. Where an encoder shrinks, they lie closer than what was decoded.
    difference = (space.codec.embed_again(second).mean - space.codec.embed_again(first).mean)[:, live]
    ends = []
    for z in (first, second):
        lenders = rng.permuted(held_out.nearest(z, OBSERVATIONS), axis=1)
        seen = held_out.observed(np.repeat(z, OBSERVATIONS, 0), lenders.ravel())
        ends.append([part.reshape(pairs, OBSERVATIONS, -1) for part in (seen.mean, seen.std)])
    (a, a_std), (b, b_std) = ends
    half = OBSERVATIONS // 2
    variance = ((a_std**2).mean(1) + (b_std**2).mean(1)) / 2
    pixels = [space.codec.cells(z) for z in (second, first)]
    noise = held_out.residual.std(0).clamp_min(0.01)
    own_shape = trips.shifts.T @ trips.shifts / (2 * len(trips.shifts))
    stated = {
        "gausscape": trips.detectability(difference),
        "covariance of shifts": np.sqrt(quadratic(difference, own_shape)),
        "error covariance E": np.sqrt(quadratic(difference, trips.covariance)),
        "posterior (naive)": np.sqrt((difference**2 / variance).sum(1)),
        "pixel z-score": ((pixels[0] - pixels[1]) / noise).norm(dim=1).double().numpy(),
    }
    return Pairs(
        {name: trips.accuracy(value) for name, value in stated.items()},
        np.array([right_answers(x, y, discriminant(x, y)) for x, y in zip(a, b, strict=True)]),
        np.array(
            [right_answers(x[half:], y[half:], discriminant(x[:half], y[:half])) for x, y in zip(a, b, strict=True)]
        ),
    )


def discriminant(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Fisher's direction from observations of a to those of b."""
    within = (np.cov(a.T) + np.cov(b.T)).reshape(a.shape[1], -1) / 2
    return np.linalg.solve(within + 1e-9 * np.trace(within) * np.eye(len(within)), b.mean(0) - a.mean(0))


def right_answers(a: np.ndarray, b: np.ndarray, direction: np.ndarray) -> float:
    """Share of pairs of an observation of a and one of b that the direction tells apart."""
    gap = (b @ direction)[:, None] - a @ direction
    return float((gap > 0).mean() + (gap == 0).mean() / 2)


def quadratic(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """x' M^-1 x of each row."""
    return (rows * np.linalg.solve(matrix, rows.T).T).sum(1)


def retest(space: gs.Space, rng: np.random.Generator) -> list[float]:
    """Share of strokes drawn twice that stay within the 95% landmark: ours, and the posterior's own."""
    factors, crossbar = draw_factors(CASES, rng)
    twice = [space.embed(render(factors, crossbar, rng).reshape(-1, SIDE, SIDE)) for _ in range(2)]
    u = [space.aggregate.whiten(posterior.mean) for posterior in twice]
    moved = np.linalg.norm(u[1] - u[0], axis=1)
    std = twice[0].std[:, space.live_axes]
    drawn = space.aggregate.law.whiten(np.sqrt(2) * std * rng.standard_normal(std.shape))
    drawn = drawn - space.aggregate.law.whiten(np.zeros((1, std.shape[1])))
    again = space.round_trip.again(space.aggregate.law)
    own = float(np.quantile(np.linalg.norm(drawn, axis=1), 0.95))
    return [float((moved <= again).mean()), again, float((moved <= own).mean()), own, float(np.quantile(moved, 0.95))]


def print_regions(runs: list[dict[str, list[float]]]) -> None:
    """Medians [least, most] over seeds."""
    columns = "".join(f"{title:>20}" for title in ("of nearest 1%", "of nearest 0.1%", "of any", "own noise"))
    print(f"\n{'90% regions: % that hold, residuals':<36}{columns}{'size':>8}")
    for name in runs[0]:
        values = np.array([run[name] for run in runs])
        shares = "".join(f"{spread(100 * column):>20}" for column in values[:, :-1].T)
        print(f"{name:<36}{shares}{np.median(values[:, -1]):>8.3f}")


def print_pairs(runs: list[Pairs]) -> None:
    """Stated less actual accuracy, pairs of all seeds together."""
    for observer in ("ideal", "learned"):
        actual = np.concatenate([getattr(run, observer) for run in runs])
        title = f"two alternatives: stated less actual accuracy, {observer} linear observer"
        print(
            f"\n{title}\n{'':<24}{'bins, mean':>11}{'worst':>8}{'pairs, mean':>13}   by bin of stated accuracy, .50 to 1"
        )
        for name in runs[0].stated:
            stated = np.concatenate([run.stated[name] for run in runs])
            place = np.minimum(((stated - 0.5) * 20).astype(int), 9)
            counts = np.bincount(place, minlength=10)
            gaps = np.array([(stated - actual)[place == k].mean() if counts[k] else np.nan for k in range(10)])
            used = np.where(counts >= FEWEST_IN_BIN, gaps, np.nan)
            cells = " ".join("    -" if np.isnan(gap) else f"{gap:+.2f}" for gap in used)
            sizes = np.nanmean(abs(used)), np.nanmax(abs(used)), abs(stated - actual).mean()
            print(f"{name:<24}{sizes[0]:>11.3f}{sizes[1]:>8.3f}{sizes[2]:>13.3f}   {cells}")


def spread(values: np.ndarray) -> str:
    """Median [least, most], in percent."""
    return f"{np.median(values):.1f} [{values.min():.1f}, {values.max():.1f}]"


def judge(name: str, images: Callable, latent: int, options: argparse.Namespace) -> None:
    """Fit one space a seed and print the three tables."""
    found: tuple[list, list, list] = ([], [], [])
    for seed in range(options.seeds):
        rng = np.random.default_rng([seed, 1])
        fitted, fresh = images(rng)
        space = gs.fit(fitted, latent=latent, seed=seed)
        print(f"{name}, seed {seed}: {space!r}, {space.round_trip!r}", flush=True)
        held_out = HeldOut(space, fresh, np.random.default_rng([seed, 2]))
        found[0].append(regions(space, held_out, seed))
        found[1].append(two_alternatives(space, held_out, options.pairs))
        if name == "strokes":
            found[2].append(retest(space, rng))
    print_regions(found[0])
    print_pairs(found[1])
    for ours, again, own, its, needed in found[2]:
        print(
            f"drawn twice: {ours:.1%} within our landmark of {again:.3f}, {own:.1%} within the posterior's of {its:.3f}; "
            f"95% lie within {needed:.3f}"
        )
    print(flush=True)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="number of fits (default 3)")
    parser.add_argument("--latent", type=int, nargs="+", default=[2, 10], help="latent axes (default 2 10)")
    parser.add_argument("--pairs", type=int, default=400, help="pairs a seed (default 400)")
    parser.add_argument(
        "--mnist", help="folder with the idx files of MNIST: judge on its test images instead of strokes"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)

    def strokes(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        fitted = draw_images(OBJECTS, rng).reshape(-1, SIDE, SIDE)
        return fitted, draw_images(OBJECTS, rng).reshape(-1, SIDE, SIDE)

    def mnist(rng: np.random.Generator) -> tuple[gs.Items, np.ndarray]:
        return gs.load_data("mnist-5k"), gs.load_data("mnist", data_dir=options.mnist, split="test").values

    for latent in options.latent:
        judge("mnist-5k" if options.mnist else "strokes", mnist if options.mnist else strokes, latent, options)


if __name__ == "__main__":
    main()
