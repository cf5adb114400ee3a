"""Events in CSV, TSV and the like: the first line names the columns."""

__all__ = ["DelimitedEvents"]

import csv
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import NoReturn

from gausscape.datasets.streams.faults import BadEvent
from gausscape.datasets.streams.sources.event_source import refuse_missing_columns
from gausscape.datasets.streams.sources.text_events import TextEvents
from gausscape.errors import DataError

SEPARATORS = ",;\t|"


class DelimitedEvents(TextEvents):
    """Rows of a table in text, quoted with `"` where needed; the cells stay text, an empty one is missing.

    The separator is whichever of comma, semicolon, tab and bar the first line has most of.

    Args:
        lines: The lines, the first with the names of the columns. A pipe that goes on where it stopped may repeat it.
    """

    _header: str = ""

    def position(self) -> dict:
        return {**super().position(), "header": self._header}

    def events(
        self, columns: Sequence[str], *, position: dict | None = None, wait: bool = False
    ) -> Iterator[tuple | BadEvent]:
        self._begin(position)
        first = self._text(self.lines.first_line()).removeprefix("\ufeff")
        goes_on = position is not None and first != position["header"]
        self._header = position["header"] if position is not None and goes_on else first
        separator = max(SEPARATORS, key=self._header.count)
        names = next(csv.reader([self._header], delimiter=separator), [])
        if not names:
            raise DataError(
                f"{self.name} should begin with a line that names the columns, but begins with an empty one. Add it."
            )
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise DataError(
                f"{self.name} should name each column once, but its first line names {twice!r} again. Rename one."
            )
        refuse_missing_columns(self.name, columns, names)
        lines = self.lines.lines(position=position, after_first=not goes_on, wait=wait)
        yield from self._rows(lines, names, columns, separator)

    def _rows(
        self, lines: Iterator[bytes], names: list[str], columns: Sequence[str], separator: str
    ) -> Iterator[tuple | BadEvent]:
        places = [names.index(column) for column in columns]
        choose = itemgetter(*places) if len(places) > 1 else lambda row: tuple(row[place] for place in places)
        reader = csv.reader(map(self._text, lines), delimiter=separator, strict=True)
        width = len(names)
        # A row begins where the one before ended, so a quote that is never closed is told by its own row.
        while True:
            began = self.lines.offset
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._refuse(began, error)
            self.row += 1
            if len(row) == width:
                yield choose(row)
            elif not row:
                self.row -= 1
            else:
                yield BadEvent(f"needs {width} cells like the first line, but has {len(row)}")

    def _refuse(self, began: int, error: csv.Error) -> NoReturn:
        raise DataError(
            f"{self.name} should hold rows of a table, but row {self.row + 1:,} (from byte {began:,}) does not: {error}. "
            "Is a quote not closed? Mend it."
        ) from error

    def _text(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise DataError(
                f"{self.name} should be UTF-8 text, but the line before byte {self.lines.offset:,} has the byte "
                f"0x{line[error.start]:02X}. Save it as UTF-8."
            ) from error
