"""Subset simulation: a small probability as a product of larger ones, level by level towards failure.

P = P(g <= b_1) P(g <= b_2 | g <= b_1) ... with thresholds chosen so that each factor is about .1. The first is counted on
plain draws, each other on Markov chains that start from the survivors of the level before. The coefficient of variation
comes from the correlation within the chains.

References:
    Au & Beck 2001, Estimation of small failure probabilities in high dimensions by subset simulation, sections 4 and 5.
    Papaioannou, Betz, Zwirglmaier & Straub 2015, MCMC algorithms for subset simulation.
"""

__all__ = ["SubsetSimulation", "simulate_subsets"]

from dataclasses import dataclass

import numpy as np

from gausscape.stress_testing.probability.conditional_sampling import FIRST_SPREAD, run_chains
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.plain_sampling import PlainSample

SHARE = 0.1
CHAIN = 10
LARGEST_SHARE = 0.5
LEAST_HITS = 5
LEAST_GAIN = 1e-9
LEVELS = 12


@dataclass(frozen=True, eq=False, repr=False)
class SubsetSimulation:
    """What the levels came to.

    Args:
        estimate: Probability of failure, or 0 if failure was not reached.
        variation: Its coefficient of variation if the levels were independent; inf if failure was not reached.
        largest_variation: The same if their errors added up (Au & Beck 2001, equation 33): what is claimed when nothing
            else stands beside it.
        thresholds: b of each level; the last is 0 if failure was reached.
        probabilities: Factor of each level; their product is the probability of the last threshold.
        acceptance: Share of the proposals taken at each level; NaN for the first, which is plain.
        survivors: States at or below the last threshold, (m, D): draws from the law there, correlated.
        survivors_g: Their limit state, (m,).
        is_graded: Whether levels could be formed; a limit state of few values has none to climb by.
        reached: Whether failure was reached.
    """

    estimate: float
    variation: float
    largest_variation: float
    thresholds: tuple[float, ...]
    probabilities: tuple[float, ...]
    acceptance: tuple[float, ...]
    survivors: np.ndarray
    survivors_g: np.ndarray
    is_graded: bool
    reached: bool

    @property
    def probability_reached(self) -> float:
        """Probability of the last threshold."""
        return float(np.prod(self.probabilities)) if self.probabilities else 1.0

    def __repr__(self) -> str:
        return f"SubsetSimulation({self.estimate:.3g}, variation {self.variation:.2g}, {len(self.thresholds)} levels)"


def simulate_subsets(
    state: LimitState, plain: PlainSample, rng: np.random.Generator, *, calls: int | None = None
) -> SubsetSimulation:
    """Go down level by level from a plain sample until failure is common, or the calls run out.

    Args:
        state: The limit state.
        plain: First level; its size is that of all levels.
        rng: Source of randomness.
        calls: At most so many calls beyond those of the plain sample; all that are left if None.

    Example:
        >>> from gausscape.stress_testing.probability.plain_sampling import draw_plain
        >>> rng = np.random.default_rng(0)
        >>> state = LimitState(lambda u: 2.8 - u[:, 0], 5, calls=5000)
        >>> answer = simulate_subsets(state, draw_plain(state, 1000, rng), rng)
        >>> len(answer.thresholds), bool(1e-3 < answer.estimate < 6e-3)
        (3, True)
    """
    allowed = state.left if calls is None else min(calls, state.left)
    chains = max(len(plain) // CHAIN, 2)
    u, g, weights = plain.u, plain.g, plain.weights / plain.weights.sum()
    length, width = 1, len(plain)
    thresholds, probabilities, acceptance, squares = [], [], [float("nan")], []
    spread, is_graded, reached = FIRST_SPREAD, True, False
    while True:
        threshold = _next_threshold(g, weights, last=thresholds[-1] if thresholds else np.inf)
        if threshold is None:
            is_graded = bool(probabilities)
            break
        hits = g <= threshold
        share = float(weights[hits].sum())
        thresholds.append(float(threshold))
        probabilities.append(share)
        squares.append(_squared_variation(hits, weights, share, length=length, width=width))
        if threshold <= 0:
            reached = True
            break
        if len(thresholds) == LEVELS or allowed < chains * (CHAIN - 1):
            break
        rows = _resample(np.flatnonzero(hits), weights[hits], chains, rng)
        walk = run_chains(state, u[rows], g[rows], rng, threshold=threshold, steps=CHAIN - 1, spread=spread)
        allowed -= chains * (CHAIN - 1)
        spread = walk.spread
        acceptance.append(walk.acceptance)
        u, g = walk.u.reshape(-1, state.dimension), walk.g.reshape(-1)
        weights = np.full(len(g), 1 / len(g))
        length, width = CHAIN, chains
    if thresholds:
        kept = np.flatnonzero(g <= thresholds[-1])
        if len(thresholds) == 1:
            # Plain draws come with weights of the law; the survivors are to be equally weighted.
            kept = _resample(kept, weights[kept], len(kept), rng)
        u, g = u[kept], g[kept]
    return SubsetSimulation(
        estimate=float(np.prod(probabilities)) if reached else 0.0,
        variation=float(np.sqrt(np.sum(squares))) if reached else float("inf"),
        largest_variation=float(np.sum(np.sqrt(squares))) if reached else float("inf"),
        thresholds=tuple(thresholds),
        probabilities=tuple(probabilities),
        acceptance=tuple(acceptance[: len(thresholds)]),
        survivors=u,
        survivors_g=g,
        is_graded=is_graded,
        reached=reached,
    )


def _next_threshold(g: np.ndarray, weights: np.ndarray, *, last: float) -> float | None:
    """The quantile at which a tenth survives, 0 if failure is that common, None if g has no such step below the last."""
    order = np.argsort(g, kind="stable")
    share = np.cumsum(weights[order])
    failing = float(weights[g <= 0].sum())
    if failing >= SHARE:
        return 0.0
    threshold = float(g[order][min(np.searchsorted(share, SHARE), len(g) - 1)])
    descends = threshold < last - LEAST_GAIN * abs(last) if np.isfinite(last) else True
    if float(weights[g <= threshold].sum()) > LARGEST_SHARE or not descends:
        # A plateau: the step below it serves if enough states stand there.
        lower = g[g < threshold]
        threshold = float(lower.max()) if len(lower) >= LEAST_HITS else np.inf
        if (g <= 0).sum() >= LEAST_HITS and threshold <= 0:
            return 0.0
    return None if not np.isfinite(threshold) else max(threshold, 0.0)


def _resample(rows: np.ndarray, weights: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """n of the rows, systematically by weight: equal weights and n rows give every row once."""
    order = rng.permutation(len(rows))
    share = np.cumsum(weights[order]) / weights.sum()
    marks = (rng.random() + np.arange(n)) / n
    return rows[order[np.minimum(np.searchsorted(share, marks), len(rows) - 1)]]


def _squared_variation(hits: np.ndarray, weights: np.ndarray, share: float, *, length: int, width: int) -> float:
    """Squared coefficient of variation of one factor: Au & Beck 2001, equations 25 to 29."""
    if length == 1:
        return float(np.square(weights * (hits - share)).sum() / share**2)
    if share >= 1:
        return 0.0
    states = hits.reshape(length, width).astype(float) - share
    variance = share * (1 - share)
    gamma = 0.0
    for lag in range(1, length):
        together = (states[:-lag] * states[lag:]).sum() / ((length - lag) * width)
        gamma += 2 * (1 - lag / length) * together / variance
    return (1 - share) / (share * length * width) * (1 + max(gamma, 0.0))
