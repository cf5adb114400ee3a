"""The state of a file on disk: is it there, is it empty, and does it stay the same while it is read?"""

__all__ = ["unchanged", "whole_bytes"]

import contextlib
from collections.abc import Iterator
from pathlib import Path

from gausscape.datasets.memory import refuse_too_large
from gausscape.errors import DataError, MissingFileError


@contextlib.contextmanager
def unchanged(path: Path) -> Iterator[int]:
    """Give the size of the file in bytes; refuse what was read if the file changed meanwhile.

    Size, time of change, and the file itself (its inode) are compared. Two writes within the clock's grain that
    keep the size go unseen.

    Raises:
        DataError: If the file is empty, cannot be read, or changed.
        MissingFileError: If it is not there, or is a dead link.
    """
    before = fingerprint(path)
    if before[0] == 0:
        raise DataError(f"{path} should hold data, but has 0 bytes. Write or copy the file again.")
    try:
        yield before[0]
    except PermissionError as error:
        raise DataError(f"{path} could not be read ({error.strerror}). Change its permissions.") from error
    except Exception as error:
        refuse_changed(path, before, error)  # a change explains what the reader found better than its own words
        raise
    refuse_changed(path, before, None)


def refuse_changed(path: Path, before: tuple[int, int, int], cause: Exception | None) -> None:
    after = fingerprint(path)
    if after != before:
        raise DataError(
            f"{path} changed while it was read ({before[0]:,} bytes before, {after[0]:,} after), so nothing of it was "
            "used. Wait until it is complete, then try again."
        ) from cause


def fingerprint(path: Path) -> tuple[int, int, int]:
    try:
        state = path.stat()
    except OSError as error:
        linked = " is a link whose target is gone" if path.is_symlink() else " is not there"
        raise MissingFileError(f"{path} was to be read, but{linked} ({error.strerror}). Check the path.") from error
    return state.st_size, state.st_mtime_ns, state.st_ino


def whole_bytes(path: Path) -> bytes:
    """All of a file's bytes.

    Raises:
        DataError: If it is larger than memory, empty, or changed meanwhile.
        MissingFileError: If it is not there.
    """
    with unchanged(path) as size:
        refuse_too_large(str(path), size)
        with open(path, "rb") as file:
            return file.read(size + 1)  # a file that grows meanwhile is refused just after
