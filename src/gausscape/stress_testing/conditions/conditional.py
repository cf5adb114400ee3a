"""Drawing under a condition: which objects of the calibrated law fulfil it, and how many of all do?

A common condition is met by drawing and keeping. A rare one is climbed: subset simulation over codes and noise, where the
limit state is how far the object is from the condition, so that only decoding is needed and no model is asked.

References:
    Au & Beck 2001, Estimation of small failure probabilities in high dimensions by subset simulation.
    Efraimidis & Spirakis 2006, Weighted random sampling with a reservoir (drawing by weight without copies).
"""

__all__ = ["draw_given"]

from dataclasses import replace
from typing import Any, final

import numpy as np

from gausscape.errors import CalibrationError, ConfigurationError, DataError
from gausscape.items import Items
from gausscape.space.shares import share_interval
from gausscape.space.space import Space
from gausscape.stress_testing.conditions.condition import Condition
from gausscape.stress_testing.conditions.condition_text import parse_condition
from gausscape.stress_testing.conditions.conditioned import Conditioned
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.probability.conditional_sampling import run_chains
from gausscape.stress_testing.probability.failure_probability import Estimate
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.plain_sampling import Z90, PlainSample, draw_plain
from gausscape.stress_testing.probability.subset_simulation import simulate_subsets

PILOT = 2000
COMMON = 0.02
SPARE = 3
LEAST_HITS = 60
MOVES = (20, 60)
FREAKS = 20
ALONE = 1.5
"""Chains that descend from few survivors know less than the correlation within them tells."""


def draw_given(
    space: Space,
    condition: Any,
    n: int,
    *,
    maker: Maker | None = None,
    data: Items | None = None,
    rng: np.random.Generator | int = 0,
    temperature: float = 1.0,
    exceedance: float | None = None,
    decodes: int = 20_000,
) -> Conditioned:
    """n objects that fulfil a condition, drawn from the calibrated law given it, and P(condition).

    The condition is judged on the objects as the model receives them (mended, rounded, legal), so all of them fulfil it.

    Args:
        space: The fitted space.
        condition: A text, a function of native objects, or a Condition.
        n: How many.
        maker: Makes the objects; None for what suits the data.
        data: Real objects: they check the probability, and give conditions on the label their meaning.
        rng: Of the draws, or a seed.
        temperature: T > 1 draws codes from density^(1/T) instead, sqrt(T) as wide in standard normal coordinates; the
            probability stays that of the calibrated law, by weights.
        exceedance: Only codes whose calibrated exceedance is at most this.
        decodes: Objects that may be made and judged.

    Returns:
        Conditioned.

    Raises:
        ConfigurationError: If the condition cannot be understood or contradicts itself, or a number is impossible.
        DataError: If no such object is found; the nearest one is told.

    Example:
        >>> from gausscape.modalities.tables.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> frame = example_items(300)
        >>> space = fit(frame, latent=3, method="pca")
        >>> given = draw_given(space, "amount > 30", 10, data=Items.of(frame))
        >>> items = Maker(space).items(given.z, given.noise)
        >>> bool((items.amount > 30).all()), given.distinct, 0.1 < given.probability.value < 0.4
        (True, 10, True)
    """
    if n < 1 or decodes < 100 or not 0.25 <= temperature <= 16:
        raise ConfigurationError(
            f"Draws under a condition need n of at least 1, decodes of at least 100 and a temperature from 0.25 to 16, but got {n}, "
            f"{decodes} and {temperature}. Change them."
        )
    rng = np.random.default_rng([rng, 83]) if isinstance(rng, int) else rng
    asked = parse_condition(condition, space, data)
    law = _Law(maker or Maker(space), asked, temperature=temperature, exceedance=exceedance)
    state = LimitState(
        law.violation, law.dimension, calls=max(decodes, n), log_weight=law.log_weight if temperature == 1 else None
    )
    plain = draw_plain(state, min(PILOT, state.left), rng)
    needed = max(SPARE * n, LEAST_HITS) / max(plain.fails.mean(), 1e-300)
    if not asked.is_graded or plain.fails.mean() >= COMMON or (plain.fails.sum() >= 10 and needed < state.left / 2):
        points, drawn, chosen = _by_rejection(state, plain, n, rng)
        told = "plain draws"
    else:
        points, drawn, chosen = _by_climbing(state, plain, n, rng)
        told = "subset simulation"
    if points is None:
        raise _not_found(law, state, asked, chosen)
    z, noise = law.split(chosen)
    probability, effective = _claim(law, points, drawn, told)
    observed = None if data is None else _observed(asked, data)
    found = Conditioned(
        condition=asked.words,
        intended=asked.intended,
        z=z,
        noise=noise,
        probability=probability,
        decodes=state.calls,
        distinct=len(np.unique(chosen, axis=0)),
        effective=effective,
        temperature=float(temperature),
        observed=None if observed is None else observed[:2],
        observed_lower=float("nan") if observed is None else observed[2],
        observed_upper=float("nan") if observed is None else observed[3],
    )
    return replace(found, note=_note(found, space))


@final
class _Law:
    """The law of codes and noise in standard normal coordinates, widened by a temperature, and how far objects are."""

    def __init__(self, maker: Maker, condition: Condition, *, temperature: float, exceedance: float | None):
        self.space, self.maker, self.condition, self.temperature = maker.space, maker, condition, temperature
        space = maker.space
        self.live = len(space.live_axes)
        self.dimension = self.live + maker.noise_size
        self.level = -np.inf
        if exceedance is not None:
            if not 0 < exceedance <= 1:
                raise CalibrationError(
                    f"An exceedance needs to lie in (0, 1], but got {exceedance!r}. Pass 0.01 for 1 in 100."
                )
            self.level = float(space.of_codes.level(np.array([exceedance]))[0])
        self._last: tuple[np.ndarray, np.ndarray] | None = None

    def codes(self, points: np.ndarray) -> np.ndarray:
        """Latent points (n, latent)."""
        if self._last is None or self._last[0] is not points:
            codes = self.space.aggregate.law.from_normal(np.sqrt(self.temperature) * points[:, : self.live])
            self._last = points, self.space.aggregate.full(codes)
        return self._last[1]

    def split(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(latent points, noise)."""
        return self.codes(points), points[:, self.live :]

    def violation(self, points: np.ndarray) -> np.ndarray:
        """How far the objects are from the condition, 0 where they fulfil it, (n,)."""
        z, noise = self.split(points)
        modality = self.space.modality
        expected = modality.features(self.space.codec.cells(z)) if self.condition.asks_chances else None
        away = self.condition.violation(self.maker.items(z, noise), expected, noise)
        return np.maximum(away, self.level - self.space.aggregate.surprise(z)) if np.isfinite(self.level) else away

    def log_weight(self, points: np.ndarray) -> np.ndarray:
        """Log of (density of the calibrated law / density that is drawn from), (n,)."""
        surprise = self.space.aggregate.surprise(self.codes(points))
        ratio = self.space.of_codes.log_density_ratio(surprise)
        squares = np.square(points[:, : self.live]).sum(1)
        # At u = sqrt(T) v the standard normal density over that of N(0, T I).
        return ratio + 0.5 * (squares - self.temperature * squares) + 0.5 * self.live * np.log(self.temperature)


def _by_rejection(
    state: LimitState, plain: PlainSample, n: int, rng: np.random.Generator
) -> tuple[np.ndarray | None, tuple[float, float, float], np.ndarray]:
    """Draw until three times as many fulfil it as are wanted, and choose by weight, none twice."""
    while plain.fails.sum() < max(SPARE * n, LEAST_HITS) and state.left:
        plain = plain.joined(draw_plain(state, min(PILOT, state.left), rng))
    hits = plain.u[plain.fails]
    if not len(hits):
        return None, (0.0, 0.0, 0.0), hits
    estimate, interval = plain.estimate, plain.interval
    keys = np.log(plain.weights[plain.fails]) + rng.gumbel(size=len(hits))
    chosen = hits[np.argsort(-keys)[:n]]
    if len(chosen) < n:
        # Too rare for so many: chains lead from those that were found to others.
        chosen = _apart(state, hits, n, rng)
    return hits, (estimate, *interval), chosen


def _by_climbing(
    state: LimitState, plain: PlainSample, n: int, rng: np.random.Generator
) -> tuple[np.ndarray | None, tuple[float, float, float], np.ndarray]:
    reserved = min(n * MOVES[0], state.left // 2)
    climbs = []
    while True:
        before = state.left
        climbs.append(simulate_subsets(state, plain, rng, calls=state.left - reserved))
        # Independent climbs for as long as another one fits.
        spent = before - state.left + len(plain)
        if state.left < spent + reserved or not climbs[0].reached:
            break
        plain = draw_plain(state, len(plain), rng)
    if not any(climb.reached for climb in climbs):
        return None, (0.0, 0.0, 0.0), climbs[0].survivors
    estimate = float(np.mean([climb.estimate for climb in climbs]))
    reached = [climb for climb in climbs if climb.reached]
    found = np.array([climb.estimate for climb in climbs])
    claimed = ALONE * float(np.mean([climb.largest_variation for climb in reached])) / np.sqrt(len(found))
    # Where levels and numbers contradict each other, climbs by different routes differ by more than each one knows.
    variation = max(claimed, float(found.std(ddof=1) / estimate / np.sqrt(len(found))) if len(found) > 1 else 0.0)
    spread = Z90 * float(np.sqrt(np.log1p(variation**2)))
    interval = estimate * np.exp(-spread), min(1.0, estimate * np.exp(spread))
    survivors = np.concatenate([climb.survivors for climb in reached])
    return survivors, (estimate, *interval), _apart(state, survivors, n, rng)


def _apart(state: LimitState, survivors: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """n points from chains that start at different survivors and walk on until their starts are forgotten, (n, D)."""
    starts = np.unique(survivors, axis=0)
    rows = np.concatenate([rng.permutation(len(starts)) for _ in range(-(-n // len(starts)))])[:n]
    steps = int(np.clip(state.left // n, 0, MOVES[1]))
    if not steps:
        return starts[rows]
    return run_chains(state, starts[rows], np.zeros(n), rng, threshold=0.0, steps=steps).u[-1]


def _claim(law: _Law, points: np.ndarray, drawn: tuple[float, float, float], method: str) -> tuple[Estimate, float]:
    """P under the calibrated law from its estimate under the law that was drawn from."""
    value, lower, upper = drawn
    effective = float(len(points))
    if law.temperature != 1:
        weights = np.exp(law.log_weight(points))
        effective = float(weights.sum() ** 2 / np.square(weights).sum())
        error = Z90 * float(weights.std() / weights.mean()) / np.sqrt(len(weights))
        factor = float(weights.mean())
        value, lower, upper = value * factor, lower * factor * np.exp(-error), upper * factor * np.exp(error)
    # The interval of the calibration where these objects lie.
    rarity = law.space.of_codes.exceedance(law.space.aggregate.surprise(law.codes(points)))
    low, high = np.median(rarity.lower / rarity.probability), np.median(rarity.upper / rarity.probability)
    variation = float(np.log(upper / lower) / (2 * Z90)) if lower > 0 else float("nan")
    value = min(1.0, value)
    claimed = Estimate(
        value, float(min(lower * low, value)), float(min(1.0, max(upper * high, value))), variation, 0, method
    )
    return claimed, effective


def _observed(condition: Condition, data: Items) -> tuple[int, int, float, float]:
    """(real objects that fulfil it, all, 90% interval of the share)."""
    n, hits = len(data), int(condition.holds(data.values).sum())
    return hits, n, *share_interval(hits, n)


def _note(found: Conditioned, space: Space) -> str:
    p = found.probability
    often = (
        f"1 in {round(float(f'{1 / p.value:.2g}')):,} objects is" if p.value < 0.4 else f"{p.value:.0%} of objects are"
    )
    said = [f"{often} like that (90% interval {p.lower:.2g} to {p.upper:.2g}, by {p.method})"]
    if found.observed is not None:
        hits, n = found.observed
        said.append(f"{hits:,} of {n:,} real objects are")
        if p.lower > found.observed_upper or p.upper < found.observed_lower:
            said[-1] += ", outside that interval: the space does not give them their true share"
    if p.value < space.of_codes.floor:
        said.append(f"rarer than the calibration can certify ({space.of_codes.floor:.2g})")
    if found.distinct < len(found):
        said.append(f"only {found.distinct} of {len(found)} are different: the decodes ran out")
    if found.temperature != 1 and found.effective < 30:
        said.append(
            f"the probability rests on {found.effective:.0f} effective draws: lower the temperature for a better one"
        )
    return "; ".join(said)


def _not_found(law: _Law, state: LimitState, condition: Condition, nearest: np.ndarray) -> DataError:
    if not len(nearest):
        return DataError(
            f"Scenarios need objects where {condition.words}, but none was found among {state.calls:,}, and nothing tells how far "
            "they are from it. State it as a text such as 'age > 70', or widen it."
        )
    # Not the very nearest: a single freak lies farther out than anyone could ask for.
    points, away = state.remembered()
    row = np.argsort(away, kind="stable")[min(FREAKS, len(nearest) // 2)]
    has, eased = condition.nearest(law.maker.items(*law.split(points[[row]])), 0)
    what = f"the nearest has {has}" if has else f"the nearest is {away[row]:.2g} standard deviations away"
    ask = f"Ask for {eased}." if eased else "Widen it."
    return DataError(f"No object where {condition.words} was found among {state.calls:,}; {what}. {ask}")
