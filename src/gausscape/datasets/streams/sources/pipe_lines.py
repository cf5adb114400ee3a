"""PipeLines: the lines of standard input, which can be read once only."""

__all__ = ["PipeLines"]

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from gausscape.datasets.streams.sources.byte_lines import LONGEST_LINE, ByteLines
from gausscape.errors import ConfigurationError, DataError


class PipeLines(ByteLines):
    """Lines of standard input, which can be read once only.

    Args:
        replay: What a position means: False if the pipe begins where reading stopped, True if it brings everything
            again from the beginning, so that the bytes before the position are passed over.
        stream: The bytes; standard input if None.
    """

    name = "standard input"

    def __init__(self, *, replay: bool = False, stream: Any = None):
        self.replay = replay
        found = stream if stream is not None else getattr(sys.stdin, "buffer", None)
        if found is None or (stream is None and sys.stdin.isatty()):
            raise ConfigurationError(
                "The source '-' reads events from standard input, but that is a terminal. Pipe them in: ... | gausscape ... -"
            )
        self.stream = found
        self._first: bytes | None = None

    def first_line(self) -> bytes:
        if self._first is None:
            self._first = bytes(self.stream.readline(LONGEST_LINE + 1))
        return self._first

    def lines(self, *, position: dict | None, after_first: bool, wait: bool) -> Iterator[bytes]:
        first = self.first_line()
        self._refuse_long(first)
        self.offset = 0
        if position is not None:
            self.offset = position["bytes"]
            if self.replay:
                self._pass_over(len(first))
            if self.replay or after_first:
                first = b""
        elif after_first:
            self.offset = len(first)
            first = b""
        if first:
            self.offset += len(first)
            yield first
        for line in iter(partial(self.stream.readline, LONGEST_LINE + 1), b""):
            self._refuse_long(line)
            self.offset += len(line)
            yield line

    def position(self) -> dict:
        return {"bytes": self.offset}

    def _pass_over(self, passed: int) -> None:
        while passed < self.offset:
            chunk = self.stream.read(min(self.offset - passed, 1 << 20))
            if not chunk:
                raise DataError(
                    f"{self.name} should bring the {self.offset:,} bytes that were read before once more, but ended after "
                    f"{passed:,}. Replay the same events, or say that the pipe goes on where it stopped."
                )
            passed += len(chunk)
