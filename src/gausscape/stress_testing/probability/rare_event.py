"""How likely is g(u) <= 0 under a law over standard normal coordinates, how sure is that, and by what route does it fail?

Plain draws first; subset simulation from them; then importance sampling around the failures that it found, which may only
sharpen what subset simulation says: near the likeliest failure point alone such draws can look precise and be wrong by a
factor (two modes, a shell). It is accepted if its coefficient of variation is below .2, if the known failures do not
contradict that, and if both estimates agree within 99% of their sampling error.
"""

__all__ = ["RareEvent", "estimate_probability"]

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.stress_testing.probability.design_points import find_modes
from gausscape.stress_testing.probability.inflated_sampling import explore
from gausscape.stress_testing.probability.known_failures import KnownFailures
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.mixture import Mixture
from gausscape.stress_testing.probability.plain_sampling import Z90, PlainSample, draw_plain
from gausscape.stress_testing.probability.refinement import Refinement, refine
from gausscape.stress_testing.probability.subset_simulation import CHAIN, SHARE, SubsetSimulation, simulate_subsets

LEVEL = 2 / 15
LEVELS_AT_MOST = 0.65
MODES_AT_MOST = 0.1
SHARP = 0.2
UNCOVERED = 0.3
ALONE = 1.5
Z99 = 2.5758293035489004
KEPT = 2_000
FEWEST = 100


@dataclass(frozen=True, eq=False, repr=False)
class RareEvent:
    """A failure probability and what stands behind it.

    Args:
        estimate: The probability; 0 if no failure was found, 1 if nothing else was.
        lower, upper: 90% interval of the sampling alone; for "never" and "always" the one-sided 95% bound.
        variation: Coefficient of variation of the sampling; NaN for "never" and "always".
        method: In words, what the estimate comes from.
        subset: What subset simulation says; None if the limit state has no levels to climb by.
        refined: What importance sampling says; None if it was not tried.
        plain: Plain draws: `.estimate`, `.interval`, `.variation`.
        agreement: In words: whether the refinement was accepted, and why not otherwise.
        accepted: The same, yes or no.
        design_points: Most likely failure points, nearest to the centre first, (k, D); none if no failure was found.
        shares: Share of the failure probability that lies nearest to each, (k,).
        failures: Failure points that stand for the law given failure, (m, D).
        importance: What each stands for, summing to 1, (m,).
        calls: Rows that the limit state was asked about.
        bound: Words for a failure that was never or always seen; "" otherwise.
        is_graded: Whether the limit state has levels to climb by.
    """

    estimate: float
    lower: float
    upper: float
    variation: float
    method: str
    subset: SubsetSimulation | None
    refined: Refinement | None
    plain: PlainSample
    agreement: str
    accepted: bool
    design_points: np.ndarray
    shares: np.ndarray
    failures: np.ndarray
    importance: np.ndarray
    calls: int
    bound: str
    is_graded: bool

    def __repr__(self) -> str:
        told = self.bound or f"{self.estimate:.3g} [{self.lower:.2g}, {self.upper:.2g}] by {self.method}"
        return f"RareEvent({told}; {self.calls:,} calls)"


def estimate_probability(
    limit: Callable[[np.ndarray], np.ndarray],
    dimension: int,
    *,
    calls: int = 3000,
    seed: int = 0,
    log_weight: Callable[[np.ndarray], np.ndarray] | None = None,
) -> RareEvent:
    """P(g(u) <= 0) for u of a law over `dimension` coordinates.

    Args:
        limit: u (n, dimension) -> g (n,), asked in large batches; failure is g <= 0 or no number.
        dimension: Number of coordinates.
        calls: At most so many rows in all, 100 or more.
        seed: Of all randomness.
        log_weight: u -> log of (density of the law / standard normal density), (n,), with weights of mean 1; None for
            the standard normal law.

    Raises:
        ConfigurationError: If fewer than 100 calls are allowed, or no coordinate.
        ShapeError: If the limit state does not answer one number a row.

    Example:
        >>> answer = estimate_probability(lambda u: 3.09 - u[:, 0], 10, seed=1)
        >>> bool(answer.lower < 1.0008e-3 < answer.upper), answer.accepted, answer.design_points.shape
        (True, True, (1, 10))

    References:
        Au & Beck 2001; Papaioannou et al. 2015; Owen & Zhou 2000.
    """
    if calls < FEWEST:
        raise ConfigurationError(
            f"A failure probability needs {FEWEST} calls or more, but got {calls}. Allow more, best 3,000."
        )
    state = LimitState(limit, dimension, calls=calls, log_weight=log_weight)
    rng = np.random.default_rng([seed, 31])
    level = max(int(LEVEL * calls) // CHAIN * CHAIN, 2 * CHAIN)
    plain = draw_plain(state, level, rng)
    if plain.estimate >= SHARE:
        return _common(state, plain, rng)
    subset = simulate_subsets(state, plain, rng, calls=int(LEVELS_AT_MOST * calls))
    if subset.reached:
        return _rare(state, plain, subset, rng)
    return _hidden(state, plain, subset, rng)


def _common(state: LimitState, plain: PlainSample, rng: np.random.Generator) -> RareEvent:
    """Failure is seen in a tenth of the plain draws or more: more of them are the best that can be done."""
    level = simulate_subsets(state, plain, rng, calls=0)
    reserved = int(MODES_AT_MOST * state.left)
    plain = plain.joined(draw_plain(state, state.left - reserved, rng))
    u, weights = plain.u[plain.fails], plain.weights[plain.fails]
    known = KnownFailures(u, weights / weights.sum(), plain.estimate)
    points = find_modes(state, known, Mixture.plain(state.dimension, len(plain)), calls=reserved)
    bound, (lower, upper) = "", plain.interval
    if plain.fails.all():
        lower, upper = 1 - plain.least_excluded, 1.0
        bound = f"always true: it failed in all of {len(plain):,} plain draws; P > {lower:.4g} with 95% confidence"
    return _answer(
        state, plain, subset=level, refined=None, estimate=plain.estimate, interval=(lower, upper),
        variation=float("nan") if bound else plain.variation, method="plain draws",
        agreement="not refined: failure is common enough for plain draws", accepted=False, points=points, known=known, bound=bound,
    )  # fmt: skip


def _rare(state: LimitState, plain: PlainSample, subset: SubsetSimulation, rng: np.random.Generator) -> RareEvent:
    """Subset simulation has arrived: sharpen what it says, and believe it if both agree."""
    m = len(subset.survivors)
    known = KnownFailures(subset.survivors, np.full(m, 1 / m), subset.estimate)
    refined = refine(state, known, plain, rng)
    error = np.hypot(_log_error(refined.variation), _log_error(subset.largest_variation))
    agree = refined.estimate > 0 and abs(np.log(refined.estimate / subset.estimate)) <= Z99 * error
    variation = max(refined.variation, refined.uncovered)
    # Read from few heavy weights, it is itself uncertain by about as much: one standard error is added.
    variation *= 1 + variation
    points = refined.design_points
    sharp = refined.variation < SHARP and refined.uncovered < UNCOVERED
    if sharp and not agree and refined.estimate > subset.estimate:
        # What it drew are failures; subset simulation cannot have seen them all.
        words = f"accepted: it drew failures that subset simulation ({subset.estimate:.3g}) had lost on its way"
        estimate, method, accepted = refined.estimate, "importance sampling", True
    elif not agree:
        words = f"rejected: {refined.estimate:.3g} against {subset.estimate:.3g} is more than sampling error"
        estimate, variation, method, accepted = subset.estimate, subset.largest_variation, "subset simulation", False
    elif sharp:
        words = f"accepted: variation {variation:.2g}, and within 99% sampling error of subset simulation"
        estimate, method, accepted = refined.estimate, "importance sampling", True
    elif refined.uncovered < 2 * UNCOVERED:
        # Neither is sharp, but they agree: their precision adds up.
        mine, other = 1 / variation**2, 1 / subset.largest_variation**2
        estimate = (mine * refined.estimate + other * subset.estimate) / (mine + other)
        words = f"not accepted alone (variation {variation:.2g}), but within sampling error: averaged by precision"
        variation, method, accepted = (mine + other) ** -0.5, "subset simulation and importance sampling", False
    else:
        words = f"rejected: known failures lie where it hardly draws (variation {refined.uncovered:.2g})"
        estimate, variation, method, accepted = subset.estimate, subset.largest_variation, "subset simulation", False
    if accepted and refined.failures is not None:
        known = refined.failures
    return _answer(
        state, plain, subset=subset, refined=refined, estimate=estimate, interval=_log_interval(estimate, variation),
        variation=variation, method=method, agreement=words, accepted=accepted, points=points, known=known, bound="",
    )  # fmt: skip


def _hidden(state: LimitState, plain: PlainSample, subset: SubsetSimulation, rng: np.random.Generator) -> RareEvent:
    """No level leads to failure: look for it farther out in all directions, and draw around what is found."""
    explored = explore(state, plain, rng)
    told = subset if subset.is_graded else None
    if not explored.weights.sum() > 0:
        plain = plain.joined(draw_plain(state, state.left, rng))
        upper = plain.least_excluded
        reached = (
            f"; subset simulation came down to g = {subset.thresholds[-1]:.3g}, which has P = {subset.probability_reached:.2g}"
            if subset.is_graded
            else "; g takes too few values to be followed to failure"
        )
        bound = f"never found: P < {upper:.2g} with 95% confidence, from {len(plain):,} plain draws{reached}"
        empty = KnownFailures(np.empty((0, state.dimension)), np.empty(0), 0.0)
        return _answer(
            state, plain, subset=told, refined=None, estimate=0.0, interval=(0.0, upper), variation=float("nan"),
            method="plain draws", agreement="not refined: no failure is known", accepted=False,
            points=np.empty((0, state.dimension)), known=empty, bound=bound,
        )  # fmt: skip
    known = KnownFailures.weighted(explored.u, explored.weights)
    refined = refine(state, known, plain, rng, explored=explored)
    # The weights of draws cannot know what no draw has met, and here nothing else was asked.
    variation = ALONE * max(refined.variation, refined.uncovered)
    accepted = variation < SHARP
    words = "accepted" if accepted else "not sharp, so the plain draws bound it from above"
    lower, upper = _log_interval(refined.estimate, variation)
    if not accepted:
        upper = max(upper, plain.interval[1])
    return _answer(
        state, plain, subset=told, refined=refined, estimate=refined.estimate, interval=(lower, upper), variation=variation,
        method="importance sampling",
        agreement=f"{words}: variation {variation:.2g}; no level leads to failure, so there is no second opinion", accepted=accepted,
        points=refined.design_points, known=refined.failures or known, bound="",
    )  # fmt: skip


def _log_error(variation: float) -> float:
    """Standard deviation of the logarithm of a log-normal estimate."""
    return float(np.sqrt(np.log1p(variation**2)))


def _log_interval(estimate: float, variation: float) -> tuple[float, float]:
    factor = float(np.exp(Z90 * _log_error(variation)))
    return estimate / factor, min(estimate * factor, 1.0)


def _answer(
    state: LimitState,
    plain: PlainSample,
    *,
    subset: SubsetSimulation | None,
    refined: Refinement | None,
    estimate: float,
    interval: tuple[float, float],
    variation: float,
    method: str,
    agreement: str,
    accepted: bool,
    points: np.ndarray,
    known: KnownFailures,
    bound: str,
) -> RareEvent:
    shares = np.zeros(len(points))
    if len(points) and len(known.u):
        nearest = np.square(known.u[:, None] - points[None]).sum(2).argmin(1)
        shares = np.bincount(nearest, weights=known.importance, minlength=len(points))
    # The weightiest are kept: an estimate over them loses least.
    kept = np.argsort(-known.importance, kind="stable")[:KEPT]
    importance = known.importance[kept]
    return RareEvent(
        estimate=float(estimate),
        lower=float(interval[0]),
        upper=float(interval[1]),
        variation=float(variation),
        method=method,
        subset=subset,
        refined=refined,
        plain=plain,
        agreement=agreement,
        accepted=accepted,
        design_points=points,
        shares=shares,
        failures=known.u[kept],
        importance=importance / importance.sum() if len(importance) else importance,
        calls=state.calls,
        bound=bound,
        is_graded=subset.is_graded if subset is not None else False,
    )
