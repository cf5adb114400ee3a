"""Quantiles: of numbers that come in parts, each within a stated share of its true value."""

__all__ = ["Quantiles"]

import math
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.summaries.summary import Summary, refuse_other_settings

SMALLEST = 1e-100
"""Magnitudes below are counted as zero."""


@dataclass(frozen=True)
class Quantiles(Summary):
    """Exact counts of numbers in bins whose edges grow geometrically (DDSketch, Masson, Rim & Lee 2019).

    A number x > 0 falls into the bin ceil(log x / log g), g = (1 + a) / (1 - a); negative numbers have bins of their own. The
    middle of a bin differs from all in it by at most the share a, so that each quantile does so too, however many numbers came
    and however the parts were cut. Of numbers far from zero that differ little (years, say), take the distance from a
    typical one first.

    Args:
        counts: By bin: i for (g^(i-1), g^i], by sign; see `of`.
        accuracy: The share a.
        low, high: Smallest and largest number, exact.

    Example:
        >>> latency = np.random.default_rng(0).lognormal(size=100_000)
        >>> sketch = Quantiles.of(latency[:50_000]).merged(Quantiles.of(latency[50_000:]))
        >>> true = float(np.sort(latency)[98_999])
        >>> abs(sketch.at(0.99) / true - 1) <= sketch.accuracy
        True

    References:
        Masson, Rim & Lee 2019, DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees, section 2.
    """

    counts: dict[tuple[int, int], int] = field(default_factory=dict)
    accuracy: float = 0.005
    low: float = math.inf
    high: float = -math.inf

    @classmethod
    def of(cls, values: np.ndarray, *, accuracy: float = 0.005) -> "Quantiles":
        """Of finite numbers (n,); NaN is left out.

        Args:
            values: The numbers.
            accuracy: Largest relative error of a quantile, in [1e-4, 0.5].

        Raises:
            ConfigurationError: If the accuracy is out of its range.
        """
        if not 1e-4 <= accuracy <= 0.5:
            raise ConfigurationError(
                f"accuracy needs a number from 0.0001 to 0.5, but got {accuracy!r}. Pass 0.005, say."
            )
        values = np.asarray(values, dtype=np.float64)
        values = values[~np.isnan(values)]
        if not len(values):
            return cls({}, accuracy)
        sign = np.where(np.abs(values) < SMALLEST, 0, np.sign(values)).astype(np.int64)
        size = np.where(sign == 0, 1.0, np.abs(values))
        place = np.ceil(np.log(size) / _log_growth(accuracy)).astype(np.int64)
        # In the order of the numbers themselves: the bins of negative ones run the other way.
        bins, counts = np.unique(np.stack([sign, sign * place], 1), axis=0, return_counts=True)
        told = {(int(s), int(p)): int(count) for (s, p), count in zip(bins, counts, strict=True)}
        return cls(told, accuracy, float(values.min()), float(values.max()))

    @property
    def total(self) -> int:
        """How many numbers there are."""
        return sum(self.counts.values())

    def at(self, probability: float) -> float:
        """The number that a share of all does not exceed: of n sorted ones that at place ceil(probability n), 1 at least.

        Raises:
            ConfigurationError: If the probability is not in [0, 1], or there is no number.
        """
        if not 0 <= probability <= 1 or not self.counts:
            raise ConfigurationError(
                f"A quantile needs a probability from 0 to 1 and numbers, but got {probability!r} of {self.total:,} numbers."
            )
        wanted, below = max(1, math.ceil(probability * self.total)), 0
        for (sign, place), count in sorted(self.counts.items()):
            below += count
            if below >= wanted:
                growth = math.exp(_log_growth(self.accuracy))
                middle = sign * 2 * math.exp(sign * place * _log_growth(self.accuracy)) / (1 + growth)
                return min(max(middle, self.low), self.high)
        raise AssertionError  # pragma: no cover - the counts add up to the total

    def merged(self, other: Self) -> Self:
        refuse_other_settings(self.accuracy, other.accuracy, "the accuracy")
        counts = dict(self.counts)
        for place, count in other.counts.items():
            counts[place] = counts.get(place, 0) + count
        return replace(self, counts=counts, low=min(self.low, other.low), high=max(self.high, other.high))

    def document(self) -> dict[str, Any]:
        bins = [[*place, count] for place, count in sorted(self.counts.items())]
        return {"accuracy": self.accuracy, "bins": bins} | ({"low": self.low, "high": self.high} if bins else {})

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        counts = {(sign, place): count for sign, place, count in document["bins"]}
        return cls(counts, document["accuracy"], document.get("low", math.inf), document.get("high", -math.inf))


def _log_growth(accuracy: float) -> float:
    return math.log1p(accuracy) - math.log1p(-accuracy)
