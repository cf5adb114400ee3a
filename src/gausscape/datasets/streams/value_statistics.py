"""Statistics of a column of any values: the most frequent, how many, the first and last, the share of one."""

__all__ = ["Distinct", "Outermost", "Share", "Tally"]

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gausscape.datasets.streams.statistic import OfColumn


@dataclass(frozen=True)
class Tally(OfColumn):
    """How often each value of a column came: its most frequent value (the first in order of text among equals)."""

    column: str

    def start(self) -> list:
        return [{}]

    def reader(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        place = places[self.column]
        # As texts: JSON has no other keys, and 1 and "1" are one value whatever the file was.
        return lambda cells: None if cells[place] is None or cells[place] == "" else str(cells[place])

    def add(self, state: list, value: Any, time: int) -> None:
        if value is not None:
            state[0][value] = state[0].get(value, 0) + 1

    def answer(self, state: list) -> Any:
        return min(state[0], key=lambda value: (-state[0][value], value), default=None)


@dataclass(frozen=True)
class Distinct(Tally):
    """How many different values a column has."""

    dtype = "int64"

    def answer(self, state: list) -> int:
        return len(state[0])


@dataclass(frozen=True)
class Outermost(OfColumn):
    """The value of the first event in time, or of the last; among events of one time, in order of arrival."""

    column: str
    last: bool = True

    def start(self) -> list:
        return [None, None]

    def add(self, state: list, value: Any, time: int) -> None:
        if value is not None and (state[0] is None or (time >= state[0] if self.last else time < state[0])):
            state[:] = [time, value]

    def answer(self, state: list) -> Any:
        return state[1]


@dataclass(frozen=True)
class Share(OfColumn):
    """The share of events whose cell is a value (or is not), or 1 if any is and else 0; a missing cell is no value."""

    column: str
    value: str
    other: bool = False
    any_event: bool = False

    @property
    def dtype(self) -> str:  # type: ignore[override]
        return "int64" if self.any_event else "float64"

    def reader(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        place, value, other = places[self.column], self.value, self.other
        return lambda cells: (str(cells[place]) == value) != other

    def start(self) -> list:
        return [0, 0]

    def add(self, state: list, value: Any, time: int) -> None:
        state[0] += value
        state[1] += 1

    def answer(self, state: list) -> float | int | None:
        if self.any_event:
            return int(state[0] > 0)
        return state[0] / state[1] if state[1] else None
