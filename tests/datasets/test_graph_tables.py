"""Tables of edges, nodes and graphs: from files, folders and frames, and what contradicts itself."""

import networkx as nx
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gausscape.datasets import load
from gausscape.errors import ConfigurationError, DataError, SchemaError

EDGES = {
    "graph": ["p", "p", "q"],
    "source": [1, 2, 1],
    "target": [2, 3, 2],
    "type": ["x", "y", "x"],
    "weight": [1, 2, 1.5],
}
NODES = {"graph": ["p"] * 3 + ["q"] * 3, "node": [1, 2, 3, 1, 2, 9], "type": list("ccocco"), "age": [1, 2, 3, 4, 5, 6]}
GRAPHS = {"graph": ["q", "p"], "toxic": [1, 0], "year": [1999, 2001]}


def folder(path, edges=EDGES, nodes=NODES, graphs=GRAPHS):
    for name, columns in (("edges", edges), ("nodes", nodes), ("graphs", graphs)):
        if columns is not None:
            pd.DataFrame(columns).to_csv(path / f"{name}.csv", index=False)
    return path


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_of_every_library(make):
    columns = {"day": [1, 1, 2], "from": ["a", "b", "a"], "to": ["b", "c", "c"], "calls": [3, 1, 2], "kind": [0, 0, 1]}
    frame = make(columns)
    told = {"graph_column": "day", "source_column": "from", "target_column": "to", "weight": "calls"}
    items = load(frame, read=told, label_column="kind")
    assert items.ids.tolist() == ["1", "2"]
    assert items.labels.tolist() == [0, 1]
    assert items.values[0].edges["a", "b"] == {"weight": 3}
    assert frame.shape == (3, 5)


def test_a_table_without_graphs_is_one_graph(tmp_path):
    pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]}).to_csv(tmp_path / "town.csv", index=False)
    items = load(tmp_path / "town.csv", read={"source_column": "source", "directed": "true"})
    assert items.ids.tolist() == ["town.csv"]
    assert type(items.values[0]) is nx.DiGraph


def test_a_node_table_beside_a_file(tmp_path):
    folder(tmp_path)
    items = load(tmp_path / "edges.csv", read={"graph_column": "graph", "nodes": str(tmp_path / "nodes.csv")})
    assert sorted(items.values[1]) == [1, 2, 9]
    again = load(pd.DataFrame(EDGES), read={"graph_column": "graph", "nodes": pd.DataFrame(NODES)})
    assert all(nx.utils.graphs_equal(a, b) for a, b in zip(items.values, again.values, strict=True))
    np.save(tmp_path / "n.npy", np.ones(3))
    with pytest.raises(DataError, match=r"n\.npy should hold a table"):
        load(tmp_path / "edges.csv", read={"graph_column": "graph", "nodes": str(tmp_path / "n.npy")})


def test_a_folder_of_three_tables(tmp_path):
    items = load(folder(tmp_path), label_column="toxic")
    assert items.ids.tolist() == ["q", "p"]
    assert items.labels.tolist() == [1, 0]
    q, p = items.values
    assert q.graph == {"year": 1999}
    assert q.nodes[9] == {"type": "o", "age": 6}
    assert p.edges[2, 3] == {"type": "y", "weight": 2.0}


def test_a_folder_of_edges_alone(tmp_path):
    items = load(folder(tmp_path, nodes=None, graphs=None))
    assert items.labels is None
    assert [len(graph) for graph in items.values] == [3, 2]
    with pytest.raises(DataError, match=r"graph p has 'x' and 'y'"):
        load(tmp_path, label_column="type")


def test_nodes_that_any_graph_may_have(tmp_path):
    shared = {"id": [1, 2, 3], "type": ["a", "b", "c"]}
    items = load(folder(tmp_path, nodes=shared, graphs=None))
    assert dict(items.values[1].nodes(data=True)) == {1: {"type": "a"}, 2: {"type": "b"}}
    folder(tmp_path, nodes={"id": [1, 2], "type": ["a", "b"]}, graphs=None)
    with pytest.raises(DataError, match=r"edges\.csv: data row 2: .*3 is none of its 2"):
        load(tmp_path)


def test_other_names_of_columns(tmp_path):
    edges = {"mol": EDGES["graph"], "u": EDGES["source"], "v": EDGES["target"], "bond": EDGES["type"]}
    nodes = {"mol": NODES["graph"], "atom": NODES["node"], "element": NODES["type"]}
    told = {"graph_column": "mol", "source_column": "u", "target_column": "v", "edge_type": "bond"}
    items = load(folder(tmp_path, edges, nodes, None), read=told | {"node_column": "atom", "node_type": "element"})
    assert items.values[0].edges[1, 2] == {"type": "x"}
    assert items.values[0].nodes[3] == {"type": "o"}
    for option in ("graph_column", "source_column", "edge_type", "weight", "node_column", "node_type"):
        with pytest.raises(SchemaError, match="should have a column 'nowhere'"):
            load(tmp_path, read=told | {"node_column": "atom", "node_type": "element", option: "nowhere"})


def test_missing_cells_tell_nothing(tmp_path):
    items = load(folder(tmp_path, nodes=NODES | {"age": [1, None, 3, 4, 5, 6]}))
    assert items.values[1].nodes[2] == {"type": "c"}


def without(columns, name):
    return {column: cells for column, cells in columns.items() if column != name}


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        (
            {"edges": EDGES | {"target": [2, 7, 2]}},
            r"edges\.csv: data row 2: .*7 of edge 2 to 7 is none of its 3 nodes",
        ),
        ({"edges": EDGES | {"target": [2, 2**40, 2]}}, rf"data row 2: .*{2**40} of edge"),
        ({"edges": EDGES | {"source": ["1", "2", "one"]}}, "data row 3: .*'one' of edge"),
        ({"edges": EDGES | {"weight": [1, None, 1]}}, r"data row 2: every row needs a value in column 'weight'"),
        ({"edges": EDGES | {"weight": [1, "NaN", 1]}}, r"data row 2: every row needs a value in column 'weight'"),
        (
            {"edges": EDGES | {"weight": [1, "much", 1]}},
            r"data row 1: a weight should be a number in a column of numbers, but the text '1'",
        ),
        ({"edges": EDGES | {"weight": [1, np.inf, 1]}}, r"data row 2: edge 2 to 3 needs a finite weight, but inf"),
        ({"edges": EDGES | {"source": [1, None, 1]}}, r"data row 2: every row needs a value in column 'source'"),
        (
            {"edges": EDGES | {"graph": ["p", "p", "z"]}},
            r"data row 3: every edge needs a graph of .*graphs\.csv, but 'z'",
        ),
        ({"edges": EDGES | {"graph": ["p", "p", "z"]}, "graphs": None}, r"data row 3: .*nodes\.csv, but 'z'"),
        (
            {"nodes": NODES | {"graph": ["p"] * 3 + ["q"] * 2 + ["z"]}},
            r"nodes\.csv: data row 6: every node needs a graph",
        ),
        ({"nodes": NODES | {"node": [1, 2, 2, 1, 2, 9]}}, r"nodes\.csv: data row 3: .*2 came twice in graph p"),
        ({"nodes": NODES | {"type": ["c", None, *"occo"]}}, r"nodes\.csv: data row 2: .*'type'"),
        ({"nodes": without(NODES, "node")}, "should have a column 'node'"),
        ({"edges": without(EDGES, "graph")}, "the edges have no such column"),
        ({"edges": without(EDGES, "target")}, "should have a column 'target'"),
        ({"graphs": GRAPHS | {"graph": ["p", "p"]}}, r"graphs\.csv: data row 2: every graph needs one row, but 'p'"),
        ({"graphs": {"graph": ["q", "p", "r"]}}, "graph r has none"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_G6_contradictions_are_named_by_file_and_row(tmp_path, tables, words):
    with pytest.raises(DataError, match=words):
        load(folder(tmp_path, **tables))


def test_two_tables_of_one_name_are_refused(tmp_path):
    folder(tmp_path)
    pd.DataFrame(NODES).to_parquet(tmp_path / "nodes.parquet")
    with pytest.raises(DataError, match=r"one table of nodes, but holds nodes\.csv and nodes\.parquet"):
        load(tmp_path)


def test_an_id_column_is_refused_for_edges():
    with pytest.raises(ConfigurationError, match="id_column"):
        load(pd.DataFrame(EDGES), read={"graph_column": "graph"}, id_column="source")
