"""Which values are still open for each column of n rows, while constraints narrow them down?"""

__all__ = ["Choices", "Domain", "Domains", "Interval", "domain_of"]

import abc
from typing import final

import numpy as np

from gausscape.modalities.tables.legal_values import LegalValues, Levels, Numbers

NARROW = 1e-11


class Domain(abc.ABC):
    """The values still open for one column, for each of n rows; only ever made smaller.

    Where a value is missing nothing is known and nothing is closed: the ends are -inf and inf.

    Args:
        absent: Where it is missing, (n,).
    """

    def __init__(self, absent: np.ndarray):
        self.absent = absent
        self.is_settled = False

    @property
    def low(self) -> np.ndarray:
        """Smallest open number of each row, (n,); inf where none is."""
        return np.where(self.absent, -np.inf, self._smallest)

    @property
    def high(self) -> np.ndarray:
        """Largest, (n,); -inf where none is."""
        return np.where(self.absent, np.inf, self._largest)

    def settle(self, numbers: np.ndarray) -> np.ndarray:
        """Choose the open number nearest to each, (n,), NaN for NaN; it stays, whatever is closed afterwards.

        Where nothing is open any more the choice breaks some constraint, which the caller sees when it checks.
        """
        chosen = self._nearest(numbers)
        known = np.where(self.absent, np.nan, chosen)
        self.within(np.where(self.absent, -np.inf, known), np.where(self.absent, np.inf, known))
        self.is_settled = True
        return chosen

    @property
    @abc.abstractmethod
    def _smallest(self) -> np.ndarray: ...

    @property
    @abc.abstractmethod
    def _largest(self) -> np.ndarray: ...

    @abc.abstractmethod
    def within(self, low: np.ndarray | float, high: np.ndarray | float) -> None:
        """Keep what lies between the two, one or (n,)."""

    @abc.abstractmethod
    def among(self, numbers: np.ndarray, rows: np.ndarray) -> None:
        """In the rows of a mask, keep these numbers only."""

    @abc.abstractmethod
    def _nearest(self, numbers: np.ndarray) -> np.ndarray: ...

    @property
    @abc.abstractmethod
    def size(self) -> float:
        """Falls whenever something is closed."""


@final
class Interval(Domain):
    """All legal numbers between two ends."""

    def __init__(self, legal: Numbers, absent: np.ndarray):
        super().__init__(absent)
        self.legal = legal
        self._ends = np.full(len(absent), legal.low), np.full(len(absent), legal.high)
        self._changes = 0

    @property
    def _smallest(self) -> np.ndarray:
        return self._ends[0]

    @property
    def _largest(self) -> np.ndarray:
        return self._ends[1]

    def within(self, low: np.ndarray | float, high: np.ndarray | float) -> None:
        if self.is_settled:
            return
        least, most = self._ends
        low, high = np.maximum(least, self.legal.up(low)), np.minimum(most, self.legal.down(high))
        self._changes += int((((low > least) | (high < most)) & ~self.absent).any())
        self._ends = low, high

    def among(self, numbers: np.ndarray, rows: np.ndarray) -> None:
        self.within(np.where(rows, numbers.min(), -np.inf), np.where(rows, numbers.max(), np.inf))

    def _nearest(self, numbers: np.ndarray) -> np.ndarray:
        low, high = self._ends
        # Rounding may put the ends of a single number the wrong way round.
        found = self.legal.down(np.clip(numbers, np.minimum(low, high), np.maximum(low, high)))
        found = np.where(found < low, low, found)
        # A sum leaves its last term an interval as wide as the rounding: its middle is the sum itself.
        narrow = (high > low) & (high / 2 - low / 2 <= NARROW * np.maximum(np.abs(low), np.abs(high)))
        middle = self.legal.down(low / 2 + high / 2)
        return np.where(narrow & (middle >= low) & ~np.isnan(numbers), middle, found)

    @property
    def size(self) -> float:
        return -float(self._changes)


@final
class Choices(Domain):
    """Some of a few levels."""

    def __init__(self, legal: Levels, absent: np.ndarray):
        super().__init__(absent)
        self.numbers = legal.numbers
        self.open = np.ones((len(absent), len(self.numbers)), dtype=bool)

    @property
    def _smallest(self) -> np.ndarray:
        return np.where(self.open, self.numbers, np.inf).min(1)

    @property
    def _largest(self) -> np.ndarray:
        return np.where(self.open, self.numbers, -np.inf).max(1)

    def within(self, low: np.ndarray | float, high: np.ndarray | float) -> None:
        if self.is_settled:
            return
        low, high = np.reshape(np.asarray(low, float), (-1, 1)), np.reshape(np.asarray(high, float), (-1, 1))
        self.open &= (self.numbers >= low) & (self.numbers <= high)

    def among(self, numbers: np.ndarray, rows: np.ndarray) -> None:
        if self.is_settled:
            return
        self.open &= np.isin(self.numbers, numbers) | ~rows[:, None]

    def _nearest(self, numbers: np.ndarray) -> np.ndarray:
        away = np.abs(self.numbers - np.where(np.isnan(numbers), 0.0, numbers)[:, None])
        found = self.numbers[np.where(self.open, away, np.inf).argmin(1)]
        return np.where(np.isnan(numbers), np.nan, found)

    @property
    def size(self) -> float:
        return float(self.open.sum())


def domain_of(legal: LegalValues, absent: np.ndarray) -> Domain:
    """Everything that is legal, in rows where the value may be missing."""
    return Choices(legal, absent) if isinstance(legal, Levels) else Interval(legal, absent)  # type: ignore[arg-type]


Domains = dict[str, Domain]
"""Domains of several columns by name, all of the same n rows."""
