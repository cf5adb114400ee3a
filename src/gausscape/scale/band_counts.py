"""How many objects failed, by how unusual they are: counts that add up over shards."""

__all__ = ["EDGES", "BandCounts"]

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.space.shares import share_interval
from gausscape.space.support import Support

EDGES = (1.0, 0.1, 0.01, 0.001, 0.0001, 0.0)
SUPPORTS = tuple(label.value for label in Support)


@final
@dataclass(frozen=True, eq=False)
class BandCounts:
    """Objects, failures and objects without an answer (which are failures too), by band of exceedance and support.

    Args:
        table: Whole numbers, (bands, supports, 3).

    Example:
        >>> p, support = np.array([0.5, 0.05, 0.02]), np.array(["SUPPORTED", "SUPPORTED", "UNSUPPORTED"])
        >>> counts = BandCounts.of(p, support, np.array([False, True, False]), np.zeros(3, bool))
        >>> print(counts)
          exceedance          objects     failing  rate, 90% interval
          0.1 to 1                  1           0  0% (0% to 95%)
          0.01 to 0.1               2           1  50% (2.53% to 97.5%)
          all                       3           1  33.3% (1.7% to 86.5%)
          supported only            2           1  50% (2.53% to 97.5%)
    """

    table: np.ndarray

    @classmethod
    def of(cls, exceedance: np.ndarray, support: np.ndarray, fails: np.ndarray, lost: np.ndarray) -> "BandCounts":
        """Counts of objects, all arguments (n,)."""
        table = np.zeros((len(EDGES) - 1, len(SUPPORTS), 3), dtype=np.int64)
        # A band holds what lies in (lower edge, upper edge].
        band = np.searchsorted(-np.array(EDGES[1:-1]), -np.asarray(exceedance), side="right")
        for place, name in enumerate(SUPPORTS):
            rows = support == name
            for kind, counted in enumerate((np.ones(len(band), dtype=bool), fails, lost)):
                table[:, place, kind] = np.bincount(band[rows & counted], minlength=len(EDGES) - 1)
        return cls(table)

    @classmethod
    def merged(cls, parts: Iterable["BandCounts"]) -> "BandCounts":
        """All parts together, in whatever order."""
        return cls(sum((part.table for part in parts), np.zeros((len(EDGES) - 1, len(SUPPORTS), 3), dtype=np.int64)))

    def rows(self, *, confidence: float = 0.9) -> Iterator[dict[str, Any]]:
        """The bands that hold objects, then all, then those labelled SUPPORTED; rates with exact binomial intervals."""
        for place in range(len(EDGES) - 1):
            yield from _row(f"{EDGES[place + 1]:g} to {EDGES[place]:g}", self.table[place].sum(0), confidence)
        yield from _row("all", self.table.sum((0, 1)), confidence)
        yield from _row("supported only", self.table[:, 0].sum(0), confidence)

    def document(self) -> list[Any]:
        """JSON-able."""
        return self.table.tolist()

    @classmethod
    def from_document(cls, document: list[Any]) -> "BandCounts":
        """The counts again."""
        return cls(np.array(document, dtype=np.int64))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BandCounts) and np.array_equal(self.table, other.table)

    def __str__(self) -> str:
        lines = [f"  {'exceedance':<16}{'objects':>11}{'failing':>12}  rate, 90% interval"]
        for row in self.rows():
            rate, lower, upper = (_percent(row[name]) for name in ("rate", "lower", "upper"))
            lines.append(f"  {row['band']:<16}{row['objects']:>11,}{row['failures']:>12,}  {rate} ({lower} to {upper})")
        return "\n".join(lines)


def _row(name: str, counts: np.ndarray, confidence: float) -> Iterator[dict[str, Any]]:
    n, failures, lost = (int(each) for each in counts)
    if n:
        lower, upper = share_interval(failures, n, confidence=confidence)
        told = {"band": name, "objects": n, "failures": failures, "without_answer": lost}
        yield told | {"rate": failures / n, "lower": lower, "upper": upper}


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
