"""How likely is failure under the calibrated law? The latent law, its calibration and the decoder's noise as one limit state.

Standard normal coordinates u = (v, noise): v becomes a code of the fitted law (`Law.from_normal`), noise decides what the code leaves
open (`Maker`). The calibrated law weights each draw by s(t) e^t, t its surprise and s the calibrated density of t
(`Calibration.log_density_ratio`): so failures far out count by what held-out objects say of that depth, not by the law's shape.
The calibration's own uncertainty enters the interval: the same failures weighted by the ends of its interval.
"""

__all__ = ["measure_failure_probability"]

from collections.abc import Callable

import numpy as np

from gausscape.items import Items
from gausscape.outcome import Outcome
from gausscape.space.gated import ACCEPTED
from gausscape.space.shares import share_interval
from gausscape.space.support import Support
from gausscape.stress_testing.asking import Neighbours
from gausscape.stress_testing.failures.answered_class import name_of_class, read_classes
from gausscape.stress_testing.failures.label_rules import Wrong
from gausscape.stress_testing.failures.rule import FailureRule
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.placing import judge_codes
from gausscape.stress_testing.probability.failure_probability import Estimate, FailureProbability, Mode
from gausscape.stress_testing.probability.rare_event import RareEvent, estimate_probability
from gausscape.stress_testing.words import percent

MOST_REAL = 2_000
MOST_MODES = 5
MOST_GATED = 500


def measure_failure_probability(
    maker: Maker,
    outcome: Outcome,
    rule: FailureRule,
    *,
    calls: int = 3000,
    neighbours: Neighbours | None = None,
    seed: int = 0,
) -> FailureProbability:
    """P(an object of the calibrated law hits the rule), refined where the refinement can be trusted.

    Args:
        maker: Makes objects from codes and noise.
        outcome: y.
        rule: The failure rule, bound to the outcome.
        calls: At most so many objects are asked about for the estimate; real objects come on top.
        neighbours: Real objects: what they say is told beside it, as decoded objects may be easier or harder than real ones.
        seed: Of the draws.

    Raises:
        ConfigurationError: If fewer than 100 calls are allowed.
    """
    space = maker.space
    live = len(space.live_axes)
    asked = outcome.calls

    def codes(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return space.aggregate.full(space.aggregate.law.from_normal(u[:, :live])), u[:, live:]

    def limit(u: np.ndarray) -> np.ndarray:
        items = maker.items(*codes(u))
        return rule.margin(items, outcome(items), outcome)

    def log_weight(u: np.ndarray, edge: str = "probability") -> np.ndarray:
        return space.of_codes.log_density_ratio(space.aggregate.surprise(codes(u)[0]), edge=edge)

    event = estimate_probability(limit, live + maker.noise_size, calls=calls, seed=seed, log_weight=log_weight)
    modes = _objects_first(
        [_mode(maker, outcome, neighbours, u, share, *codes(u[None]), live=live) for u, share in _ranked(event)]
    )
    observed, interval = None, (float("nan"), float("nan"))
    if neighbours is not None:
        observed, interval = _real_hits(outcome, rule, neighbours.items, seed)
    found = FailureProbability(
        rule=rule.words,
        outcome=outcome.name,
        estimate=_with_calibration(event, log_weight),
        subset=_subset(event),
        refined=_refined(event),
        plain=_plain(event),
        agreement=_sentence(event.agreement),
        modes=modes,
        calls=outcome.calls - asked,
        objects=_share_of_objects(maker, event, codes),
        observed=observed,
        observed_lower=interval[0],
        observed_upper=interval[1],
        bound=event.bound,
    )
    return found.with_notes(_contradiction(found))


def _with_calibration(event: RareEvent, log_weight: Callable[..., np.ndarray]) -> Estimate:
    """The estimate with both errors in its interval; on the log scale independent errors add in squares."""
    lower, upper, value = event.lower, event.upper, event.estimate
    if len(event.failures) and value > 0:
        base = log_weight(event.failures)
        low, high = (
            float(event.importance @ np.exp(log_weight(event.failures, edge) - base)) for edge in ("lower", "upper")
        )
        down = (np.log(value / max(lower, 1e-300)), max(-np.log(min(low, 1.0)), 0.0))
        up = (np.log(upper / value), max(np.log(high), 0.0))
        lower, upper = float(value * np.exp(-np.hypot(*down))), float(min(value * np.exp(np.hypot(*up)), 1.0))
    return Estimate(value, lower, upper, event.variation, event.calls, event.method)


def _subset(event: RareEvent) -> Estimate | None:
    found = event.subset
    if found is None or not found.reached:
        return None
    return _estimate(found.estimate, found.variation, "subset simulation")


def _refined(event: RareEvent) -> Estimate | None:
    found = event.refined
    return None if found is None else _estimate(found.estimate, found.variation, "importance sampling")


def _plain(event: RareEvent) -> Estimate:
    found = event.plain
    low, high = found.interval
    return Estimate(found.estimate, low, high, found.variation, len(found), "weighted plain draws")


def _estimate(value: float, variation: float, method: str) -> Estimate:
    factor = float(np.exp(1.6449 * np.sqrt(np.log1p(variation**2)))) if np.isfinite(variation) else float("inf")
    return Estimate(value, value / factor, min(value * factor, 1.0), variation, 0, method)


def _ranked(event: RareEvent) -> list[tuple[np.ndarray, float]]:
    order = np.argsort(-event.shares, kind="stable")[:MOST_MODES]
    return [(event.design_points[k], float(event.shares[k])) for k in order]


def _objects_first(modes: list[Mode]) -> tuple[Mode, ...]:
    # What is no object cannot fail, and a reader looks at the first.
    return tuple(sorted(modes, key=lambda mode: mode.support == Support.UNSUPPORTED.value))


def _mode(
    maker: Maker,
    outcome: Outcome,
    neighbours: Neighbours | None,
    u: np.ndarray,
    share: float,
    z: np.ndarray,
    noise: np.ndarray,
    *,
    live: int,
) -> Mode:
    item = maker.items(z, noise)
    _, support, _, _ = judge_codes(maker.space, z)
    if neighbours is None:
        nearest = str(maker.space.aggregate.neighbours(z)[1][0])
    else:
        nearest = str(neighbours.items.ids[neighbours.nearest(z)[0]])
    return Mode(
        u=u,
        distance=float(np.linalg.norm(u[:live])),
        z=z[0],
        noise=noise[0],
        item=item,
        y=float(outcome(item).values[0]),
        support=str(support[0]),
        share=share,
        nearest=nearest,
    )


def _share_of_objects(
    maker: Maker, event: RareEvent, codes: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
) -> float:
    """Share of the failure probability that passes the support gates; NaN if no failure is known."""
    rows = np.argsort(-event.importance, kind="stable")[:MOST_GATED]
    if not len(rows):
        return float("nan")
    gates = judge_codes(maker.space, codes(event.failures[rows])[0])[2]
    weights = event.importance[rows] / event.importance[rows].sum()
    return float(weights @ (gates >= ACCEPTED))


def _real_hits(
    outcome: Outcome, rule: FailureRule, items: Items, seed: int
) -> tuple[tuple[int, int], tuple[float, float]]:
    rows = np.sort(np.random.default_rng([seed, 71]).permutation(len(items))[:MOST_REAL])
    own = items.take(rows)
    n, answers = len(rows), outcome(own)
    if isinstance(rule, Wrong) and own.labels is not None:
        # Real objects have labels of their own, which know more than any referee.
        told = read_classes(outcome, answers)
        names = np.array([name_of_class(label) for label in own.labels])
        hits = int((names != (told.said if told is not None else names)).sum())
    else:
        hits = int((rule.margin(own.values, answers, outcome) <= 0).sum())
    return (hits, n), share_interval(hits, n)


def _contradiction(found: FailureProbability) -> str:
    """What real objects say, where it does not fit the estimate."""
    if found.observed is None or not (found.observed_lower > found.upper or found.observed_upper < found.lower):
        return ""
    hits, n = found.observed
    more = "more" if found.observed_lower > found.upper else "less"
    return (
        f"Real objects fail {more} often ({percent(hits / n)}, at least {percent(found.observed_lower)} and at most "
        f"{percent(found.observed_upper)}) than objects of the space. What the space leaves out matters to {found.outcome}: "
        "read the estimate as one about the space's objects, not about the data."
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")
