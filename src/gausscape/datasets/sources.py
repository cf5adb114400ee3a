"""load: whatever the user calls a source, as Items."""

__all__ = ["load"]

import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from gausscape.datasets.columns import is_frame, split_columns
from gausscape.datasets.discovery import modules_of
from gausscape.datasets.entry import catalogue, find_entry
from gausscape.datasets.memory import memory_limit
from gausscape.datasets.reader_of_path import find_reader, refuse_missing
from gausscape.datasets.reading_options import refuse_options, refuse_unknown
from gausscape.errors import ConfigurationError, DataError, MissingFileError
from gausscape.items import Items

STANDARD_INPUT = "-"
STANDARD = ("data_dir", "id_column", "label_column", "resize", "skip_bad", "split")


def load(
    source: Any,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    id_column: str | None = None,
    label_column: str | None = None,
    resize: int | tuple[int, int] | None = None,
    skip_bad: bool = False,
    split: str | None = None,
    read: Mapping[str, Any] | None = None,
) -> Items:
    """Objects from the catalogue, a file, a folder, standard input, an array, a frame, or a list of graphs.

    Args:
        source: A name of the catalogue (it wins over a file of that name; write ./digits for the file); a file
            (.npy .npz .csv .tsv .jsonl .parquet .arrow .feather, a picture, a .graphml or .edgelist ...); a folder of
            pictures or of graphs; "-" for standard input, CSV or JSON lines; an array; a pandas, polars or pyarrow
            frame; a list of graphs; or Items.
        data_dir: A folder that holds the published files of a downloaded set (see GAUSSCAPE_DATA_DIR).
        id_column: Column of a table that names the objects; it leaves the table.
        label_column: Column of a table with each object's class or group; it leaves the table.
        resize: Side, or (height, width), that pictures in files are stretched to.
        skip_bad: Whether up to 1 % of the pictures of a folder may be left out because they cannot be read.
        split: Part of a catalogue set that has parts; "train" if none is given.
        read: Reading options that single kinds of source know, such as {"graph_column": "molecule"} for a table
            whose rows are the edges of graphs. One that does not go with this source is refused.

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
    values = (data_dir, id_column, label_column, height_and_width(resize), skip_bad or None, split)
    given = {name: value for name, value in zip(STANDARD, values, strict=True) if value is not None}
    reading = dict(read or {})
    refuse_unknown(reading, STANDARD)
    items = find(source, given, reading)
    if len(items) == 0 or (is_frame(items.values) and items.values.shape[1] == 0):
        rows, *rest = getattr(items.values, "shape", (len(items),))
        columns = f" and {rest[0]} columns" if is_frame(items.values) else ""
        raise DataError(
            f"{items.name} should hold at least 1 object, but has {rows:,} rows{columns}. Check how it was made."
        )
    return items


def find(source: Any, given: dict[str, Any], reading: dict[str, Any]) -> Items:
    """The objects, with no look yet at whether there are any.

    Args:
        source: What the user calls a source.
        given: From the name to the value of the parameters of `load` that were given.
        reading: Reading options.
    """
    if isinstance(source, str) and source in catalogue():
        refuse_options(f"the catalogue set {source!r}", {**given, **reading}, allowed={"data_dir", "split"})
        entry, part = find_entry(source, given.get("split"))
        data_dir = given.get("data_dir")
        return entry.read(part, None if data_dir is None else Path(data_dir).expanduser())
    options = {**given, **reading}
    special = [reader for reader in modules_of("source_readers") if reader.matches(source, options)]
    if special:
        return read_by_one(special, source, options, repr(source)[:60])
    if not isinstance(source, (str, os.PathLike)):
        return from_memory(source, given, reading)
    if source == STANDARD_INPUT:
        refuse_options("standard input", given, allowed={"id_column", "label_column"})
        return from_standard_input(given, reading)
    return from_path(Path(source).expanduser(), given, reading)


def read_by_one(readers: list[ModuleType], source: Any, options: dict[str, Any], shown: str) -> Items:
    """What the only reader gives; two that both know the source are refused.

    Raises:
        DataError: If several would read it.
        ConfigurationError: If an option is not the reader's.
    """
    if len(readers) > 1:
        both = " and for ".join(reader.NAME for reader in readers)
        raise DataError(
            f"{shown} should be of one kind, but can be taken for {both}. Move the files of one kind elsewhere."
        )
    (reader,) = readers
    refuse_options(reader.NAME, options, allowed=reader.OPTIONS)
    return reader.read(source, options)


def height_and_width(resize: int | tuple[int, int] | None) -> tuple[int, int] | None:
    if resize is None:
        return None
    sides = (resize, resize) if isinstance(resize, int) else tuple(resize)
    if len(sides) != 2 or not all(isinstance(side, int) and 1 <= side <= 5000 for side in sides):
        raise ConfigurationError(
            f"resize needs a side, or (height, width), of 1 to 5000 pixels, but got {resize!r}. Pass for example 64."
        )
    return sides


def from_memory(source: Any, given: dict[str, Any], reading: dict[str, Any]) -> Items:
    if isinstance(source, Items):
        refuse_options("Items", {**given, **reading}, allowed=set())
        return source
    if is_frame(source):
        refuse_options("a frame", given, allowed={"id_column", "label_column"})
        return to_objects(source, "data", given, reading)
    refuse_options(f"a {type(source).__name__}", {**given, **reading}, allowed=set())
    if isinstance(source, np.ndarray) and source.ndim == 0:
        raise DataError("An array needs a first axis of objects, but a single number came. Pass (n, ...).")
    return Items.of(source)


def to_objects(frame: Any, name: str, given: dict[str, Any], reading: dict[str, Any]) -> Items:
    """Each row an object; or, if reading options ask for it, what a reshaper makes of the rows."""
    columns = {column: given.get(column) for column in ("id_column", "label_column")}
    if not reading:
        return split_columns(frame, name, **columns)
    known = modules_of("reshapers")
    refuse_options("a table", reading, allowed={option for reshaper in known for option in reshaper.OPTIONS})
    wanted = [reshaper for reshaper in known if reshaper.wanted(reading)]
    if not wanted:
        beside = {option for each in known if each.OPTIONS & set(reading) for option in each.OPTIONS} - set(reading)
        raise ConfigurationError(
            f"Reading options should say what the rows of a table become, but {', '.join(reading)} alone does not. "
            f"Name columns too: {', '.join(sorted(beside))}."
        )
    for reshaper in wanted:  # where two are wanted, at least one of them does not know all options
        refuse_options(
            f"a table read by {', '.join(sorted(reshaper.OPTIONS & set(reading)))}", reading, allowed=reshaper.OPTIONS
        )
    return wanted[0].reshape(frame, reading, name=name, **columns)


def from_standard_input(given: dict[str, Any], reading: dict[str, Any]) -> Items:
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
    for reader in modules_of("readers"):
        if any(content.startswith(magic) for magic in reader.MAGIC):
            raise DataError(
                f"{name} should be CSV or JSON lines, but begins like a {reader.SUFFIXES[0]} file. "
                "Save it to a file of that ending, and pass its path."
            )
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        columns = {column: given.get(column) for column in ("id_column", "label_column")}
        graphs = None if reading else json_lines.parse_graphs(content, name, **columns)
        if graphs is not None:
            return graphs
        frame = json_lines.parse(io.BytesIO(content), name)
    else:
        frame = delimited.from_bytes(content, name, id_column=given.get("id_column"))
    return to_objects(frame, name, given, reading)


def from_path(path: Path, given: dict[str, Any], reading: dict[str, Any]) -> Items:
    refuse_missing(path)
    if path.is_dir():
        known = modules_of("folder_readers")
        matching = [reader for reader in known if reader.matches(path)]
        fallback = [reader for reader in known if getattr(reader, "FALLBACK", False)]
        try:
            return read_by_one(matching or fallback, path, {**given, **reading}, str(path))
        except MissingFileError as error:
            if matching:
                raise
            others = "; ".join(reader.NAME for reader in known if reader not in fallback)
            raise MissingFileError(f"{error} Other folders that can be read: {others}.") from error
    reader = find_reader(path)
    own = getattr(reader, "OPTIONS", None)
    more = (
        {} if own is None else {"options": {name: value for name, value in {**given, **reading}.items() if name in own}}
    )
    try:
        items = reader.read(path, id_column=given.get("id_column"), resize=given.get("resize"), **more)
    except PermissionError as error:
        raise DataError(f"{path} could not be read ({error.strerror}). Change its permissions.") from error
    reading = {name: value for name, value in reading.items() if name not in (own or ())}
    if is_frame(items.values):
        refuse_options("a table", given, allowed={"id_column", "label_column"})
        return to_objects(items.values, path.name, given, reading)
    fitting = (own or frozenset()) | ({"resize"} if reader.__name__.endswith("images") else set())
    refuse_options(f"a {path.suffix} file", {**given, **reading}, allowed=fitting)
    return items
