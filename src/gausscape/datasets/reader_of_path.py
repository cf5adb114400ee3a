"""Which reader a file belongs to, and what is close to a path that is not there."""

__all__ = ["find_reader", "refuse_missing"]

import contextlib
import difflib
import os
from pathlib import Path
from types import ModuleType

from gausscape.datasets.discovery import modules_of
from gausscape.datasets.entry import catalogue
from gausscape.errors import DataError, MissingFileError


def refuse_missing(path: Path) -> None:
    """Name what is close to a path that is not there: sets of the catalogue, and what lies beside it.

    Raises:
        MissingFileError: If it is not there.
    """
    try:
        if path.exists():
            return
        link = path.is_symlink()
    except (OSError, ValueError) as error:  # a name too long for the disk, or with a NUL in it
        raise MissingFileError(f"{str(path)[:80]!r} cannot be a path: {error}. Check the name.") from error
    if link:
        raise MissingFileError(f"{path} is a link to {os.readlink(path)}, which is not there. Mend the link.")
    beside: list[str] = []
    with contextlib.suppress(OSError):
        beside = [entry.name for entry in os.scandir(path.parent)]
    near = difflib.get_close_matches(path.name, beside, n=3, cutoff=0.6)
    close = [repr(name) for name in difflib.get_close_matches(str(path), catalogue(), n=3, cutoff=0.6)]
    close += [repr(str(path.parent / name)) for name in near]
    meant = f"Did you mean {' or '.join(close)}?" if close else f"Sets of the catalogue: {', '.join(catalogue())}."
    raise MissingFileError(
        f"A source needs to be a file, a folder or a set of the catalogue, but {str(path)!r} is none. {meant}"
    )


def find_reader(path: Path) -> ModuleType:
    """The reader for this ending, unless the first bytes belong to another.

    Raises:
        DataError: If no reader knows the ending, or the content is another's.
    """
    if not path.is_file():
        raise DataError(f"{path} should be a file or a folder, but is neither (a device or a pipe?). Pipe it to '-'.")
    suffix = path.suffix.lower()
    known = modules_of("readers")
    reader = next((reader for reader in known if suffix in reader.SUFFIXES), None)
    if reader is None:
        endings = " ".join(ending for each in known for ending in each.SUFFIXES)
        packed = (
            "Unpack it first." if suffix in (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z") else "Convert or rename it."
        )
        raise DataError(f"{path} should end in one of {endings}, but ends in {suffix or 'nothing'!r}. {packed}")
    try:
        with open(path, "rb") as file:
            head = file.read(16)
    except OSError as error:
        raise DataError(f"{path} could not be read ({error.strerror}). Change its permissions.") from error
    other = next((each for each in known if each is not reader and any(map(head.startswith, each.MAGIC))), None)
    if other is not None:
        raise DataError(
            f"{path} should be a {suffix} file by its name, but its content begins like a {other.SUFFIXES[0]} file. "
            "Rename it after its content, if you trust it."
        )
    return reader
