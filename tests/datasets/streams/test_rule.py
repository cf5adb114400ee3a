"""A rule: its text is checked entry by entry, and says the same when it comes back."""

import json
import textwrap

import pytest

import gausscape.datasets.streams.rule as documented
from gausscape.datasets.streams import Rule, follow
from gausscape.errors import ConfigurationError, MissingFileError

GRAPH = "objects: {graph: {source: a, target: b}}\n"
DAYS = "time: at\nwindow: {every: 1d}\n"


def examples() -> list[str]:
    """The rules in the docstring of the module."""
    blocks, current = [], []
    for line in [*str(documented.__doc__).splitlines(), "end"]:
        if line.startswith("    ") or (current and not line):
            current.append(line)
        elif current:
            blocks.append(textwrap.dedent("\n".join(current)))
            current = []
    return [block for block in blocks if "objects:" in block]


def test_the_documented_rules_are_rules_and_come_back_from_json():
    assert len(examples()) == 3
    for text in examples():
        rule = Rule.parse(text)
        again = Rule.from_document(json.loads(json.dumps(rule.document())))
        assert again == rule
        assert again.digest == rule.digest


def test_the_digest_tells_rules_apart_but_not_their_spelling(tmp_path):
    rule = Rule.parse(DAYS + GRAPH)
    (tmp_path / "rule.yaml").write_text("# a comment\n" + GRAPH + DAYS)
    assert Rule.read(tmp_path / "rule.yaml").digest == rule.digest
    assert Rule.parse(DAYS.replace("1d", "2d") + GRAPH).digest != rule.digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DAYS + GRAPH + "lat: {wait: 1h}", r"has no entry 'lat' on line 4. Did you mean 'late'"),
        ("time: at\nwindow: {evry: 1d}\n" + GRAPH, r"'window', has no entry 'evry' on line 2. Did you mean 'every'"),
        (
            "time: at\nwindow: {every: 1}\n" + GRAPH,
            r"needs a length of time with its unit .* as 'every', but got 1 on line 2",
        ),
        ("time: at\nwindow: {every: 0d}\n" + GRAPH, r"a length of time above 0 as 'every'"),
        ("time: at\nwindow: {every: 1d, length: 1h}\n" + GRAPH, r"at least the time in 'every'"),
        ("time: at\nwindow: {count: 0}\n" + GRAPH, r"a whole number of at least 1 as 'count', but got 0"),
        ("time: at\nwindow: {count: 9}\n" + GRAPH, r"windows of counts need no time"),
        ("window: {every: 1d}\n" + GRAPH, r"needs the entry 'time', but has 'window', 'objects'"),
        (DAYS, r"needs the entry 'objects'"),
        (DAYS + "objects: {grph: {source: a}}", r"'objects', has no entry 'grph' on line 3. Did you mean 'graph'"),
        (DAYS + "objects: {graph: {source: a}}", r"'objects: graph', needs the entry 'target'"),
        (DAYS + "objects: {graph: 3}", r"'objects: graph', needs entries .* but holds 3"),
        (DAYS + "objects: {rows: {columns: {}}}", r"names of columns with their statistics"),
        (DAYS + "objects: {rows: {columns: {n: {summ: x}}}}", r"has no entry 'summ' on line 3. Did you mean 'sum'"),
        (DAYS + "objects: {rows: {columns: {n: total}}}", r"'count' or one of sum, mean"),
        (DAYS + "objects: {rows: {columns: {n: {share: x}}}}", r"a column and a value, such as"),
        (
            DAYS + "objects: {graph: {source: a, target: b, weight: {mode: x}}}",
            r"a statistic that is a number as 'weight'",
        ),
        (DAYS + "objects: {graph: {source: a, target: b, split: parts}}", r"one of none, components, neighbourhoods"),
        (DAYS + "objects: {graph: {source: a, target: b, by: c, split: components}}", r"no split beside 'by'"),
        (DAYS + GRAPH + "lines: '(oops'", r"a regular expression \(.*\) as 'lines'"),
        (DAYS + GRAPH + "lines: 'x+'", r"a pattern with named groups"),
        (DAYS + GRAPH + "fields: {t: {template: m, join: [a, b]}}", r"exactly one of 'template', 'pattern' and 'join'"),
        (DAYS.replace("at", "{column: at, unit: minutes}") + GRAPH, r"one of s, ms, us as 'unit'"),
        (DAYS.replace("at", "{column: at, zone: Mars}") + GRAPH, r"the name of a time zone"),
        (DAYS.replace("at", "{column: at, columns: [a]}") + GRAPH, r"one column as 'column' or several"),
        (DAYS + GRAPH + "bad: ignore", r"one of refuse, drop as 'bad', but got 'ignore' on line 4"),
        (DAYS + GRAPH + "x: !!python/name:os.system", r"uses a YAML tag on line 4"),
    ],
)
def test_wrong_entries_are_named_with_their_line(text, message):
    with pytest.raises(ConfigurationError, match=message):
        Rule.parse(text)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingFileError, match=r"gone.yaml"):
        Rule.read(tmp_path / "gone.yaml")


def test_fields_are_made_in_order_of_other_fields_and_columns():
    text = "window: {count: 9}\nobjects: {rows: {columns: {kind: {last: kind}, who: {last: who}}}}\n"
    fields = "fields: {head: {pattern: '^[^:]*', from: message}, kind: {template: head}, who: {join: [a, b]}}\n"
    rule = Rule.parse(text + fields)
    assert set(rule.needed) == {"message", "a", "b"}
    (window,) = follow([{"message": "disk 7: full 9", "a": "x", "b": "y"}], rule)
    assert window.items.values.to_dict("records") == [{"kind": "disk <*>", "who": "x y"}]
    wrong = "fields: {kind: {template: head}, head: {pattern: '^[^:]*', from: message}}\n"
    with pytest.raises(ConfigurationError, match="The field 'kind' needs columns of the source or fields above it"):
        list(follow([], Rule.parse(text.replace(", who: {last: who}", "") + wrong)))
