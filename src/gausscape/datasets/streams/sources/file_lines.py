"""FileLines: the lines of a file that may grow, or be rotated away while it is read."""

__all__ = ["FileLines", "opened"]

import hashlib
import os
import time
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from gausscape.datasets.streams.sources.byte_lines import LONGEST_LINE, ByteLines
from gausscape.errors import DataError, MissingFileError

HEAD = 4096
POLL = 0.2  # seconds between two looks at a file that may grow


class FileLines(ByteLines):
    """Lines of a file; it may grow, and may be moved away for a new one (rotated) while it is read.

    The place is told by the bytes read and by a hash of the beginning of the file, so that another file of the same
    name, or one cut short, is noticed.

    Args:
        path: The file.
        poll: Seconds between two looks whether the file has grown.
    """

    def __init__(self, path: Path, *, poll: float = POLL):
        self.path, self.poll = path, poll
        self.name = str(path)
        self._head: tuple[int, str] = (0, "")
        self._file: IO[bytes] | None = None

    def first_line(self) -> bytes:
        with opened(self.path) as file:
            return file.readline(LONGEST_LINE + 1)

    def lines(self, *, position: dict | None, after_first: bool, wait: bool) -> Iterator[bytes]:
        self.offset, self._head = 0, (0, "")
        self._file = opened(self.path)
        try:
            if position is not None:
                self._go_to(position)
            elif after_first:
                self.offset = len(self._file.readline(LONGEST_LINE + 1))
            while True:
                yield from self._rest(wait)
                if not wait:
                    return
                self._wait_for_more(after_first)
        finally:
            if self._file is not None:
                self.position()  # the hash must be known when the last windows are given, after the end
                self._file.close()

    def position(self) -> dict:
        """Bytes, and the length and hash of the beginning that is known by then."""
        length = min(self.offset, HEAD)
        if self._head[0] != length:
            self._head = (length, digest(beginning(self._file, length)))
        return {"bytes": self.offset, "head": list(self._head)}

    def _rest(self, wait: bool) -> Iterator[bytes]:
        """Lines up to the end as it is now; a line without its end is left where more is waited for."""
        file = self._file
        if file is None:
            return
        file.seek(self.offset)
        for line in iter(partial(file.readline, LONGEST_LINE + 1), b""):
            if line[-1] != 10:
                self._refuse_long(line)
                if wait:
                    return
            self.offset += len(line)
            yield line

    def _go_to(self, position: dict) -> None:
        file, offset = self._file, position["bytes"]
        length, told = position["head"]
        size = self.path.stat().st_size
        if size < offset:
            raise DataError(
                f"{self.name} should have the {offset:,} bytes that were read before, but has {size:,}: it was cut or "
                "replaced (rotated). Follow the old file to its end first, or begin without a cursor."
            )
        if digest(beginning(file, length)) != told:
            raise DataError(
                f"{self.name} should begin as it did when its first {offset:,} bytes were read, but begins otherwise: it "
                "was replaced (rotated). Follow the old file to its end first, or begin without a cursor."
            )
        if file is not None and offset:
            file.seek(offset - 1)
            if file.read(1) != b"\n" and file.read(1) not in (b"", b"\n", b"\r"):
                raise DataError(
                    f"{self.name} should have whole lines up to byte {offset:,}, where reading stopped, but that line was "
                    "still being written and has grown. Begin without a cursor, and wait for more while a file grows."
                )
        self.offset = offset

    def _wait_for_more(self, after_first: bool) -> None:
        """Return when the file has grown or a new one has taken its name."""
        file = self._file
        if file is None:
            return
        while True:
            time.sleep(self.poll)
            own = os.fstat(file.fileno())
            if own.st_size < self.offset:
                raise DataError(
                    f"{self.name} should only grow, but was cut from {self.offset:,} to {own.st_size:,} bytes while it was "
                    "followed, so events may be lost. Rotate it by renaming, or begin again without a cursor."
                )
            if own.st_size > self.offset:
                file.seek(own.st_size - 1)
                if file.read(1) == b"\n" or own.st_size - self.offset > LONGEST_LINE:
                    return
            if self._is_renamed(own) and self._take_new(own.st_size - self.offset, after_first):
                return

    def _is_renamed(self, own: os.stat_result) -> bool:
        """Whether the name is another file's by now, and nothing came to the old one since."""
        try:
            new = os.stat(self.path)
        except FileNotFoundError:  # moved away, and the new one is not made yet
            return False
        renamed = (new.st_ino, new.st_dev) != (own.st_ino, own.st_dev)
        return renamed and self._file is not None and os.fstat(self._file.fileno()).st_size == own.st_size

    def _take_new(self, left: int, after_first: bool) -> bool:
        """Go on with the file that took the name, once it has a line; the old one was read to its last whole line."""
        file = self._file
        new = opened(self.path)
        first = new.readline(LONGEST_LINE + 1)
        if file is None or not first.endswith(b"\n"):
            new.close()
            return False
        old = beginning(file, LONGEST_LINE).partition(b"\n")[0]
        file.close()
        self._file, self.offset, self._head = new, 0, (0, "")
        if after_first:
            if first.rstrip(b"\r\n") != old.rstrip(b"\r"):
                raise DataError(
                    f"{self.name} should name its columns as the file before it did ({old[:80]!r}), but begins with "
                    f"{first[:80]!r}. Begin again without a cursor."
                )
            self.offset = len(first)
        lost = f"; the last {left:,} bytes of the old one were no whole line and are lost" if left else ""
        warnings.warn(
            f"{self.name} was moved away, and the new file of that name is read on (rotated){lost}.", stacklevel=2
        )
        return True


def beginning(file: IO[bytes] | None, length: int) -> bytes:
    """The first bytes, through the open file and not its name, which may be another file's by now."""
    if file is None:
        return b""
    place = file.tell()
    file.seek(0)
    head = file.read(length)
    file.seek(place)
    return head


def digest(head: bytes) -> str:
    return hashlib.sha256(head).hexdigest()


def opened(path: Path) -> IO[bytes]:
    """The file, for reading bytes.

    Raises:
        MissingFileError: If it is not there.
        DataError: If it cannot be read.
    """
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        raise MissingFileError(f"A stream needs a file, but {str(path)!r} is not there. Check the path.") from error
    except OSError as error:
        raise DataError(
            f"{path} should be a file that can be read, but: {error.strerror}. Change its permissions or the path."
        ) from error
