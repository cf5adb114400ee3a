"""JSON lines: one object a line, its keys the columns; or each a graph in the node-link form."""

__all__ = ["MAGIC", "OPTIONS", "SUFFIXES", "parse", "parse_graphs", "read"]

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gausscape.datasets.file_state import unchanged
from gausscape.datasets.frames import to_frame
from gausscape.datasets.memory import refuse_too_large
from gausscape.datasets.node_links import holds_graphs, read_graphs
from gausscape.errors import DataError
from gausscape.items import Items

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".jsonl", ".ndjson", ".json")
MAGIC: tuple[bytes, ...] = ()

OPTIONS = frozenset({"id_column", "label_column"})

LONGEST_LINE = 8 << 20
MOST_CELLS = 20_000_000
CELLS_A_BYTE = 20
"""Beyond `MOST_CELLS`, cells that a byte of the file may ask for; rows with a key of their own each ask for far more."""

NODES = b'"nodes"'


def read(
    path: Path,
    *,
    id_column: str | None = None,
    resize: tuple[int, int] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Items:
    """A pandas frame of all columns, by the rules of `parse`; or graphs, by those of `parse_graphs`.

    Raises:
        DataError: If a line is no such object; the message names the file, the row and the byte.
    """
    with unchanged(path) as size, open(path, "rb") as file:
        beginning = file.read(LONGEST_LINE)
        if NODES in beginning:
            refuse_too_large(str(path), 20 * size)
            label_column = (options or {}).get("label_column")
            content = beginning + file.read(size + 1)
            graphs = parse_graphs(content, path.name, id_column=id_column, label_column=label_column)
            if graphs is not None:
                return graphs
        file.seek(0)
        lines = iter(lambda: file.readline(LONGEST_LINE + 1), b"")
        return Items.of(parse(lines, str(path)), name=path.name)


def parse_graphs(content: bytes, name: str, *, id_column: str | None, label_column: str | None) -> Items | None:
    """The graphs, if the first line, or the whole text, is a graph or a list of such; else None.

    Args:
        content: UTF-8.
        name: Where it comes from, for messages.
        id_column: Attribute of a graph that names it.
        label_column: Attribute of a graph that is its label.

    Raises:
        DataError: If the first is a graph but another line is none.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    first = content.lstrip()[:LONGEST_LINE].partition(b"\n")[0]
    if NODES not in content[:LONGEST_LINE]:
        return None
    beginning = parsed(first)
    if holds_graphs(beginning):
        lines = [(number, line) for number, line in enumerate(content.split(b"\n"), start=1) if line.strip()]
        rows = [(number, parse_object(line, name, f"row {number}")) for number, line in lines]
        return read_graphs(rows, name, id_column=id_column, label_column=label_column)
    whole = parsed(content)
    listed = whole if isinstance(whole, list) else [whole]
    if listed and holds_graphs(listed[0]):
        return read_graphs(list(enumerate(listed, start=1)), name, id_column=id_column, label_column=label_column)
    return None


def parsed(text: bytes) -> Any:
    """What the text says, or None if that is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def parse(lines: Iterable[bytes], name: str) -> "pd.DataFrame":
    r"""A pandas frame of objects, one a line.

    A key that a row has not, and null, are missing cells; an empty text is not. A column holds texts, truth values,
    whole numbers or numbers (whole ones among them become numbers), never a mixture, list or object.

    Args:
        lines: The lines, as bytes of UTF-8.
        name: Where they come from, for messages.

    Raises:
        DataError: If a line is no JSON object, repeats a key, or puts another type into a column.

    Example:
        >>> parse([b'{"a": 1, "b": "x"}\n', b'{"a": null, "b": ""}\n'], "example")["b"].tolist()
        ['x', '']
    """
    import pyarrow as pa

    columns: dict[str, list[Any]] = {}
    sorts: dict[str, tuple[str, int]] = {}
    offset = rows = 0
    for number, line in enumerate(lines, start=1):
        where = f"row {number} (byte {offset:,})"
        if len(line) > LONGEST_LINE:
            raise DataError(
                f"{name} should have lines of at most {LONGEST_LINE:,} bytes, but {where} is longer. "
                "Give each object a line of its own."
            )
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        offset += len(line)
        if not text.strip():
            continue
        row = parse_object(text, name, where)
        for key, value in row.items():
            if value is not None:
                check_sort(sorts, key, value, name, where, number)
            if key not in columns:
                columns[key] = [None] * rows
            columns[key].append(value)
        rows += 1
        if rows * len(columns) > max(MOST_CELLS, CELLS_A_BYTE * offset):
            raise DataError(
                f"{name} should hold rows of mostly the same keys, but its first {rows:,} rows have {len(columns):,} different ones. "
                "Write a key and its value as two columns, say."
            )
        if len(row) < len(columns):
            for cells in columns.values():
                if len(cells) < rows:
                    cells.append(None)
    arrays = {}
    for key, cells in columns.items():
        if sorts.get(key, ("", 0))[0] == "number" and any(isinstance(cell, float) for cell in cells):
            cells = [None if cell is None else float(cell) for cell in cells]
        try:
            arrays[key] = pa.array(cells)
        except (pa.ArrowException, OverflowError, ValueError) as error:
            raise DataError(
                f"{name}: column {key!r} should hold numbers of 64 bits, but: {str(error)[:150]}. "
                "Write longer ones as text in quotes."
            ) from error
    return to_frame(pa.table(arrays), name)


def parse_object(text: bytes, name: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(text.decode("utf-8"), object_pairs_hook=without_repeats)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} should be UTF-8 text, but {where} has the byte 0x{text[error.start]:02X} at its position "
            f"{error.start:,}. Save it as UTF-8."
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{name} should hold one JSON object a line, but {where} does not: {str(error)[:150]}. Mend that line."
        ) from error
    if not isinstance(row, dict):
        mend = "Write its elements one a line: jq -c '.[]'" if isinstance(row, list) else "Mend that line."
        raise DataError(f"{name} should hold one JSON object a line, but {where} is a {type(row).__name__}. {mend}")
    return row


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands twice")
    return row


def check_sort(sorts: dict[str, tuple[str, int]], key: str, value: Any, name: str, where: str, number: int) -> None:
    """Refuse a value of another sort than the column's first one."""
    names = {bool: "truth value", int: "number", float: "number", str: "text"}
    sort = names.get(type(value))
    if sort is None:
        raise DataError(
            f"{name}: column {key!r} should hold texts, numbers or truth values, but {where} holds a "
            f"{type(value).__name__}. Spread it over columns of its own."
        )
    first = sorts.setdefault(key, (sort, number))
    if first[0] != sort:
        raise DataError(
            f"{name}: column {key!r} should hold one type, but row {first[1]} holds a {first[0]} and {where} a {sort} "
            f"({str(value)[:40]!r}). Write both alike."
        )
