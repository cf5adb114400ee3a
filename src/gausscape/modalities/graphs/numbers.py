"""Numbers of nodes and edges on a scale where they are about standard normal, and back in their own units."""

__all__ = ["NumberColumn"]

from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
from scipy import special

MOST_KNOTS = 65


@final
@dataclass(frozen=True)
class NumberColumn:
    """One number that every node, or every edge, bears.

    Scores run through the mid-rank normal scores of at most 65 quantiles in straight pieces, and on beyond both ends with
    the slope of the whole, so that no value is clipped.

    Args:
        name: Of the attribute.
        place: Position in an attribute that holds several numbers; None for a plain number.
        kind: Type of the numbers as they came: "float", "int" or "bool".
        gaps: Whether some nodes or edges of the fit lacked it.
        values: Increasing values.
        scores: The score of each, increasing.

    Example:
        >>> column = NumberColumn.infer("charge", None, kind="int", values=np.array([0.0, 0, 0, 1, 2]))
        >>> column.back(column.score(np.array([0.0, 2, 7])))
        [0, 2, 7]
    """

    name: str
    place: int | None
    kind: str
    gaps: bool
    values: tuple[float, ...]
    scores: tuple[float, ...]

    @classmethod
    def infer(cls, name: str, place: int | None, *, kind: str, values: np.ndarray) -> "NumberColumn":
        """Learn the scale from values, NaN where missing."""
        known = np.sort(values[np.isfinite(values)])
        distinct, counts = np.unique(known, return_counts=True)
        middle = (np.cumsum(counts) - counts / 2) / max(len(known), 1)
        if len(distinct) > MOST_KNOTS:
            kept = np.unique(np.searchsorted(middle, np.linspace(middle[0], middle[-1], MOST_KNOTS)).clip(0, len(middle) - 1))
            distinct, middle = distinct[kept], middle[kept]
        if len(distinct) < 2:
            centre = float(distinct[0]) if len(distinct) else 0.0
            unit = max(abs(centre), 1.0)
            knots, scores = (centre, centre + unit), (0.0, 1.0)
        else:
            knots, scores = tuple(distinct.tolist()), tuple(special.ndtri(middle).tolist())
        return cls(name, place, kind, bool(np.isnan(values).any()), knots, scores)

    @property
    def title(self) -> str:
        """Name for people: "x[2]" for the third of several numbers."""
        return self.name if self.place is None else f"{self.name}[{self.place}]"

    def score(self, values: np.ndarray) -> np.ndarray:
        """Values in their own units -> scores; NaN stays."""
        return _pieces(values, np.array(self.values), np.array(self.scores))

    def value(self, scores: np.ndarray) -> np.ndarray:
        """Scores -> values in their own units, as float64, not yet rounded."""
        return _pieces(scores, np.array(self.scores), np.array(self.values))

    def back(self, scores: np.ndarray) -> list[Any]:
        """Scores -> values of the type that came."""
        values = self.value(np.asarray(scores, dtype=np.float64))
        if self.kind == "bool":
            return (values > 0.5).tolist()
        # Whole numbers stay whole, and finite: a wild score must not overflow.
        return [int(value) for value in np.rint(values).clip(-1e15, 1e15)] if self.kind == "int" else values.tolist()

    def document(self) -> dict[str, Any]:
        """JSON-able state."""
        return asdict(self) | {"values": list(self.values), "scores": list(self.scores)}

    @classmethod
    def from_document(cls, document: dict) -> "NumberColumn":
        """The column with that state."""
        plain = {key: document[key] for key in ("name", "place", "kind", "gaps")}
        return cls(**plain, values=tuple(document["values"]), scores=tuple(document["scores"]))


def _pieces(x: np.ndarray, knots: np.ndarray, heights: np.ndarray) -> np.ndarray:
    slope = (heights[-1] - heights[0]) / (knots[-1] - knots[0])
    inside = np.interp(x, knots, heights)
    return inside + slope * (np.minimum(x - knots[0], 0) + np.maximum(x - knots[-1], 0))
