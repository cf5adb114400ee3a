"""What windows become: graphs of dealings and of successions, and rows."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from gausscape.datasets.streams import Rule, follow
from gausscape.datasets.streams.templates import template
from gausscape.errors import DataError


def one(objects: str, events: list[dict], more: str = "") -> object:
    """The items of the only window."""
    (window,) = follow(events, Rule.parse(f"window: {{count: 1000}}\nobjects: {objects}\n{more}"))
    return window.items


@pytest.fixture
def dealings():
    random = np.random.default_rng([4, 4])
    pairs = random.choice(list("abcdefgh"), (60, 2)).tolist()
    return [{"a": a, "b": b, "x": float(x), "k": k} for (a, b), x, k in zip(pairs, range(60), "uv" * 30, strict=True)]


@pytest.mark.parametrize(
    ("statistic", "of_all"), [("sum", sum), ("mean", np.mean), ("min", min), ("max", max), ("std", np.std)]
)
def test_weights_are_the_statistic_of_the_events_of_a_pair(dealings, statistic, of_all):
    graph = one(f"{{graph: {{source: a, target: b, weight: {{{statistic}: x}}}}}}", dealings).values[0]
    frame = pd.DataFrame(dealings).groupby(["a", "b"])["x"].apply(lambda cells: float(of_all(list(cells))))
    assert {(a, b) for a, b in graph.edges} == set(frame.index)
    for pair, weight in frame.items():
        assert graph.edges[pair]["weight"] == pytest.approx(weight, rel=1e-12)


def test_undirected_edges_join_both_directions(dealings):
    directed = one("{graph: {source: a, target: b, weight: count}}", dealings).values[0]
    graph = one("{graph: {source: a, target: b, directed: false, weight: count}}", dealings).values[0]
    assert type(graph) is nx.Graph
    for a, b, weight in graph.edges(data="weight"):
        both = [directed.edges[pair]["weight"] for pair in {(a, b), (b, a)} if directed.has_edge(*pair)]
        assert weight == sum(both)


def test_the_most_active_nodes_stay_and_what_went_is_told(dealings):
    whole = one("{graph: {source: a, target: b, weight: count}}", dealings).values[0]
    cut = one("{graph: {source: a, target: b, weight: count, largest: 3}}", dealings).values[0]
    activity = {name: sum(name in (e["a"], e["b"]) for e in dealings) for name in whole}
    assert set(cut) == set(sorted(activity, key=lambda name: (-activity[name], name))[:3])
    assert dict(cut.edges) == dict(whole.subgraph(cut).edges)
    assert cut.graph == {
        "dropped_nodes": len(whole) - 3,
        "dropped_edges": whole.number_of_edges() - cut.number_of_edges(),
    }


def test_types_are_the_most_frequent_values():
    events = [{"a": "x", "b": "y", "k": k, "s": s} for k, s in (("p", "u"), ("q", "v"), ("q", "u"), (None, ""))]
    graph = one("{graph: {source: a, target: b, edge_type: k, source_type: s}}", events).values[0]
    assert graph.edges["x", "y"]["type"] == "q"
    assert dict(graph.nodes(data="type")) == {"x": "u", "y": None}


def test_graphs_by_key_by_component_and_by_neighbourhood():
    events = [{"a": a, "b": b, "k": k} for a, b, k in (("1", "2", "x"), ("2", "3", "y"), ("7", "8", "x"))]
    by = one("{graph: {source: a, target: b, by: k}}", events)
    assert [(i, set(g.edges)) for i, g in zip(by.ids, by.values, strict=True)] == [
        ("0/x", {("1", "2"), ("7", "8")}),
        ("0/y", {("2", "3")}),
    ]
    parts = one("{graph: {source: a, target: b, split: components, smallest: 3}}", events)
    assert [(i, list(g)) for i, g in zip(parts.ids, parts.values, strict=True)] == [("0/1", ["1", "2", "3"])]
    around = one("{graph: {source: a, target: b, split: neighbourhoods, smallest: 3}}", events)
    assert around.ids.tolist() == ["0/2"]


def test_successions_are_per_key_and_in_order_of_time():
    events = [
        {"t": t, "i": i, "w": w}
        for t, i, w in ((3, "c", "m"), (1, "a", "m"), (2, "b", "n"), (2, "b", "m"), (9, "a", "n"))
    ]
    text = "time: {column: t, unit: s}\nwindow: {every: 10s}\nobjects: {follows: {item: i%s}}"
    (window,) = follow(events, Rule.parse(text % ", within: w, node_type: i"))
    graph = window.items.values[0]
    assert dict(graph.edges) == {("a", "b"): {"weight": 1}, ("b", "c"): {"weight": 1}, ("b", "a"): {"weight": 1}}
    assert graph.nodes["a"] == {"type": "a"}
    (window,) = follow(events, Rule.parse(text % ""))
    assert {(a, b): w for a, b, w in window.items.values[0].edges(data="weight")} == {
        ("a", "b"): 1,
        ("b", "b"): 1,
        ("b", "c"): 1,
        ("c", "a"): 1,
    }


def test_rows_are_what_a_group_by_gives(dealings):
    columns = "{n: count, s: {sum: x}, m: {mean: x}, d: {distinct: b}, top: {mode: b}, f: {first: x}, l: {last: b}, "
    columns += "u: {share: {k: u}}}"
    items = one(f"{{rows: {{by: a, columns: {columns}}}}}", dealings, "label: {any: {b: h}}")
    groups = pd.DataFrame(dealings).groupby("a")
    assert items.ids.tolist() == [f"0/{key}" for key in groups.groups]
    assert items.modality == "tables"
    frame = items.values
    assert frame["n"].tolist() == groups.size().tolist()
    assert np.allclose(frame["s"], groups["x"].sum())
    assert np.allclose(frame["m"], groups["x"].mean())
    assert frame["d"].tolist() == groups["b"].nunique().tolist()
    assert frame["top"].tolist() == [cells.mode().min() for _, cells in groups["b"]]
    assert frame["f"].tolist() == groups["x"].first().tolist()
    assert frame["l"].tolist() == groups["b"].last().tolist()
    assert np.allclose(frame["u"], groups["k"].apply(lambda cells: np.mean(cells == "u")))
    assert items.labels.tolist() == [int((cells == "h").any()) for _, cells in groups["b"]]


def test_missing_cells_are_passed_over_and_text_for_a_number_is_bad():
    events = [{"x": None}, {"x": ""}, {"x": "2.5"}]
    frame = one("{rows: {columns: {n: count, s: {sum: x}, m: {max: x}}}}", events).values
    assert frame.to_dict("records") == [{"n": 3, "s": 2.5, "m": 2.5}]
    nothing = one("{rows: {columns: {s: {sum: x}, m: {mean: x}, l: {last: x}}}}", events[:2]).values
    assert nothing["s"][0] == 0
    assert nothing[["m", "l"]].isna().all(axis=None)
    for wrong in ("much", "inf"):
        with pytest.raises(DataError, match=f"needs a.* number in 'x', but has '{wrong}'"):
            one("{rows: {columns: {s: {sum: x}}}}", [{"x": wrong}])


def test_types_of_columns_are_the_same_in_every_window():
    text = (
        "window: {count: 2}\nempty: object\nobjects: {rows: {by: k, columns: {n: count, m: {mean: x}, l: {last: s}}}}"
    )
    events = [{"k": 1, "x": None, "s": "a"}] * 2 + [{"k": 1, "x": 1, "s": "b"}] * 2
    one_, other = follow(events, Rule.parse(text))
    assert dict(one_.items.values.dtypes) == dict(other.items.values.dtypes)


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("PacketResponder 1 for block blk_-38 terminating", "PacketResponder <*> for block blk_<*> terminating"),
        ("from 173.234.31.186 port 38926 ssh2", "from <*> port <*> ssh<*>"),
        ("generating core.10019", "generating core.<*>"),
        ("GET http://a.b/c?d=1 took 0.25s", "GET <*> took <*>s"),
        ("open /var/log/a.txt failed: 0x1fA", "open <*> failed: <*>"),
        ("id 38101a0b-2096-447d-96ea-a692162415ae up", "id <*> up"),
        ("no number here, and/or there", "no number here, and/or there"),
    ],
)
def test_what_varies_in_a_message_is_masked(message, masked):
    assert template(message) == masked
    assert template(masked) == masked
