"""How one column of numbers becomes normal scores, and back, with tails that go on beyond the data.

Between the tails the map joins at most 1,000 quantiles; a repeated value owns the whole interval of scores that its
share of the data takes, so the way back returns it exactly. Beyond a high and a low quantile a generalised Pareto
law takes over (Pickands 1975): a plain quantile transform can never give back a value larger than the largest seen.
"""

__all__ = ["NormalScores", "Tail"]

import math
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri, ndtri_exp

from gausscape.errors import DataError

QUANTILES = 1000
LIMIT = 30.0
"""Largest absolute score; values further out (about 430 tail scales) share it, so that float32 networks stay finite."""
FAR = 6.0
"""Score (probability 1e-9) up to which a bound that the data show is kept."""
HEAVIEST = 0.95
"""Largest tail index: at 1 the mean of the tail no longer exists."""


@dataclass(frozen=True)
class Tail:
    """One outward piece of the map: excess over a threshold follows a generalised Pareto law.

    P(excess > e, given over the threshold) = (1 + shape e / scale)^(-1/shape), or exp(-e / scale) at shape 0.
    A negative shape ends at the excess -scale / shape.

    Args:
        start: Absolute score at which this piece begins, going outwards.
        threshold: Value at that score, in scaled units.
        scale: Scale of the excess.
        shape: Tail index.
        towards_zero: Whether the excess is log(threshold / value): a tail that nears zero and never crosses it.

    Example:
        >>> tail = Tail(start=2.0, threshold=5.0, scale=1.0, shape=0.25)
        >>> far = tail.value(np.array([4.5]), sign=1)
        >>> bool(far[0] > 15), np.allclose(tail.score(far, sign=1), 4.5)
        (True, True)
    """

    start: float
    threshold: float
    scale: float
    shape: float = 0.0
    towards_zero: bool = False

    def score(self, values: np.ndarray, *, sign: int) -> np.ndarray:
        """Absolute scores of values beyond the threshold; `sign` is 1 for the upper side, -1 for the lower."""
        linear = sign * (values - self.threshold)
        excess = np.log(abs(self.threshold)) - np.log(np.abs(values)) if self.towards_zero else linear
        steps = np.maximum(excess, 0) / self.scale
        log_survival = -np.log1p(np.maximum(self.shape * steps, -1)) / self.shape if self.shape else -steps
        # A step too small for a float may round to just inside the start.
        return np.maximum(-ndtri_exp(np.maximum(log_ndtr(-self.start) + log_survival, -1e6)), self.start)

    def value(self, scores: np.ndarray, *, sign: int) -> np.ndarray:
        """Values at absolute scores beyond `start`."""
        steps = np.maximum(log_ndtr(-self.start) - log_ndtr(-scores), 0)
        excess = self.scale * (np.expm1(self.shape * steps) / self.shape if self.shape else steps)
        if self.towards_zero:
            return self.threshold * np.exp(-excess)
        return self.threshold + sign * excess


@dataclass(frozen=True)
class NormalScores:
    """An increasing map (to the rounding of float64) from values to normal scores, learned from one column.

    Args:
        values: Knots, strictly increasing, in scaled units.
        low: Score at which each knot's interval begins.
        high: Score at which it ends (equal to `low` where the value came once).
        below: Pieces of the lower tail, going outwards.
        above: Pieces of the upper tail, going outwards.
        unit: Power of two that brings the column to safe magnitudes; 1 unless the values are near the ends of float64.

    Example:
        >>> column = np.random.default_rng(0).lognormal(size=500)
        >>> scores = NormalScores.fit(column)
        >>> np.allclose(scores.inverse(scores.forward(column)), column, rtol=1e-12)
        True
        >>> low, high = scores.inverse(np.array([-9.0, 4.5])).tolist()
        >>> low < column.min().item(), high > column.max().item()
        (True, True)
    """

    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    below: tuple[Tail, ...]
    above: tuple[Tail, ...]
    unit: float = 1.0

    @classmethod
    def fit(cls, values: np.ndarray, *, doubt: float = 2.0) -> "NormalScores":
        """Learn the map from finite values (n,) with at least two distinct ones.

        Args:
            values: The column.
            doubt: How clearly the data must show that a tail ends before that is believed: its shape must be below
                -doubt / sqrt(k), k the number of values in the tail; sqrt(4/3) / sqrt(k) is one standard error.

        Raises:
            DataError: If the values are not finite or all the same.
        """
        values = np.asarray(values, dtype=np.float64)
        if not np.isfinite(values).all() or len(values) == 0 or values.min() == values.max():
            raise DataError("Normal scores need finite values, not all the same. Treat such a column as constant.")
        unit = _safe_unit(values)
        knots, counts = np.unique(values * unit, return_counts=True)
        if len(knots) == 1:  # Distinct only below the smallest float64 that the scaled column can hold.
            unit, (knots, counts) = 1.0, np.unique(values, return_counts=True)
        first, below = _tail(knots, counts, sign=-1, doubt=doubt)
        last, above = _tail(knots, counts, sign=1, doubt=doubt)
        n, ends = len(values), np.cumsum(counts)
        if first > last:  # Few values: let both tails begin at the middle one.
            first = last = int(np.searchsorted(ends, n / 2))
            below = _tail_from(knots, counts, first, sign=-1, doubt=doubt)
            above = _tail_from(knots, counts, last, sign=1, doubt=doubt)
        chosen = _spread(ends, first, last)
        low, high = ndtri((ends - counts + 0.5) / n)[chosen], ndtri((ends - 0.5) / n)[chosen]
        return cls(knots[chosen], low, high, below, above, unit)

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Scores of values, in [-30, 30]; a repeated value gets the middle of its interval."""
        with np.errstate(all="ignore"):
            x = np.asarray(values, dtype=np.float64) * self.unit
            right = np.clip(np.searchsorted(self.values, x), 0, len(self.values) - 1)
            left = np.maximum(right - 1, 0)
            gap = np.where(right > left, self.values[right] - self.values[left], 1.0)
            share = np.clip((x - self.values[left]) / gap, 0, 1)
            scores = self.high[left] + share * (self.low[right] - self.high[left])
            scores = np.where(self.values[right] == x, (self.low[right] + self.high[right]) / 2, scores)
            for tail in self.above:
                scores = np.where(x > tail.threshold, tail.score(np.maximum(x, tail.threshold), sign=1), scores)
            for tail in self.below:
                scores = np.where(x < tail.threshold, -tail.score(np.minimum(x, tail.threshold), sign=-1), scores)
        return np.clip(scores, -LIMIT, LIMIT)

    def inverse(self, scores: np.ndarray) -> np.ndarray:
        """Values at scores; never decreasing, and exact for the values that came."""
        z = np.clip(np.asarray(scores, dtype=np.float64), -LIMIT, LIMIT)
        with np.errstate(all="ignore"):
            x = np.interp(z, np.stack([self.low, self.high], 1).ravel(), np.repeat(self.values, 2))
            for tail in self.above:
                x = np.where(z > tail.start, tail.value(np.maximum(z, tail.start), sign=1), x)
            for tail in self.below:
                x = np.where(z < -tail.start, tail.value(np.maximum(-z, tail.start), sign=-1), x)
            biggest = np.finfo(np.float64).max
            return np.clip(x / self.unit, -biggest, biggest)

    def document(self) -> dict:
        """JSON-able state."""
        return {
            "values": self.values.tolist(),
            "low": self.low.tolist(),
            # Without repeated values the intervals are points.
            "high": None if np.array_equal(self.low, self.high) else self.high.tolist(),
            "below": [asdict(tail) for tail in self.below],
            "above": [asdict(tail) for tail in self.above],
            "unit": self.unit,
        }

    @classmethod
    def from_document(cls, document: dict) -> "NormalScores":
        """The map with that state."""
        low = np.asarray(document["low"], dtype=np.float64)
        return cls(
            values=np.asarray(document["values"], dtype=np.float64),
            low=low,
            high=low if document["high"] is None else np.asarray(document["high"], dtype=np.float64),
            below=tuple(Tail(**tail) for tail in document["below"]),
            above=tuple(Tail(**tail) for tail in document["above"]),
            unit=float(document["unit"]),
        )


def _safe_unit(values: np.ndarray) -> float:
    """1, or a power of two that keeps differences, slopes and tails of the column inside float64."""
    exponent = math.frexp(float(np.abs(values).max()))[1]
    return 1.0 if -900 < exponent < 900 else 2.0 ** -max(-1000, min(1000, exponent))


def _spread(ends: np.ndarray, first: int, last: int) -> np.ndarray:
    """Positions of at most 1,000 knots between two, evenly spread in probability; both ends are kept."""
    if last - first < QUANTILES:
        return np.arange(first, last + 1)
    wanted = np.linspace(ends[first], ends[last], QUANTILES)
    return np.unique(np.clip(np.searchsorted(ends, wanted), first, last))


def _tail(knots: np.ndarray, counts: np.ndarray, *, sign: int, doubt: float) -> tuple[int, tuple[Tail, ...]]:
    """Position of the knot where one tail begins, and its pieces going outwards."""
    n = int(counts.sum())
    edge = len(knots) - 1 if sign > 0 else 0
    # Many copies of the extreme value, or an extreme of exactly zero, mean a bound (a count, a cap), not a tail.
    if counts[edge] >= max(5, 0.002 * n) or knots[edge] == 0:
        return edge, (_beyond_bound(knots, float(knots[edge])),)
    wanted = max(5, round((0.05 if n >= 1000 else 0.1) * n))
    outside = n - np.cumsum(counts) if sign > 0 else np.cumsum(counts) - counts
    enough = np.flatnonzero(outside >= wanted)
    if len(enough) == 0:
        return edge - sign, _tail_from(knots, counts, edge - sign, sign=sign, doubt=doubt)
    start = int(enough[-1] if sign > 0 else enough[0])
    return start, _tail_from(knots, counts, start, sign=sign, doubt=doubt)


def _tail_from(knots: np.ndarray, counts: np.ndarray, start: int, *, sign: int, doubt: float) -> tuple[Tail, ...]:
    """Pieces of the tail that begins at knot `start`."""
    n = int(counts.sum())
    ends = np.cumsum(counts)
    outside = slice(start + 1, None) if sign > 0 else slice(0, start)
    threshold = float(knots[start])
    beyond = _beyond_bound(knots, threshold)
    score = sign * float(ndtri((ends[start] - 0.5 if sign > 0 else ends[start] - counts[start] + 0.5) / n))
    if len(knots[outside]) == 0:
        return (beyond,)
    # A column that keeps one sign keeps it in its tail too: money, durations and concentrations do not turn negative.
    towards_zero = bool(knots[0] > 0) if sign < 0 else bool(knots[-1] < 0)
    linear = sign * (knots[outside] - threshold)
    excess = np.log(abs(threshold)) - np.log(np.abs(knots[outside])) if towards_zero else linear
    scale, shape = _pareto(np.repeat(excess, counts[outside]), doubt)
    if not scale > 0:
        return (beyond,)
    tail = Tail(score, threshold, scale, shape, towards_zero)
    if shape >= 0 and not towards_zero:
        return (tail,)
    reached = float(tail.value(np.array([FAR]), sign=sign)[0])
    return tail, Tail(FAR, reached, beyond.scale)


def _beyond_bound(knots: np.ndarray, bound: float) -> Tail:
    """What lies beyond a bound that the data show: values there exist, with a probability under 1e-9."""
    return Tail(FAR, bound, float(knots[-1] - knots[0]))


def _pareto(excess: np.ndarray, doubt: float) -> tuple[float, float]:
    """Scale and shape by probability-weighted moments (Hosking & Wallis 1987), the shape kept in [-1, 0.95].

    A shape below zero puts an end to the tail. It is believed only where the data show it clearly, below -doubt / sqrt(k);
    otherwise the shape is clipped at zero, which claims too much rather than too little.
    """
    excess = np.sort(excess)
    k, mean = len(excess), float(excess.mean())
    weighted = float((excess * (1 - (np.arange(1, k + 1) - 0.35) / k)).mean())
    if k < 20 or not mean > 2 * weighted:
        return mean, 0.0
    shape = min(max(2 - mean / (mean - 2 * weighted), -1.0), HEAVIEST)
    if shape > -doubt / math.sqrt(k):
        shape = max(shape, 0.0)
    # The end must lie beyond the largest excess seen, or that value could not come back.
    return max(mean * (1 - shape), -shape * float(excess[-1]) * (1 + 1 / k)), shape
