"""Standard output and standard error on which names from data can only be read, not obeyed by the terminal."""

__all__ = ["plain_streams"]

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from gausscape.printable import printable


@contextlib.contextmanager
def plain_streams() -> Iterator[None]:
    """Within it, `print` writes no control characters but tabs and line ends, to standard output and standard error."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (PlainStream(stream) if stream is not None else None for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class PlainStream:
    """A text stream whose texts pass through `printable`; all else is the stream's own."""

    def __init__(self, stream: Any):
        # rich, which draws progress and help with escape sequences of its own, writes to this one instead.
        self.rich_proxied_file = stream

    def write(self, text: str) -> int:
        """Write the text, its controls replaced; gives the number of letters."""
        return self.rich_proxied_file.write(printable(text))

    def writelines(self, lines: Any) -> None:
        """Write each, as `write` does."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)
