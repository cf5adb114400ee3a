"""Parquet and Arrow files: equal values, or a refusal that names the file."""

import datetime
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from gausscape.datasets import load
from gausscape.errors import DamagedFileError, DataError, GausscapeError

TABLE = pa.table(
    {
        "number": pa.array([1.5, None, 3.0]),
        "whole": pa.array([1, 2, None]),
        "long": pa.array([2**60 + 1, None, 3]),
        "text": pa.array(["a", "", None]),
        "flag": pa.array([True, None, False]),
        "day": pa.array([datetime.date(2020, 1, 1), None, datetime.date(9999, 12, 31)]),
        "level": pa.array(["p", "q", "p"]).dictionary_encode(),
        "nothing": pa.nulls(3),
    }
)


def write(path, table=TABLE, **options):
    if path.suffix == ".parquet":
        pq.write_table(table, path, **options)
    else:
        pa.feather.write_feather(table, path, **options)
    return path


@pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.arrow"])
def test_T12_types_come_through(tmp_path, name):
    frame = load(write(tmp_path / name)).values
    assert frame["number"].dtype == "float64"
    assert frame["whole"].isna().tolist() == [False, False, True]
    assert int(frame["long"].iloc[0]) == 2**60 + 1
    assert frame["text"].tolist()[:2] == ["a", ""]
    assert frame["flag"].dtype == "boolean"
    assert frame["day"].iloc[2].year == 9999
    assert isinstance(frame["level"].dtype, pd.CategoricalDtype)
    assert frame["nothing"].isna().all()


@pytest.mark.parametrize("name", ["t.parquet", "t.feather"])
def test_T17_every_cut_is_refused(tmp_path, name):
    whole = write(tmp_path / name).read_bytes()
    for length in [*range(0, len(whole), 7), len(whole) - 1]:
        (tmp_path / f"cut-{name}").write_bytes(whole[:length])
        with pytest.raises(GausscapeError, match=f"cut-{name}"):
            load(tmp_path / f"cut-{name}")


def flipped_outcomes(tmp_path, whole, name, truth, draws):
    random = np.random.default_rng(0)
    silent = 0
    for _ in range(draws):
        altered = bytearray(whole)
        altered[random.integers(len(whole))] ^= 1 << random.integers(8)
        (tmp_path / name).write_bytes(altered)
        try:
            frame = load(tmp_path / name).values
        except GausscapeError:
            continue
        silent += not frame.equals(truth)
    return silent


def test_T17_flipped_bits_are_found_where_pages_have_check_sums(tmp_path):
    random = np.random.default_rng(1)
    table = pa.table({"a": random.normal(size=2000), "b": random.integers(0, 10**9, 2000)})
    path = write(tmp_path / "t.parquet", table, write_page_checksum=True, write_statistics=False)
    assert flipped_outcomes(tmp_path, path.read_bytes(), "f.parquet", load(path).values, 400) == 0


def test_T17_flipped_bits_elsewhere_never_escape_as_other_errors(tmp_path):
    for name in ("t.parquet", "t.arrow"):
        whole = write(tmp_path / name).read_bytes()
        flipped_outcomes(tmp_path, whole, f"f{name}", load(tmp_path / name).values, 300)


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow"])
def test_T17_wrong_magic_and_nothing(tmp_path, name):
    (tmp_path / name).write_bytes(b"not a table at all, only words")
    with pytest.raises(DamagedFileError, match=name):
        load(tmp_path / name)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(DataError, match="0 bytes"):
        load(tmp_path / name)


def test_S2_content_of_another_format_is_refused(tmp_path):
    stream = io.BytesIO()
    pq.write_table(TABLE, stream)
    (tmp_path / "t.csv").write_bytes(stream.getvalue())
    with pytest.raises(DataError, match=r"begins like a \.parquet file"):
        load(tmp_path / "t.csv")


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow"])
def test_T1_no_rows_and_no_columns(tmp_path, name):
    with pytest.raises(DataError, match="0 rows"):
        load(write(tmp_path / name, TABLE.slice(0, 0)))
    with pytest.raises(DataError, match="0 columns"):
        load(write(tmp_path / name, pa.table({})))


def test_T13_repeated_names(tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(GausscapeError, match="'a'"):
        load(write(tmp_path / "t.arrow", table))


def test_an_unnamed_index_of_pandas_is_left_away(tmp_path):
    pd.DataFrame({"a": [1, 2]}, index=[7, 9]).to_parquet(tmp_path / "t.parquet")
    assert list(load(tmp_path / "t.parquet").values.columns) == ["a"]


def test_S7_a_small_file_that_declares_a_huge_table_is_refused(tmp_path, monkeypatch):
    from gausscape.datasets import memory

    path = write(tmp_path / "t.parquet", pa.table({"a": pa.array(np.zeros(2_000_000, np.int64))}))
    assert path.stat().st_size < 20_000
    monkeypatch.setattr(memory, "memory_limit", lambda: 1_000_000)
    with pytest.raises(DataError, match="would need"):
        load(path)
