"""load: every kind of source, and options that do not go with it."""

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gausscape.datasets import file_state, load
from gausscape.errors import ConfigurationError, DataError, MissingFileError, SchemaError
from gausscape.items import Items

SOURCE = str(Path(__file__).parents[2] / "src")
COLUMNS = {"k": ["a", "b"], "x": [1.0, None], "y": ["p", "q"]}


def test_items_and_arrays_pass_through():
    array = np.zeros((3, 4, 4))
    items = load(array)
    assert items.values is array
    assert load(items) is items


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_of_every_library(make):
    frame = make(COLUMNS)
    items = load(frame, id_column="k", label_column="y")
    assert type(items.values) is type(frame)
    assert items.values.shape == (2, 1)
    assert items.ids.tolist() == ["a", "b"]
    assert items.labels.tolist() == ["p", "q"]
    assert frame.shape == (2, 3)
    assert load(frame).values is frame
    with pytest.raises(SchemaError, match="'z'"):
        load(frame, id_column="z")
    with pytest.raises(DataError, match="missing in 1 rows"):
        load(frame, id_column="x")


def test_nullable_pandas_columns_may_be_labels():
    frame = pd.DataFrame({"x": [1, 2], "y": pd.array([1, None], dtype="Int64")})
    with pytest.warns(UserWarning, match="no label"):
        items = load(frame, label_column="y")
    assert np.isnan(items.labels[1])


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (np.zeros((3, 2)), {"id_column": "k"}),
        (np.zeros((3, 2)), {"resize": 8}),
        (pd.DataFrame({"a": [1]}), {"skip_bad": True}),
        ("digits", {"label_column": "y"}),
        (Items.of(np.zeros(3)), {"split": "test"}),
        ("-", {"resize": 8}),
    ],
)
def test_options_that_would_do_nothing_are_refused(source, options):
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        load(source, **options)


def test_options_that_do_not_go_with_a_file_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.ones(3))
    (tmp_path / "a.csv").write_text("a\n1\n")
    for name, options in (("a.npy", {"label_column": "y"}), ("a.csv", {"resize": 4}), (".", {"id_column": "k"})):
        with pytest.raises(ConfigurationError):
            load(tmp_path / name, **options)


@pytest.mark.parametrize(
    "values", [np.zeros((0, 8, 8)), pd.DataFrame({"a": []}), pd.DataFrame(index=[0, 1]), pl.DataFrame(), []]
)
def test_T1_nothing_is_refused(values):
    with pytest.raises(DataError, match="at least 1 object"):
        load(values)


def test_things_without_a_length_are_refused():
    for thing in (3, np.array(3), (x for x in range(3))):
        with pytest.raises(DataError):
            load(thing)


@pytest.mark.parametrize(
    ("name", "words"), [("t.xlsx", "should end in one of"), ("t.csv.gz", "Unpack"), ("t", "nothing")]
)
def test_unknown_endings_are_refused(tmp_path, name, words):
    (tmp_path / name).write_text("a\n1\n")
    with pytest.raises(DataError, match=words):
        load(tmp_path / name)


def test_dead_links_and_pipes(tmp_path):
    (tmp_path / "dead.csv").symlink_to(tmp_path / "nowhere")
    with pytest.raises(MissingFileError, match="link"):
        load(tmp_path / "dead.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataError, match="neither"):
        load(tmp_path / "pipe.csv")


def test_names_with_spaces_and_other_letters(tmp_path):
    path = tmp_path / "große Daten 数据.csv"
    path.write_text("a\n1\n")
    assert load(str(path)).name == path.name


def standard_input(content, **options):
    code = (
        "import sys; from gausscape.datasets import load; from gausscape.errors import GausscapeError\n"
        f"try:\n    items = load('-', **{options!r}); print(items.values.to_dict('list'), items.ids.tolist())\n"
        "except GausscapeError as error:\n    print(type(error).__name__, error)\n"
    )
    environment = {"PYTHONPATH": SOURCE}
    return subprocess.run(
        [sys.executable, "-c", code], input=content, capture_output=True, env=environment, check=True
    ).stdout.decode()


@pytest.mark.parametrize(
    "content", [b"k,a\nx,1\ny,2\n", b'\n{"k": "x", "a": 1}\n{"k": "y", "a": 2}\n', b"\xef\xbb\xbfk;a\nx;1\ny;2\n"]
)
def test_standard_input_is_csv_or_json_lines(content):
    assert standard_input(content, id_column="k").strip() == "{'a': [1, 2]} ['x', 'y']"


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "0 rows"), (b"PAR1....", ".parquet"), (b"a,b\n1\n", "standard input: row 2"), (b'{"a": 1}\n{', "row 2")],
)
def test_standard_input_that_cannot_be_used(content, words):
    told = standard_input(content)
    assert told.startswith("DataError")
    assert words in told


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.npy", "t.parquet", "t.arrow"])
def test_T18_a_file_that_changes_meanwhile_is_refused(tmp_path, monkeypatch, name):
    path = tmp_path / name
    frame = pd.DataFrame({"a": np.arange(1000)})
    {
        ".csv": lambda: frame.to_csv(path, index=False),
        ".jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        ".npy": lambda: np.save(path, np.arange(1000)),
        ".parquet": lambda: frame.to_parquet(path),
        ".arrow": lambda: frame.to_feather(path),
    }[path.suffix]()
    assert len(load(path)) == 1000
    real, calls = file_state.fingerprint, []

    def touched(which):
        state = real(which)
        calls.append(which)
        if len(calls) == 1:
            with open(path, "ab") as file:
                file.write(b"\n")
        return state

    monkeypatch.setattr(file_state, "fingerprint", touched)
    with pytest.raises(DataError, match=f"{name} changed while it was read"):
        load(path)


def test_T18_a_writer_beside_the_reader(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,2\n" * 500_000)
    stop = threading.Event()

    def append():
        while not stop.is_set():
            with open(path, "a") as file:
                file.write("3,4\n")
            time.sleep(0.001)

    writer = threading.Thread(target=append)
    writer.start()
    try:
        with pytest.raises(DataError, match="changed while it was read"):
            load(path)
    finally:
        stop.set()
        writer.join()


def test_load_reads_standard_input_only_when_piped(monkeypatch):
    class Terminal(io.StringIO):
        buffer = io.BytesIO()

        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    with pytest.raises(ConfigurationError, match="terminal"):
        load("-")
