"""How do levels in an order become one stored number? As the normal score of their place among the fitted rows."""

__all__ = ["Ranks"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from gausscape.modalities.tables.parts import Grade, Part, Score

MOST_GRADES = 200


@dataclass(frozen=True)
class Ranks:
    """Two or more places in order, each with the interval of normal scores that its share of the rows takes.

    A draw from the normal law falls into each place as often as the rows did (McKelvey & Zavoina 1975, ordered probit), and
    a score that moves a little changes the place by one step at most.

    Args:
        cuts: Scores between neighbouring places, strictly increasing.

    Example:
        >>> ranks = Ranks.of_counts([25, 50, 25])
        >>> ranks.places(ranks.scores).tolist(), ranks.places(np.array([-9.0, 0.1, 9.0])).tolist()
        ([0, 1, 2], [0, 1, 2])
    """

    cuts: tuple[float, ...]

    @classmethod
    def of_counts(cls, counts: Sequence[int]) -> "Ranks":
        """From how many rows each place has, all at least one."""
        share = np.cumsum(np.asarray(counts, dtype=np.float64))
        return cls(tuple(ndtri(share[:-1] / share[-1]).tolist()))

    @property
    def part(self) -> Part:
        """A grade; a score where there are so many places that each is hardly an interval."""
        return Grade(self.cuts) if len(self.cuts) < MOST_GRADES else Score()

    @property
    def scores(self) -> np.ndarray:
        """Score of each place, (places,): the middle of its interval by mass."""
        ends = np.concatenate([[0.0], ndtr(self.cuts), [1.0]])
        return ndtri((ends[:-1] + ends[1:]) / 2)

    def places(self, scores: np.ndarray) -> np.ndarray:
        """Place of each score, (n,)."""
        return np.searchsorted(np.asarray(self.cuts), scores)
