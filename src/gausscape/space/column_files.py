"""Columns of equal length as the bytes of a file: Parquet with page checksums, CSV that no spreadsheet runs, NPZ."""

__all__ = ["column_bytes", "npz_bytes"]

import io
from typing import Any

import numpy as np

from gausscape.space.parquet import parquet_bytes, to_table

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def column_bytes(columns: dict[str, Any], ending: str) -> bytes:
    """Columns as .parquet or .csv.

    In CSV a text, or a column's name, that starts with =, +, -, @, a tab or a line end gets a leading ', so that a spreadsheet
    shows it and does not run it (OWASP, CSV injection).

    Args:
        columns: By name, each (n,).
        ending: ".csv", or anything else for Parquet.

    Example:
        >>> print(column_bytes({"a": np.array(["=1+1"])}, ".csv").decode().splitlines()[1])
        "'=1+1"
    """
    if ending != ".csv":
        return parquet_bytes(columns)
    import pyarrow.csv

    buffer = io.BytesIO()
    pyarrow.csv.write_csv(to_table({_inert(name): _quoted(values) for name, values in columns.items()}), buffer)
    return buffer.getvalue()


def npz_bytes(arrays: dict[str, np.ndarray]) -> bytes:
    """Arrays as .npz, compressed; texts as fixed-width texts, so that no pickle is needed."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _quoted(values: Any) -> Any:
    values = values if hasattr(values, "dtype") else np.asarray(values)
    if getattr(values.dtype, "kind", "") not in "OUT":
        return values
    return np.array([_inert(value) if isinstance(value, str) else value for value in values], dtype=object)


def _inert(text: str) -> str:
    return f"'{text}" if text[:1] in _FORMULAS else text
