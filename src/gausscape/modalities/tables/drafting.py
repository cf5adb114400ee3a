"""A first schema of a table that may not be fit to be fitted yet: what stands in the way is set aside, and said."""

__all__ = ["draft_schema"]

from collections.abc import Mapping
from typing import Any

from gausscape.errors import DataError
from gausscape.modalities.tables.column_kind import Request
from gausscape.modalities.tables.frames import find_library
from gausscape.modalities.tables.inferring import infer_table
from gausscape.modalities.tables.schema import TableColumn
from gausscape.modalities.tables.schema_file import schema_text


def draft_schema(values: Any, options: Mapping[str, Any]) -> str:
    """The schema that a table would have, as YAML, for somebody to edit.

    Identifiers, and columns that cannot be used as they are, are drafted as `kind: ignore`; text that is numbers but for blanks
    as numeric; columns without any value as empty. Each is told in a comment.

    Args:
        values: The table.
        options: Of a table (see `TableModality.infer`).

    Raises:
        DataError: If the table as a whole cannot be used.
        ConfigurationError: If an option is unknown, or names no column.

    Example:
        >>> import pandas
        >>> frame = pandas.DataFrame({"x": [1.5, 2.5, None, 4.0] * 5, "gone": [None] * 20})
        >>> print(draft_schema(frame, {}))
        # Kinds of columns, and what generated rows obey; edit it, and fit with modality: {name: tables, schema: THIS FILE}.
        # column 'gone': set aside, because it holds missing values only; given back empty
        # column 'x': missing values are modelled
        columns:
          x: {kind: numeric}  # numbers, 98% of them from 1.5 to 4; some missing
          gone: {kind: empty}
        constraints: []
        others: refuse
        <BLANKLINE>
    """
    library = find_library(values)
    numeric, aside, empty, notes = list(options.get("numeric") or []), list(options.get("ignore") or []), False, []
    stated = {*numeric, *aside, *(options.get("categorical") or []), *(options.get("ordinal") or {})}
    for name in library.names(values) if options.get("schema") is None else []:
        if name in stated or options.get("columns") is not None:
            continue
        try:
            column = library.read(values, name)
            trial = TableColumn.infer(column, Request(drop_empty=True))
            empty = empty or trial.kind.name == "empty"
        except DataError as problem:
            try:
                TableColumn.infer(library.read(values, name), Request(numeric=True))
            except DataError:
                aside.append(name)
                notes.append(f"ignored: {str(problem).partition('. ')[0]}")
            else:
                numeric.append(name)
    found = {"identifiers": "ignore", **options, "numeric": numeric}
    if options.get("columns") is None:
        found["ignore"] = aside
    if empty:
        found["drop_empty"] = True
    inferred = infer_table(values, found)
    return schema_text(
        inferred.columns,
        ignored=inferred.ignored,
        constraints=inferred.constraints.texts,
        immutable=inferred.immutable,
        notes=[*notes, *inferred.notes],
    )
