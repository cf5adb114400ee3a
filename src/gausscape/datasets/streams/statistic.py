"""Statistic: one number or text about the events of a window, kept up event by event."""

__all__ = ["Count", "OfColumn", "Statistic"]

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Statistic(ABC):
    """How one answer follows from the events of a window.

    The state is a list that JSON can hold; the answer does not depend on the order of events of different times.
    Missing cells are passed over.
    """

    dtype: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that events need."""
        return ()

    @abstractmethod
    def reader(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        """From the cells of an event to what `add` takes; raises BadCell for a cell that cannot be used."""

    @abstractmethod
    def start(self) -> list:
        """The state before the first event."""

    @abstractmethod
    def add(self, state: list, value: Any, time: int) -> None:
        """Take one event in."""

    @abstractmethod
    def answer(self, state: list) -> Any:
        """The answer so far; None where no event had a cell."""


@dataclass(frozen=True)
class Count(Statistic):
    """How many events."""

    dtype = "int64"

    def reader(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        return lambda cells: None

    def start(self) -> list:
        return [0]

    def add(self, state: list, value: Any, time: int) -> None:
        state[0] += 1

    def answer(self, state: list) -> int:
        return state[0]


class OfColumn(Statistic):
    """A statistic of one column."""

    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def reader(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        place = places[self.column]
        return lambda cells: None if cells[place] == "" else cells[place]
