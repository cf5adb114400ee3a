"""From an Arrow table to the pandas frame that the readers of tables give, by one rule for all of them."""

__all__ = ["refuse_repeated_names", "to_frame"]

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gausscape.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def to_frame(table: "pa.Table", name: str) -> "pd.DataFrame":
    """A frame whose missing cells stay missing and whose numbers stay exact.

    Whole numbers become int64; with missing cells float64 as pandas does, but Int64 where a value beyond 2^53 would
    be rounded. Truth values are bool, or boolean with missing cells; dates are datetime64; text is str; a column
    of nothing but missing cells is float64. An unnamed pandas index that was stored with the table is left away.

    Args:
        table: What was read.
        name: The file, for messages.

    Raises:
        DataError: If two columns share a name.

    Example:
        >>> import pyarrow as pa
        >>> to_frame(pa.table({"a": [1, None], "b": ["x", ""]}), "example").dtypes.astype(str).to_dict()
        {'a': 'float64', 'b': 'str'}
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # its functions are made at run time, unseen by type checkers

    refuse_repeated_names(table.column_names, name)
    table = table.drop_columns(
        [column for column in table.column_names if re.fullmatch(r"__index_level_\d+__", column)]
    )
    exact: dict[str, str] = {}
    for column in table.column_names:
        cells = table[column]
        if pa.types.is_null(cells.type):
            exact[column] = "float64"
        elif cells.null_count and pa.types.is_boolean(cells.type):
            exact[column] = "boolean"
        elif cells.null_count and pa.types.is_integer(cells.type) and cells.null_count < len(cells):
            bounds = pc.min_max(cells).as_py()
            if max(abs(bounds["min"]), abs(bounds["max"])) > 2**53:
                exact[column] = "UInt64" if pa.types.is_unsigned_integer(cells.type) else "Int64"
    frame = table.to_pandas(ignore_metadata=True, date_as_object=False)
    for column, dtype in exact.items():
        cells = table[column].to_pylist() if dtype != "float64" else [float("nan")] * len(table)
        frame[column] = pd.array(cells, dtype=dtype)
    return frame


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
