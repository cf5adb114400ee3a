"""Are probabilities of a table right where its density is known? Claimed against true, in codes and in the data's own units.

    pip install ctgan
    python benchmarks/known_density_table.py [--seeds 3] [--rows 10000] [--draws 1000000] [--epochs 300] [--without ctgan tvae]

The table has eight columns with a Gaussian copula (correlations of two common factors): three with Student t margins
(4 degrees of freedom), three log-normal, a category of three levels and one of two. Each seed draws 10,000 rows to fit.

(i) Claimed against actual exceedance: of 400,000 fresh rows, how many are at least as unusual as the 10, 1, 0.1 and
0.01% that a method claims? IsolationForest and the fitted copula (its Mahalanobis distance on the numbers) take their
levels from ranks of 2,000 held-out rows; beyond the rarest of these they can only give that one.

(ii) Events in the data's own units, drawn by the seed after the fit: two numbers beyond bounds ("x1 > a and x2 < b"), or
a number beyond a bound within one level of a category; 40 at each probability of 10, 1, 0.1 and 0.01%. Their truth is an
integral of the bivariate normal density, checked once against 10,000,000 draws. A space answers by rows drawn from
its law (drawn rendering: categories and measurement noise are drawn), weighted by its calibration or not; CTGAN and TVAE
by rows that they sample; KDE by its exact integral, with the bandwidth of the best held-out likelihood among five, on
columns standardised by median and quartiles; "counted" is the share among the fitted rows. The copula is correctly specified
(families of the margins known, parameters and correlations fitted), so it bounds what anyone could reach. Error is
|log10 (answered / true)|; half a row stands in for none. Means over events and seeds, least and most of the seeds.
"""

import argparse
import functools
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy import optimize, stats
from sklearn.ensemble import IsolationForest

import gausscape as gs

LEVELS = np.array([1e-1, 1e-2, 1e-3, 1e-4])
NUMBERS, GRADES = 6, 2
COLUMNS = ("t a", "t b", "t c", "skewed a", "skewed b", "skewed c", "level of three", "level of two")
EVENTS = 40
OF_A_CATEGORY = 10
FRESH, HELD_OUT, AT_ONCE = 400_000, 2_000, 50_000
FREEDOM, LOG_SPREAD = 4, 0.8
SHARES = (np.array([0.5, 0.3, 0.2]), np.array([0.7, 0.3]))
BANDWIDTHS = np.array([0.1, 0.2, 0.3, 0.45, 0.6])

Interval = tuple[float, float]


@dataclass(frozen=True)
class Event:
    """Two columns within intervals of their normal scores, and the same in the table's own units.

    Args:
        columns: Positions of the two.
        scores: Intervals of the normal scores behind them; for a category those of its level.
        values: Intervals of the values; for a category (level, level).
        probability: True one.
    """

    columns: tuple[int, int]
    scores: tuple[Interval, Interval]
    values: tuple[Interval, Interval]
    probability: float

    def holds(self, table: np.ndarray) -> np.ndarray:
        """Which rows of a table (n, 8), levels as numbers, lie in it."""
        inside = np.ones(len(table), bool)
        for column, (low, high) in zip(self.columns, self.values, strict=True):
            inside &= (table[:, column] >= low) & (table[:, column] <= high)
        return inside


# --- the truth ----------------------------------------------------------------------------------------------------


def correlations() -> np.ndarray:
    """Of the normal scores, (8, 8)."""
    loadings = np.array(
        [[0.8, 0.0], [0.6, 0.3], [-0.5, 0.5], [0.7, 0.2], [0.0, 0.8], [-0.3, 0.6], [0.6, 0.0], [0.2, -0.6]]
    )
    found = loadings @ loadings.T
    np.fill_diagonal(found, 1.0)
    return found


def cuts(category: int) -> np.ndarray:
    """Bounds of a category's levels on its normal score, the infinite ones included."""
    return np.concatenate([[-np.inf], stats.norm.ppf(np.cumsum(SHARES[category])[:-1]), [np.inf]])


def draw_rows(n: int, rng: np.random.Generator) -> np.ndarray:
    """Rows (n, 8); levels as numbers from 0."""
    scores = rng.standard_normal((n, len(COLUMNS))) @ np.linalg.cholesky(correlations()).T
    return np.column_stack([value_of(column, scores[:, column]) for column in range(len(COLUMNS))])


def value_of(column: int, score: np.ndarray) -> np.ndarray:
    """The value of a column at normal scores."""
    if column < 3:
        # By the nearer tail, so that neither end loses digits.
        size = stats.t.isf(stats.norm.sf(np.abs(score)), FREEDOM)
        return np.sign(score) * size
    if column < NUMBERS:
        return np.exp(LOG_SPREAD * score)
    return np.searchsorted(cuts(column - NUMBERS)[1:-1], score).astype(float)


def as_frame(table: np.ndarray) -> pd.DataFrame:
    """With levels as words."""
    frame = pd.DataFrame(table[:, :NUMBERS], columns=list(COLUMNS[:NUMBERS]))
    for column in range(NUMBERS, len(COLUMNS)):
        frame[COLUMNS[column]] = np.array(["low", "middle", "high"])[table[:, column].astype(int)]
    return frame


def as_table(frame: pd.DataFrame) -> np.ndarray:
    """The way back."""
    numbers = frame[list(COLUMNS[:NUMBERS])].to_numpy(float)
    place = {"low": 0.0, "middle": 1.0, "high": 2.0}
    levels = [frame[name].astype(str).map(place.get).to_numpy(float) for name in COLUMNS[NUMBERS:]]
    return np.column_stack([numbers, *levels])


def rectangle(scores: tuple[Interval, Interval], rho: float) -> float:
    """Probability of a rectangle under the bivariate normal law with correlation rho."""
    (low, high), other = scores
    spread = np.sqrt(1 - rho**2)
    # One integral over the first score of what the second has left; 200 Gauss-Legendre points are exact to 1e-12 here.
    points, weights = _quadrature()
    low, high = max(low, -9.0), min(high, 9.0)
    x = low + (high - low) * (points + 1) / 2
    lower, upper = ((end - rho * x) / spread for end in other)
    # Differences of the smaller tail keep their digits.
    inner = np.where(
        lower > 0, stats.norm.sf(lower) - stats.norm.sf(upper), stats.norm.cdf(upper) - stats.norm.cdf(lower)
    )
    return float((weights * stats.norm.pdf(x) * inner).sum() * (high - low) / 2)


@functools.cache
def _quadrature() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(200)


def draw_events(rng: np.random.Generator) -> list[Event]:
    """`EVENTS` at each level."""
    rho, events = correlations(), []
    for level in LEVELS:
        for number in range(EVENTS):
            first = int(rng.integers(NUMBERS))
            if number < OF_A_CATEGORY:
                second = NUMBERS + int(rng.integers(GRADES))
                bounds = cuts(second - NUMBERS)
                grade = int(rng.integers(len(bounds) - 1))
                other = (float(bounds[grade]), float(bounds[grade + 1]))
                span: Interval | None = (float(grade), float(grade))
            else:
                second = int((first + 1 + rng.integers(NUMBERS - 1)) % NUMBERS)
                # Between as rare as the event itself allows and nearly always true, in units of its logarithm.
                bound = float(stats.norm.isf(level ** rng.uniform(0.15, 0.75)))
                other, span = ((bound, np.inf) if rng.random() < 0.5 else (-np.inf, -bound)), None
            upper = rng.random() < 0.5

            def interval(bound: float, upper: bool = upper) -> Interval:
                return (bound, np.inf) if upper else (-np.inf, -bound)

            def excess(
                bound: float, other: Interval = other, pair: float = rho[first, second], level: float = level
            ) -> float:
                return np.log(max(rectangle((interval(bound), other), pair), 1e-300) / level)

            if excess(-8.9) <= 0 or excess(8.0) >= 0:
                continue
            root: Any = optimize.brentq(excess, -8.9, 8.0, xtol=1e-10)
            bound = float(root)
            scores = (interval(bound), other)
            values = tuple(
                span
                if span is not None and column == second
                else tuple(float(value_of(column, np.array([end]))[0]) for end in ends)
                for column, ends in zip((first, second), scores, strict=True)
            )
            events.append(Event((first, second), scores, values, float(rectangle(scores, rho[first, second]))))  # type: ignore[arg-type]
    return events


def check_truth(events: list[Event], *, draws: int = 10_000_000) -> str:
    """The integrals against counts, in standard errors."""
    rng, counts = np.random.default_rng([0, 151]), np.zeros(len(events))
    for _ in range(draws // 500_000):
        counts += [event.holds(rows).sum() for rows in (draw_rows(500_000, rng),) for event in events]
    truth = np.array([event.probability for event in events])
    z = (counts / draws - truth) / np.sqrt(truth * (1 - truth) / draws)
    size = f"root mean square {np.sqrt((z**2).mean()):.2f} standard errors, worst {np.abs(z).max():.1f}"
    return f"{len(events)} integrals against {draws:,} draws: {size}"


# --- contestants --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Copula:
    """A Gaussian copula with margins of the right families, fitted by maximum likelihood, two-step."""

    margins: tuple[Callable[[np.ndarray], np.ndarray], ...]
    cuts: tuple[np.ndarray, ...]
    rho: np.ndarray

    @classmethod
    def fit(cls, table: np.ndarray) -> "Copula":
        """From rows (n, 8)."""
        margins: list[Callable[[np.ndarray], np.ndarray]] = []
        for column in range(NUMBERS):
            x = table[:, column]
            law = (
                stats.t(*stats.t.fit(x))
                if column < 3
                else stats.lognorm(np.log(x).std(), scale=np.exp(np.log(x).mean()))
            )
            margins.append(lambda value, law=law: _score(law.cdf(value), law.sf(value)))
        scores = np.column_stack([margin(table[:, column]) for column, margin in enumerate(margins)])
        rho = np.eye(len(COLUMNS))
        rho[:NUMBERS, :NUMBERS] = np.corrcoef(scores.T)
        bounds = []
        for category in range(GRADES):
            share = np.bincount(table[:, NUMBERS + category].astype(int)) / len(table)
            bounds.append(np.concatenate([[-np.inf], stats.norm.ppf(np.cumsum(share)[:-1]), [np.inf]]))
        for category, own in enumerate(bounds):
            grade = table[:, NUMBERS + category].astype(int)
            for column in range(NUMBERS):
                found = _polyserial(scores[:, column], own[grade], own[grade + 1])
                rho[column, NUMBERS + category] = rho[NUMBERS + category, column] = found
        return cls(tuple(margins), tuple(bounds), rho)

    def probability(self, event: Event) -> float:
        """Of an event in the data's units."""
        scores: list[Interval] = []
        for column, (low, high) in zip(event.columns, event.values, strict=True):
            if column < NUMBERS:
                scores.append(tuple(float(self.margins[column](np.array(end))) for end in (low, high)))  # type: ignore[arg-type]
            else:
                own = self.cuts[column - NUMBERS]
                scores.append((float(own[int(low)]), float(own[int(low) + 1])))
        return rectangle((scores[0], scores[1]), float(self.rho[event.columns[0], event.columns[1]]))

    def unusual(self, table: np.ndarray) -> np.ndarray:
        """Squared Mahalanobis distance of the six numbers' scores."""
        scores = np.column_stack([margin(table[:, column]) for column, margin in enumerate(self.margins)])
        return np.einsum("ni,ij,nj->n", scores, np.linalg.inv(self.rho[:NUMBERS, :NUMBERS]), scores)


def _score(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    # By the smaller tail, so that neither end loses digits.
    return np.where(below < 0.5, stats.norm.ppf(below), stats.norm.isf(above))


def _polyserial(score: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    def loss(rho: float) -> float:
        spread = np.sqrt(1 - rho**2)
        inside = stats.norm.cdf((high - rho * score) / spread) - stats.norm.cdf((low - rho * score) / spread)
        return float(-np.log(np.maximum(inside, 1e-300)).mean())

    found: Any = optimize.minimize_scalar(loss, bounds=(-0.99, 0.99), method="bounded")
    return float(found.x)


@dataclass(frozen=True)
class Kernels:
    """A kernel density: Gaussian on standardised numbers, exact match on categories."""

    rows: np.ndarray
    scale: np.ndarray
    width: float

    @classmethod
    def fit(cls, table: np.ndarray, held_out: np.ndarray) -> "Kernels":
        """With the bandwidth that gives held-out rows the highest likelihood."""
        low, high = np.quantile(table[:, :NUMBERS], [0.25, 0.75], axis=0)
        scale = (high - low) / 1.349

        def score(width: float) -> float:
            own, other = (rows[:, :NUMBERS] / scale / width for rows in (table, held_out[:300]))
            squared = (own**2).sum(1) + (other**2).sum(1)[:, None] - 2 * other @ own.T
            squared = np.where((held_out[:300, None, NUMBERS:] == table[None, :, NUMBERS:]).all(2), squared, np.inf)
            log = -squared / 2
            top = log.max(1, keepdims=True)
            # Beyond every kernel the likelihood would be 0; -700 stands in for its logarithm.
            found = np.maximum(
                np.where(np.isfinite(top[:, 0]), top[:, 0] + np.log(np.exp(log - top).sum(1)), -700), -700
            )
            return float(np.mean(found) - NUMBERS * np.log(width))

        return cls(table, scale, float(max(BANDWIDTHS, key=score)))

    def probability(self, event: Event) -> float:
        """Its integral."""
        inside = np.ones(len(self.rows))
        for column, (low, high) in zip(event.columns, event.values, strict=True):
            x = self.rows[:, column]
            if column < NUMBERS:
                spread = self.width * self.scale[column]
                inside *= stats.norm.cdf((high - x) / spread) - stats.norm.cdf((low - x) / spread)
            else:
                inside *= (x >= low) & (x <= high)
        return float(inside.mean())


def sampled(pieces: Iterator[tuple[np.ndarray, np.ndarray]], events: list[Event]) -> tuple[np.ndarray, np.ndarray]:
    """(plain, weighted) probabilities of the events by rows (n, 8) that come with weights (n,)."""
    plain, weighted, rows, whole = np.zeros(len(events)), np.zeros(len(events)), 0, 0.0
    for table, weight in pieces:
        inside = np.stack([event.holds(table) for event in events])
        plain += inside.sum(1)
        weighted += inside @ weight
        rows, whole = rows + len(table), whole + weight.sum()
    return np.maximum(plain, 0.5) / rows, np.maximum(weighted / whole, 0.5 / rows)


def rows_of_space(space: gs.Space, draws: int, *, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Drawn rows of a space's law, each with the density of its calibrated surprise over that of the law."""
    rng = np.random.default_rng([seed, 152])
    edges = np.concatenate([np.linspace(0, 2, 9), np.linspace(2.25, 9, 28), [np.inf]])
    known = space.of_codes.exceedance(np.minimum(edges, 1e6)).probability
    known[0], known[-1] = 1.0, 0.0
    ratio = (known[:-1] - known[1:]) / (np.exp(-edges[:-1]) - np.exp(-edges[1:]))
    for start in range(0, draws, AT_ONCE):
        z = space.aggregate.full(space.aggregate.law.sample(min(AT_ONCE, draws - start), rng))
        weight = ratio[np.searchsorted(edges, space.aggregate.surprise(z), side="right") - 1]
        yield as_table(space.decode(z, seed=int(rng.integers(2**31)))), weight


def rows_of_generator(
    kind: str, table: np.ndarray, draws: int, *, epochs: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of CTGAN or TVAE in their published package, defaults but for the epochs."""
    import ctgan  # a rival, in no requirement of the package

    model = getattr(ctgan, kind)(epochs=epochs)
    model.set_random_state(seed)
    start = time.process_time()
    model.fit(as_frame(table), list(COLUMNS[NUMBERS:]))
    print(f"  {kind}: {epochs} epochs, {time.process_time() - start:.0f} CPU-s", flush=True)
    for begin in range(0, draws, AT_ONCE):
        rows = as_table(model.sample(min(AT_ONCE, draws - begin)))
        yield rows, np.ones(len(rows))


# --- judging ------------------------------------------------------------------------------------------------------


def judge(seed: int, options: argparse.Namespace, claims: dict[str, list], answers: dict[str, list]) -> None:
    """Fit, claim, answer on one seed."""
    rng = np.random.default_rng([seed, 153])
    table, held_out = draw_rows(options.rows, rng), draw_rows(HELD_OUT, rng)
    spaces = {
        "gausscape": gs.fit(as_frame(table), seed=seed),
        "gausscape, PCA of 8 axes": gs.fit(as_frame(table), latent=len(COLUMNS), seed=seed, method="pca"),
    }
    for name, space in spaces.items():
        print(f"seed {seed}, {name}: {space!r}", flush=True)
    events = draw_events(np.random.default_rng([seed, 154]))
    if seed == 0:
        print(check_truth(events), flush=True)
    truth = np.array([event.probability for event in events])
    copula, kernels = Copula.fit(table), Kernels.fit(table, held_out)

    def answered(name: str, probability: np.ndarray) -> None:
        error = np.abs(np.log10(np.maximum(probability, 1e-12) / truth))
        answers[name].append([error[np.isclose(truth, level, rtol=1e-3)].mean() for level in LEVELS])

    answered("copula, correctly specified", np.array([copula.probability(event) for event in events]))
    for name, space in spaces.items():
        plain, weighted = sampled(rows_of_space(space, options.draws, seed=seed), events)
        answered(name, plain)
        answered(f"  {name}, weighted by calibration", weighted)
    answered("KDE", np.array([kernels.probability(event) for event in events]))
    for kind in ("CTGAN", "TVAE"):
        if kind.lower() not in options.without:
            pieces = rows_of_generator(kind, table, options.draws, epochs=options.epochs, seed=seed)
            answered(kind, sampled(pieces, events)[0])
    answered("counted among the fitted rows", sampled(iter([(table, np.ones(len(table)))]), events)[0])

    numbered = np.column_stack([table[:, :NUMBERS], *[table[:, [c]] == g for c in (6, 7) for g in range(3)]])
    forest = IsolationForest(n_estimators=200, random_state=seed).fit(numbered)

    def isolated(rows: np.ndarray) -> np.ndarray:
        return -forest.score_samples(
            np.column_stack([rows[:, :NUMBERS], *[rows[:, [c]] == g for c in (6, 7) for g in range(3)]])
        )

    ranked = {"IsolationForest, ranks of 2,000": isolated, "copula's Mahalanobis, ranks of 2,000": copula.unusual}
    reference = {name: np.sort(measure(held_out)) for name, measure in ranked.items()}
    within: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(LEVELS)))
    for _ in range(FRESH // AT_ONCE):
        fresh = draw_rows(AT_ONCE, rng)
        frame = as_frame(fresh)
        for name, space in spaces.items():
            within[name] += (space.exceedance(frame).probability[:, None] <= LEVELS).sum(0)
        within["copula's Mahalanobis, chi-squared"] += (
            stats.chi2.sf(copula.unusual(fresh), NUMBERS)[:, None] <= LEVELS
        ).sum(0)
        for name, measure in ranked.items():
            above = HELD_OUT - np.searchsorted(reference[name], measure(fresh), side="left")
            # The smallest p that ranks can give is 1 / (n + 1): below it the rarest rank must do for the claim.
            p = (1 + above) / (HELD_OUT + 1)
            within[name] += (p[:, None] <= np.maximum(LEVELS, 1 / (HELD_OUT + 1) + 1e-12)).sum(0)
    for name, counts in within.items():
        claims[name].append(np.maximum(counts, 0.5) / FRESH)


def show(claims: dict[str, list], answers: dict[str, list]) -> None:
    """Both tables."""
    heads = f"{'10':>9}{'1':>9}{'0.1':>9}{'0.01':>9}"
    print(f"\n(i) actual % at claimed 10 / 1 / 0.1 / 0.01%, mean of seeds\n{'':<40}{heads}{'error [least, most]':>24}")
    for name, runs in claims.items():
        shares = np.array(runs)
        errors = np.abs(np.log10(shares / LEVELS)).mean(1)
        cells = "".join(f"{100 * share:>9.4g}" for share in shares.mean(0))
        print(f"{name:<40}{cells}{f'{errors.mean():.3f} [{errors.min():.3f}, {errors.max():.3f}]':>24}")
    print(f"\n(ii) error of events at 10 / 1 / 0.1 / 0.01%\n{'':<50}{heads}{'all [least, most]':>24}")
    for name, runs in answers.items():
        errors = np.array(runs)
        whole = errors.mean(1)
        cells = "".join(f"{error:>9.3f}" for error in errors.mean(0))
        print(f"{name:<50}{cells}{f'{whole.mean():.3f} [{whole.min():.3f}, {whole.max():.3f}]':>24}")
    print("\nRequired of ours: an error of .2 or less, and within twice that of the copula.")


def main() -> None:
    """Parse, run every seed, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="number of tables (default 3)")
    parser.add_argument("--rows", type=int, default=10_000, help="rows to fit (default 10,000)")
    parser.add_argument("--draws", type=int, default=1_000_000, help="rows drawn for the events (default 1,000,000)")
    parser.add_argument("--epochs", type=int, default=300, help="of CTGAN and TVAE (default 300, their own default)")
    parser.add_argument("--without", nargs="*", choices=("ctgan", "tvae"), default=[], help="rivals to leave out")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="ctgan|rdt|sklearn|pandas")
    claims: dict[str, list] = defaultdict(list)
    answers: dict[str, list] = defaultdict(list)
    for seed in range(options.seeds):
        judge(seed, options, claims, answers)
        show(claims, answers)


if __name__ == "__main__":
    main()
