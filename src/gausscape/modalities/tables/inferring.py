"""What does a table hold? Columns are learned one by one; identifiers, leaks and broken constraints are told by name."""

__all__ = ["MOST_CELLS", "Inferred", "infer_table"]

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gausscape.errors import ConfigurationError, DataError, SchemaError
from gausscape.modalities.tables.constraints import Constraints
from gausscape.modalities.tables.dependencies import dependencies
from gausscape.modalities.tables.frames import Column, Library, find_library
from gausscape.modalities.tables.identifiers import IdentifierWarning, identifier_reason
from gausscape.modalities.tables.options import TableOptions
from gausscape.modalities.tables.schema import TableColumn

FEWEST_ROWS = 10
MOST_CELLS = 20_000
MOST_BROKEN = 0.5
MOST_TOLD = 8


@dataclass(frozen=True)
class Inferred:
    """What was learned of a table: the arguments of its modality."""

    library: type[Library]
    columns: tuple[TableColumn, ...]
    ignored: tuple[Any, ...]
    notes: tuple[str, ...]
    constraints: Constraints
    immutable: tuple[Any, ...]


def infer_table(values: Any, options: Mapping[str, Any]) -> Inferred:
    """Learn what each column is.

    Raises:
        DataError: If the table cannot be used; the message names the column and row.
        SchemaError: If it is not what a schema declares.
        ConfigurationError: If an option is unknown or names no column, or hardly any row obeys a constraint.
    """
    library = find_library(values)
    rows = len(values)
    # A table may be a million columns wide: refuse before anything is made for each of them.
    if options.get("columns") is None:
        refuse_too_wide(values.shape[1], rows, columns=values.shape[1])
    names = library.names(values)
    if rows < FEWEST_ROWS:
        raise DataError(f"{rows} rows in the table; need >= {FEWEST_ROWS}. Collect more rows.")
    if not names:
        raise DataError("0 columns in the table; need >= 1. Pass a table with named columns.")
    asked = TableOptions.read(options, names)
    refuse_too_wide(len(asked.wanted), rows, columns=len(asked.wanted))
    read = [library.read(values, name) for name in asked.wanted]
    read, named, warned = _without_identifiers(read, asked)
    columns = tuple(_learned(column, asked) for column in read)
    for text in warned:  # not before: text with too many levels is refused, which says the same and more
        warnings.warn(text, IdentifierWarning, stacklevel=3)
    refuse_too_wide(sum(part.cells for column in columns for part in column.parts), rows, columns=len(columns))
    if not any(column.parts for column in columns):
        raise DataError(
            f"A table needs at least one column that varies, but all {rows:,} rows are the same in {len(columns)} columns. "
            "Check that the right file was read."
        )
    _refuse_undeclared(columns, asked)
    constraints = Constraints.of(asked.constraints, columns, places=asked.places)
    kept = {column.name for column in read}
    ignored = tuple(name for name in names if name not in kept)
    notes = [note for column in columns if (note := column.kind.note(column.name))]
    notes += [f"column {column.name!r}: missing values are modelled" for column in columns if column.gaps and column.parts]
    notes += named + _of_leaks(read, columns) + _of_constraints(constraints, read, rows)
    if ignored:
        notes.append(f"ignored columns: {', '.join(repr(name) for name in ignored)}")
    held = tuple(name for name in asked.immutable if name in kept)
    return Inferred(library, columns, ignored, tuple(notes), constraints, held)


def _learned(column: Column, asked: TableOptions) -> TableColumn:
    try:
        return TableColumn.infer(column, asked.requests[column.name])
    except DataError as error:
        declared = asked.declared.get(column.name)
        if declared is None or declared.kind == "auto":
            raise
        raise type(error)(f"{error} The schema declares it {declared.kind}{declared.place}.") from error


def _without_identifiers(read: list[Column], asked: TableOptions) -> tuple[list[Column], list[str], list[str]]:
    """The columns to use, notes on those that look like identifiers, and warnings of those that are used all the same."""
    kept, notes, said = [], [], []
    for column in read:
        request = asked.requests[column.name]
        stated = request.numeric or request.categorical or request.order or column.name in asked.declared
        reason = None if stated or asked.identifiers == "keep" else identifier_reason(column)
        if reason is None:
            kept.append(column)
            continue
        looks = f"Column {column.name!r} looks like an identifier ({reason})"
        if asked.identifiers == "refuse":
            raise DataError(
                f"{looks}, and identifiers='refuse' asks for none. Leave it out with ignore=[{column.name!r}], or pass "
                "identifiers='ignore' to set all such columns aside."
            )
        if asked.identifiers == "ignore":
            notes.append(f"column {column.name!r}: set aside as an identifier ({reason})")
            continue
        kept.append(column)
        notes.append(f"column {column.name!r}: looks like an identifier ({reason}), but is fitted like any other")
        said.append(
            f"{looks}, and is fitted like any other: its values would be learned as if they meant something. Leave it out with "
            f"ignore=[{column.name!r}] or identifiers='ignore', or pass identifiers='keep' if it is none."
        )
    if not kept:
        raise DataError(
            "A table needs at least one column that is no identifier, but all were set aside. Pass identifiers='keep', or "
            "another table."
        )
    return kept, notes, said


def _refuse_undeclared(columns: Sequence[TableColumn], asked: TableOptions) -> None:
    """Refuse columns that are not what a schema declares, all at once."""
    differing = [
        said
        for column in columns
        if column.name in asked.declared and (said := asked.declared[column.name].refuse_other(column))
    ]
    if differing:
        more = f"; and {len(differing) - MOST_TOLD} more" if len(differing) > MOST_TOLD else ""
        raise SchemaError(
            f"The table needs to be what its schema declares, but column {'; column '.join(differing[:MOST_TOLD])}{more}. "
            "Correct the schema (kind: auto takes any), or the data."
        )


def _of_leaks(read: Sequence[Column], columns: Sequence[TableColumn]) -> list[str]:
    varying = {column.name for column in columns if column.kind.parts}
    found = [str(link) for link in dependencies([column for column in read if column.name in varying])]
    more = [f"{len(found) - MOST_TOLD} more pairs of columns determine each other"] if len(found) > MOST_TOLD else []
    return found[:MOST_TOLD] + more


def _of_constraints(constraints: Constraints, read: Sequence[Column], rows: int) -> list[str]:
    """How many of the fitting rows break each constraint."""
    notes = []
    for text, broken in (constraints.broken_columns(read) if constraints.parts else {}).items():
        count = int(broken.sum())
        if count > MOST_BROKEN * rows:
            raise ConfigurationError(
                f"A constraint needs to hold in most rows, but {text!r} is broken by {count:,} of {rows:,}. "
                "Is it the right way round? Correct it, or drop it."
            )
        said = f"broken by {count:,} of {rows:,} rows of the data" if count else "held by all rows of the data"
        notes.append(f"constraint {text}: {said}; every generated row holds it")
    return notes


def refuse_too_wide(cells: int, rows: int, *, columns: int) -> None:
    """Refuse a table whose fit would need more memory than is sane, with the figure."""
    if cells <= MOST_CELLS:
        return
    # First and last layers with gradients and two moments (width 128), a batch of 128 with its activations, the data.
    size = 4 * (cells * (3 * 128 * 4 + 128 * 8) + cells * rows * 2)
    raise DataError(
        f"A table may have at most {MOST_CELLS:,} cells an object, but {columns:,} columns make {cells:,} or more: a fit "
        f"would need about {size / 1e9:,.1f} GB. Choose columns with columns=[...], or group levels first."
    )
