"""Is a change still the same change after another training? Spread of distances over refits, beside PCA and pixels.

    python benchmarks/retraining.py [--refits 8] [--data strokes mnist-5k] [--objects 10000] [--kl-weight W]

The same objects are fitted again and again, each time with another seed (weights, order, noise and split all change),
and 500 fresh objects are asked about. Two kinds of pairs: 2,000 random ones, and each object with one of its 10
nearest in pixels. A coefficient of variation is the standard deviation over refits / the mean over refits; the table
gives its median over pairs. A percentile is the place of a distance among the random pairs in the same refit, in points
of 100. Flips: of two pairs, how often two refits disagree about which is the larger change; then the same for the
pairs of pairs whose mean percentiles lie at least 10 points apart.

PCA has as many axes as the first space has live ones; it is refitted in the same way (its randomness is then the split
alone) and to bootstrap samples of the objects. Pixel distance learns nothing: its spread is 0 by construction, and it
is not run.
"""

import argparse
import time

import numpy as np
import torch
from scipy.spatial import KDTree

import gausscape as gs
from strokes import SIDE, draw_images

FRESH = 500
RANDOM_PAIRS = 2_000
NEAR = 10
PAIRS_OF_PAIRS = 20_000
APART = 10.0

Pairs = tuple[np.ndarray, np.ndarray]


def objects(name: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(images to fit, fresh images)."""
    rng = np.random.default_rng(41)
    if name == "strokes":
        images = draw_images(count + FRESH, rng).reshape(-1, SIDE, SIDE)
    else:
        images = gs.load_data(name).values
        images = images[rng.permutation(len(images))]
    return images[FRESH : FRESH + count], images[:FRESH]


def draw_pairs(fresh: np.ndarray) -> tuple[Pairs, Pairs]:
    """Random pairs, and pairs that are near in pixels."""
    rng = np.random.default_rng(42)
    n = len(fresh)
    left = rng.integers(n, size=RANDOM_PAIRS)
    right = (left + rng.integers(1, n, size=RANDOM_PAIRS)) % n
    pixels = fresh.reshape(n, -1).astype(float)
    near = np.asarray(KDTree(pixels).query(pixels, k=NEAR + 1)[1])
    return (left, right), (np.arange(n), near[np.arange(n), rng.integers(1, NEAR + 1, size=n)])


def distances(space: gs.Space, fresh: np.ndarray, pairs: tuple[Pairs, ...]) -> list[np.ndarray]:
    """The product's own distance of each pair, in standard deviations of the aggregate."""
    u = space.aggregate.whiten(space.embed(fresh).mean)
    return [np.linalg.norm(u[left] - u[right], axis=1) for left, right in pairs]


def spread(random: np.ndarray, near: np.ndarray) -> dict[str, tuple[float, ...]]:
    """How refits (rows) disagree about pairs (columns).

    Returns:
        By kind of pair: median coefficient of variation of the distance, of the percentile, median standard deviation of
        the percentile in points, share of flips, share of flips among pairs that are 10 points apart.

    Example:
        >>> grown = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]])  # a change of unit flips nothing
        >>> variation, _, points, flips, _ = spread(grown, grown)["random"]
        >>> round(variation, 3), points, flips
        (0.471, 0.0, 0.0)
    """
    found = {}
    usual = np.sort(random, axis=1)
    for name, values in (("random", random), ("near", near)):
        percentile = np.stack(
            [100 * np.searchsorted(row, of_refit, side="right") / len(row) for row, of_refit in zip(usual, values, strict=True)]
        )
        rng = np.random.default_rng(43)
        first, second = rng.integers(values.shape[1], size=(2, PAIRS_OF_PAIRS))
        distinct = first != second
        first, second = first[distinct], second[distinct]
        refits = len(values)
        larger = (values[:, first] > values[:, second]).mean(0)
        # Two different refits, drawn without replacement, disagree so often.
        flips = 2 * larger * (1 - larger) * refits / (refits - 1)
        apart = np.abs(percentile.mean(0)[first] - percentile.mean(0)[second]) >= APART
        found[name] = (
            float(np.median(_variation(values))),
            float(np.median(_variation(percentile))),
            float(np.median(percentile.std(0, ddof=1))),
            float(flips.mean()),
            float(flips[apart].mean()) if apart.any() else float("nan"),
        )
    return found


def _variation(values: np.ndarray) -> np.ndarray:
    return values.std(0, ddof=1) / np.maximum(values.mean(0), 1e-12)


def compare(name: str, options: argparse.Namespace) -> None:
    """Refit everybody on one data set and print the table."""
    images, fresh = objects(name, options.objects)
    pairs = draw_pairs(fresh)
    objective = None if options.kl_weight is None else gs.Elbo(kl_weight=options.kl_weight)
    found: dict[str, list[list[np.ndarray]]] = {}
    axes = 0
    for seed in range(options.refits):
        started = time.process_time()
        space = gs.fit(images, seed=seed, objective=objective)
        spent = time.process_time() - started
        print(f"seed {seed}: {space!r}; bound {space.record['held_out_bound']:.1f} nats; {spent:.0f} CPU-s", flush=True)
        axes = axes or len(space.live_axes)
        sample = np.random.default_rng([seed, 44]).integers(len(images), size=len(images))
        spaces = {
            "gausscape": space,
            f"PCA-{axes} whitened, other split": gs.fit(images, latent=axes, seed=seed, method="pca"),
            f"PCA-{axes} whitened, bootstrap": gs.fit(images[sample], latent=axes, seed=seed, method="pca"),
        }
        for contestant, fitted in spaces.items():
            found.setdefault(contestant, []).append(distances(fitted, fresh, pairs))
    print(f"\n{name}: {len(images):,} objects, {options.refits} refits, {FRESH} fresh objects; CV = coefficient of variation")
    titles = ("CV distance", "CV percentile", "sd percentile", "flips", "flips, 10 apart")
    for kind in ("random", "near"):
        print(f"{kind + ' pairs':<32}" + "".join(f"{title:>17}" for title in titles))
        for contestant, refits in found.items():
            row = spread(np.stack([refit[0] for refit in refits]), np.stack([refit[1] for refit in refits]))[kind]
            cells = f"{row[0]:>16.1%} {row[1]:>16.1%} {row[2]:>14.1f} pt {row[3]:>15.1%} {row[4]:>16.1%}"
            print(f"{contestant:<32}{cells}")
        print(f"{'pixel L2 (by construction)':<32}" + f"{'0':>16} " * 5)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refits", type=int, default=8, help="number of trainings (default 8)")
    parser.add_argument("--data", nargs="+", default=["strokes"], choices=["strokes", "mnist-5k"], help="what to fit")
    parser.add_argument("--objects", type=int, default=10_000, help="at most so many images are fitted (default 10,000)")
    parser.add_argument("--kl-weight", type=float, help="weight of the divergence, if not the default")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in options.data:
        compare(name, options)


if __name__ == "__main__":
    main()
