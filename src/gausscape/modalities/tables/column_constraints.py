"""What can be demanded of one column? A range, a fixed value, some of its levels, or that it is known."""

__all__ = ["Among", "Fixed", "Range", "Required"]

from dataclasses import dataclass
from typing import final

import numpy as np

from gausscape.modalities.tables.constraint import Constraint, Rows
from gausscape.modalities.tables.domains import Domains
from gausscape.modalities.tables.legal_values import LegalValues, Levels, Numbers


@final
@dataclass(frozen=True)
class Range(Constraint):
    """A column lies between two ends: age between 18 and 95."""

    text: str
    column: Numbers | Levels
    low: float = -np.inf
    high: float = np.inf
    above: bool = False
    below: bool = False

    @property
    def columns(self) -> tuple[LegalValues, ...]:
        return (self.column,)

    def broken_rows(self, rows: Rows) -> np.ndarray:
        values = rows[self.column.name]
        under = values <= self.low if self.above else values < self.low
        return under | (values >= self.high if self.below else values > self.high)

    def narrow(self, domains: Domains, rows: np.ndarray) -> None:
        low, high = self.low, self.high
        if isinstance(self.column, Numbers):
            low = float(self.column.above(np.array(low))) if self.above else low
            high = float(self.column.below(np.array(high))) if self.below else high
        else:
            low, high = (
                np.nextafter(low, np.inf) if self.above else low,
                np.nextafter(high, -np.inf) if self.below else high,
            )
        domains[self.column.name].within(np.where(rows, low, -np.inf), np.where(rows, high, np.inf))


@final
@dataclass(frozen=True)
class Fixed(Constraint):
    """A column is held at one value, and never missing: gender = Female."""

    text: str
    column: LegalValues
    number: float

    @property
    def columns(self) -> tuple[LegalValues, ...]:
        return (self.column,)

    @property
    def required(self) -> tuple[str, ...]:
        return (self.column.name,)

    def broken_rows(self, rows: Rows) -> np.ndarray:
        return ~(rows[self.column.name] == self.number)

    def narrow(self, domains: Domains, rows: np.ndarray) -> None:
        domains[self.column.name].among(np.array([self.number]), rows)


@final
@dataclass(frozen=True)
class Among(Constraint):
    """A column with levels takes some of them only: city in ('Graz', 'Porto'), city != 'Bergen'."""

    text: str
    column: Levels
    numbers: tuple[float, ...]

    @property
    def columns(self) -> tuple[LegalValues, ...]:
        return (self.column,)

    def broken_rows(self, rows: Rows) -> np.ndarray:
        values = rows[self.column.name]
        return ~np.isnan(values) & ~np.isin(values, self.numbers)

    def narrow(self, domains: Domains, rows: np.ndarray) -> None:
        domains[self.column.name].among(np.array(self.numbers), rows)


@final
@dataclass(frozen=True)
class Required(Constraint):
    """A column is never missing: age is known."""

    text: str
    column: LegalValues

    @property
    def columns(self) -> tuple[LegalValues, ...]:
        return (self.column,)

    @property
    def required(self) -> tuple[str, ...]:
        return (self.column.name,)

    def broken_rows(self, rows: Rows) -> np.ndarray:
        return np.isnan(rows[self.column.name])

    def narrow(self, domains: Domains, rows: np.ndarray) -> None:
        return
