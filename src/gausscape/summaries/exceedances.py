"""Exceedances: how many objects are at least how unusual, counted exactly on a scale of orders of magnitude."""

__all__ = ["Exceedances"]

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.summaries.summary import Summary, refuse_other_settings

LOWEST = -18
"""Powers of ten below this share the last bin."""


@dataclass(frozen=True)
class Exceedances(Summary):
    """Counts of probabilities in (0, 1] by bins (10^-((i + 1)/k), 10^-(i/k)], k bins to each power of ten.

    Counts at the edges of bins are exact: of 0.1, 0.01 and so on, and of k - 1 levels between.

    Args:
        counts: By bin i; 0 is the bin of the usual, up to and with 1.
        per_decade: Bins to each power of ten.

    Example:
        >>> seen = Exceedances.of(np.array([0.5, 0.04, 0.01])).merged(Exceedances.of(np.array([0.009])))
        >>> seen.total, seen.at_most(0.01), seen.at_most(0.1)
        (4, 2, 3)
    """

    counts: dict[int, int] = field(default_factory=dict)
    per_decade: int = 20

    @classmethod
    def of(cls, probability: np.ndarray, *, per_decade: int = 20) -> "Exceedances":
        """Of exceedance probabilities (n,).

        Raises:
            DataError: If one is not in [0, 1].
        """
        probability = np.asarray(probability, dtype=np.float64)
        wrong = ~((probability >= 0) & (probability <= 1))
        if wrong.any():
            raise DataError(
                f"Exceedances need probabilities from 0 to 1, but {probability[wrong][0]} stands at row {int(wrong.argmax())} "
                "(counted from 0). Pass what space.exceedance gives."
            )
        # Edges from the largest down; a probability that equals an edge is counted at that level.
        bins = np.searchsorted(-edges(per_decade), -probability, side="right") - 1
        places, counts = np.unique(bins, return_counts=True)
        return cls(dict(zip(places.tolist(), counts.tolist(), strict=True)), per_decade)

    @property
    def total(self) -> int:
        """How many objects there are."""
        return sum(self.counts.values())

    def at_most(self, level: float) -> int:
        """How many objects have an exceedance of at most this level, exactly.

        Raises:
            ConfigurationError: If the level is no edge of a bin, to nine digits.
        """
        near = np.abs(edges(self.per_decade) / level - 1) if level > 0 else np.ones(1)
        first = int(near.argmin())
        if near[first] > 1e-9:
            raise ConfigurationError(
                f"Counts are exact at the levels 10^-(i/{self.per_decade}), but {level!r} is none of them. Ask at the next larger one."
            )
        return sum(count for place, count in self.counts.items() if place >= first)

    def merged(self, other: Self) -> Self:
        refuse_other_settings(self.per_decade, other.per_decade, "the number of bins")
        counts = dict(self.counts)
        for place, count in other.counts.items():
            counts[place] = counts.get(place, 0) + count
        return replace(self, counts=counts)

    def document(self) -> dict[str, Any]:
        return {"per_decade": self.per_decade, "bins": [list(pair) for pair in sorted(self.counts.items())]}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        return cls({place: count for place, count in document["bins"]}, document["per_decade"])


def edges(per_decade: int) -> np.ndarray:
    """Upper edges of the bins, from 1 down; powers of ten are exactly those that 0.1, 0.01, ... are written as."""
    steps = np.arange(-LOWEST * per_decade + 1)
    found = 10.0 ** (-steps / per_decade)
    whole = steps % per_decade == 0
    found[whole] = [float(f"1e{-step // per_decade}") for step in steps[whole].tolist()]
    return found
