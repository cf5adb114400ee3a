"""Does the distance follow the change of what made the objects? Spearman correlation with known factors, beside rivals.

    python benchmarks/factor_change.py [--seeds 5] [--kl-weight W] [--mnist]

Strokes: for each seed a space is fitted to 10,000 images and asked about 2,500 fresh ones. The true change of two
strokes is the Euclidean distance of their six factors, each in its own standard deviations (thickness as its
logarithm, which is Gaussian). The crossbar is no factor: tables give pairs that agree in it ("same group"), and all.
Random pairs: 20,000. Near pairs: each stroke with one of its 10 nearest in factors, drawn at random (for "same group"
nearest among those that agree). Last column: mean true change to the 5 nearest of 2,500 by the measure, as a share of
the mean over random pairs; "the factors themselves" is what a perfect measure could reach.

--mnist: 4,000 of the 5,000 digits of the bundled set are fitted, pairs are of one digit among the other 1,000, and the
factors are five numbers measured on the image (slant, thickness, width, height, mass), so that the "true" change is
only what these five see, and pixel distance has a share in measuring it.

Intervals are 95% of 200 resamples of objects, not of pairs; they hold for the mean over seeds. Rivals in the same run on
the same objects: pixel L2, SSIM (Wang et al. 2004: Gaussian window of 1.5 pixels), PCA with as many axes as the space
has live ones, the same whitened (`method="pca"`), and other measures of the same posteriors.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from scipy.spatial import KDTree

import gausscape as gs
from gausscape.errors import DivergenceError
from gausscape.gaussian import Gaussian
from strokes import FACTOR_NAMES, SIDE, draw_factors, render

FITTED, FRESH = 10_000, 2_500
MNIST_FRESH = 1_000
RANDOM_PAIRS = 20_000
NEAR, NEIGHBOURS, QUERIES = 10, 5, 1_000
RESAMPLES = 200
COLUMNS = ("random, same group", "near, same group", "random, all", "near, all", "5 nearest")

Pairs = tuple[np.ndarray, np.ndarray]
Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Positions i (n,) and j (n,) of objects -> distances (n,)."""


@dataclass(frozen=True)
class Question:
    """Fresh objects whose factors are known, and the pairs that every measure is asked about.

    Args:
        images: What a measure may see, (n, height, width), as they were fitted.
        factors: Standardised factors, (n, f).
        groups: Pairs of the first two columns agree in this, (n,).
        pairs: For each column of the table but the last, positions i and j.
        queries: Whose nearest are asked for.
    """

    images: np.ndarray
    factors: np.ndarray
    groups: np.ndarray
    pairs: tuple[Pairs, Pairs, Pairs, Pairs]
    queries: np.ndarray

    @classmethod
    def of(cls, images: np.ndarray, factors: np.ndarray, groups: np.ndarray, *, seed: int) -> "Question":
        """Draw the pairs once."""
        rng = np.random.default_rng([seed, 32])
        n = len(images)
        left = rng.integers(n, size=RANDOM_PAIRS)
        right = (left + rng.integers(1, n, size=RANDOM_PAIRS)) % n
        same = groups[left] == groups[right]
        pick = rng.integers(NEAR, size=n)
        near = np.empty(n, int)
        for group in np.unique(groups):
            members = np.flatnonzero(groups == group)
            near[members] = members[_near(factors[members], pick[members])]
        everyone = np.arange(n)
        pairs = (left[same], right[same]), (everyone, near), (left, right), (everyone, _near(factors, pick))
        return cls(images, factors, groups, pairs, rng.permutation(n)[:QUERIES])

    def true_change(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Euclidean distance of standardised factors."""
        return np.linalg.norm(self.factors[left] - self.factors[right], axis=1)


def strokes(seed: int) -> tuple[np.ndarray, Question]:
    """(images to fit, the question)."""
    rng = np.random.default_rng([seed, 31])
    factors, crossbar = draw_factors(FITTED + FRESH, rng)
    images = render(factors, crossbar, rng).reshape(-1, SIDE, SIDE)
    factors[:, FACTOR_NAMES.index("half_thickness")] = np.log(factors[:, FACTOR_NAMES.index("half_thickness")])
    factors = (factors - factors.mean(0)) / factors.std(0)
    return images[:FITTED], Question.of(images[FITTED:], factors[FITTED:], crossbar[FITTED:], seed=seed)


def digits(seed: int) -> tuple[np.ndarray, Question]:
    """The same for MNIST, with measured factors, standardised within each digit."""
    items = gs.load_data("mnist-5k")
    order = np.random.default_rng([seed, 33]).permutation(len(items))
    fresh = items.take(order[:MNIST_FRESH])
    labels = np.asarray(fresh.labels)
    factors = np.array([measure_digit(image) for image in fresh.values])
    for label in np.unique(labels):
        of_label = factors[labels == label]
        factors[labels == label] = (of_label - of_label.mean(0)) / of_label.std(0)
    return items.take(order[MNIST_FRESH:]).values, Question.of(fresh.values, factors, labels, seed=seed)


def measure_digit(image: np.ndarray) -> list[float]:
    """Slant, thickness, width, height and mass of one grey image, in pixels (Castro et al. 2019, Morpho-MNIST, sec. 3).

    Slant is the shear that makes the second moments upright; width and height are standard deviations of ink after it;
    thickness is four times the mean distance of ink to the background, at four times the resolution.

    Example:
        >>> bar = np.zeros((28, 28), "uint8")
        >>> bar[4:24, 12:16] = 255
        >>> slant, thickness, width, height, mass = measure_digit(bar)
        >>> round(slant, 6), 3 < thickness < 5, width < height, mass
        (0.0, True, True, 80.0)
    """
    ink = image / 255.0
    mass = float(ink.sum())
    rows, columns = np.mgrid[: ink.shape[0], : ink.shape[1]].astype(float)
    rows -= (ink * rows).sum() / mass
    columns -= (ink * columns).sum() / mass
    tall = float((ink * rows**2).sum() / mass)
    slant = float((ink * rows * columns).sum() / mass) / tall
    width = float(np.sqrt((ink * (columns - slant * rows) ** 2).sum() / mass))
    inside = ndimage.zoom(ink, 4, order=1) > 0.5
    depth = np.asarray(ndimage.distance_transform_edt(inside))
    thickness = float(depth[inside].mean())  # 4 times, at 4 times the resolution
    return [slant, thickness, width, float(np.sqrt(tall)), mass]


# --- measures ----------------------------------------------------------------------------------------------------


def measures(space: gs.Space, rival: gs.Space, question: Question) -> dict[str, Measure]:
    """Every contestant, the product's own distance first."""
    posterior = space.embed(question.images)
    live = Gaussian(posterior.mean[:, space.live_axes], posterior.std[:, space.live_axes])
    pixels = _grey(question.images).reshape(len(question.images), -1)
    codes = rival.embed(question.images).mean
    # Back from the standardised codes of probabilistic PCA to the plain components: each in pixel units.
    gain = np.linalg.norm(rival.codec.networks.decoder.get_parameter("weight").detach().double().numpy(), axis=0)

    def of_posteriors(measure: Callable[[Gaussian, Gaussian], np.ndarray]) -> Measure:
        return lambda left, right: measure(live[left], live[right])

    return {
        "gausscape (default distance)": _euclidean(space.aggregate.whiten(posterior.mean)),
        "pixel L2": _euclidean(pixels),
        "1 - SSIM": _structural(_grey(question.images)),
        f"PCA-{rival.latent}": _euclidean(codes * gain),
        f"PCA-{rival.latent} whitened": _euclidean(rival.aggregate.whiten(codes)),
        "Euclid, live axes": _euclidean(live.mean),
        "2-Wasserstein": of_posteriors(lambda a, b: a.wasserstein(b)),
        "Fisher-Rao": of_posteriors(_fisher_rao),
        "square root of Jeffreys": of_posteriors(lambda a, b: np.sqrt(np.maximum(a.jeffreys(b), 0))),
        "d' (posteriors as stated)": of_posteriors(
            lambda a, b: np.sqrt(((a.mean - b.mean) ** 2 / ((a.std**2 + b.std**2) / 2)).sum(-1))
        ),
        "(the factors themselves)": question.true_change,
    }


def _grey(images: np.ndarray) -> np.ndarray:
    return images / 255.0 if images.dtype == np.uint8 else images.astype(float)


def _euclidean(points: np.ndarray) -> Measure:
    return lambda left, right: np.linalg.norm(points[left] - points[right], axis=1)


def _fisher_rao(a: Gaussian, b: Gaussian) -> np.ndarray:
    """Of normal laws with diagonal covariance (Costa et al. 2015, eq. 9, summed over axes)."""
    square = (a.mean - b.mean) ** 2 / 2 + (a.std - b.std) ** 2
    return np.sqrt((2 * np.arccosh(1 + square / (2 * a.std * b.std)) ** 2).sum(-1))


def _structural(images: np.ndarray) -> Measure:
    def blurred(stack: np.ndarray) -> np.ndarray:
        return ndimage.gaussian_filter(stack, (0, 1.5, 1.5), truncate=3.5)

    images = images.astype(np.float32)
    mean = blurred(images)
    variance = blurred(images**2) - mean**2
    small, smaller = 0.01**2, 0.03**2

    def distance(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        found = []
        for start in range(0, len(left), 5_000):
            i, j = left[start : start + 5_000], right[start : start + 5_000]
            covariance = blurred(images[i] * images[j]) - mean[i] * mean[j]
            likeness = (2 * mean[i] * mean[j] + small) * (2 * covariance + smaller)
            likeness /= (mean[i] ** 2 + mean[j] ** 2 + small) * (variance[i] + variance[j] + smaller)
            found.append(1 - likeness.mean((1, 2)))
        return np.concatenate(found)

    return distance


def _near(factors: np.ndarray, pick: np.ndarray) -> np.ndarray:
    found = np.asarray(KDTree(factors).query(factors, k=NEAR + 1)[1])
    return found[np.arange(len(factors)), 1 + pick]


# --- judging -----------------------------------------------------------------------------------------------------


def judge(question: Question, measure: Measure, weights: np.ndarray) -> np.ndarray:
    """The five columns under each weighting of the objects.

    Args:
        question: The pairs.
        measure: Who is judged.
        weights: How often each object counts, (resamples, n); a row of ones is the sample itself.

    Returns:
        (resamples, 5).
    """
    found = []
    for left, right in question.pairs:
        # Weighted ranks need the order of the distances, which no resample changes.
        measured = np.unique(measure(left, right), return_inverse=True)[1]
        true = np.unique(question.true_change(left, right), return_inverse=True)[1]
        found.append([_spearman(measured, true, weight[left] * weight[right]) for weight in weights])
    nearest = np.stack([_nearest(measure, query, len(question.images)) for query in question.queries])
    reached = question.true_change(question.queries.repeat(NEIGHBOURS), nearest.ravel()).reshape(-1, NEIGHBOURS)
    left, right = question.pairs[2]
    usual = question.true_change(left, right)
    share = []
    for weight in weights:
        pair_weight = weight[left] * weight[right]
        mean = np.average(reached.mean(1), weights=weight[question.queries])
        share.append(mean / np.average(usual, weights=pair_weight))
    return np.array([*found, share]).T


def _nearest(measure: Measure, query: int, n: int) -> np.ndarray:
    others = np.delete(np.arange(n), query)
    return others[np.argpartition(measure(np.full(n - 1, query), others), NEIGHBOURS)[:NEIGHBOURS]]


def _spearman(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> float:
    """Of values given as dense ranks, each pair counted `weight` times, ties at their middle rank."""
    ranks = []
    for dense in (first, second):
        mass = np.bincount(dense, weights=weight)
        ranks.append((np.cumsum(mass) - mass / 2)[dense])
    centred = [rank - np.average(rank, weights=weight) for rank in ranks]
    products = [(weight * centred[a] * centred[b]).sum() for a, b in ((0, 1), (0, 0), (1, 1))]
    return float(products[0] / np.sqrt(products[1] * products[2]))


def resample(question: Question, seed: int) -> np.ndarray:
    """Weights of the objects: ones, then multinomial counts; (1 + RESAMPLES, n)."""
    n = len(question.images)
    counts = np.random.default_rng([seed, 34]).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return np.concatenate([np.ones((1, n)), counts])


def run(seed: int, images: np.ndarray, question: Question, kl_weight: float | None) -> dict[str, np.ndarray]:
    """Fit both spaces and judge everybody; by name, (1 + RESAMPLES, 5)."""
    started = time.process_time()
    objective = None if kl_weight is None else gs.Elbo(kl_weight=kl_weight)
    space = gs.fit(images, seed=seed, objective=objective)
    spent = time.process_time() - started
    rival = gs.fit(images, latent=len(space.live_axes), seed=seed, method="pca")
    print(f"seed {seed}: {space!r}; held-out bound {space.record['held_out_bound']:.1f} nats; {spent:.0f} CPU-s", flush=True)
    weights = resample(question, seed)
    contestants = measures(space, rival, question)
    found = {}
    for name, measure in contestants.items():
        # PCA has as many axes as the space: their number differs between seeds, so it is left out of the name.
        found["PCA" + name.partition(" ")[1] + name.partition(" ")[2] if name.startswith("PCA-") else name] = judge(
            question, measure, weights
        )
    for name in list(found)[:3]:
        print(f"  {name:<30}" + "  ".join(f"{column} {value:.3f}" for column, value in zip(COLUMNS, found[name][0], strict=True)))
    return found


def print_table(runs: list[dict[str, np.ndarray]], columns: list[int]) -> None:
    """Mean over seeds, with the 95% interval over objects and the range over seeds; and ours less each rival."""
    print(f"\nSpearman with the true change, and true change to the 5 nearest; mean of {len(runs)} seeds [95% over objects]")
    print(f"{'measure':<30}" + "".join(f"{COLUMNS[column]:>24}" for column in columns))
    for name in runs[0]:
        print(f"{name:<30}" + "".join(f"{_interval([run[name][:, column] for run in runs]):>24}" for column in columns))
    print("\nours less theirs, on the same resamples")
    ours = next(iter(runs[0]))
    for name in list(runs[0])[1:-1]:
        cells = [_interval([run[ours][:, column] - run[name][:, column] for run in runs]) for column in columns]
        print(f"{name:<30}" + "".join(f"{cell:>24}" for cell in cells))
    print("\nours by seed, least and most: ", end="")
    values = np.array([run[ours][0] for run in runs])
    print("; ".join(f"{COLUMNS[column]} {values[:, column].min():.3f} to {values[:, column].max():.3f}" for column in columns))


def _interval(by_seed: list[np.ndarray]) -> str:
    mean = np.mean(by_seed, axis=0)
    low, high = np.quantile(mean[1:], [0.025, 0.975])
    return f"{mean[0]:.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    """Parse, run every seed, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="number of fits (default 5)")
    parser.add_argument("--first-seed", type=int, default=0, help="first of the seeds (default 0)")
    parser.add_argument("--kl-weight", type=float, help="weight of the divergence, if not the default")
    parser.add_argument("--mnist", action="store_true", help="digits with measured factors instead of strokes")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    runs = []
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        images, question = (digits if arguments.mnist else strokes)(seed)
        try:
            runs.append(run(seed, images, question, arguments.kl_weight))
        except DivergenceError as error:
            print(f"seed {seed}: no space, and no row in the table. {error}", flush=True)
    if not runs:
        raise SystemExit(1)
    # Of digits only pairs of one digit are asked for: what changes between digits is no factor.
    print_table(runs, [0, 1] if arguments.mnist else list(range(len(COLUMNS))))


if __name__ == "__main__":
    main()
