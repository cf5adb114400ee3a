"""Parquet in chunks: the objects and types of load_data, whatever the row groups, and refusals that name the place."""

import datetime
import os
import threading

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gausscape.datasets import load, scan
from gausscape.datasets.scanning import scan_if_large
from gausscape.errors import DamagedFileError, DataError, GausscapeError, MissingFileError, SchemaError

ROWS = 500
LATE = np.arange(ROWS) == ROWS - 1  # the last row alone, far behind the first chunk


def table(rows=ROWS):
    random = np.random.default_rng(0)
    return pa.table(
        {
            "number": pa.array(random.normal(size=rows), mask=LATE),
            "whole": pa.array(random.integers(0, 9, rows)),
            "gapped": pa.array(random.integers(0, 9, rows), mask=LATE),
            "long": pa.array(random.integers(0, 9, rows) + np.where(np.arange(rows) == 3, 2**60 + 1, 0), mask=LATE),
            "flag": pa.array(random.random(rows) < 0.5, mask=LATE),
            "sure": pa.array(random.random(rows) < 0.5),
            "text": pa.array(random.choice(["a", "b", ""], rows), mask=np.arange(rows) < 100),
            "day": pa.array(
                [datetime.date(2020, 1, 1) + datetime.timedelta(days=int(k)) for k in range(rows)], mask=LATE
            ),
            "nothing": pa.nulls(rows),
        }
    )


def whole(chunks):
    read = [chunks.read(number) for number in range(len(chunks.sizes))]
    for items in read:
        assert items.values.dtypes.equals(read[0].values.dtypes)
    return pd.concat([items.values for items in read], ignore_index=True), [
        name for items in read for name in items.ids.tolist()
    ]


@pytest.mark.parametrize("group", [7, 64, 1000])
@pytest.mark.parametrize("chunk", [64, 1000])
def test_one_file_gives_what_load_data_gives(tmp_path, group, chunk):
    pq.write_table(table(), tmp_path / "t.parquet", row_group_size=group)
    items = load(tmp_path / "t.parquet")
    frame, ids = whole(scan(tmp_path / "t.parquet", chunk=chunk))
    pd.testing.assert_frame_equal(frame, items.values)
    assert ids == items.ids.tolist()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(1, 17), st.integers(1, 60))
def test_chunks_do_not_depend_on_row_groups(tmp_path_factory, groups, chunk, start):
    folder = tmp_path_factory.mktemp("groups")
    rows = sum(groups)
    numbers = pa.table({"x": np.arange(rows)})
    with pq.ParquetWriter(folder / "t.parquet", numbers.schema) as writer:
        at = 0
        for group in groups:
            writer.write_table(numbers.slice(at, group))
            at += group
    chunks = scan(folder / "t.parquet", chunk=chunk)
    order = [(start * 7 + k * 5) % len(chunks.sizes) for k in range(len(chunks.sizes))]
    for number in order:
        expected = np.arange(number * chunk, min(rows, (number + 1) * chunk))
        assert chunks.read(number).values["x"].tolist() == expected.tolist()


def test_types_without_statistics_can_hold_missing_cells(tmp_path):
    pq.write_table(table(), tmp_path / "t.parquet", write_statistics=False)
    frame, _ = whole(scan(tmp_path / "t.parquet", chunk=64))
    assert frame["whole"].dtype == "Int64"
    assert frame["flag"].dtype == "boolean"
    assert int(frame["long"].iloc[3]) > 2**60


def test_dictionaries_come_as_their_values(tmp_path):
    with pq.ParquetWriter(tmp_path / "t.parquet", pa.schema([("c", pa.dictionary(pa.int32(), pa.string()))])) as writer:
        for levels in (["a", "b"], ["c"], ["b", "a"]):
            writer.write_table(pa.table({"c": pa.array(levels * 20).dictionary_encode()}))
    frame, _ = whole(scan(tmp_path / "t.parquet", chunk=30))
    assert frame["c"].tolist() == ["a", "b"] * 20 + ["c"] * 20 + ["b", "a"] * 20


def test_id_and_label_columns_leave_the_table(tmp_path):
    pq.write_table(
        pa.table({"k": [f"n{i}" for i in range(100)], "y": [0, 1] * 50, "x": np.arange(100.0)}), tmp_path / "t.parquet"
    )
    chunks = scan(tmp_path / "t.parquet", chunk=64, id_column="k", label_column="y")
    items = chunks.read(1)
    assert items.ids[0] == "n64"
    assert items.labels is not None
    assert items.labels[:2].tolist() == [0, 1]
    assert list(items.values.columns) == ["x"]
    with pytest.raises(SchemaError, match="'name'"):
        scan(tmp_path / "t.parquet", id_column="name")


def write_folder(path):
    path.mkdir()
    for name, start in (("b.parquet", 20), ("a.parquet", 0), ("c/d.pq", 30)):
        (path / name).parent.mkdir(exist_ok=True)
        pq.write_table(pa.table({"x": np.arange(start, start + 20)[: 10 if "d" in name else 20]}), path / name)
    for name in ("_common.parquet", ".hidden.parquet", "notes.txt"):
        (path / name).write_text("no table")
    (path / "_delta").mkdir()
    (path / "_delta" / "x.parquet").write_text("no table")
    return path


def test_a_folder_is_read_in_the_order_of_names_without_hidden_ones(tmp_path):
    frame, ids = whole(scan(write_folder(tmp_path / "rows"), chunk=25))
    assert frame["x"].tolist() == [*range(40), *range(30, 40)]
    assert (ids[0], ids[20], ids[-1]) == ("a.parquet:0", "b.parquet:0", "c/d.pq:9")


def test_a_column_without_type_in_one_file_takes_that_of_the_others(tmp_path):
    (tmp_path / "rows").mkdir()
    pq.write_table(pa.table({"x": pa.nulls(3)}), tmp_path / "rows" / "1.parquet")
    pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "rows" / "2.parquet")
    frame, _ = whole(scan(tmp_path / "rows", chunk=2))
    assert frame["x"].dtype == "float64"
    assert frame["x"].isna().tolist() == [True, True, True, False, False]


def test_T13_files_that_differ_are_refused_by_file_column_and_types(tmp_path):
    (tmp_path / "rows").mkdir()
    pq.write_table(pa.table({"x": [1], "y": ["a"], "z": [1.0]}), tmp_path / "rows" / "1.parquet")
    pq.write_table(pa.table({"y": ["a"], "x": [0.5], "w": [1]}), tmp_path / "rows" / "2.parquet")
    with pytest.raises(SchemaError) as told:
        scan(tmp_path / "rows")
    for part in (
        "'x' is double in 2.parquet and int64 in 1.parquet",
        "2.parquet has no column 'z'",
        "2.parquet has a column 'w'",
    ):
        assert part in str(told.value)


def test_T13_columns_in_another_order_are_the_same_table(tmp_path):
    (tmp_path / "rows").mkdir()
    pq.write_table(pa.table({"x": [1], "y": ["a"]}), tmp_path / "rows" / "1.parquet")
    pq.write_table(pa.table({"y": ["b"], "x": [2]}), tmp_path / "rows" / "2.parquet")
    frame, _ = whole(scan(tmp_path / "rows"))
    assert frame.to_dict("list") == {"x": [1, 2], "y": ["a", "b"]}


def test_T1_no_rows_no_files(tmp_path):
    pq.write_table(table().slice(0, 0), tmp_path / "empty.parquet")
    with pytest.raises(DataError, match="0 rows"):
        scan(tmp_path / "empty.parquet")
    with pytest.raises(MissingFileError):
        scan(tmp_path / "nowhere.parquet")
    (tmp_path / "bare").mkdir()
    with pytest.raises(GausscapeError, match="bare"):
        scan(tmp_path / "bare")


def read_all(path):
    return whole(scan(path, chunk=64))


def test_T17_cut_files_are_named(tmp_path):
    pq.write_table(table(), tmp_path / "t.parquet")
    data = (tmp_path / "t.parquet").read_bytes()
    for length in [0, 1, 4, 8, *range(9, len(data), 199), len(data) - 1]:
        (tmp_path / "cut.parquet").write_bytes(data[:length])
        with pytest.raises(GausscapeError, match=r"cut\.parquet"):
            read_all(tmp_path / "cut.parquet")


def test_T17_flipped_bits_are_found_by_check_sums(tmp_path):
    random = np.random.default_rng(1)
    pages = pa.table({"a": random.normal(size=2000), "b": random.integers(0, 10**9, 2000)})
    pq.write_table(pages, tmp_path / "t.parquet", write_page_checksum=True, write_statistics=False, row_group_size=500)
    data, (truth, _) = (tmp_path / "t.parquet").read_bytes(), read_all(tmp_path / "t.parquet")
    named = []
    for _ in range(150):
        altered = bytearray(data)
        altered[random.integers(len(data))] ^= 1 << random.integers(8)
        (tmp_path / "f.parquet").write_bytes(altered)
        try:
            frame, _ = read_all(tmp_path / "f.parquet")
        except GausscapeError as error:
            named.append("f.parquet" in str(error))
        else:
            assert frame.equals(truth)
    assert all(named)


def test_T17_a_damaged_chunk_is_named_by_its_rows(tmp_path):
    pq.write_table(
        pa.table({"a": np.random.default_rng(0).normal(size=4000)}),
        tmp_path / "t.parquet",
        row_group_size=1000,
        write_page_checksum=True,
    )
    place = pq.ParquetFile(tmp_path / "t.parquet").metadata.row_group(2).column(0).data_page_offset + 500
    data = bytearray((tmp_path / "t.parquet").read_bytes())
    data[place] ^= 1
    (tmp_path / "t.parquet").write_bytes(data)
    chunks = scan(tmp_path / "t.parquet", chunk=1000)
    chunks.read(0)
    with pytest.raises(DamagedFileError, match="2,000 to 2,999"):
        chunks.read(2)
    chunks.read(3)


@pytest.mark.parametrize("change", ["longer", "same length", "replaced", "gone"])
def test_T18_a_file_that_changes_is_refused(tmp_path, change):
    path = tmp_path / "t.parquet"
    pq.write_table(table(), path, row_group_size=50)
    chunks = scan(path, chunk=64)
    chunks.read(0)
    data = path.read_bytes()
    if change == "longer":
        with open(path, "ab") as file:
            file.write(b"more")
    elif change == "same length":
        path.write_bytes(data)
        os.utime(path, ns=(1, 1))
    elif change == "replaced":
        (tmp_path / "other").write_bytes(data)
        os.replace(tmp_path / "other", path)
    else:
        path.unlink()
    with pytest.raises(GausscapeError, match=r"t\.parquet"):
        chunks.read(1)


def test_several_threads_read_the_same(tmp_path):
    pq.write_table(table(), tmp_path / "t.parquet", row_group_size=100)
    chunks = scan(tmp_path / "t.parquet", chunk=64)
    expected = {number: chunks.read(number).values for number in range(len(chunks.sizes))}
    wrong = []

    def read(seed):
        for number in np.random.default_rng(seed).permutation(len(chunks.sizes)).tolist():
            if not chunks.read(number).values.equals(expected[number]):
                wrong.append(number)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_wide_rows_make_smaller_chunks(tmp_path):
    pq.write_table(
        pa.table({f"x{k}": np.arange(3000.0) for k in range(300)}), tmp_path / "t.parquet", use_dictionary=False
    )
    assert max(scan(tmp_path / "t.parquet", chunk=10**6).sizes) == 3000
    chunks = scan(tmp_path / "t.parquet", chunk=1000)
    assert chunks.sizes == (1000, 1000, 1000)


def test_digests_tell_sources_apart(tmp_path):
    for name, rows in (("a", 100), ("b", 200)):
        pq.write_table(table().slice(0, rows), tmp_path / f"{name}.parquet")
    a, b = scan(tmp_path / "a.parquet"), scan(tmp_path / "b.parquet")
    assert a.digest != b.digest
    assert a.digest != scan(tmp_path / "a.parquet", chunk=10).digest
    assert a.digest == scan(tmp_path / "a.parquet").digest


def test_small_files_and_other_sources_are_read_at_once(tmp_path):
    pq.write_table(table(), tmp_path / "t.parquet")
    assert scan_if_large(str(tmp_path / "t.parquet")) is None
    assert scan_if_large("digits") is None
    assert scan_if_large(str(tmp_path)) is not None
    assert len(scan("digits", chunk=1000).read(1)) == 797
