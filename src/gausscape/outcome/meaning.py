"""How does y follow from what a model answers: a number, probabilities, or a label?"""

__all__ = ["SUM_TOLERANCE", "Label", "Meaning", "Number", "Probability", "inside"]

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.outcome.cache import Lost
from gausscape.outcome.reading import Reading

SUM_TOLERANCE = 1e-3
"""Probabilities in half precision sum to one to about this."""
RANGE_TOLERANCE = 1e-6


class Meaning(ABC):
    """How raw answers of one kind become y."""

    kind: str
    width: int | None
    """Columns of each answer; None for one value an object."""
    classes: tuple | None
    target: Any

    @abstractmethod
    def judge(self, rows: np.ndarray) -> tuple[np.ndarray, dict[int, Lost]]:
        """y of each answer (n,), NaN where there is none, and why."""

    @property
    @abstractmethod
    def words(self) -> str:
        """What was understood, for people."""

    @property
    def blank(self) -> Any:
        """What stands for the answer of an object that has none."""
        return np.nan if self.width is None else np.full(self.width, np.nan)

    def fits(self, reading: Reading) -> bool:
        """Whether later answers have the form of the first."""
        width = reading.rows.shape[1] if reading.rows.ndim == 2 else None
        return width == self.width and not reading.is_text


@dataclass(frozen=True)
class Number(Meaning):
    """y is a number: the answer itself, or one column of it."""

    width: int | None
    target: int | None
    classes: tuple | None = None
    kind: str = "number"

    def judge(self, rows: np.ndarray) -> tuple[np.ndarray, dict[int, Lost]]:
        y = _column(rows, self.target)
        return _without(y, {int(row): Lost("not finite", f"y is {y[row]}") for row in np.flatnonzero(~np.isfinite(y))})

    @property
    def words(self) -> str:
        return "y is the number" if self.width is None else f"y is column {self.target} of {self.width} numbers"


@dataclass(frozen=True)
class Probability(Meaning):
    """y is a probability: the answer itself, or that of one class."""

    width: int | None
    target: int | None
    classes: tuple | None = None
    kind: str = "probability"

    def judge(self, rows: np.ndarray) -> tuple[np.ndarray, dict[int, Lost]]:
        vectors = np.asarray(rows, dtype=np.float64).reshape(len(rows), -1)
        finite = np.all(np.isfinite(vectors), axis=1)
        is_inside = inside(vectors)
        sums = vectors.sum(axis=1, where=np.isfinite(vectors))
        lost: dict[int, Lost] = {}
        for row in range(len(vectors)):
            if not finite[row]:
                stranger = vectors[row][~np.isfinite(vectors[row])][0]
                lost[row] = Lost("not finite", f"a probability is {stranger}")
            elif not is_inside[row]:
                worst = max(vectors[row], key=lambda p: abs(p - 0.5))
                lost[row] = Lost("not a probability", f"{worst:.6g} lies outside [0, 1]")
            elif self.width is not None and abs(sums[row] - 1) > SUM_TOLERANCE:
                lost[row] = Lost("not a probability", f"the probabilities sum to {sums[row]:.6g}")
        return _without(np.clip(_column(rows, self.target), 0, 1), lost)

    @property
    def words(self) -> str:
        if self.width is None:
            return "y is the probability"
        name = "" if self.classes is None else f" {self.classes[self.target or 0]!r}"
        return f"y is the probability of class{name} (column {self.target} of {self.width})"


@dataclass(frozen=True)
class Label(Meaning):
    """y is 1 where the label is the target, else 0."""

    target: Any
    classes: tuple | None = None
    width: int | None = None
    kind: str = "label"

    def judge(self, rows: np.ndarray) -> tuple[np.ndarray, dict[int, Lost]]:
        lost = {
            row: Lost("not finite", "no label came")
            for row, label in enumerate(rows)
            if label is None or label != label
        }
        if self.classes is not None:
            known = set(self.classes)
            lost |= {
                row: Lost("error", f"the label {label!r} is none of the classes")
                for row, label in enumerate(rows.tolist())
                if row not in lost and label not in known
            }
        return _without(np.array([float(label == self.target) for label in rows], dtype=np.float64), lost)

    @property
    def words(self) -> str:
        return f"y is 1 where the label is {self.target!r}, else 0"

    @property
    def blank(self) -> Any:
        return None

    def fits(self, reading: Reading) -> bool:
        return reading.rows.ndim == 1


def inside(vectors: np.ndarray) -> np.ndarray:
    """Whether all of each row (n, k) may be probabilities, bool (n,)."""
    return np.all((vectors >= -RANGE_TOLERANCE) & (vectors <= 1 + RANGE_TOLERANCE), axis=1)


def _column(rows: np.ndarray, position: int | None) -> np.ndarray:
    return np.array(rows if position is None else rows[:, position], dtype=np.float64)


def _without(y: np.ndarray, lost: dict[int, Lost]) -> tuple[np.ndarray, dict[int, Lost]]:
    y[list(lost)] = np.nan
    return y, lost
