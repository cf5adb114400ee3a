"""Tables as text: CSV, TSV, and the same with semicolons or bars."""

__all__ = ["MAGIC", "SUFFIXES", "parse", "read"]

import codecs
import io
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from gausscape.datasets.file_state import unchanged
from gausscape.datasets.frames import refuse_repeated_names, to_frame
from gausscape.errors import DataError
from gausscape.items import Items

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data")
MAGIC: tuple[bytes, ...] = ()

LONGEST_LINE = 8 << 20
MOST_COLUMNS = 100_000
CHUNK = 1 << 20
SEPARATORS = (b",", b";", b"\t", b"|")
MARKS_OF_MISSING = ("NA", "N/A", "n/a", "na", "NaN", "nan", "NULL", "null", "None", "none", "?", "-", ".", " ", "")


def read(path: Path, *, id_column: str | None = None, resize: tuple[int, int] | None = None) -> Items:
    """A pandas frame of all columns, by the rules of `parse`.

    Raises:
        DataError: If the text is no table; the message names the file, the row, and the byte where reading stopped.
    """
    with unchanged(path):
        return Items.of(parse(lambda: open(path, "rb"), str(path), id_column=id_column), name=path.name)


def parse(opened: Callable[[], IO[bytes]], name: str, *, id_column: str | None = None) -> "pd.DataFrame":
    r"""A pandas frame of a table written as text.

    The text is UTF-8 (with or without a mark at its beginning), one line a row, the first line names the columns.
    The separator is whichever of comma, semicolon, tab and bar divides the lines evenly; quotes are `"`, doubled
    inside. Lines end in LF, CRLF or CR. Empty lines are passed over.

    Only an empty field is a missing cell: `NA`, `?` and `""` are texts, and stay apart from it. A column that would
    be numbers but for such marks stays text, under a warning that names mark and row; only `""` between numbers is
    taken for missing, for there is no empty number. Columns of whole numbers, numbers, truth values, dates and times
    of day with dates are recognised over all rows; the identifier column stays as it is written ("007").

    Args:
        opened: Opens the text for reading from its beginning; called more than once.
        name: Its name in messages.
        id_column: A column to leave as text.

    Raises:
        DataError: If the text is no such table; names the row and the byte offset (from 0) of the first trouble.

    Example:
        >>> import io
        >>> parse(lambda: io.BytesIO(b"a;b\n1;NA\n;x\n"), "example")["b"].tolist()
        ['NA', 'x']
    """
    import pyarrow as pa

    facts = survey(opened, name)
    separator = find_separator(facts.beginning, tab=name.lower().endswith((".tsv", ".tab")))
    columns, empty_lines = header(opened, separator, name)
    if facts.quotes % 2:
        refuse_open_quote(opened, separator, name)
    convert: dict[str, pa.DataType] = {} if id_column is None else {id_column: pa.string()}
    table = read_table(opened, separator, columns, empty_lines, facts, convert, name)
    # A time of day alone is no number; as text it is at least a category.
    times = [field.name for field in table.schema if pa.types.is_time(field.type)]
    if times:
        convert |= dict.fromkeys(times, pa.string())
        table = read_table(opened, separator, columns, empty_lines, facts, convert, name)
    return to_frame(mend_numbers(table, name, id_column), name)


@dataclass(frozen=True)
class Survey:
    """What one pass over the bytes tells."""

    quotes: int
    longest_line: int
    beginning: bytes


def read_table(
    opened: Callable[[], IO[bytes]],
    separator: bytes,
    columns: list[str],
    empty_lines: int,
    facts: Survey,
    convert: dict[str, "pa.DataType"],
    name: str,
) -> "pa.Table":
    """The table as pyarrow reads it, its refusal told by the row and byte that caused it."""
    import pyarrow as pa
    import pyarrow.csv

    try:
        with opened() as file:
            return pyarrow.csv.read_csv(
                file,
                read_options=pyarrow.csv.ReadOptions(
                    column_names=columns,
                    skip_rows=empty_lines,
                    skip_rows_after_names=1,
                    block_size=4 * (CHUNK if facts.longest_line < CHUNK else LONGEST_LINE),
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=separator.decode(), newlines_in_values=facts.quotes > 0
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=convert,
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                ),
            )
    except (pa.ArrowException, ValueError) as error:
        refuse_ragged(opened, separator, name, len(columns))
        reason = (str(error).splitlines() or [""])[0][:200]
        raise DataError(
            f"{name} should be a table with {len(columns)} columns, but: {reason} Mend the file."
        ) from error


def survey(opened: Callable[[], IO[bytes]], name: str) -> Survey:
    """Look at every byte once; refuse bytes that no text has, and lines without an end, before a parser sees them."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    quotes = longest = offset = 0
    line_start = 0
    beginning = b""
    with opened() as file:
        while chunk := file.read(CHUNK):
            if offset == 0 and chunk.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise DataError(
                    f"{name} should be UTF-8 text, but begins as UTF-16 (byte 0). "
                    f"Save it as UTF-8: iconv -f UTF-16 -t UTF-8 {name}"
                )
            if len(beginning) < CHUNK:
                beginning += chunk[: CHUNK - len(beginning)]
            if (position := chunk.find(b"\0")) >= 0:
                raise DataError(
                    f"{name} should be text, but has a NUL byte in {place(opened, offset + position)}. "
                    "It is binary, damaged or UTF-16; export it again as UTF-8."
                )
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                refuse_encoding(opened, name, offset - held + error.start, error.object[error.start])
            quotes += chunk.count(b'"')
            for end in line_ends(chunk):
                longest = max(longest, offset + end - line_start)
                line_start = offset + end + 1
            offset += len(chunk)
            if max(longest, offset - line_start) > LONGEST_LINE:
                raise DataError(
                    f"{name} should have lines of at most {LONGEST_LINE:,} bytes, but one is longer, in "
                    f"{place(opened, min(line_start, offset - LONGEST_LINE))}. Give each row a line of its own."
                )
    if pending := decoder.getstate()[0]:
        refuse_encoding(opened, name, offset - len(pending), pending[0])
    if not beginning.removeprefix(codecs.BOM_UTF8).strip(b"\r\n"):
        raise DataError(f"{name} should hold a table, but has no line of text (0 rows). Write column names and rows.")
    return Survey(quotes, max(longest, offset - line_start), beginning)


def line_ends(chunk: bytes) -> list[int]:
    """Positions of LF and CR, as numbers; found by numpy, since there may be millions."""
    values = np.frombuffer(chunk, np.uint8)
    ends = np.flatnonzero((values == 10) | (values == 13))
    if len(ends) > 1000:  # inner lines matter only through the longest of them
        longest = int(np.diff(ends).argmax())
        ends = ends[[0, longest, longest + 1, -1]]
    return ends.tolist()


def refuse_encoding(opened: Callable[[], IO[bytes]], name: str, offset: int, byte: int) -> None:
    raise DataError(
        f"{name} should be UTF-8 text, but has the byte 0x{byte:02X} in {place(opened, offset)}. "
        f"It may be Latin-1 or Windows-1252; save it as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 {name}"
    ) from None


def place(opened: Callable[[], IO[bytes]], offset: int) -> str:
    """Where a byte stands, in words: its line, and its offset from the beginning of the file."""
    lines, position, last = 1, 0, b""
    with opened() as file:
        while position < offset and (chunk := file.read(min(CHUNK, offset - position))):
            joined = last + chunk
            lines += len(re.findall(rb"\r\n|\n|\r(?!\Z)", joined))
            last = b"\r" if chunk.endswith(b"\r") else b""  # may be half of a CRLF
            position += len(chunk)
    return f"row {lines} counting the header (byte {offset:,})"


def find_separator(beginning: bytes, *, tab: bool) -> bytes:
    """The separator that divides the first lines evenly; where several do, the one with the most columns."""
    if tab:
        return b"\t"
    lines = [line for line in re.split(rb"[\r\n]+", re.sub(rb'"[^"]*"', b"", beginning)) if line][:51]
    if len(lines) == 51 or len(beginning) >= CHUNK:
        lines = lines[:-1] or lines  # the last may be cut
    best = (False, 0, b",")
    for separator in SEPARATORS if lines else ():
        counts = [line.count(separator) for line in lines]
        score = (len(set(counts)) == 1 and counts[0] > 0, counts[0])
        if counts[0] and score > best[:2]:
            best = (*score, separator)
    return best[2]


def header(opened: Callable[[], IO[bytes]], separator: bytes, name: str) -> tuple[list[str], int]:
    """The names of the columns, and how many empty lines stand before them.

    Columns without a name are called by their place, under a warning.
    """
    with opened() as file:
        text = file.read(LONGEST_LINE + CHUNK)
    rows = records(text, separator)
    record = next(rows)
    if next(rows, None) is None:
        raise DataError(f"{name} should hold at least 1 row, but has 0 rows under its header. Check how it was made.")
    if len(record.fields) > MOST_COLUMNS:
        raise DataError(
            f"{name} should have at most {MOST_COLUMNS:,} columns, but has {len(record.fields):,}. "
            "Keep the columns that matter, or pass an array."
        )
    columns = [unquoted(text[start:end]) for start, end in record.fields]
    nameless = [number for number, column in enumerate(columns, start=1) if not column.strip()]
    if nameless:
        columns = [column if column.strip() else f"column {number}" for number, column in enumerate(columns, start=1)]
        warnings.warn(
            f"{name}: the header names no column number {', '.join(map(str, nameless[:5]))}; called 'column "
            f"{nameless[0]}' here. A column of row numbers can be left out with the identifier option.",
            stacklevel=6,
        )
    refuse_repeated_names(columns, name)
    return columns, record.line - 1


def unquoted(field: bytes) -> str:
    text = field.decode("utf-8", "replace")
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


@dataclass(frozen=True)
class Record:
    """One row as it stands in the text: where it begins, its line from 1, its fields, and a quote that stays open."""

    start: int
    line: int
    fields: list[tuple[int, int]]
    open_quote: int | None


def records(text: bytes, separator: bytes) -> Iterator[Record]:
    """The rows of a table, one field after another as the parser sees them; slow, used to explain a refusal."""
    stop = re.compile(b"[" + re.escape(separator) + rb"\r\n]")
    position = len(codecs.BOM_UTF8) if text.startswith(codecs.BOM_UTF8) else 0
    line = 1
    while position < len(text):
        start, first_line, fields, open_quote = position, line, [], None
        while True:
            begin = position
            if text[position : position + 1] == b'"':
                close = closing_quote(text, position)
                if close < 0:
                    open_quote, position = position, len(text)
                else:
                    line += len(re.findall(rb"\r\n|\n|\r", text[position:close]))
                    position = close + 1
            found = stop.search(text, position)
            position = found.start() if found else len(text)
            fields.append((begin, position))
            if not found or found.group() != separator:
                break
            position += 1
        if fields != [(start, start)]:  # not an empty line
            yield Record(start, first_line, fields, open_quote)
        position += 2 if text[position : position + 2] == b"\r\n" else 1
        line += 1


def closing_quote(text: bytes, opening: int) -> int:
    position = text.find(b'"', opening + 1)
    while position >= 0 and text[position + 1 : position + 2] == b'"':
        position = text.find(b'"', position + 2)
    return position


def everything(opened: Callable[[], IO[bytes]]) -> bytes:
    with opened() as file:
        return file.read()


def refuse_open_quote(opened: Callable[[], IO[bytes]], separator: bytes, name: str) -> None:
    """An odd number of quotes: refuse if the last row never closes one (the parser would swallow the rest)."""
    for record in records(everything(opened), separator):
        if record.open_quote is not None:
            raise DataError(
                f'{name}: a quote (") opens in row {record.line} counting the header (byte {record.open_quote:,}) and '
                'is never closed. The file is cut, or a quote inside a field should be doubled (""). Mend that row.'
            )


def refuse_ragged(opened: Callable[[], IO[bytes]], separator: bytes, name: str, width: int) -> None:
    for record in records(everything(opened), separator):
        if len(record.fields) != width:
            raise DataError(
                f"{name}: row {record.line} counting the header (byte {record.start:,}) has {len(record.fields)} "
                f"fields where the header has {width} (separator {separator.decode()!r}). "
                "Quote fields that hold the separator, or mend that row."
            )


def mend_numbers(table: "pa.Table", name: str, id_column: str | None) -> "pa.Table":
    """Text columns that are numbers but for `""` become numbers; but for another mark they are warned of."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # its functions are made at run time, unseen by type checkers
    for position, column in enumerate(table.column_names):
        cells = table[column]
        if column == id_column or not pa.types.is_string(cells.type) or len(cells) == cells.null_count:
            continue
        marks = pc.is_in(cells, value_set=pa.array(MARKS_OF_MISSING))
        rest = pc.if_else(marks, pa.scalar(None, pa.string()), cells)
        if not pc.any(marks).as_py() or rest.null_count == len(rest):
            if decimal_commas(cells):
                warnings.warn(
                    f"{name}: column {column!r} holds numbers with a decimal comma and is read as text. "
                    "Write them with a point to have numbers.",
                    stacklevel=6,
                )
            continue
        numbers = next((cast for kind in (pa.int64(), pa.float64()) if (cast := cast_to(rest, kind)) is not None), None)
        if numbers is None:
            continue
        found = pc.unique(cells.filter(marks)).to_pylist()
        if found == [""]:
            table = table.set_column(position, column, numbers)
            continue
        mark = next(mark for mark in found if mark)
        rows = pc.indices_nonzero(pc.fill_null(pc.equal(cells, mark), False))
        warnings.warn(
            f"{name}: column {column!r} is read as text, because {len(rows):,} cells hold {mark!r}, first in data row "
            f"{rows[0].as_py() + 1}; the others are numbers. Leave a cell empty to say that it is missing.",
            stacklevel=6,
        )
    return table


def cast_to(cells: "pa.ChunkedArray", kind: "pa.DataType") -> "pa.ChunkedArray | None":
    import pyarrow as pa

    try:
        return cells.cast(kind)
    except (pa.ArrowException, ValueError):
        return None


def decimal_commas(cells: "pa.ChunkedArray") -> bool:
    import pyarrow.compute

    pc: Any = pyarrow.compute
    return bool(pc.all(pc.match_substring_regex(cells, r"^-?\d+,\d+$")).as_py())


def from_bytes(content: bytes, name: str, *, id_column: str | None = None) -> "pd.DataFrame":
    """The same for text that is already in memory."""
    return parse(lambda: io.BytesIO(content), name, id_column=id_column)
