"""From an Arrow table to the pandas frame that the readers of tables give, by one rule for all of them."""

__all__ = ["EXACT", "refuse_repeated_names", "to_frame"]

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gausscape.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

EXACT = 2**53
"""Largest whole number up to which float64 rounds none."""


def to_frame(table: "pa.Table", name: str, *, types: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """A frame whose missing cells stay missing and whose numbers stay exact.

    Whole numbers become int64; with missing cells float64 as pandas does, but Int64 where a value beyond 2^53 would
    be rounded. Truth values are bool, or boolean with missing cells; dates are datetime64; text is str; a column
    of nothing but missing cells is float64. An unnamed pandas index that was stored with the table is left away.

    Args:
        table: What was read.
        name: The file, for messages.
        types: By column the pandas type to take ("float64", "boolean", "Int64", "UInt64") where it is known beforehand, and not
            to be read off these cells: a part of a table must come out as the other parts do.

    Raises:
        DataError: If two columns share a name.

    Example:
        >>> import pyarrow as pa
        >>> to_frame(pa.table({"a": [1, None], "b": ["x", ""]}), "example").dtypes.astype(str).to_dict()
        {'a': 'float64', 'b': 'str'}
    """
    import pandas as pd
    import pyarrow as pa

    refuse_repeated_names(table.column_names, name)
    table = table.drop_columns(
        [column for column in table.column_names if re.fullmatch(r"__index_level_\d+__", column)]
    )
    exact = (
        _types_of_cells(table) if types is None else {name: types[name] for name in table.column_names if name in types}
    )
    frame = table.to_pandas(ignore_metadata=True, date_as_object=False)
    for column, dtype in exact.items():
        cells = table[column]
        if pa.types.is_null(cells.type):
            frame[column] = float("nan")
        elif dtype == "float64":
            frame[column] = cells.cast("float64").to_numpy()
        else:
            frame[column] = pd.array(cells.to_pylist(), dtype=dtype)
    return frame


def _types_of_cells(table: "pa.Table") -> dict[str, str]:
    """The pandas types of those columns for which pandas' own choice would not do."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # its functions are made at run time, unseen by type checkers
    exact: dict[str, str] = {}
    for column in table.column_names:
        cells = table[column]
        if pa.types.is_null(cells.type):
            exact[column] = "float64"
        elif cells.null_count and pa.types.is_boolean(cells.type):
            exact[column] = "boolean"
        elif cells.null_count and pa.types.is_integer(cells.type) and cells.null_count < len(cells):
            bounds = pc.min_max(cells).as_py()
            if max(abs(bounds["min"]), abs(bounds["max"])) > EXACT:
                exact[column] = "UInt64" if pa.types.is_unsigned_integer(cells.type) else "Int64"
    return exact


def refuse_repeated_names(columns: Sequence[str], name: str) -> None:
    """Refuse two columns of one name.

    Raises:
        DataError: If there are such.
    """
    repeated = [column for column, times in Counter(columns).items() if times > 1]
    if repeated:
        shown = ", ".join(map(repr, repeated[:5]))
        raise DataError(
            f"{name}: every column needs a name of its own, but {shown} stands more than once. Rename all but one."
        )
