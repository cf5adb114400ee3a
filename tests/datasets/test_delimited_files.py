"""CSV and its kin: the right frame, or an error that names the file, the row and the byte."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gausscape.datasets import load
from gausscape.errors import DataError, SchemaError

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def written(tmp_path, content, name="t.csv"):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / name


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,x\n2,y\n",
        b"a,b\n1,x\n2,y",
        b"\xef\xbb\xbfa,b\n1,x\n2,y\n",
        b'\xef\xbb\xbf"a","b"\r\n1,x\r\n2,"y"\r\n',
        b"a,b\r\n1,x\r\n2,y\r\n",
        b"a,b\r1,x\r2,y\r",
        b"a;b\n1;x\n2;y\n",
        b"a\tb\n1\tx\n2\ty\n",
        b"a|b\n1|x\n2|y\n",
        b"\n\na,b\n1,x\n\n2,y\n\n",
    ],
)
def test_T16_the_same_table_in_every_spelling(tmp_path, content):
    frame = load(written(tmp_path, content)).values
    pd.testing.assert_frame_equal(frame, pd.DataFrame({"a": [1, 2], "b": pd.array(["x", "y"], dtype="str")}))


@pytest.mark.parametrize(
    ("content", "row", "byte"),
    [
        ("a,b\n1,caf\xe9\n2,y\n".encode("latin-1"), 2, 9),
        (b"a,b\n1,x\n2,\0\n", 3, 10),
        (b"a,b\n1,x\n2\n", 3, 8),
        (b"a,b\n1,x\n2,y,z\n", 3, 8),
        (b"a,b\r\n1,x\r\n2,y,z\r\n", 3, 10),
        (b'a,b\n1,"p\nq"\n2\n', 4, 12),
        (b'a,b\n1,x\n2,"y\n3,z\n', 3, 10),
        (b'a,b\n1,x\n2,"y', 3, 10),
        (b"a,b\n1,x\n2,\xc3", 3, 10),
        (b"\xef\xbb\xbfa,b\n1\n", 2, 7),
        (b'a,b\n"p;\n"', 2, 4),
    ],
)
def test_T16_faults_are_placed(tmp_path, content, row, byte):
    with pytest.raises(DataError, match=rf"t\.csv.*row {row} counting the header \(byte {byte}\)"):
        load(written(tmp_path, content))


def test_T16_faults_are_placed_beyond_the_first_block(tmp_path):
    lines = b"a,b\n" + b"12345,abcdefgh\n" * 200_000
    for bad in (b"1\n", b"1,\xff\n", b"1,\0\n", b'1,"open\n'):
        offset = len(lines) + (0 if bad == b"1\n" else 2)
        with pytest.raises(DataError, match=rf"row 200002 counting the header \(byte {offset:,}\)"):
            load(written(tmp_path, lines + bad + b"7,x\n"))


def test_T16_utf16_is_named(tmp_path):
    with pytest.raises(DataError, match="UTF-16"):
        load(written(tmp_path, "a,b\n1,2\n".encode("utf-16")))


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS")
def test_T16_a_gigabyte_in_one_line_is_refused_early(tmp_path):
    with open(tmp_path / "line.csv", "wb") as file:
        file.write(b"a,b\n1,2\n")
        file.truncate(1_000_000_000)  # sparse: NUL bytes
    with open(tmp_path / "text.csv", "wb") as file:
        file.write(b"a,b\n1,2\n")
        for _ in range(20):
            file.write(b"7" * 1_000_000)
    code = (
        "import resource, sys; from gausscape.datasets import load; import pyarrow.csv, pandas\n"
        "from gausscape.errors import DataError\n"
        "resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000,) * 2)\n"
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])  # kB\n"
        "before = peak()\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n        load(name)\n"
        "    except DataError as error:\n        print(error)\n"
        "assert peak() - before < 100_000\n"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, str(tmp_path / "line.csv"), str(tmp_path / "text.csv")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "NUL" in done.stdout
    assert "lines of at most 8,388,608 bytes, but one is longer, in row 3" in done.stdout


@pytest.mark.parametrize(
    ("content", "words"), [("", "0 bytes"), ("\n\n", "0 rows"), ("a\n", "0 rows"), ("a", "0 rows")]
)
def test_T1_no_rows(tmp_path, content, words):
    with pytest.raises(DataError, match=words):
        load(written(tmp_path, content))


def test_T1_no_columns_left(tmp_path):
    with pytest.raises(DataError, match="2 rows and 0 columns"):
        load(written(tmp_path, "k\na\nb\n"), id_column="k")


def test_T2_one_row_is_data(tmp_path):
    assert len(load(written(tmp_path, "a,b\n1,2\n"))) == 1


def test_T10_empty_text_missing_and_NA_stay_apart(tmp_path):
    cells = load(written(tmp_path, 'a,b\n1,\n2,""\n3,NA\n4,x\n5,null\n')).values["b"]
    assert cells.isna().tolist() == [True, False, False, False, False]
    assert cells.tolist()[1:] == ["", "NA", "x", "null"]


def test_T10_numbers_with_a_mark_of_missing_are_warned_of(tmp_path):
    with pytest.warns(UserWarning, match=r"'b' is read as text, because 2 cells hold 'NA', first in data row 2"):
        frame = load(written(tmp_path, "a,b\n1,2.5\n2,NA\n3,NA\n")).values
    assert frame["b"].tolist() == ["2.5", "NA", "NA"]


def test_T10_many_levels(tmp_path):
    content = "a\n" + "".join(f"level {number}\n" for number in range(100_000))
    assert load(written(tmp_path, content)).values["a"].nunique() == 100_000


def test_T10_quoted_empty_between_numbers_is_missing(tmp_path):
    frame = load(written(tmp_path, '"a","b"\n"1",""\n"2","3"\n')).values
    assert frame["a"].dtype == "int64"
    assert frame["b"].isna().tolist() == [True, False]


def test_T11_types_are_judged_over_all_rows(tmp_path):
    content = "a\n" + "1\n" * 300_000 + "x\n"
    cells = load(written(tmp_path, content)).values["a"]
    assert cells.iloc[0] == "1"
    assert cells.iloc[-1] == "x"


def test_T12_types(tmp_path):
    frame = load(written(tmp_path, "t,d,s,h,n\ntrue,2020-01-31,2020-01-31 12:00:00,12:30,\n,,,13:00,\n")).values
    kinds = frame.dtypes.astype(str).to_dict()
    assert kinds["t"] == "boolean"
    assert kinds["d"].startswith("datetime64")
    assert kinds["s"].startswith("datetime64")
    assert frame["h"].tolist() == ["12:30", "13:00"]
    assert kinds["n"] == "float64"


def test_T8_long_integers_stay_exact_beside_missing_cells(tmp_path):
    cells = load(written(tmp_path, "a,b\n9007199254740993,1\n,2\n")).values["a"]
    assert int(cells.iloc[0]) == 9007199254740993


def test_identifiers_and_labels_leave_the_frame(tmp_path):
    items = load(written(tmp_path, "k,x,y\n007,1.5,red\n08,2.5,blue\n"), id_column="k", label_column="y")
    assert items.ids.tolist() == ["007", "08"]
    assert load(written(tmp_path, 'k,x\n007,1\n"",2\n'), id_column="k").ids.tolist() == ["007", ""]
    assert items.labels.tolist() == ["red", "blue"]
    assert list(items.values.columns) == ["x"]


def test_identifiers_must_be_there_and_differ(tmp_path):
    path = written(tmp_path, "k,x\na,1\na,2\n")
    with pytest.raises(DataError, match="'a' stands 2 times"):
        load(path, id_column="k")
    with pytest.raises(SchemaError, match="has k, x"):
        load(path, id_column="q")
    with pytest.raises(DataError, match="missing in 1 rows, first in data row 2"):
        load(written(tmp_path, "k,x\na,1\n,2\n"), id_column="k")


def test_missing_labels_are_counted(tmp_path):
    with pytest.warns(UserWarning, match="1 of 3 objects have no label"):
        items = load(written(tmp_path, "x,y\n1,a\n2,\n3,b\n"), label_column="y")
    assert items.labels.tolist() == ["a", "", "b"]


def test_T13_repeated_and_missing_names(tmp_path):
    with pytest.raises(DataError, match="'a' stands more than once"):
        load(written(tmp_path, "a,b,a\n1,2,3\n"))
    with pytest.warns(UserWarning, match="column 1"):
        assert list(load(written(tmp_path, ",a\n0,2\n")).values.columns) == ["column 1", "a"]


def test_quotes_inside_fields_are_no_quotes(tmp_path):
    frame = load(written(tmp_path, 'a,b\n1,5" pipe\n2,"say ""hi"", twice\nover"\n')).values
    assert frame["b"].tolist() == ['5" pipe', 'say "hi", twice\nover']


def test_decimal_commas_are_warned_of(tmp_path):
    with pytest.warns(UserWarning, match="decimal comma"):
        load(written(tmp_path, "a;b\n1,5;2\n3,5;4\n"))


def test_the_frame_is_what_pandas_reads():
    path = DATA / "california-housing" / "housing.csv"
    if not path.exists():
        pytest.skip("../shared/data is not there")
    pd.testing.assert_frame_equal(load(path).values, pd.read_csv(path))


def test_blank_charges_of_telco_stay_text():
    path = DATA / "telco-churn" / "WA_Fn-UseC_-Telco-Customer-Churn.csv"
    if not path.exists():
        pytest.skip("../shared/data is not there")
    with pytest.warns(UserWarning, match="'TotalCharges' is read as text, because 11 cells hold ' '"):
        items = load(path, id_column="customerID", label_column="Churn")
    assert items.values.shape == (7043, 19)
    assert np.unique(items.labels, return_counts=True)[1].tolist() == [5174, 1869]
