"""TextEvents: events that are lines of text; what a line means is left to its subclasses."""

__all__ = ["TextEvents"]

from gausscape.datasets.streams.sources.byte_lines import ByteLines
from gausscape.datasets.streams.sources.event_source import EventSource


class TextEvents(EventSource):
    """Events in lines of text.

    Args:
        lines: The lines.
    """

    def __init__(self, lines: ByteLines):
        self.lines = lines
        self.name = lines.name
        self.row = 0

    def position(self) -> dict:
        return {"rows": self.row, **self.lines.position()}

    def where(self) -> str:
        return f"row {self.row:,} (before byte {self.lines.offset:,})"

    def _begin(self, position: dict | None) -> None:
        self.row = 0 if position is None else position["rows"]
