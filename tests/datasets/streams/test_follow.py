"""follow: a cut run that goes on gives what an unbroken one gives, and windows hold what a plain count says."""

import csv
import io
import json
from collections import Counter

import numpy as np
import pytest

from gausscape.datasets.streams import Rule, follow
from gausscape.datasets.streams.sources.delimited_events import DelimitedEvents
from gausscape.datasets.streams.sources.json_events import JsonEvents
from gausscape.datasets.streams.sources.pipe_lines import PipeLines
from gausscape.errors import ConfigurationError, DataError, SchemaError

COMMON = "time: at\nonce: id\nbad: drop\n"
RULES = {
    "dealings": COMMON
    + "window: {every: 1h}\nlate: {wait: 3m}\nobjects: {graph: {source: a, target: b, weight: {mean: x}}}",
    "hopping": COMMON
    + "window: {every: 20m, length: 1h}\nlate: {wait: 1m}\nempty: object\n"
    + "objects: {follows: {item: b, within: a, node_type: b}}\nlabel: {any: {a: f}}",
    "rows": COMMON
    + "window: {every: 2h}\nlate: {wait: 5m}\nempty: object\nobjects: {rows: {by: a, columns: {n: count, s: {std: x}, "
    + "m: {mode: b}, d: {distinct: b}, f: {first: b}, l: {last: b}, w: {share: {b: {not: c}}}}}}\nlabel: {mode: b}",
    "counts": "once: id\nbad: drop\nwindow: {count: 17}\nobjects: {graph: {source: a, target: b, by: b, weight: {sum: x}}}",
    "components": COMMON
    + "window: {every: 30m}\nobjects: {graph: {source: a, target: b, directed: false, edge_type: x, source_type: a, "
    + "split: components, smallest: 2, largest: 3}}",
    "held": COMMON
    + "window: {every: 1h}\nend: hold\nahead: {most: 3h, then: drop}\n"
    + "objects: {graph: {source: a, target: b, split: neighbourhoods}}",
}


def facts(window) -> tuple:
    """All that a window tells but its cursor, so that two can be compared."""
    values = window.items.values
    shown = (
        [(type(g).__name__, dict(g.graph), list(g.nodes(data=True)), list(g.edges(data=True))) for g in values]
        if isinstance(values, list)
        else (values.to_json(), dict(values.dtypes.astype(str)))
    )
    labels = None if window.items.labels is None else window.items.labels.tolist()
    counts = (window.events, window.late, window.bad, window.repeated, window.complete)
    return window.number, str(window.start), str(window.end), window.items.ids.tolist(), labels, counts, shown


def write(events: list[dict], path) -> None:
    names = list(events[0])
    if path.suffix == ".csv":
        with open(path, "w", newline="") as file:
            table = csv.DictWriter(file, names)
            table.writeheader()
            table.writerows(events)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(events), path, row_group_size=37)


@pytest.mark.parametrize("name", RULES)
def test_cut_anywhere_and_gone_on_equals_unbroken(name, unruly_events):
    rule = Rule.parse(RULES[name])
    for seed in range(3):
        events = unruly_events(seed)
        whole = list(follow(events, rule))
        assert len(whole) > 4
        assert name == "counts" or sum(w.late + w.bad + w.repeated for w in whole) > 0
        for place in range(0, len(whole), 1 if len(whole) < 20 else 5):
            cursor = json.loads(json.dumps(whole[place].cursor, allow_nan=False))
            rest = list(follow(events, rule, cursor=cursor))
            assert [facts(w) for w in rest] == [facts(w) for w in whole[place + 1 :]]
            assert [w.cursor for w in rest] == [w.cursor for w in whole[place + 1 :]]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_every_file_gives_the_windows_of_the_events_and_goes_on_from_any(ending, unruly_events, tmp_path):
    rule = Rule.parse(RULES["dealings"])
    events = unruly_events(7)
    path = tmp_path / f"events.{ending}"
    write(events, path)
    whole = list(follow(path, rule))
    assert [facts(w) for w in whole] == [facts(w) for w in follow(events, rule)]
    for place in range(len(whole)):
        assert [facts(w) for w in follow(path, rule, cursor=whole[place].cursor)] == [
            facts(w) for w in whole[place + 1 :]
        ]


def test_a_frame_and_an_iterator_go_on_too(unruly_events):
    import pandas as pd

    rule = Rule.parse(RULES["rows"])
    events = unruly_events(3)
    whole = list(follow(pd.DataFrame(events), rule))
    assert [facts(w) for w in whole] == [facts(w) for w in follow(events, rule)]
    rest = follow(pd.DataFrame(events), rule, cursor=whole[2].cursor)
    assert [facts(w) for w in rest] == [facts(w) for w in whole[3:]]
    iterator = iter(events)
    first = next(follow(iterator, rule))
    assert [facts(w) for w in follow(iterator, rule, cursor=first.cursor)] == [facts(w) for w in whole[1:]]


@pytest.mark.parametrize("source", [DelimitedEvents, JsonEvents])
@pytest.mark.parametrize("replay", [False, True])
def test_a_pipe_goes_on_where_it_stopped_or_is_replayed(source, replay, unruly_events, tmp_path):
    rule = Rule.parse(RULES["dealings"])
    path = tmp_path / ("events.csv" if source is DelimitedEvents else "events.jsonl")
    write(unruly_events(11), path)
    content = path.read_bytes()
    whole = list(follow(source(PipeLines(stream=io.BytesIO(content))), rule))
    for place in (0, 3, len(whole) - 1):
        cursor = whole[place].cursor
        rest = content if replay else content[cursor["position"]["bytes"] :]
        header = b"" if replay or source is JsonEvents or place == 3 else content.splitlines(keepends=True)[0]
        pipe = source(PipeLines(stream=io.BytesIO(header + rest), replay=replay))
        assert [facts(w) for w in follow(pipe, rule, cursor=cursor)] == [facts(w) for w in whole[place + 1 :]]


def test_windows_hold_what_a_plain_count_says():
    random = np.random.default_rng([1, 2])
    seconds = np.sort(random.integers(0, 10 * 3600, 500))
    events = [{"at": int(s), "a": str(random.integers(5)), "b": str(random.integers(5))} for s in seconds]
    graph = "objects: {graph: {source: a, target: b, weight: count}}"
    rule = Rule.parse("time: {column: at, unit: s}\nwindow: {every: 1h, length: 3h}\n" + graph)
    windows = list(follow(events, rule))
    assert [w.number for w in windows] == list(range(-2, 10))
    for window in windows:
        inside = [e for e in events if 3600 * window.number <= e["at"] < 3600 * (window.number + 3)]
        assert window.events == len(inside)
        counted = Counter((e["a"], e["b"]) for e in inside)
        assert {(a, b): w for a, b, w in window.items.values[0].edges(data="weight")} == counted
        assert window.start == np.datetime64(3600 * window.number, "s")
    assert [w.complete for w in windows] == [True] * 9 + [False] * 3  # the source ends in hour 9


def test_order_within_the_wait_moves_nothing():
    random = np.random.default_rng([2, 2])
    times = np.sort(random.integers(0, 36_000, 300))
    events = [{"at": int(t), "a": str(random.integers(4)), "b": str(t)} for t in np.unique(times)]
    rule = Rule.parse(
        "{time: {column: at, unit: s}, window: {every: 30m}, late: {wait: 10m, then: refuse}, "
        "objects: {follows: {item: a}}, label: {last: b}}"
    )
    ordered = [facts(w)[:5] + facts(w)[6:] for w in follow(events, rule)]
    moved = sorted(events, key=lambda event: event["at"] + random.uniform(0, 600))
    assert moved != events
    assert [facts(w)[:5] + facts(w)[6:] for w in follow(moved, rule)] == ordered


def graph_rule(more: str) -> Rule:
    return Rule.parse("time: {column: at, unit: s}\nobjects: {graph: {source: a, target: b, weight: count}}\n" + more)


def event(at: float | str, **more) -> dict:
    return {"at": at, "a": "1", "b": "2", **more}


def test_a_window_is_given_at_its_end_plus_the_wait_and_not_before():
    given = []

    def stream():
        for at in (0, 50, 100, 129, 130, 131):
            given.append(at)
            yield event(at)

    rule = graph_rule("window: {every: 100s}\nlate: {wait: 30s}\nend: hold")
    windows = follow(stream(), rule)
    assert next(windows).events == 2
    assert given == [0, 50, 100, 129, 130]
    assert list(windows) == []


def test_late_events_are_counted_with_the_next_window_or_refused():
    events = [event(at) for at in (10, 130, 40, 20, 150, 260)]
    windows = list(follow(events, graph_rule("window: {every: 100s}")))
    assert [(w.number, w.events, w.late) for w in windows] == [(0, 1, 0), (1, 2, 2), (2, 1, 0)]
    with pytest.raises(DataError, match=r"event 3, is late: it happened 90 s before .* 'wait'"):
        list(follow(events, graph_rule("window: {every: 100s}\nlate: {then: refuse}")))


def test_an_overlapping_window_that_is_open_still_takes_a_late_event():
    windows = list(follow([event(at) for at in (95, 105, 90)], graph_rule("window: {every: 50s, length: 100s}")))
    assert [(w.number, w.events, w.late) for w in windows] == [(0, 1, 0), (1, 3, 1), (2, 1, 0)]


def test_a_repeated_event_counts_once_until_its_windows_are_given():
    events = [event(1, id=1), event(2, id=1), event(150, id=2), event(160, id=1), event(150, id=2)]
    windows = list(follow(events, graph_rule("window: {every: 100s}\nonce: id")))
    assert [(w.events, w.repeated) for w in windows] == [(1, 1), (2, 1)]
    counted = Rule.parse("window: {count: 2}\nonce: id\nobjects: {graph: {source: a, target: b}}")
    events = [event(0, id=number) for number in (1, 2, 2, 3, 1, 4, 2, 5)]
    assert [(w.events, w.repeated) for w in follow(events, counted)] == [(2, 0), (2, 2), (2, 0)]


def test_a_jump_of_the_clock_is_refused_or_dropped():
    events = [event(0), event(10), event(10_000_000), event(20), event(130)]
    rule = "window: {every: 100s}\nahead: {most: 1d, then: drop}"
    assert [(w.events, w.bad) for w in follow(events, graph_rule(rule))] == [(3, 1), (1, 0)]
    with pytest.raises(DataError, match=r"event 3, has the time 1970-04-26T17:46:40.* a clock that jumped"):
        list(follow(events, graph_rule(rule.replace("drop", "refuse"))))
    with pytest.raises(DataError, match=r"event 2, is 99,99\d,\d+ windows after"):
        list(follow([event(0), event(9_999_999_999)], graph_rule("window: {every: 100s}\nempty: object")))


def test_a_gap_of_the_stream_is_no_jump_of_a_clock():
    events = [event(0), event(1_000_000), event(1_000_010), event(1_000_120)]
    windows = list(follow(events, graph_rule("window: {every: 100s}\nahead: {most: 1d, then: drop}")))
    assert [(w.events, w.bad) for w in windows] == [(1, 1), (1, 0), (1, 0)]


def test_empty_windows_are_skipped_or_given():
    events = [event(0), event(350)]
    assert [w.number for w in follow(events, graph_rule("window: {every: 100s}"))] == [0, 3]
    windows = list(follow(events, graph_rule("window: {every: 100s}\nempty: object")))
    assert [(w.number, w.events, len(w.items), w.items.values[0].number_of_nodes()) for w in windows] == [
        (0, 1, 1, 2),
        (1, 0, 1, 0),
        (2, 0, 1, 0),
        (3, 1, 1, 2),
    ]


def test_what_the_end_of_a_source_left_open_is_given_or_held(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("at,a,b\n0,1,2\n50,1,2\n")
    given = list(follow(path, graph_rule("window: {every: 100s}")))
    assert [(w.events, w.complete) for w in given] == [(2, False)]
    held = graph_rule("window: {every: 100s}\nend: hold")
    assert list(follow(path, held)) == []
    with open(path, "a") as file:
        file.write("60,1,2\n130,1,2\n230,1,2\n")
    # The window that was given for want of more is not given again; what came for it since is late.
    after = list(follow(path, graph_rule("window: {every: 100s}"), cursor=given[0].cursor))
    assert [(w.number, w.events, w.late) for w in after] == [(1, 1, 1), (2, 1, 0)]
    assert [(w.number, w.events) for w in follow(path, held)] == [(0, 3), (1, 1)]


def test_ids_are_unique_over_the_stream(unruly_events):
    for text in RULES.values():
        ids = [str(name) for w in follow(unruly_events(5), Rule.parse(text)) for name in w.items.ids]
        assert len(set(ids)) == len(ids)


def test_T15_memory_does_not_grow_with_the_stream():
    import tracemalloc

    rule = graph_rule("window: {every: 100s}\nlate: {wait: 20s}")

    def peak(n: int) -> int:
        tracemalloc.start()
        for _ in follow((event(i / 2, a=str(i % 7)) for i in range(n)), rule):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1000)
    assert peak(20_000) < peak(4_000) + 200_000  # 16,000 more events would take megabytes if they were kept


def test_too_much_in_open_windows_is_refused_with_an_estimate(monkeypatch):
    monkeypatch.setattr("gausscape.datasets.streams.open_windows.memory_limit", lambda: 4_000_000)
    events = (event(i / 100, a=str(i), b=str(i + 1)) for i in range(40_000))
    with pytest.raises(DataError, match=r"need to fit into 2.0 MB, but the 1 open now hold about \d+.\d MB"):
        list(follow(events, graph_rule("window: {every: 10d}")))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (event(""), r"event 2, needs a time in 'at', but has none"),
        (event("soon"), r"event 2, needs a number of s since 1970 in 'at', but has 'soon'"),
        (event(1e15), r"event 2, needs a time between the years 1900 and 2300 .*'unit' right"),
        ({"at": 1, "a": None, "b": "x"}, r"event 2, needs a value in 'a', but has none"),
        ("garbage", r"event 2, needs to be a dict, but is a str"),
    ],
)
def test_an_event_that_cannot_be_used_is_refused_by_its_place_or_counted(wrong, message):
    events = [event(0), wrong, event(1)]
    with pytest.raises(DataError, match=message + r".*bad: drop"):
        list(follow(events, graph_rule("window: {every: 100s}")))
    (window,) = follow(events, graph_rule("window: {every: 100s}\nbad: drop"))
    assert (window.events, window.bad) == (2, 1)


def test_a_cursor_of_another_rule_and_a_cursor_that_is_none_are_refused():
    first = next(follow([event(0), event(200)], graph_rule("window: {every: 100s}")))
    with pytest.raises(ConfigurationError, match="goes on under the rule it was made with"):
        next(follow([event(0)], graph_rule("window: {every: 101s}"), cursor=first.cursor))
    with pytest.raises(ConfigurationError, match=r"Pass window\.cursor"):
        next(follow([event(0)], graph_rule("window: {every: 100s}"), cursor={"number": 3}))


def test_missing_columns_are_named_with_close_ones(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("at,a,bb\n0,1,2\n")
    with pytest.raises(
        SchemaError, match=r"needs a column 'b', which the rule names, but has at, a, bb. Did you mean 'bb'"
    ):
        list(follow(path, graph_rule("window: {every: 100s}")))
