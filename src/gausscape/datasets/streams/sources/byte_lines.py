"""ByteLines: lines of text with the byte at which each ends."""

__all__ = ["LONGEST_LINE", "ByteLines"]

from abc import ABC, abstractmethod
from collections.abc import Iterator

from gausscape.errors import DataError

LONGEST_LINE = 8 << 20


class ByteLines(ABC):
    """Lines in order, each with its line end but perhaps the last.

    Attributes:
        name: Their name in messages.
        offset: Bytes up to the end of the line given last.
    """

    name: str
    offset: int = 0

    @abstractmethod
    def first_line(self) -> bytes:
        """The first line of all, whatever the place; b"" if there is none."""

    @abstractmethod
    def lines(self, *, position: dict | None, after_first: bool, wait: bool) -> Iterator[bytes]:
        """The lines from a place on.

        Args:
            position: What `position` told; None for the beginning.
            after_first: Whether the first line is no event: it is passed over wherever it stands.
            wait: Whether to wait for more at the end.
        """

    @abstractmethod
    def position(self) -> dict:
        """The place after the line given last, JSON-able."""

    def _refuse_long(self, line: bytes) -> None:
        if len(line) > LONGEST_LINE:
            raise DataError(
                f"{self.name} should have lines of at most {LONGEST_LINE:,} bytes, but the one at byte {self.offset:,} "
                "is longer. Give each event a line of its own."
            )
