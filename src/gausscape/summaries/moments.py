"""Moments: count, extremes, mean, spread, skewness and kurtosis of numbers that come in parts."""

__all__ = ["Moments"]

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from gausscape.summaries.summary import Summary


@dataclass(frozen=True)
class Moments(Summary):
    """Sums of powers of the deviations from the mean, up to the fourth; counts and extremes are exact.

    With parts a and b, n = n_a + n_b, d = mean_b - mean_a:
    M2 = M2_a + M2_b + d^2 n_a n_b / n, and so on (Pebay 2008, equations 2.1, 3.1). Beyond magnitudes of about 1e77 the fourth
    power leaves float64, and what is made of it is NaN.

    Args:
        count: Numbers that are there.
        missing: How many were NaN.
        low, high: The smallest and the largest; inf and -inf of nothing.
        mean: Their mean; 0 of nothing.
        powers: Sums of (x - mean)^2, ^3 and ^4.

    Example:
        >>> both = Moments.of(np.array([1.0, 2.0])).merged(Moments.of(np.array([6.0, np.nan])))
        >>> both.count, both.missing, both.mean, both.variance
        (3, 1, 3.0, 7.0)

    References:
        Chan, Golub & LeVeque 1983, Algorithms for computing the sample variance, section 3.
        Pebay 2008, Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments.
    """

    count: int = 0
    missing: int = 0
    low: float = math.inf
    high: float = -math.inf
    mean: float = 0.0
    powers: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def of(cls, values: np.ndarray) -> "Moments":
        """Of numbers (n,), finite or NaN."""
        values = np.asarray(values, dtype=np.float64)
        there = values[~np.isnan(values)]
        if not len(there):
            return cls(missing=len(values))
        low, high = float(there.min()), float(there.max())
        with np.errstate(over="ignore", invalid="ignore"):
            # The mean of the halves: the sum of numbers near the end of float64 would leave it.
            mean = float(np.clip(np.mean(there / 2) * 2 if max(-low, high) > 1e300 else there.mean(), low, high))
            far = there - mean
            # What rounding left of the first power is put back into the others' reference (Chan et al. 1983, equation 1.7).
            rest = float(far.mean())
            mean, far = mean + rest, far - rest
            square = far * far
            powers = float(square.sum()), float((square * far).sum()), float((square * square).sum())
        return cls(len(there), len(values) - len(there), low, high, mean, powers)

    def merged(self, other: Self) -> Self:
        missing = self.missing + other.missing
        if not self.count or not other.count:
            some = self if self.count else other
            return replace(some, missing=missing)
        n = self.count + other.count
        a, b = self.count / n, other.count / n
        d = other.mean - self.mean
        low, high = min(self.low, other.low), max(self.high, other.high)
        with np.errstate(over="ignore", invalid="ignore"):
            (a2, a3, a4), (b2, b3, b4) = np.array(self.powers), np.array(other.powers)
            d = np.float64(d)
            second = a2 + b2 + d * d * a * b * n
            third = a3 + b3 + d**3 * a * b * (a - b) * n + 3 * d * (a * b2 - b * a2)
            fourth = a4 + b4 + d**4 * a * b * (a * a - a * b + b * b) * n
            fourth += 6 * d * d * (a * a * b2 + b * b * a2) + 4 * d * (a * b3 - b * a3)
            mean = float(np.clip(a * self.mean + b * other.mean, low, high))
        powers = float(second), float(third), float(fourth)
        return replace(self, count=n, missing=missing, low=low, high=high, mean=mean, powers=powers)

    @property
    def variance(self) -> float:
        """Sum of squares over n - 1; NaN below two numbers."""
        return self.powers[0] / (self.count - 1) if self.count > 1 else math.nan

    @property
    def standard_error(self) -> float:
        """Of the mean, for independent numbers."""
        return math.sqrt(self.variance / self.count) if self.count > 1 else math.nan

    @property
    def skewness(self) -> float:
        """Third standardised moment; NaN where nothing varies."""
        second, third, _ = self.powers
        return math.sqrt(self.count) * third / second**1.5 if second > 0 and math.isfinite(third) else math.nan

    @property
    def kurtosis(self) -> float:
        """Fourth standardised moment, 3 for a normal law; NaN where nothing varies."""
        second, _, fourth = self.powers
        return self.count * fourth / second**2 if second > 0 and math.isfinite(fourth) else math.nan

    def document(self) -> dict[str, Any]:
        own = {"count": self.count, "missing": self.missing}
        extremes = {"low": self.low, "high": self.high} if self.count else {}
        return own | extremes | {"mean": self.mean, "powers": [p if math.isfinite(p) else None for p in self.powers]}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        second, third, fourth = (math.nan if power is None else power for power in document["powers"])
        low, high = document.get("low", math.inf), document.get("high", -math.inf)
        return cls(document["count"], document["missing"], low, high, document["mean"], (second, third, fourth))
