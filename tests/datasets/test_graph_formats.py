"""Every format tells the same graphs: what is written is what is read."""

import contextlib
import json
import random
import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from gausscape.datasets import load
from gausscape.errors import GausscapeError

NODE_TYPES, EDGE_TYPES = ["C", "N", "O"], ["single", "double"]


def make_graphs(*, directed=False, seed=0):
    """A few graphs with types, numbers, isolated nodes and several components."""
    graphs = []
    for number in range(12):
        random = np.random.default_rng([seed, number])
        graph = nx.gnp_random_graph(int(random.integers(1, 9)), 0.35, seed=number, directed=directed)
        for node in graph:
            graph.nodes[node].update(type=str(random.choice(NODE_TYPES)), mass=float(random.integers(1, 9)) / 2)
        for _, _, told in graph.edges(data=True):
            told.update(type=str(random.choice(EDGE_TYPES)), weight=float(random.integers(1, 9)) / 4)
        graph.graph["label"] = number % 3
        graphs.append(graph)
    return graphs


def as_graphml(graphs, folder):
    for number, graph in enumerate(graphs):
        nx.write_graphml(graph, folder / f"{number:02}.graphml")
    return folder


def as_one_graphml(graphs, folder):
    writer = nx.readwrite.graphml.GraphMLWriter()
    writer.add_graphs(graphs)
    with open(folder / "all.graphml", "wb") as file:
        writer.dump(file)
    return folder / "all.graphml"


def as_node_links(graphs, folder):
    rows = [
        json.dumps(nx.node_link_data(graph, edges="links" if number % 2 else "edges"))
        for number, graph in enumerate(graphs)
    ]
    (folder / "all.jsonl").write_text("\n".join(rows) + "\n")
    return folder / "all.jsonl"


def as_json_list(graphs, folder):
    (folder / "all.json").write_text(json.dumps([nx.node_link_data(graph) for graph in graphs], indent=1))
    return folder / "all.json"


def as_tables(graphs, folder):
    edges = [
        (n, u, v, told["type"], told["weight"])
        for n, graph in enumerate(graphs)
        for u, v, told in graph.edges(data=True)
    ]
    nodes = [(n, u, told["type"], told["mass"]) for n, graph in enumerate(graphs) for u, told in graph.nodes(data=True)]
    pd.DataFrame(edges, columns=["graph", "source", "target", "type", "weight"]).to_csv(
        folder / "edges.csv", index=False
    )
    pd.DataFrame(nodes, columns=["graph", "node", "type", "mass"]).to_parquet(folder / "nodes.parquet")
    labels = [(n, graph.graph["label"]) for n, graph in enumerate(graphs)]
    pd.DataFrame(labels, columns=["graph", "label"]).to_json(folder / "graphs.jsonl", orient="records", lines=True)
    return folder


def as_tu(graphs, folder):
    first = np.cumsum([1, *map(len, graphs)])
    lines = {
        name: []
        for name in (
            "A",
            "graph_indicator",
            "graph_labels",
            "node_labels",
            "edge_labels",
            "node_attributes",
            "edge_attributes",
        )
    }
    for number, (graph, offset) in enumerate(zip(graphs, first, strict=False)):
        lines["graph_labels"].append(graph.graph["label"])
        for _, told in graph.nodes(data=True):
            lines["graph_indicator"].append(number + 1)
            lines["node_labels"].append(NODE_TYPES.index(told["type"]))
            lines["node_attributes"].append(told["mass"])
        for u, v, told in (graph if graph.is_directed() else graph.to_directed()).edges(data=True):
            lines["A"].append(f"{u + offset}, {v + offset}")
            lines["edge_labels"].append(EDGE_TYPES.index(told["type"]))
            lines["edge_attributes"].append(told["weight"])
    for name, told in lines.items():
        (folder / f"DS_{name}.txt").write_text("\n".join(map(str, told)) + "\n")
    return folder


TU = {"node_names": "C,N,O", "edge_names": "single,double", "node_attributes": "mass", "edge_attributes": "weight"}


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("write", [as_graphml, as_one_graphml, as_node_links, as_json_list, as_tables, as_tu])
def test_what_is_written_is_what_is_read(tmp_path, write, directed):
    graphs = make_graphs(directed=directed)
    read = dict(TU) if write is as_tu else {}
    if write in (as_tables, as_tu):
        read["directed"] = str(directed)
    items = load(write(graphs, tmp_path), read=read)
    assert items.modality == "graphs"
    assert items.labels.tolist() == [graph.graph["label"] for graph in graphs]
    for found, graph in zip(items.values, graphs, strict=True):
        names = dict(zip(found, graph, strict=True))
        assert type(found) is type(graph)
        assert [told for _, told in found.nodes(data=True)] == [told for _, told in graph.nodes(data=True)]
        same = nx.relabel_nodes(found, names)
        assert nx.utils.edges_equal(same.edges(data=True), graph.edges(data=True), directed=directed)


@pytest.mark.parametrize("directed", [False, True])
def test_edge_lists_tell_types_and_weights(tmp_path, directed):
    graphs = make_graphs(directed=directed)
    with open(tmp_path / "all.edgelist", "w") as file:
        for number, graph in enumerate(graphs):
            file.write(f"# graph g{number} label {graph.graph['label']}\n")
            file.writelines(f"{node}\n" for node in graph)
            file.writelines(f"{u} {v} {told['type']} {told['weight']}\n" for u, v, told in graph.edges(data=True))
    items = load(tmp_path / "all.edgelist", read={"directed": directed})
    assert items.ids.tolist() == [f"g{number}" for number in range(12)]
    assert items.labels.tolist() == [number % 3 for number in range(12)]
    for found, graph in zip(items.values, graphs, strict=True):
        assert set(found) == set(graph)
        assert nx.utils.edges_equal(found.edges(data=True), graph.edges(data=True), directed=directed)


@pytest.mark.parametrize("write", [as_one_graphml, as_node_links, as_tables])
def test_altered_files_are_read_or_refused_in_words(tmp_path, write):
    """Any change of one byte gives graphs, or one of gausscape's errors, never another."""
    source = write(make_graphs()[:5], tmp_path)
    files = [file for file in sorted(tmp_path.iterdir()) if file.suffix in (".graphml", ".jsonl", ".csv")]
    whole = {file: file.read_bytes() for file in files}
    for seed in range(60):
        chance = random.Random(seed)
        file = chance.choice(files)
        place = chance.randrange(len(whole[file]))
        file.write_bytes(
            whole[file][:place] + chance.choice(b'059,-.\n ex\0<>&{}[]"\xff').to_bytes() + whole[file][place + 1 :]
        )
        with warnings.catch_warnings(), contextlib.suppress(GausscapeError):
            warnings.simplefilter("ignore")
            assert load(source).modality in ("graphs", None)
        file.write_bytes(whole[file])
