"""Series in .ts files and in the archive's plain text: what is read, and what is refused by its line."""

import numpy as np
import pytest

import gausscape as gs
from gausscape.datasets.ucr_text import parse_ucr
from gausscape.errors import ConfigurationError, DataError, MissingFileError

HEADER = "#made up\n@problemName two\n@timeStamps false\n@univariate true\n@classLabel true a b\n@data\n"


def written(tmp_path, text, name="two.ts"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_ts_file_gives_series_and_classes(tmp_path):
    items = gs.load_data(written(tmp_path, HEADER + "1,2,?,4:a\n\n5,6,7,8.5:b\n"))
    assert items.modality == "sequences"
    assert items.labels.tolist() == ["a", "b"]
    np.testing.assert_array_equal(np.stack(items.values), [[1, 2, np.nan, 4], [5, 6, 7, 8.5]])


def test_dimensions_become_channels_and_lengths_may_differ(tmp_path):
    items = gs.load_data(written(tmp_path, HEADER + "1,2,3:4,5,6:a\n7,8:9,10:b\n"))
    assert [each.shape for each in items.values] == [(3, 2), (2, 2)]
    assert items.values[1].tolist() == [[7, 9], [8, 10]]


def test_targets_that_are_numbers_stay_numbers(tmp_path):
    text = "@targetlabel true\n@data\n1,2:0.5\n3,4:1.5\n"
    assert gs.load_data(written(tmp_path, text)).labels.tolist() == [0.5, 1.5]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEADER + "1,2:a\n1,two:b\n", "line 8, value 2 needs a number, but is 'two'"),
        (HEADER + "1,2:c\n", "class 'c'"),
        (HEADER + "1,2:1,2,3:a\n", "2, 3 values"),
        (HEADER + "1,2:a\n1,2:1,2:a\n", "line 8 has 2 dimensions"),
        (HEADER, "at least 1 series"),
        (HEADER + ":a\n", "no value"),
        ("@classLabel maybe\n@data\n1:a\n", "line 1 needs true or false"),
        ("@timeStamps true\n@data\n(0,1):a\n", "time_column"),
        ("1,2,3\n", "@data"),
    ],
)
def test_Q2_a_bad_line_is_named(tmp_path, text, named):
    with pytest.raises(DataError, match=named.replace("(", r"\(")):
        gs.load_data(written(tmp_path, text))


@pytest.mark.parametrize("name", ["two.ts", "Two_TRAIN.txt"])
def test_Q2_a_byte_that_is_no_utf8_is_named_by_its_offset(tmp_path, name):
    beginning = HEADER.encode() if name.endswith(".ts") else b""
    lines = b"1,2,3,4,5,6,7,8,9,10\n" * 2
    text = beginning + lines + b"1,\xff\n"
    options = {} if name.endswith(".ts") else {"read": {"layout": "ucr"}}
    with pytest.raises(DataError, match=f"byte {len(beginning + lines) + 2:,} .*0xff"):
        gs.load_data(written(tmp_path, text, name), **options)


def test_Q2_letters_of_any_script_may_name_classes(tmp_path):
    names = ["עברית", "e\u0301", "\u202ertl", "🫀"]
    text = "@classLabel true\n@data\n" + "".join(f"1,2:{name}\n" for name in names)
    assert gs.load_data(written(tmp_path, text)).labels.tolist() == names


@pytest.mark.parametrize(("ending", "separator"), [(".tsv", "\t"), (".txt", ","), (".txt", "  ")])
def test_plain_text_of_the_archive_is_known_by_its_name_and_its_looks(tmp_path, ending, separator):
    rows = [[1, *np.arange(12) / 4], [2, *np.arange(12) / 8]]
    text = "".join("  " + separator.join(f"{cell:.7e}" for cell in row) + "\n" for row in rows)
    items = gs.load_data(written(tmp_path, text, f"Made_TEST{ending}"))
    assert items.labels.tolist() == [1, 2]
    np.testing.assert_allclose(np.stack(items.values), np.array(rows)[:, 1:])


def test_an_ordinary_table_of_tabs_stays_a_table(tmp_path):
    text = "a\tb\n" + "1\t2\n" * 3
    assert gs.load_data(written(tmp_path, text, "Made_TRAIN.tsv")).values.shape == (3, 2)
    numbers = "\t".join("123456789") + "\t10\n"
    assert gs.load_data(written(tmp_path, "a" + numbers * 3, "plain.tsv")).values.shape == (2, 10)
    assert len(gs.load_data(written(tmp_path, numbers * 3, "plain.tsv"), read={"layout": "ucr"})) == 3


def test_missing_values_at_the_end_shorten_a_series_and_elsewhere_stay():
    series, labels = parse_ucr(b"1,NaN,2,3,NaN,NaN\n2,1,2,3,4,5\n", "text")
    assert [len(each) for each in series] == [3, 5]
    assert np.isnan(series[0][0])
    assert labels.dtype == np.int64


@pytest.mark.parametrize(
    ("text", "named"),
    [("1,2,x\n", "line 1"), ("\n\n", "0 bytes|no series|at least 1"), ("1\n", "no value"), ("NaN,1\n", "class first")],
)
def test_plain_text_is_refused_by_its_line(text, named):
    with pytest.raises(DataError, match=named):
        parse_ucr(text.encode(), "text")


def test_a_layout_must_be_known(tmp_path):
    with pytest.raises(ConfigurationError, match="layout"):
        gs.load_data(written(tmp_path, "1,2\n", "a.txt"), read={"layout": "other"})


def test_heartbeats_are_bundled_and_the_same_every_time():
    first, again = gs.load_data("heartbeats"), gs.load_data("heartbeats")
    assert first.values.shape == (2000, 140)
    np.testing.assert_array_equal(first.values, again.values)
    assert (first.labels == "normal").mean() == 0.8
    assert len(set(first.labels.tolist())) == 4


def test_ecg5000_is_read_as_it_is_found(tmp_path):
    rng = np.random.default_rng(0)
    table = np.column_stack([rng.integers(1, 6, 500), rng.normal(size=(500, 140))])
    np.savetxt(tmp_path / "ECG5000_TRAIN.tsv", table, delimiter="\t")
    plain = gs.load_data("ecg5000", data_dir=tmp_path)
    (tmp_path / "ecg5000").mkdir()
    np.save(tmp_path / "ecg5000" / "ECG5000_TRAIN.npy", table.astype(np.float32))
    packed = gs.load_data("ecg5000", data_dir=tmp_path)
    np.testing.assert_allclose(plain.values, packed.values, rtol=1e-6)
    assert plain.labels.tolist() == packed.labels.tolist() == table[:, 0].tolist()
    with pytest.raises(MissingFileError, match="ECG5000_TEST"):
        gs.load_data("ecg5000", data_dir=tmp_path, split="test")
    np.save(tmp_path / "ECG5000_TEST.npy", table[:30])
    with pytest.warns(UserWarning, match="holds 30"):
        assert len(gs.load_data("ecg5000", data_dir=tmp_path, split="test")) == 30
    np.save(tmp_path / "ECG5000_TEST.npy", table[:30, :50])
    with pytest.raises(DataError, match="49 steps"):
        gs.load_data("ecg5000", data_dir=tmp_path, split="test")


def test_the_real_ecg5000(shared_data):
    train = gs.load_data("ecg5000", data_dir=shared_data)
    assert np.bincount(train.labels).tolist() == [0, 292, 177, 10, 19, 2]
