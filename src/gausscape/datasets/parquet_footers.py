"""What the footers of Parquet files say: rows, types, gaps, and whether several files are one table."""

__all__ = ["Footer", "agreed_schema", "frame_types", "read_footer", "told_as_damaged"]

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gausscape.datasets.file_state import fingerprint
from gausscape.datasets.frames import EXACT, refuse_repeated_names
from gausscape.errors import DamagedFileError, DataError, SchemaError

if TYPE_CHECKING:
    import pyarrow as pa

MOST_TOLD = 5


@dataclass(frozen=True)
class Footer:
    """One file, as its footer tells it.

    Args:
        path: The file.
        name: What objects and messages call it.
        state: Size, time of change and inode, when it was looked at.
        digest: Of the footer's bytes.
        groups: Rows of each row group.
        width: Bytes of a row when decoded, about.
        schema: Columns with their plain types: no dictionaries, one kind of text.
        gaps: By column whether cells are missing; None where the writer left that out.
        beyond: Columns of whole numbers beyond 2^53, as far as the writer told.
    """

    path: Path
    name: str
    state: tuple[int, int, int]
    digest: str
    groups: tuple[int, ...]
    width: float
    schema: "pa.Schema"
    gaps: dict[str, bool | None]
    beyond: frozenset[str]

    @property
    def rows(self) -> int:
        return sum(self.groups)


def read_footer(path: Path, name: str) -> Footer:
    """Look at a file without reading its cells.

    Raises:
        DamagedFileError: If it is no whole Parquet file.
        DataError: If it is empty, cannot be read, or repeats a column.
        MissingFileError: If it is not there.
    """
    import pyarrow.parquet as pq

    state = fingerprint(path)
    if state[0] == 0:
        raise DataError(f"{path} should hold data, but has 0 bytes. Write or copy the file again.")
    with told_as_damaged(path):
        with open(path, "rb") as opened:
            opened.seek(-8, 2)
            length = int.from_bytes(opened.read(4), "little")
            opened.seek(-min(length + 8, state[0]), 2)
            digest = hashlib.sha256(opened.read()).hexdigest()
        with pq.ParquetFile(path, pre_buffer=False) as file:
            metadata, schema = file.metadata, plain_schema(file.schema_arrow)
            refuse_repeated_names(schema.names, str(path))
            groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
            gaps, beyond = _statistics(groups, schema)
    rows = metadata.num_rows
    width = max(sum(group.total_byte_size for group in groups) / max(rows, 1), 8.0 * metadata.num_columns)
    return Footer(path, name, state, digest, tuple(group.num_rows for group in groups), width, schema, gaps, beyond)


@contextlib.contextmanager
def told_as_damaged(path: Path, what: str = "") -> Iterator[None]:
    """In here, what a Parquet reader complains of becomes an error that names the file.

    Args:
        path: The file.
        what: Which rows were wanted, in words that follow a comma.

    Raises:
        DamagedFileError: If the file is cut, altered or no Parquet.
        DataError: If it may not be read.
    """
    import pyarrow as pa

    try:
        yield
    except DataError:
        raise
    except PermissionError as error:
        raise DataError(f"{path} could not be read ({error.strerror}). Change its permissions.") from error
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise DamagedFileError(
            f"{path} should be a whole Parquet file, but{what}: {reason} It is cut or altered; fetch or write it anew."
        ) from error


def plain_schema(schema: "pa.Schema") -> "pa.Schema":
    """The columns with dictionaries as their values and all text as one type: a dictionary belongs to one row group."""
    import pyarrow as pa

    def plain(kind: Any) -> Any:
        if pa.types.is_dictionary(kind):
            return plain(kind.value_type)
        return pa.large_string() if pa.types.is_string(kind) or pa.types.is_string_view(kind) else kind

    return pa.schema([pa.field(field.name, plain(field.type)) for field in schema])


def _statistics(groups: Sequence[Any], schema: "pa.Schema") -> tuple[dict[str, bool | None], frozenset[str]]:
    import pyarrow as pa

    gaps: dict[str, bool | None] = dict.fromkeys(schema.names, False)
    beyond: set[str] = set()
    for group in groups:
        for place in range(group.num_columns):
            column = group.column(place)
            name = column.path_in_schema
            if name not in gaps:
                continue
            told = column.statistics if column.is_stats_set else None
            if told is None or not told.has_null_count:
                gaps[name] = True if gaps[name] else None
            elif told.null_count:
                gaps[name] = True
            if pa.types.is_integer(schema.field(name).type) and not _is_small(told, group.num_rows):
                beyond.add(name)
    return gaps, frozenset(beyond)


def _is_small(told: Any, rows: int) -> bool:
    """Whether the statistics of a column of whole numbers show that float64 holds them all."""
    if told is None:
        return False
    return max(abs(told.min), abs(told.max)) <= EXACT if told.has_min_max else told.null_count == rows


def agreed_schema(footers: Sequence[Footer]) -> "pa.Schema":
    """The one schema of all files; a column of nothing but missing cells may have no type in some of them.

    Raises:
        SchemaError: If they differ; the file, the column and the types are named.
    """
    import pyarrow as pa

    first = footers[0]
    fields = {field.name: (field.type, first.name) for field in first.schema}
    differing = []
    for footer in footers[1:]:
        own = {field.name: field.type for field in footer.schema}
        differing += [f"{footer.name} has no column {name!r} ({first.name} has)" for name in fields if name not in own]
        for name, kind in own.items():
            if name not in fields:
                differing.append(f"{footer.name} has a column {name!r} ({first.name} has not)")
            elif pa.types.is_null(fields[name][0]):
                fields[name] = kind, footer.name
            elif kind != fields[name][0] and not pa.types.is_null(kind):
                differing.append(
                    f"column {name!r} is {kind} in {footer.name} and {fields[name][0]} in {fields[name][1]}"
                )
    if differing:
        more = f"; and {len(differing) - MOST_TOLD} more" if len(differing) > MOST_TOLD else ""
        raise SchemaError(
            f"Several files are one table if their columns and types agree, but {'; '.join(differing[:MOST_TOLD])}{more}. "
            "Write these files anew with the types of the others, or scan them apart."
        )
    return pa.schema([pa.field(name, kind) for name, (kind, _) in fields.items()])


def frame_types(footers: Sequence[Footer], schema: "pa.Schema") -> dict[str, str]:
    """The pandas types of columns that cannot be read off the cells of one chunk, as `to_frame` takes them.

    A column of whole numbers or of truth values that may hold missing cells must come out alike in the chunks that hold some and
    in those that hold none. Where the footers count the missing cells, the types are those that the whole table would get in
    memory; where they do not, a type that can hold missing cells is taken.
    """
    import pyarrow as pa

    types: dict[str, str] = {}
    for field in schema:
        told = [footer.gaps[field.name] for footer in footers if footer.rows]
        if pa.types.is_null(field.type):
            types[field.name] = "float64"
        elif True not in told and None not in told:
            continue
        elif pa.types.is_boolean(field.type):
            types[field.name] = "boolean"
        elif pa.types.is_integer(field.type):
            wide = any(field.name in footer.beyond for footer in footers)
            types[field.name] = (
                "float64" if not wide else "UInt64" if pa.types.is_unsigned_integer(field.type) else "Int64"
            )
    return types
