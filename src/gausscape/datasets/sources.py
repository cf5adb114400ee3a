"""load: whatever the user calls a source, as Items."""

__all__ = ["load"]

import contextlib
import difflib
import importlib
import io
import os
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from gausscape.datasets.columns import is_frame, split_columns
from gausscape.datasets.entry import catalogue, find_entry
from gausscape.datasets.image_folders import read_folder
from gausscape.datasets.memory import memory_limit
from gausscape.errors import ConfigurationError, DataError, MissingFileError
from gausscape.items import Items

STANDARD_INPUT = "-"


def load(
    source: Any,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    id_column: str | None = None,
    label_column: str | None = None,
    resize: int | tuple[int, int] | None = None,
    skip_bad: bool = False,
    split: str | None = None,
) -> Items:
    """Objects from the catalogue, a file, a folder of pictures, standard input, an array or a frame.

    Args:
        source: A name of the catalogue (it wins over a file of that name; write ./digits for the file); a file
            (.npy .npz .csv .tsv .jsonl .parquet .arrow .feather or a picture); a folder of pictures; "-" for
            standard input, CSV or JSON lines; an array; a pandas, polars or pyarrow frame; or Items.
        data_dir: A folder that holds the published files of a downloaded set (see GAUSSCAPE_DATA_DIR).
        id_column: Column of a table that names the objects; it leaves the table.
        label_column: Column of a table with each object's class or group; it leaves the table.
        resize: Side, or (height, width), that pictures in files are stretched to.
        skip_bad: Whether up to 1 % of the pictures of a folder may be left out because they cannot be read.
        split: Part of a catalogue set that has parts; "train" if none is given.

    Returns:
        The objects with their ids, labels if there are any, and the name of where they came from.

    Raises:
        MissingFileError: If there is nothing of that name; close names are told.
        DataError: If there is, but cannot be used, or holds no object.
        DamagedFileError: If a file is cut or altered.
        ConfigurationError: If an option does not go with this source.

    Example:
        >>> items = load("digits")
        >>> items.values.shape, items.labels[:3].tolist(), items.ids[:3].tolist()
        ((1797, 8, 8), [0, 1, 2], ['0', '1', '2'])
    """
    options = {
        "data_dir": data_dir,
        "id_column": id_column,
        "label_column": label_column,
        "resize": resize,
        "skip_bad": skip_bad or None,
        "split": split,
    }
    given = {name for name, value in options.items() if value is not None}
    size = height_and_width(resize)
    if not isinstance(source, (str, os.PathLike)):
        items = from_memory(source, given, id_column, label_column)
    elif isinstance(source, str) and source in catalogue():
        refuse_options(f"the catalogue set {source!r}", given, allowed={"data_dir", "split"})
        entry, part = find_entry(source, split)
        items = entry.read(part, None if data_dir is None else Path(data_dir).expanduser())
    elif source == STANDARD_INPUT:
        refuse_options("standard input", given, allowed={"id_column", "label_column"})
        items = from_standard_input(id_column, label_column)
    else:
        items = from_path(Path(source).expanduser(), given, id_column, label_column, size, skip_bad)
    if len(items) == 0 or (is_frame(items.values) and items.values.shape[1] == 0):
        rows, *rest = getattr(items.values, "shape", (len(items),))
        columns = f" and {rest[0]} columns" if is_frame(items.values) else ""
        raise DataError(
            f"{items.name} should hold at least 1 object, but has {rows:,} rows{columns}. Check how it was made."
        )
    return items


def height_and_width(resize: int | tuple[int, int] | None) -> tuple[int, int] | None:
    if resize is None:
        return None
    sides = (resize, resize) if isinstance(resize, int) else tuple(resize)
    if len(sides) != 2 or not all(isinstance(side, int) and 1 <= side <= 5000 for side in sides):
        raise ConfigurationError(
            f"resize needs a side, or (height, width), of 1 to 5000 pixels, but got {resize!r}. Pass for example 64."
        )
    return sides


def refuse_options(what: str, given: set[str], *, allowed: set[str]) -> None:
    """An option that would do nothing is a misunderstanding, so it is refused."""
    wrong = sorted(given - allowed)
    if wrong:
        fitting = ", ".join(sorted(allowed)) or "none"
        raise ConfigurationError(
            f"Options that go with {what}: {fitting}; {', '.join(wrong)} came. "
            f"Leave {'it' if len(wrong) == 1 else 'them'} away."
        )


def from_memory(source: Any, given: set[str], id_column: str | None, label_column: str | None) -> Items:
    if isinstance(source, Items):
        refuse_options("Items", given, allowed=set())
        return source
    if is_frame(source):
        refuse_options("a frame", given, allowed={"id_column", "label_column"})
        return split_columns(source, "data", id_column=id_column, label_column=label_column)
    refuse_options(f"a {type(source).__name__}", given, allowed=set())
    if isinstance(source, np.ndarray) and source.ndim == 0:
        raise DataError("An array needs a first axis of objects, but a single number came. Pass (n, ...).")
    return Items.of(source)


def from_standard_input(id_column: str | None, label_column: str | None) -> Items:
    """CSV or JSON lines, told apart by the first byte that is not blank."""
    from gausscape.datasets.readers import delimited, json_lines

    stream = getattr(sys.stdin, "buffer", None)
    if stream is None or sys.stdin.isatty():
        raise ConfigurationError(
            "The source '-' reads CSV or JSON lines from standard input, but that is a terminal. "
            "Pipe a file into it: gausscape ... - < data.csv"
        )
    limit = memory_limit() // 4  # the frame and its making take the rest
    content = stream.read(limit + 1)
    name = "standard input"
    if len(content) > limit:
        raise DataError(f"{name} should fit into memory ({limit:,} bytes), but is longer. Save it to a Parquet file.")
    for reader in readers():
        if any(content.startswith(magic) for magic in reader.MAGIC):
            raise DataError(
                f"{name} should be CSV or JSON lines, but begins like a {reader.SUFFIXES[0]} file. "
                "Save it to a file of that ending, and pass its path."
            )
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        frame = json_lines.parse(io.BytesIO(content), name)
    else:
        frame = delimited.from_bytes(content, name, id_column=id_column)
    return split_columns(frame, name, id_column=id_column, label_column=label_column)


def from_path(
    path: Path,
    given: set[str],
    id_column: str | None,
    label_column: str | None,
    size: tuple[int, int] | None,
    skip_bad: bool,
) -> Items:
    refuse_missing(path)
    if path.is_dir():
        refuse_options("a folder of pictures", given, allowed={"resize", "skip_bad"})
        return read_folder(path, resize=size, skip_bad=skip_bad)
    reader = find_reader(path)
    try:
        items = reader.read(path, id_column=id_column, resize=size)
    except PermissionError as error:
        raise DataError(f"{path} could not be read ({error.strerror}). Change its permissions.") from error
    if is_frame(items.values):
        refuse_options("a table", given, allowed={"id_column", "label_column"})
        return split_columns(items.values, path.name, id_column=id_column, label_column=label_column)
    refuse_options(f"a {path.suffix} file", given, allowed={"resize"} if reader.__name__.endswith("images") else set())
    return items


def refuse_missing(path: Path) -> None:
    """Name what is close to a path that is not there: sets of the catalogue, and what lies beside it."""
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


def readers() -> list[ModuleType]:
    """The modules of `gausscape.datasets.readers`."""
    package = importlib.import_module("gausscape.datasets.readers")
    return [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]


def find_reader(path: Path) -> ModuleType:
    """The reader for this ending, unless the first bytes belong to another.

    Raises:
        DataError: If no reader knows the ending, or the content is another's.
    """
    if not path.is_file():
        raise DataError(f"{path} should be a file or a folder, but is neither (a device or a pipe?). Pipe it to '-'.")
    suffix = path.suffix.lower()
    known = readers()
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
