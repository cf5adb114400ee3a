"""Events in plain text lines, such as raw logs, read by a pattern with named groups."""

__all__ = ["LogEvents"]

import re
from collections.abc import Iterator, Sequence

from gausscape.datasets.streams.faults import BadEvent
from gausscape.datasets.streams.sources.byte_lines import ByteLines
from gausscape.datasets.streams.sources.event_source import refuse_missing_columns
from gausscape.datasets.streams.sources.text_events import TextEvents


class LogEvents(TextEvents):
    """Lines that a pattern takes apart; its named groups are the columns.

    Args:
        lines: The lines.
        pattern: Regular expression that is matched from the beginning of each line. Empty lines are passed over.
    """

    def __init__(self, lines: ByteLines, pattern: str):
        super().__init__(lines)
        self.pattern = re.compile(pattern)

    def events(
        self, columns: Sequence[str], *, position: dict | None = None, wait: bool = False
    ) -> Iterator[tuple | BadEvent]:
        refuse_missing_columns(f"The pattern in 'lines' for {self.name}", columns, list(self.pattern.groupindex))
        self._begin(position)
        match = self.pattern.match
        for line in self.lines.lines(position=position, after_first=False, wait=wait):
            if line.isspace():
                continue
            self.row += 1
            try:
                text = line.decode().rstrip("\r\n")
            except UnicodeDecodeError as error:
                yield BadEvent(f"needs to be UTF-8 text, but has the byte 0x{line[error.start]:02X}")
                continue
            found = match(text)
            if found is None:
                yield BadEvent(f"needs to match the pattern in 'lines', but is {text[:80]!r}")
            else:
                yield tuple([found[column] for column in columns])
