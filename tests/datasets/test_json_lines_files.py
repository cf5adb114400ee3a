"""JSON lines: one object a line, or an error that names the row and the byte."""

import pytest

from gausscape.datasets import load
from gausscape.errors import DataError


def written(tmp_path, content, name="t.jsonl"):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / name


def test_keys_become_columns(tmp_path):
    frame = load(written(tmp_path, '{"a": 1, "b": "x"}\r\n\n{"a": 2.5}\n{"b": "", "c": true}\n')).values
    assert frame["a"].tolist()[:2] == [1.0, 2.5]
    assert frame["a"].isna().tolist() == [False, False, True]
    assert frame["b"].isna().tolist() == [False, True, False]
    assert frame["b"].iloc[2] == ""
    assert frame["c"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"a": ', r"row 2 \(byte 9\)"),
        ("{a: 1}", r"row 2 \(byte 9\)"),
        ("[1]", "list"),
        ("7", "int"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ('{"a": "1"}', r"row 1 holds a number and row 2 \(byte 9\) a text"),
        ('{"a": true}', "truth value"),
        ('{"a": [1]}', "list"),
        ('{"a": {"b": 1}}', "dict"),
        ('{"a": 99999999999999999999999}', "64 bits"),
        ("[" * 100_000, r"row 2 \(byte 9\)"),
        ('{"a": ' + "9" * 5000 + "}", r"row 2 \(byte 9\)"),
    ],
)
def test_T11_faults_are_placed(tmp_path, line, words):
    with pytest.raises(DataError, match=words):
        load(written(tmp_path, '{"a": 1}\n' + line + "\n"))


def test_T16_bytes_that_are_no_text(tmp_path):
    with pytest.raises(DataError, match="0xE9"):
        load(written(tmp_path, b'{"a": "\xe9"}\n'))
    assert load(written(tmp_path, b'\xef\xbb\xbf{"a": 1}\n')).values["a"].tolist() == [1]


def test_an_array_of_objects_is_told_how_to_become_lines(tmp_path):
    with pytest.raises(DataError, match="jq"):
        load(written(tmp_path, '[{"a": 1}]\n', "t.json"))


def test_T16_an_endless_line_is_refused(tmp_path):
    with pytest.raises(DataError, match="lines of at most"):
        load(written(tmp_path, '{"a": "' + "x" * (9 << 20)))
