"""Grid: which windows there are, and to which of them a time or a count belongs."""

__all__ = ["Grid"]

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from gausscape.datasets.streams.clock import UNITS, duration, microseconds
from gausscape.datasets.streams.given import Given


@dataclass(frozen=True)
class Grid:
    """Windows [origin + number * every, origin + number * every + length), in microseconds or in events.

    Windows of time begin at 1970-01-01 UTC, those of whole weeks on a Monday (1970-01-05), or at `from`; so the number
    of a window depends on nothing but the rule. Windows of counts begin with the first event.

    Args:
        every: From the start of one window to the start of the next.
        length: Length of a window; more than `every` makes windows that overlap.
        origin: Where window 0 starts.
        counts: Whether the windows hold counts of events, not stretches of time.

    Example:
        >>> grid = Grid(every=10, length=20, origin=0)
        >>> list(grid.numbers(25)), grid.horizon(25)
        ([1, 2], 1)
    """

    every: int
    length: int
    origin: int = 0
    counts: bool = False

    @classmethod
    def of(cls, outer: Given) -> "Grid":
        """From the entry `window` of a rule."""
        given = outer.inner("window", known=("every", "length", "from", "count"))
        if "count" in given:
            for other in ("every", "length", "from"):
                if other in given:
                    given.refuse(other, "nothing beside 'count'")
            count = given.count("count")
            return cls(count, count, counts=True)
        every = given.read("every", duration)
        length = given.read("length", duration, every)
        if every < 1:
            given.refuse("every", "a length of time above 0")
        if length < every:
            given.refuse("length", "at least the time in 'every', else events between windows would be lost,")
        monday = 4 * UNITS["d"] if every % UNITS["w"] == 0 else 0
        return cls(every, length, given.read("from", origin, monday))

    def numbers(self, time: int) -> Sequence[int]:
        """The windows that this time belongs to."""
        passed = time - self.origin
        if self.length == self.every:
            last = passed // self.every
            return (last,)
        return range((passed - self.length) // self.every + 1, passed // self.every + 1)

    def horizon(self, time: int) -> int:
        """The first window that is not over at this time."""
        return (time - self.origin - self.length) // self.every + 1

    def bounds(self, number: int) -> tuple[Any, Any]:
        """Start and end of a window: numpy datetime64[us] in UTC, or counts."""
        start = self.origin + number * self.every
        if self.counts:
            return start, start + self.length
        return np.datetime64(start, "us"), np.datetime64(start + self.length, "us")

    def title(self, number: int) -> str:
        """The start of a window as text: to the minute, or finer if the grid is."""
        start = self.bounds(number)[0]
        if self.counts:
            return str(start)
        return str(np.datetime64(start, "m" if self._whole(60_000_000) else "s" if self._whole(1_000_000) else "us"))

    def _whole(self, size: int) -> bool:
        return self.every % size == 0 and self.origin % size == 0


def origin(value: Any) -> int:
    """A day or moment in ISO 8601 as microseconds; without a zone it is UTC."""
    try:
        text = value.isoformat() if isinstance(value, date) else str(value)
        return microseconds(datetime.fromisoformat(text), UTC)
    except ValueError:
        raise ValueError("a day such as 2024-01-01") from None
