"""Take the identifier and label columns out of a frame, whatever library made it."""

__all__ = ["is_frame", "refuse_absent", "split_columns"]

import difflib
import warnings
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from gausscape.errors import DataError, SchemaError
from gausscape.items import Items


def is_frame(values: Any) -> bool:
    """Whether these values are a table with named columns; imports nothing."""
    return not isinstance(values, np.ndarray) and hasattr(values, "columns") and hasattr(values, "shape")


def split_columns(frame: Any, name: str, *, id_column: str | None = None, label_column: str | None = None) -> Items:
    """The frame without those two columns, with ids and labels from them.

    Args:
        frame: A pandas, polars or pyarrow frame; not changed.
        name: Where it comes from, for messages.
        id_column: Column whose cells, as text, name the objects; None to number them from 0.
        label_column: Column that holds each object's class or group.

    Raises:
        SchemaError: If a column is not there.
        DataError: If an id is missing or stands twice.

    Example:
        >>> import pandas as pd
        >>> items = split_columns(pd.DataFrame({"k": ["a", "b"], "x": [1.0, 2.0]}), "example", id_column="k")
        >>> items.ids.tolist(), list(items.values.columns)
        (['a', 'b'], ['x'])
    """
    taken = [column for column in (id_column, label_column) if column is not None]
    if not taken:
        return Items.of(frame, name=name)
    import narwhals as nw

    wrapped = nw.from_native(frame, eager_only=True)
    refuse_absent(taken, wrapped.columns, name)
    ids = np.arange(len(wrapped)).astype(str)
    if id_column is not None:
        cells = wrapped[id_column]
        refuse_missing_ids(cells, id_column, name)
        ids = np.asarray([str(cell) for cell in cells.to_list()], dtype=str)
        refuse_repeated_ids(ids, id_column, name)
    labels = None if label_column is None else label_array(wrapped[label_column], label_column, name)
    rest = wrapped.drop(*dict.fromkeys(taken)).to_native()
    return Items(rest, ids, labels, name=name)


def refuse_absent(wanted: Iterable[str], columns: Collection[Any], name: str) -> None:
    """Refuse a column that a table has not; close names are told.

    Raises:
        SchemaError: If one is not there.
    """
    known = [str(column) for column in columns]
    for column in wanted:
        if column not in known:
            shown = ", ".join(known[:20]) + (" ..." if len(known) > 20 else "")
            near = difflib.get_close_matches(str(column), known, n=2)
            hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else "Give one of these."
            raise SchemaError(f"{name} should have a column {column!r}, but has {shown}. {hint}")


def refuse_repeated_ids(ids: np.ndarray, column: str, name: str) -> None:
    values, counts = np.unique(ids, return_counts=True)
    if len(values) < len(ids):
        raise DataError(
            f"{name}: every object needs an id of its own, but {str(values[counts.argmax()])!r} stands {counts.max():,} times in "
            f"column {column!r}. Choose another id column, or none to number the rows. If the rows are measurements along time, "
            "say so with the reading option time_column=..."
        )


def refuse_missing_ids(cells: Any, column: str, name: str) -> None:
    missing = missing_cells(cells)
    if missing.any():
        raise DataError(
            f"{name}: every object needs an id, but column {column!r} is missing in {missing.sum():,} rows, first in "
            f"data row {int(missing.argmax()) + 1}. Fill them, or choose another column."
        )


def missing_cells(cells: Any) -> np.ndarray:
    missing = np.array(cells.is_null().to_list(), dtype=bool)
    if cells.dtype.is_float():  # polars and pyarrow keep NaN apart from null
        missing |= np.array([flag is True for flag in cells.is_nan().to_list()], dtype=bool)
    return missing


def label_array(cells: Any, column: str, name: str) -> np.ndarray:
    """Labels as one plain array; a missing label becomes "" among texts and NaN among numbers, under a warning."""
    missing = missing_cells(cells)
    listed = cells.to_list()
    if missing.any():
        warnings.warn(
            f"{name}: {missing.sum():,} of {len(missing):,} objects have no label in column {column!r}.", stacklevel=4
        )
        known = [cell for cell, absent in zip(listed, missing, strict=True) if not absent]
        blank = float("nan") if known and all(isinstance(cell, (int, float)) for cell in known) else ""
        listed = [blank if absent else cell for cell, absent in zip(listed, missing, strict=True)]
    if any(isinstance(cell, str) for cell in listed):
        return np.asarray([str(cell) for cell in listed], dtype=str)
    labels = np.asarray(listed)
    return labels if labels.dtype != object else np.asarray([str(cell) for cell in listed], dtype=str)
