"""Files as streams: growing, cut, rotated, torn, and with lines that are no events."""

import io
import os
import threading
import time

import pytest

from gausscape.datasets.streams import Rule, follow
from gausscape.datasets.streams.sources.delimited_events import DelimitedEvents
from gausscape.datasets.streams.sources.file_lines import FileLines
from gausscape.datasets.streams.sources.json_events import JsonEvents
from gausscape.errors import ConfigurationError, DamagedFileError, DataError, MissingFileError

TEXT = "time: {column: at, unit: s}\nwindow: {every: 100s}\nobjects: {graph: {source: a, target: b, weight: count}}\n"
RULE = Rule.parse(TEXT)
DROP = Rule.parse(TEXT + "bad: drop\n")
HOLD = Rule.parse(TEXT + "end: hold\n")


@pytest.fixture
def table(tmp_path):
    """From rows to a file of them."""

    def make(*rows: str, name: str = "events.csv", head: str = "at,a,b") -> object:
        path = tmp_path / name
        path.write_text("\n".join([head, *rows]) + "\n")
        return path

    return make


def tailing(path, source=DelimitedEvents):
    return source(FileLines(path, poll=0.01))


def test_a_growing_file_waits_for_whole_lines(table):
    path = table("0,1,2", "50,1,2")
    steps = ["150,", "1,2\n", "200,1,2\n3", "00,1,2\n401,1,2\n"]

    def grow():
        for step in steps:
            time.sleep(0.05)
            with open(path, "a") as file:
                file.write(step)

    writer = threading.Thread(target=grow)
    writer.start()
    windows = follow(tailing(path), HOLD, wait=True)
    found = [next(windows) for _ in range(4)]
    writer.join()
    windows.close()
    assert [(w.number, w.events) for w in found] == [(0, 2), (1, 1), (2, 1), (3, 1)]
    rest = follow(tailing(path), HOLD, cursor=found[1].cursor, wait=True)
    assert [next(rest).number, next(rest).number] == [2, 3]
    rest.close()


def test_a_growing_file_of_json_lines_too(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text('{"at": 0, "a": "x", "b": "y"}\n{"at": 120, "a": "x"')
    windows = follow(tailing(path, JsonEvents), RULE, wait=True)

    def finish():
        with open(path, "a") as file:
            file.write(', "b": "z"}\n')

    timer = threading.Timer(0.1, finish)
    timer.start()
    assert next(windows).events == 1
    timer.join()
    windows.close()


def test_a_file_that_was_cut_or_replaced_is_refused_at_going_on(table):
    path = table(*(f"{at},1,2" for at in range(0, 500, 10)))
    second = list(follow(path, RULE))[1]
    whole = path.read_text()
    path.write_text(whole[:60])
    with pytest.raises(
        DataError, match=r"should have the \d+ bytes that were read before, but has 60: it was cut or replaced"
    ):
        list(follow(path, RULE, cursor=second.cursor))
    path.write_text(whole.replace("10,1,2", "10,1,3", 1))
    with pytest.raises(DataError, match="begins otherwise: it was replaced"):
        list(follow(path, RULE, cursor=second.cursor))
    path.write_text(whole)  # a copy with the same beginning is as good
    assert len(list(follow(path, RULE, cursor=second.cursor))) == 3


def test_a_line_that_was_half_written_at_the_end_is_noticed_at_going_on(table):
    path = table("0,1,2", "50,1,2")
    path.write_text(path.read_text() + "170,1,2")
    first = next(follow(path, RULE))
    path.write_text(path.read_text() + "3\n180,1,2\n")
    with pytest.raises(DataError, match="still being written"):
        list(follow(path, RULE, cursor=first.cursor))


def test_a_file_cut_while_it_is_followed_is_refused(table):
    path = table("0,1,2", "150,1,2", "250,1,2")
    windows = follow(tailing(path), HOLD, wait=True)
    assert next(windows).number == 0
    threading.Timer(0.1, lambda: os.truncate(path, 10)).start()
    assert next(windows).number == 1
    with pytest.raises(DataError, match=r"should only grow, but was cut from \d+ to 10 bytes"):
        next(windows)


def test_a_rotated_file_is_read_on_and_says_so(table, tmp_path):
    path = table("0,1,2", "150,1,2")
    windows = follow(tailing(path), HOLD, wait=True)
    assert next(windows).number == 0

    def rotate():
        with open(path, "a") as file:
            file.write("160,1,2\n")
        os.rename(path, tmp_path / "events.csv.1")
        time.sleep(0.05)
        table("170,1,2", "250,1,2", "350,1,2")

    timer = threading.Timer(0.05, rotate)
    timer.start()
    with pytest.warns(UserWarning, match=r"the new file of that name is read on \(rotated\)"):
        window = next(windows)
    timer.join()
    assert (window.number, window.events) == (1, 3)
    assert next(windows).number == 2
    windows.close()
    rest = follow(path, HOLD, cursor=window.cursor)
    assert [w.number for w in rest] == [2]


def test_quotes_separators_and_line_ends_are_as_csv_has_them(tmp_path):
    path = tmp_path / "events.tsv"
    path.write_bytes('\ufeffat\ta\tb\r\n0\t"x\ny"\t"say ""hi"""\r\n\r\n120\tu\tv\r\n'.encode())
    first, second = follow(path, RULE)
    assert list(first.items.values[0].edges) == [("x\ny", 'say "hi"')]
    (rest,) = follow(path, RULE, cursor=first.cursor)
    assert rest.items.ids.tolist() == second.items.ids.tolist() == ["1970-01-01T00:01:40"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["0,1,2", "5,1"], r"row 2 \(before byte 17\), needs 3 cells like the first line, but has 2"),
        (["0,1,2", "5,1,2,3"], r"row 2 \(before byte 21\), needs 3 cells like the first line, but has 4"),
        (["0,1,2", "x,1,2"], r"row 2 .* needs a number of s since 1970 in 'at', but has 'x'"),
        (["0,1,2", "5,,2"], r"row 2 .* needs a value in 'a', but has none"),
    ],
)
def test_bad_rows_are_named_or_counted(table, rows, message):
    path = table(*rows, "20,1,2")
    with pytest.raises(DataError, match=message):
        list(follow(path, RULE))
    (window,) = follow(path, DROP)
    assert (window.events, window.bad) == (2, 1)


def test_a_quote_that_is_never_closed_is_named_by_its_row(table):
    with pytest.raises(
        DataError, match=r"row 2 \(from byte 13\) does not: unexpected end of data. Is a quote not closed"
    ):
        list(follow(table("0,1,2", '5,"1,2', "7,1,2"), RULE))


def test_lines_that_are_no_json_objects_are_named_or_counted(tmp_path):
    path = tmp_path / "events.jsonl"
    lines = [b'{"at": 0, "a": "x", "b": "y"}', b"garbage", b"[1]", b'{"at": 1, "a": {}, "b": 1}', b'{"at": "\xff"}']
    path.write_bytes(b"\n".join([*lines, b'{"at": NaN, "a": 1, "b": 1}', b'{"at": 2, "a": "x", "b": 7}']) + b"\n")
    (window,) = follow(path, DROP)
    assert (window.events, window.bad) == (2, 5)
    with pytest.raises(
        DataError, match=r"events.jsonl, row 2 \(before byte 38\), needs to be one JSON object, but is not"
    ):
        list(follow(path, RULE))


def test_plain_text_is_read_by_a_pattern(tmp_path):
    path = tmp_path / "server.log"
    path.write_text("0 ann>bob hello\n\nnoise\n7 bob>cem\n")
    text = "lines: '(?P<at>\\d+) (?P<a>\\w+)>(?P<b>\\w+)'\n" + TEXT
    (window,) = follow(path, Rule.parse(text + "bad: drop\n"))
    assert list(window.items.values[0].edges) == [("ann", "bob"), ("bob", "cem")]
    with pytest.raises(DataError, match=r"row 2 .* needs to match the pattern in 'lines', but is 'noise'"):
        list(follow(path, Rule.parse(text)))
    with pytest.raises(DataError, match=r"The pattern in 'lines' for .* needs a column 'b'"):
        list(follow(path, Rule.parse(text.replace("<b>", "<bb>"))))
    with pytest.raises(ConfigurationError, match="reads plain text, but the source is a list"):
        follow([], Rule.parse(text))


def test_parquet_that_is_cut_or_replaced_is_refused(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "events.parquet"
    made = {"at": list(range(0, 400, 10)), "a": ["x"] * 40, "b": ["y"] * 40}
    pq.write_table(pa.table(made), path, row_group_size=7)
    first = next(follow(path, RULE))
    assert first.events == 10
    pq.write_table(pa.table({**made, "b": ["z"] * 40}), path)
    with pytest.raises(DataError, match="should be the file that 11 rows were read from, but is another"):
        list(follow(path, RULE, cursor=first.cursor))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DamagedFileError, match="should be a whole Parquet file"):
        list(follow(path, RULE))


def test_moments_of_parquet_are_times_and_numbers_name_nodes(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "events.parquet"
    at = pa.array([0, 86_400_000_000_001], pa.timestamp("ns"))
    pq.write_table(pa.table({"at": at, "a": [6, 7], "b": pa.array(["x", "y"]).dictionary_encode()}), path)
    rule = Rule.parse("{time: at, window: {every: 1d}, objects: {graph: {source: a, target: b}}}")
    assert [list(w.items.values[0].edges) for w in follow(path, rule)] == [[("6", "x")], [("7", "y")]]


def test_what_cannot_be_followed_is_refused_by_name(tmp_path):
    with pytest.raises(MissingFileError, match=r"'gone\.csv' is not there"):
        list(follow("gone.csv", RULE))
    (tmp_path / "a.xyz").write_text("x")
    with pytest.raises(DataError, match=r"ends in '.xyz'.*say 'lines' in the rule"):
        follow(tmp_path / "a.xyz", RULE)
    with pytest.raises(DataError, match="has none"):
        follow(tmp_path, RULE)
    with pytest.raises(ConfigurationError, match="a int came"):
        follow(3, RULE)
    (tmp_path / "latin.csv").write_bytes(b"at,a,b\n0,\xe4,b\n")
    with pytest.raises(DataError, match=r"the line before byte 13 has the byte 0xE4"):
        list(follow(tmp_path / "latin.csv", RULE))
    (tmp_path / "twice.csv").write_bytes(b"at,a,a\n")
    with pytest.raises(DataError, match="names 'a' again"):
        list(follow(tmp_path / "twice.csv", RULE))
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(DataError, match="should begin with a line that names the columns"):
        list(follow(tmp_path / "empty.csv", RULE))


@pytest.mark.parametrize(
    "content", [b"at,a,b\n0,1,2\n", b'\n {"at": 0, "a": 1, "b": 2}\n'[1:], b"\xef\xbb\xbfat,a,b\n0,1,2\n"]
)
def test_standard_input_is_json_lines_or_csv_by_its_first_byte(monkeypatch, content):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    (window,) = follow("-", RULE)
    assert list(window.items.values[0].edges) == [("1", "2")]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content[:-3])))
    with pytest.raises(DataError, match=r"should bring the \d+ bytes that were read before once more, but ended"):
        list(follow("-?replay", RULE, cursor=window.cursor))


def test_a_terminal_is_no_stream(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", terminal)
    with pytest.raises(ConfigurationError, match="but that is a terminal"):
        follow("-", RULE)


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    for module in ("byte_lines", "file_lines"):
        monkeypatch.setattr(f"gausscape.datasets.streams.sources.{module}.LONGEST_LINE", 50)
    (tmp_path / "events.jsonl").write_text('{"at": 0, "a": 1, "b": 2}\n' + "x" * 200)
    with pytest.raises(DataError, match="lines of at most 50 bytes, but the one at byte 26 is longer"):
        list(follow(tmp_path / "events.jsonl", RULE))
