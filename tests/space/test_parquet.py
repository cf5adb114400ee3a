"""Columns as Parquet: they come back equal, and altered files are refused without the memory that they claim."""

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from gausscape.errors import DamagedFileError
from gausscape.space import parquet
from gausscape.space.parquet import parquet_bytes, parse_parquet

MOST_BYTES = 100_000_000


def test_columns_come_back_equal_over_several_batches(monkeypatch):
    monkeypatch.setattr(parquet, "BATCH", 7)
    columns = {"a": np.arange(20.0), "b": np.arange(20), "c": np.array([f"t{k}" for k in range(20)])}
    back = parse_parquet("x", parquet_bytes(columns))
    assert list(back) == list(columns)
    for name, values in columns.items():
        np.testing.assert_array_equal(back[name], values)
    assert parse_parquet("x", parquet_bytes({"a": np.zeros(0)}))["a"].shape == (0,)


def test_S3_numbers_that_claim_too_much_are_refused_in_little_memory():
    data = parquet_bytes({"a": np.arange(9.0)})
    before, refused = pyarrow.default_memory_pool().max_memory(), 0
    for place in range(4, len(data) - 4):
        altered = data[:place] + b"\xf0" * 4 + data[place + 4 :]
        try:
            back = parse_parquet("x", altered)
        except DamagedFileError:
            refused += 1
        else:
            assert all(len(values) == 9 for values in back.values()) or "a" not in back
    assert refused > len(data) / 4
    assert pyarrow.default_memory_pool().max_memory() <= max(before, MOST_BYTES)


def test_rows_that_are_declared_and_missing_are_refused(monkeypatch):
    data = parquet_bytes({"a": np.arange(9.0)})
    read = pyarrow.parquet.ParquetFile.iter_batches
    monkeypatch.setattr(pyarrow.parquet.ParquetFile, "iter_batches", lambda *given: (part[:8] for part in read(*given)))
    with pytest.raises(DamagedFileError, match="9 rows are declared, and 8 came"):
        parse_parquet("x", data)
