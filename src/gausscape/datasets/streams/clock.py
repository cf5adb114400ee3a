"""Clock: when an event happened, as whole microseconds since 1970 in UTC."""

__all__ = ["Clock", "duration"]

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from gausscape.datasets.streams.faults import BadCell
from gausscape.datasets.streams.given import Given

UNITS = {"us": 1, "ms": 1000, "s": 1_000_000, "m": 60_000_000, "min": 60_000_000, "h": 3_600_000_000}
UNITS |= {"d": 24 * UNITS["h"], "w": 7 * 24 * UNITS["h"]}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE_EPOCH = datetime(1970, 1, 1)
EARLIEST = -25_567 * UNITS["d"]  # 1900-01-01
LATEST = 120_530 * UNITS["d"]  # 2300-01-01
ENTRIES = ("column", "columns", "unit", "format", "year", "zone")


def duration(text: Any) -> int:
    """A length of time such as "1d", "12h", "30m", "45s", "500ms" or "2w", in microseconds.

    Raises:
        ValueError: If it is none; says what was needed.

    Example:
        >>> duration("90s")
        90000000
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", str(text))
    length = round(float(found[1]) * UNITS[found[2]]) if found and found[2] in UNITS else None
    if length is None:
        raise ValueError("a length of time with its unit (500ms, 45s, 30m, 12h, 1d, 2w)")
    return length


@dataclass(frozen=True)
class Clock:
    """Reads the time of an event from its cells.

    Texts are ISO 8601 unless `format` says otherwise; numbers need a `unit` since 1970. Times without a zone are UTC
    unless `zone` names another (a time that a zone has twice is its first; one it leaves out counts on).

    Args:
        columns: The columns whose texts, joined by a blank, tell the time.
        unit: Microseconds of one unit of a number; 0 for texts and dates.
        format: Format of the text in the directives of `datetime.strptime`; "" for ISO 8601.
        year: Put before the text, for logs that leave the year out; "" for none.
        zone: Name of the zone of times that tell none.

    Example:
        >>> Clock(("time",)).reader({"time": 0})(("1970-01-01T00:00:01Z",))
        1000000
        >>> Clock(("time",), unit=1_000_000).reader({"time": 0})(("1.5",))
        1500000
    """

    columns: tuple[str, ...]
    unit: int = 0
    format: str = ""
    year: str = ""
    zone: str = "UTC"

    @classmethod
    def of(cls, outer: Given) -> "Clock":
        """From the entry `time` of a rule: the name of a column, or entries of its own."""
        if not isinstance(outer.take("time"), dict):
            return cls((outer.text("time"),))
        given = outer.inner("time", known=ENTRIES)
        if ("column" in given) == ("columns" in given):
            given.refuse("column", "one column as 'column' or several as 'columns'")
        columns = given.take("columns", None)
        if columns is not None and not (
            isinstance(columns, list) and columns and all(isinstance(c, str) for c in columns)
        ):
            given.refuse("columns", "a list of columns")
        if "unit" in given and "format" in given:
            given.refuse("unit", "no unit beside a format")
        if "year" in given and "format" not in given:
            given.refuse("year", "a year only beside a format")
        return cls(
            tuple(columns) if columns else (given.text("column"),),
            unit=UNITS[given.choice("unit", ("s", "ms", "us"))] if "unit" in given else 0,
            format=given.text("format", ""),
            year=given.text("year", ""),
            zone=given.read("zone", zone_name, "UTC"),
        )

    def reader(self, places: dict[str, int]) -> Callable[[tuple], int]:
        """From the cells of an event to its time.

        Args:
            places: From the name of a column to its place among the cells.
        """
        where = [places[column] for column in self.columns]
        single = where[0]
        name = " ".join(self.columns)
        zone = UTC if self.zone == "UTC" else ZoneInfo(self.zone)
        read = self._number if self.unit else self._formatted(zone) if self.format else self._iso(zone)
        several = len(where) > 1

        def time(cells: tuple) -> int:
            cell = cells[single]
            if several:
                parts = [cells[place] for place in where]
                cell = None if None in parts else " ".join(map(str, parts))
            if cell is None or cell == "":
                raise BadCell(f"needs a time in {name!r}, but has none")
            try:
                found = read(cell)
            except (ValueError, OverflowError, TypeError):
                raise BadCell(f"needs {self._needed()} in {name!r}, but has {str(cell)[:60]!r}") from None
            if not EARLIEST <= found <= LATEST:
                raise BadCell(
                    f"needs a time between the years 1900 and 2300 in {name!r}, but has {str(cell)[:60]!r} (is 'unit' right?)"
                )
            return found

        return time

    def _needed(self) -> str:
        if self.unit:
            return f"a number of {next(name for name, size in UNITS.items() if size == self.unit)} since 1970"
        if self.format:
            return f"a time like {self.format!r}"
        return "a time such as 2024-05-01T12:30:00 (for numbers since 1970 say 'unit': s, ms or us)"

    def _number(self, cell: Any) -> int:
        if isinstance(cell, str):
            try:
                return int(cell) * self.unit
            except ValueError:
                cell = float(cell)
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            raise TypeError
        return round(cell * self.unit)

    def _formatted(self, zone: tzinfo) -> Callable[[Any], int]:
        whole = f"%Y {self.format}" if self.year else self.format
        before = f"{self.year} " if self.year else ""
        return lambda cell: microseconds(datetime.strptime(before + str(cell), whole), zone)

    def _iso(self, zone: tzinfo) -> Callable[[Any], int]:
        def read(cell: Any) -> int:
            if isinstance(cell, str):
                return microseconds(datetime.fromisoformat(cell), zone)
            if isinstance(cell, datetime):
                return microseconds(cell, zone)
            if isinstance(cell, date):
                return microseconds(datetime(cell.year, cell.month, cell.day), zone)
            raise TypeError

        return read


def microseconds(moment: datetime, zone: tzinfo) -> int:
    """Since 1970; a moment without a zone is one of `zone`."""
    if moment.tzinfo is not None:
        passed = moment - EPOCH
    elif zone is UTC:
        passed = moment - NAIVE_EPOCH
    else:
        passed = moment.replace(tzinfo=zone) - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def zone_name(value: Any) -> str:
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError("the name of a time zone, such as Europe/Berlin") from None
    return str(value)
