"""Do codes drawn at 1 in 100 look like real ones that are 1 in 100? Ways of sampling a tail on strokes and on digits.

    python benchmarks/tail_sampling.py --seeds 3 [--latent 10]
    python benchmarks/tail_sampling.py --mnist DIR [--digits] [--seeds 1] [--latent 16]

For each way of drawing codes at a stated exceedance, before anything is chosen by the gates: the share that fails a support
gate (p < .01); how far a draw lies from its nearest fellow draw and from the nearest code of a known object, in standard
deviations (a sampler that copies has small ones; real codes tell what is right). The reference is real codes: one posterior
draw of objects that neither fit nor calibration saw, of exceedance p/3 to 3p, chosen so that log p is uniform there.

- uniform directions: a point on the sphere, put on the level;
- the law's own draws, put on the level along their ray;
- outer fifth, jittered: directions of held-out codes in the outer fifth with a von Mises-Fisher kernel;
- gausscape: proposals like real codes of about that level that land nearest to it (`space.sample(exceedance=p)`).

Strokes have true factors. Those of a decoded image are read off it by ridge regression on its first 40 principal components
and their squares, fitted to 40,000 rendered strokes; printed is how well that does on fresh ones (R2 for each factor). The
true exceedance of an image is then the share of fresh strokes, read in the same way, whose factors are at least as far from the
mean (Mahalanobis). "Twofold" is the share of objects emitted at p whose true exceedance lies in [p/2, 2p], of those that
pass the gates; the crossbar, a yes or no, is no part of it. Medians [least, most] over seeds.
"""

import argparse
from dataclasses import dataclass

import numpy as np
import torch

import gausscape as gs
from gausscape.space.nearest import Nearest
from gausscape.space.space import Space
from strokes import FACTOR_NAMES, SIDE, draw_factors, draw_images, render

LEVELS = (0.1, 0.01, 0.001)
OBJECTS = 10_000
DRAWS = 1_000
FRESH = 100_000
COMPARED = 400
REACH = 3.0


@dataclass(frozen=True)
class Told:
    """What one way of drawing gave at one level."""

    fails: float
    apart: float
    to_known: float
    twofold: float


class FactorReader:
    """Reads the factors off images, and the true exceedance from them."""

    def __init__(self, rng: np.random.Generator):
        factors, crossbar = draw_factors(40_000, rng)
        images = render(factors, crossbar, rng)
        self.mean = images.mean(0)
        self.axes = np.linalg.svd(images[:5_000] - self.mean, full_matrices=False)[2][:40]
        inputs = self._inputs(images)
        self.centre, self.scale = inputs.mean(0), inputs.std(0) + 1e-9
        design = np.c_[(inputs - self.centre) / self.scale, np.ones(len(inputs))]
        goal = _standard(factors)
        self.weights = np.linalg.solve(design.T @ design + 10 * np.eye(design.shape[1]), design.T @ goal)
        fresh, bars = draw_factors(20_000, rng)
        read = self.read(render(fresh, bars, rng))
        truth = _standard(fresh)
        self.r2 = 1 - ((read - truth) ** 2).mean(0) / truth.var(0)
        self.factor = np.linalg.cholesky(np.linalg.inv(np.cov(read.T)))
        self.middle = read.mean(0)
        self.known = np.sort(self.distance(render(*draw_factors(FRESH, rng), rng)))

    def read(self, images: np.ndarray) -> np.ndarray:
        """Factors in standard deviations, (n, 6)."""
        design = np.c_[(self._inputs(images) - self.centre) / self.scale, np.ones(len(images))]
        return design @ self.weights

    def distance(self, images: np.ndarray) -> np.ndarray:
        """Mahalanobis distance of the factors, (n,)."""
        return np.linalg.norm((self.read(images) - self.middle) @ self.factor, axis=1)

    def exceedance(self, images: np.ndarray) -> np.ndarray:
        """Share of fresh strokes at least so far from the mean, (n,)."""
        return (1 + len(self.known) - np.searchsorted(self.known, self.distance(images))) / (1 + len(self.known))

    def _inputs(self, images: np.ndarray) -> np.ndarray:
        scores = (images.reshape(len(images), -1) - self.mean) @ self.axes.T
        first, second = np.triu_indices(12)
        return np.c_[scores, scores**2, scores[:, first] * scores[:, second]]


def _standard(factors: np.ndarray) -> np.ndarray:
    standard = factors.copy()
    standard[:, 1] = np.log(standard[:, 1])
    return (standard - [0.0, np.log(1.1), 0.0, 9.5, 7.5, 7.5]) / [0.35, 0.28, 2.0, 1.3, 0.8, 0.8]


def outer_fifth(space: Space, n: int, rng: np.random.Generator) -> np.ndarray:
    """Directions of held-out codes in the outer fifth, jittered without regard to the level."""
    tails = space.aggregate.law.whiten(space.aggregate.tails)
    tails /= np.linalg.norm(tails, axis=1, keepdims=True)
    d = tails.shape[1]
    spread = 0.5 * len(tails) ** (-1 / (d - 1)) if d > 1 else 0.0
    return tails[rng.integers(len(tails), size=n)] + spread * rng.standard_normal((n, d)) / np.sqrt(d)


def judge(space: Space, unseen: np.ndarray, reader: FactorReader | None, rng: np.random.Generator) -> dict:
    """{(level, way): Told}"""
    aggregate, posterior = space.aggregate, space.embed(unseen)
    real = aggregate.full(posterior.sample(rng.standard_normal(posterior.mean.shape))[:, space.live_axes])
    rarity = space.of_codes.exceedance(aggregate.surprise(real)).probability
    known = Nearest(aggregate.law.whiten(np.concatenate([aggregate.codes, aggregate.held_out])))

    def tell(z: np.ndarray, p: float) -> Told:
        gates = np.minimum.reduce(list(space.gates_of_codes(z).values()))
        u = aggregate.whiten(z)[:COMPARED]
        apart = Nearest(u).query(u, 2)[0][:, 1].mean() if len(u) > 1 else np.nan
        passing = z[gates >= 0.01]
        twofold = np.nan
        if reader is not None and len(passing) >= 20:
            true = reader.exceedance(np.asarray(space.decode(passing)))
            twofold = ((true >= p / 2) & (true <= 2 * p)).mean()
        return Told((gates < 0.01).mean(), apart, known.query(u, 1)[0].mean(), twofold)

    def on_level(rays: np.ndarray, level: float) -> np.ndarray:
        rays = rays / np.linalg.norm(rays, axis=1, keepdims=True)
        return aggregate.unwhiten(rays * aggregate.law.radius_along(rays, level)[:, None])

    told = {}
    for p in LEVELS:
        level = float(space.of_codes.level(p))
        inside = np.flatnonzero((rarity > p / REACH) & (rarity < REACH * p))
        weights = 1 / rarity[inside]
        # A third at most: without replacement the weights hold only while few are taken.
        many = min(DRAWS, len(inside) // 3)
        ways = {
            "real codes there": real[rng.choice(inside, many, replace=False, p=weights / weights.sum())],
            "uniform directions": on_level(rng.standard_normal((DRAWS, len(space.live_axes))), level),
            "law's own draws": on_level(aggregate.law.whiten(aggregate.law.sample(DRAWS, rng)), level),
            "outer fifth, jittered": on_level(outer_fifth(space, DRAWS, rng), level),
            "gausscape": on_level(
                aggregate.directions(DRAWS, rng, uniform=False, level=level, jitter=space.jitter), level
            ),
        }
        told |= {(p, way): tell(z, p) for way, z in ways.items()}
    return told


def print_table(runs: list[dict]) -> None:
    """Median [least, most] over seeds."""
    print(f"\n{'p':>6}  {'way':<24}{'fail the gates':>22}{'apart':>20}{'to known codes':>20}{'twofold':>20}")
    for p, way in runs[0]:
        rows = [run[p, way] for run in runs]
        cells = [_spread([100 * row.fails for row in rows], 1, "%")]
        cells += [_spread([getattr(row, name) for row in rows], 2, "") for name in ("apart", "to_known")]
        cells += [_spread([100 * row.twofold for row in rows], 0, "%")]
        print(f"{p:>6g}  {way:<24}{cells[0]:>22}{cells[1]:>20}{cells[2]:>20}{cells[3]:>20}")


def _spread(values: list[float], digits: int, unit: str) -> str:
    known = np.array(values)[np.isfinite(values)]
    if not len(known):
        return "-"
    middle = f"{np.median(known):.{digits}f}{unit}"
    return middle if len(values) == 1 else f"{middle} [{known.min():.{digits}f}, {known.max():.{digits}f}]"


def main() -> None:
    """Parse, run every seed, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="number of fits (default 3)")
    parser.add_argument("--first", type=int, default=0, help="first seed (default 0)")
    parser.add_argument("--latent", type=int, help="latent axes (default 10 for strokes, 16 for digits)")
    parser.add_argument("--digits", action="store_true", help="with --mnist: fit the bundled 5,000 digits only")
    parser.add_argument(
        "--mnist", help="folder with the four idx files of MNIST: digits, judged on images that were not fitted"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    runs = []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        rng = np.random.default_rng([seed, 1])
        if arguments.mnist:
            source = "mnist-5k" if arguments.digits else "mnist"
            options = {} if arguments.digits else {"data_dir": arguments.mnist, "split": "train"}
            fitted, reader = gs.load_data(source, **options), None
            unseen = _unseen(fitted, arguments.mnist)
        else:
            fitted = draw_images(OBJECTS, rng).reshape(-1, SIDE, SIDE)
            unseen = draw_images(FRESH, rng).reshape(-1, SIDE, SIDE)
            reader = FactorReader(rng)
            read = (f"{name} {r:.2f}" for name, r in zip(FACTOR_NAMES, reader.r2, strict=True))
            print("factors read off images, R2: " + ", ".join(read))
        space = gs.fit(fitted, latent=arguments.latent or (16 if arguments.mnist else 10), seed=seed)
        print(f"seed {seed}: {space!r}", flush=True)
        runs.append(judge(space, unseen, reader, np.random.default_rng([seed, 2])))
    print_table(runs)


def _unseen(fitted: gs.Items, folder: str) -> np.ndarray:
    """Images of MNIST that are not among the fitted ones."""
    known = {image.tobytes() for image in np.asarray(fitted.values)}
    parts = [np.asarray(gs.load_data("mnist", data_dir=folder, split=split).values) for split in ("train", "test")]
    return np.concatenate([part[[image.tobytes() not in known for image in part]] for part in parts])


if __name__ == "__main__":
    main()
