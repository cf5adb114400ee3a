"""The figures in which methods are compared: their names, units, and which way is better."""

__all__ = ["MEASURES", "Estimate", "Measure", "estimate"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True)
class Measure:
    """One figure.

    Args:
        name: Its key.
        label: A line of a table.
        sentence: What a method does, with a place for the number: "covers {} of the unseen objects".
        more_is_better: Which way is better.
        decimals: Digits after the point.
        unit: Behind the number.
    """

    name: str
    label: str
    sentence: str
    more_is_better: bool
    decimals: int = 2
    unit: str = ""

    def tell(self, value: float) -> str:
        """The number with its unit."""
        return f"{value:.{self.decimals}f}{self.unit}"


MEASURES = (
    Measure("recall", "coverage of unseen objects (recall)", "covers {} of the unseen objects", True),
    Measure(
        "precision", "fidelity of generated ones (precision)", "places {} of what it generates among real objects", True
    ),
    Measure(
        "unexplained",
        "left unexplained of unseen objects",
        "leaves {} of the variance of unseen objects unexplained",
        False,
        3,
    ),
    Measure(
        "agreement",
        "agreement of distances between seeds",
        "agrees with itself on distances by {} (rank correlation)",
        True,
    ),
    Measure("fit_seconds", "CPU seconds to fit", "takes {} of CPU time to fit", False, 1, " s"),
    Measure(
        "embed_seconds", "CPU seconds to embed 1,000", "takes {} of CPU time to embed 1,000 objects", False, 3, " s"
    ),
)


@dataclass(frozen=True)
class Estimate:
    """A mean over fits.

    Args:
        mean: Over the fits; NaN without any.
        lower, upper: Interval of 95%, from the spread over the fits alone; NaN with fewer than two.
        values: One a fit.
    """

    mean: float
    lower: float
    upper: float
    values: tuple[float, ...]

    def tell(self, measure: Measure) -> str:
        """Mean and interval in words."""
        if not self.values:
            return "not measured"
        told = measure.tell(self.mean)
        if np.isnan(self.lower):
            return told
        return f"{told} [{self.lower:.{measure.decimals}f}, {self.upper:.{measure.decimals}f}]"


def estimate(values: Sequence[float], *, low: float = -np.inf, high: float = np.inf) -> Estimate:
    """Mean of values with the interval of Student's t, kept within what is possible.

    Example:
        >>> found = estimate([0.2, 0.3, 0.4], low=0.0, high=1.0)
        >>> round(found.mean, 3), round(found.lower, 3), round(found.upper, 3)
        (0.3, 0.052, 0.548)
    """
    kept = tuple(float(value) for value in values if np.isfinite(value))
    if not kept:
        return Estimate(np.nan, np.nan, np.nan, ())
    mean = float(np.mean(kept))
    if len(kept) < 2:
        return Estimate(mean, np.nan, np.nan, kept)
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, len(kept) - 1) * np.std(kept, ddof=1) / np.sqrt(len(kept)))
    return Estimate(mean, max(low, mean - reach), min(high, mean + reach), kept)
