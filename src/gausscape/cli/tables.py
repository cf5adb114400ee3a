"""Scores and samples as files: Parquet with page checksums, CSV that no spreadsheet runs, NPZ."""

__all__ = ["write_samples", "write_table"]

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscape.errors import ConfigurationError

if TYPE_CHECKING:
    from gausscape.space.space import Samples


def write_table(columns: dict[str, Any], path: Path) -> None:
    """Write columns of equal length as .parquet or .csv, durably.

    In CSV a text that starts with =, +, -, @, a tab or a line end gets a leading ', so that a spreadsheet shows it
    and does not run it (row S8).
    """
    from gausscape.space.durable import write_bytes
    from gausscape.space.parquet import parquet_bytes, to_table

    if path.suffix.lower() != ".csv":
        write_bytes(path, parquet_bytes(columns))
        return
    import pyarrow.csv

    buffer = io.BytesIO()
    pyarrow.csv.write_csv(to_table({name: _quoted(values) for name, values in columns.items()}), buffer)
    write_bytes(path, buffer.getvalue())


def _quoted(values: Any) -> Any:
    values = values if hasattr(values, "dtype") else np.asarray(values)
    if getattr(values.dtype, "kind", "") not in "OUT":
        return values
    return np.array(
        [f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value for value in values],
        dtype=object,
    )


def write_samples(samples: "Samples", path: Path) -> None:
    """Write generated objects with what may be said of them: arrays as .npz, frames as .parquet or .csv."""
    from gausscape.space.durable import write_bytes

    told = {
        "exceedance": samples.exceedance.probability,
        "lower": samples.exceedance.lower,
        "upper": samples.exceedance.upper,
        "support": samples.support.astype(str),
        "nearest": samples.nearest.astype(str),
    }
    if isinstance(samples.items, np.ndarray):
        if path.suffix.lower() != ".npz":
            raise ConfigurationError(f"Arrays need a name that ends in .npz (or .png for a picture), but got {path}.")
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, items=samples.items, codes=samples.codes, **told)
        write_bytes(path, buffer.getvalue())
        return
    if path.suffix.lower() == ".npz":
        raise ConfigurationError(f"Rows of a table need a name that ends in .parquet or .csv, but got {path}.")
    import narwhals

    frame = narwhals.from_native(samples.items, eager_only=True).to_pandas()
    write_table({name: frame[name].to_numpy() for name in frame.columns} | {f"_{name}": values for name, values in told.items()}, path)
