"""Statistics of a column of numbers: sum, mean, standard deviation and extremes."""

__all__ = ["Extreme", "Moments", "Sum"]

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gausscape.datasets.streams.faults import BadCell
from gausscape.datasets.streams.statistic import OfColumn


class Numeric(OfColumn):
    """A statistic of a column of numbers."""

    dtype = "float64"

    def reader(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        place, column = places[self.column], self.column

        def number(cells: tuple) -> float | None:
            cell = cells[place]
            if cell is None or cell == "":
                return None
            try:
                value = float(cell)
            except (TypeError, ValueError):
                raise BadCell(f"needs a number in {column!r}, but has {str(cell)[:60]!r}") from None
            if not math.isfinite(value):
                raise BadCell(f"needs a finite number in {column!r}, but has {str(cell)[:60]!r}")
            return value

        return number


@dataclass(frozen=True)
class Sum(Numeric):
    """The sum of a column; 0 where no event has a number."""

    column: str

    def start(self) -> list:
        return [0.0]

    def add(self, state: list, value: Any, time: int) -> None:
        if value is not None:
            state[0] += value

    def answer(self, state: list) -> float:
        return state[0]


@dataclass(frozen=True)
class Moments(Numeric):
    """The mean of a column, or its standard deviation (divided by n), by Welford's update.

    References:
        Welford (1962), Note on a method for calculating corrected sums of squares and products.
    """

    column: str
    deviation: bool = False

    def start(self) -> list:
        return [0, 0.0, 0.0]

    def add(self, state: list, value: Any, time: int) -> None:
        if value is not None:
            state[0] += 1
            apart = value - state[1]
            state[1] += apart / state[0]
            state[2] += apart * (value - state[1])

    def answer(self, state: list) -> float | None:
        if not state[0]:
            return None
        return math.sqrt(state[2] / state[0]) if self.deviation else state[1]


@dataclass(frozen=True)
class Extreme(Numeric):
    """The largest number of a column, or the smallest."""

    column: str
    smallest: bool = False

    def start(self) -> list:
        return [None]

    def add(self, state: list, value: Any, time: int) -> None:
        if value is not None and (state[0] is None or (value < state[0] if self.smallest else value > state[0])):
            state[0] = value

    def answer(self, state: list) -> float | None:
        return state[0]
