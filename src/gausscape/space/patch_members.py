"""Which objects lie in a patch, and which share of the population is that?"""

__all__ = ["Members", "Share", "find_within"]

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np

from gausscape.space.shares import share_interval

CONFIDENCE = 0.9


@final
@dataclass(frozen=True, eq=False)
class Members:
    """Objects inside a patch, nearest first. Iterates over their ids.

    Args:
        ids: Shape (m,).
        distances: From the centre, in standard deviations, ascending, (m,).
        rows: Their positions in the data that were asked about, or in the kept fitted codes, (m,).
    """

    ids: np.ndarray
    distances: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids.tolist())

    def __repr__(self) -> str:
        shown = [f"{name} at {distance:.2f}" for name, distance in zip(self.ids[:5], self.distances, strict=False)]
        more = f", ... {len(self) - 5:,} more" if len(self) > 5 else ""
        return f"Members({', '.join(shown) or 'none'}{more})"

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {"ids": self.ids.tolist(), "distances": self.distances.tolist(), "rows": self.rows.tolist()}


@final
@dataclass(frozen=True)
class Share:
    """A share of the population, from a count of held-out objects.

    Args:
        estimate: count / objects.
        lower, upper: 90% interval (Clopper & Pearson 1934).
        count, objects: The share as a fraction.

    Example:
        >>> share = Share.of(0, 100)
        >>> share.estimate, share.lower, round(share.upper, 3)
        (0.0, 0.0, 0.03)
    """

    estimate: float
    lower: float
    upper: float
    count: int
    objects: int

    @classmethod
    def of(cls, count: int, objects: int) -> "Share":
        """The share that so many of so many make; with no objects at all anything is possible."""
        lower, upper = share_interval(count, objects, confidence=CONFIDENCE)
        return cls(count / objects if objects else 0.0, lower, upper, count, objects)

    def __str__(self) -> str:
        return (
            f"{self.estimate:.2%} of the population (90% interval {self.lower:.2%} to {self.upper:.2%}; "
            f"{self.count:,} of {self.objects:,} held-out objects)"
        )

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


def find_within(distances: np.ndarray, inside: np.ndarray, ids: np.ndarray) -> Members:
    """The objects that are inside, of distances, marks and ids of all, each (n,); ties stay in order."""
    rows = np.flatnonzero(inside)
    rows = rows[np.argsort(distances[rows], kind="stable")]
    return Members(ids[rows].astype(str), distances[rows], rows)
