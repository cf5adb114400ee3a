"""Columns as Parquet whose pages carry checksums, so that a flipped bit is noticed, and back."""

__all__ = ["parquet_bytes", "parse_parquet", "to_table"]

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscape.errors import DamagedFileError

if TYPE_CHECKING:
    import pyarrow

BATCH = 65_536


def to_table(columns: dict[str, Any]) -> "pyarrow.Table":
    """Columns of equal length as an Arrow table; texts and mixed objects go by their Python values.

    Example:
        >>> to_table({"a": np.array([1.0, 2.0]), "b": np.array(["x", "y"])}).num_rows
        2
    """
    import pyarrow

    arrays = {name: values if hasattr(values, "dtype") else np.asarray(values) for name, values in columns.items()}
    return pyarrow.table(
        {
            name: pyarrow.array(values.tolist() if getattr(values.dtype, "kind", "") in "OUT" else values)
            for name, values in arrays.items()
        }
    )


def parquet_bytes(columns: dict[str, Any]) -> bytes:
    """A Parquet file of these columns."""
    import pyarrow.parquet

    buffer = io.BytesIO()
    pyarrow.parquet.write_table(to_table(columns), buffer, write_page_checksum=True)
    return buffer.getvalue()


def parse_parquet(name: str, data: bytes) -> dict[str, np.ndarray]:
    """The columns of such a file; texts come as arrays of text.

    Raises:
        DamagedFileError: If it is no Parquet, or a checksum does not hold.

    Example:
        >>> parse_parquet("a", parquet_bytes({"b": np.array(["x", "y"])}))["b"].tolist()
        ['x', 'y']
    """
    import pyarrow
    import pyarrow.parquet

    try:
        # Batch by batch: a whole table is made room for by the rows that the file claims, a batch by those that are there.
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data), page_checksum_verification=True)
        table = pyarrow.Table.from_batches(list(file.iter_batches(BATCH)), schema=file.schema_arrow)
        if table.num_rows != file.metadata.num_rows:
            raise ValueError(f"{file.metadata.num_rows:,} rows are declared, and {table.num_rows:,} came")
        columns = {column: table[column].to_numpy() for column in table.column_names}
    except (pyarrow.ArrowException, OSError, ValueError) as problem:
        raise DamagedFileError(
            f"{name} needs to be a whole Parquet file, but reading it failed: {problem}. Restore a copy."
        ) from problem
    return {key: values.astype(str) if values.dtype == object else values for key, values in columns.items()}
