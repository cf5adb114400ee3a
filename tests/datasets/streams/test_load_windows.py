"""All windows of a source at once, through load_data; and rules of real streams."""

import csv
import textwrap
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

import gausscape as gs
import gausscape.datasets.streams.rule as documented
from gausscape.datasets.streams import Rule, follow
from gausscape.errors import ConfigurationError, DataError

TRUST = """
time: {column: TIME_SINCE_EPOCH, unit: s}
window: {every: 1w}
objects: {graph: {source: FROM_NODE, target: TO_NODE, weight: {mean: TRUST_INDEX}}}
label: {share: {TRUST_INDEX: "-10"}}
"""
BLUE_GENE = """
time: {column: Timestamp, unit: s}
window: {every: 1d}
objects: {follows: {item: EventTemplate, within: Node, node_type: Level}}
label: {any: {Label: {not: "-"}}}
"""
FILE_SYSTEM = """
time: {columns: [Date, Time], format: "%y%m%d %H%M%S"}
window: {every: 1h}
late: {wait: 1m}
fields: {block: {pattern: '(blk_-?\\d+)', from: Content}}
objects: {follows: {item: EventTemplate, within: block, largest: 50}}
"""
SECURE_SHELL = """
lines: '^(?P<at>\\w+ +\\d+ [\\d:]+) \\S+ sshd\\[(?P<pid>\\d+)\\]: (?P<message>.*)$'
time: {column: at, format: "%b %d %H:%M:%S", year: 2008}
window: {every: 30m}
fields: {template: {template: message}}
objects: {follows: {item: template, within: pid}}
label: {share: {template: "Connection closed by <*> [preauth]"}}
"""


def test_a_file_becomes_the_objects_of_its_windows(tmp_path):
    (tmp_path / "events.csv").write_text("at,a,b\n2024-05-01,x,y\n2024-05-01,x,z\n2024-05-03,y,z\n")
    (tmp_path / "rule.yaml").write_text("{time: at, window: {every: 1d}, objects: {graph: {source: a, target: b}}}")
    items = gs.load_data(tmp_path / "events.csv", read={"window": str(tmp_path / "rule.yaml")})
    assert items.ids.tolist() == ["2024-05-01T00:00", "2024-05-03T00:00"]
    assert [graph.number_of_edges() for graph in items.values] == [2, 1]
    rows = {"time": "at", "window": {"every": "1d"}, "objects": {"rows": {"by": "a", "columns": {"n": "count"}}}}
    items = gs.load_data(tmp_path / "events.csv", read={"window": rows})
    assert items.ids.tolist() == ["2024-05-01T00:00/x", "2024-05-03T00:00/y"]
    assert items.values["n"].tolist() == [2, 1]


def test_a_stream_without_an_object_and_a_rule_that_is_none_are_refused(tmp_path):
    (tmp_path / "events.csv").write_text("at,a,b\n")
    rule = {"time": "at", "window": {"every": "1d"}, "objects": {"graph": {"source": "a", "target": "b"}}}
    with pytest.raises(DataError, match="should make at least one object, but made 0 windows"):
        gs.load_data(tmp_path / "events.csv", read={"window": rule})
    with pytest.raises(ConfigurationError, match="needs the path of a rule"):
        gs.load_data(tmp_path / "events.csv", read={"window": 3})


def test_weeks_of_trust_hold_the_ratings_of_their_weeks(shared_data):
    path = shared_data / "bitcoin-otc" / "soc-sign-bitcoinotc.csv"
    items = gs.load_data(path, read={"window": Rule.parse(TRUST)})
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    weeks = Counter()
    with open(path) as file:
        for row in csv.DictReader(file):
            moment = epoch + timedelta(seconds=float(row["TIME_SINCE_EPOCH"]))
            weeks[f"{(moment - timedelta(days=moment.weekday())).date()}T00:00"] += 1
    assert set(items.ids.tolist()) == set(weeks)
    # Nobody rates anybody twice in this set, so edges are ratings.
    assert [graph.number_of_edges() for graph in items.values] == [weeks[name] for name in items.ids.tolist()]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("BGL_2k.log_structured.csv", BLUE_GENE),
        ("HDFS_2k.log_structured.csv", FILE_SYSTEM),
        ("OpenSSH_2k.log", SECURE_SHELL),
    ],
)
def test_logs_become_graphs_of_what_followed_what(shared_data, file, text):
    windows = list(follow(shared_data / "loghub-2k" / file, Rule.parse(text)))
    assert sum(window.events for window in windows) == 2000
    assert sum(window.late + window.bad for window in windows) == 0
    assert max(graph.number_of_nodes() for window in windows for graph in window.items.values) > 3


def test_the_documented_rule_reads_a_raw_log(shared_data):
    text = str(documented.__doc__).split("lines: ", 1)[1].split("\n\n", 1)[0]
    windows = list(follow(shared_data / "loghub-2k" / "BGL_2k.log", Rule.parse(textwrap.dedent("    lines: " + text))))
    assert [window.events for window in windows] == [200] * 10
    levels = {level for w in windows for _, level in w.items.values[0].nodes(data="type")}
    assert levels <= {"INFO", "WARNING", "ERROR", "SEVERE", "FATAL", "FAILURE"}
    assert sum(window.items.labels[0] for window in windows) > 5


def test_days_with_an_alert_are_labelled(shared_data):
    path = shared_data / "loghub-2k" / "BGL_2k.log_structured.csv"
    with open(path) as file:
        days = {int(row["Timestamp"]) // 86_400 for row in csv.DictReader(file) if row["Label"] != "-"}
    windows = follow(path, Rule.parse(BLUE_GENE))
    assert {w.number for w in windows if w.items.labels[0] == 1} == days
