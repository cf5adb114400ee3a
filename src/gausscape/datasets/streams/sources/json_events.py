"""Events in JSON lines: an object a line."""

__all__ = ["JsonEvents"]

import json
from collections.abc import Iterator, Sequence

from gausscape.datasets.streams.faults import BadEvent
from gausscape.datasets.streams.sources.text_events import TextEvents

SCALARS = {str, int, float, bool, type(None)}


class JsonEvents(TextEvents):
    """JSON objects, one a line; a key that is not there is a missing cell. Empty lines are passed over."""

    def events(
        self, columns: Sequence[str], *, position: dict | None = None, wait: bool = False
    ) -> Iterator[tuple | BadEvent]:
        self._begin(position)
        for line in self.lines.lines(position=position, after_first=False, wait=wait):
            if self.row == 0:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.isspace():
                continue
            self.row += 1
            yield event_of(line, columns)


def event_of(line: bytes, columns: Sequence[str]) -> tuple | BadEvent:
    try:
        found = json.loads(line)
    except UnicodeDecodeError as error:
        return BadEvent(f"needs to be UTF-8 text, but has the byte 0x{line[error.start]:02X}")
    except (ValueError, RecursionError) as error:
        return BadEvent(f"needs to be one JSON object, but is not: {str(error)[:120]}")
    if not isinstance(found, dict):
        return BadEvent(f"needs to be one JSON object, but is a {type(found).__name__}")
    cells = tuple([found.get(column) for column in columns])
    for column, cell in zip(columns, cells, strict=True):
        if type(cell) not in SCALARS:
            return BadEvent(f"needs a text, a number or a truth value in {column!r}, but holds a {type(cell).__name__}")
        if cell != cell:
            return BadEvent(f"needs a finite number in {column!r}, but holds NaN")
    return cells
