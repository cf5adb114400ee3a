"""Graphs as a kind of data: what is refused and how, what a relabelled graph changes (nothing), and what cells become."""

import json
from functools import cache

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import gausscape as gs
from gausscape.errors import ConfigurationError, DamagedFileError, DataError, SchemaError
from gausscape.modalities.graphs import GraphModality
from gausscape.modalities.graphs.example import example_items
from gausscape.training.schedule import Schedule


@cache
def fitted(kind: str = "plain"):
    return gs.fit(make(kind), latent=3, schedule=Schedule(steps=60), seed=1)


def make(kind: str, n: int = 80, seed: int = 0) -> list:
    """Small graphs of several kinds."""
    random = np.random.default_rng([seed, 5])
    if kind == "plain":
        return example_items(n, seed)
    graphs = []
    for number in range(n):
        size = 1 if number == 0 else int(random.integers(2, 9))
        directed = kind == "directed"
        graph = nx.gnp_random_graph(size, 0.35, seed=int(random.integers(1e6)), directed=directed)
        for node in graph:
            if kind == "gaps" and random.random() < 0.7:
                graph.nodes[node]["heat"] = float(random.normal())
            if kind == "vectors":
                graph.nodes[node]["x"] = random.normal(size=3).tolist()
        if kind == "loops" and number % 2:
            graph.add_edge(0, 0)
        graphs.append(graph)
    return graphs


KINDS = ("plain", "directed", "gaps", "vectors", "loops")


def relabelled(graph, seed: int):
    random = np.random.default_rng([seed, 9])
    names = [f"n{k}" for k in random.permutation(10 * len(graph))[: len(graph)]]
    table = dict(zip(graph, names, strict=True))
    shuffled = graph.__class__()
    for node in random.permutation(np.array(list(graph), dtype=object)):
        shuffled.add_node(table[node], **graph.nodes[node])
    edges = list(graph.edges(data=True))
    for k in random.permutation(len(edges)):
        one, other, data = edges[k]
        if not graph.is_directed() and random.random() < 0.5:
            one, other = other, one
        shuffled.add_edge(table[one], table[other], **data)
    return shuffled


# --- rows of bad input ------------------------------------------------------------------------------------------------


def test_G1_a_graph_without_nodes_is_named():
    with pytest.raises(DataError, match="graph 3 is empty"):
        GraphModality.infer([*make("plain")[:3], nx.Graph(), *make("plain")])
    with pytest.raises(DataError, match="graph 1 is empty"):
        fitted().embed([make("plain")[0], nx.Graph()])


def test_G1_graphs_of_one_node_and_without_edges_are_valid():
    graphs = [nx.empty_graph(1 + k % 4) for k in range(20)]
    modality = GraphModality.infer(graphs)
    assert modality.schema.disconnected
    cells = modality.present(modality.to_tensors(graphs), None)[1]["cells"]
    assert [nx.utils.graphs_equal(a, b) for a, b in zip(modality.to_items(cells), graphs, strict=True)] == [True] * 20


def test_G2_self_loops_are_a_flag_where_fitted_and_named_elsewhere():
    graph = nx.path_graph(3)
    graph.add_edge(1, 1)
    modality = GraphModality.infer(make("loops"))
    assert any("to itself" in note for note in modality.notes)
    back = modality.to_items(modality.present(modality.to_tensors([graph]), None)[1]["cells"])[0]
    assert list(nx.selfloop_edges(back)) == [(0, 0)]
    with pytest.raises(SchemaError, match="node 1 of graph 0"):
        GraphModality.infer(make("gaps", 40) and [nx.path_graph(3 + k % 4) for k in range(20)]).to_tensors([graph])


def test_G2_several_edges_between_two_nodes_are_refused_or_summed():
    graphs = []
    for k in range(20):
        graph = nx.MultiGraph(nx.path_graph(3 + k % 4))
        graph.add_edge(0, 1)
        graphs.append(graph)
    with pytest.raises(DataError, match=r"edge \(0, 1\) of graph 0 stands more than once"):
        GraphModality.infer(graphs)
    modality = GraphModality.infer(graphs, multi_edges="sum")
    back = modality.to_items(modality.present(modality.to_tensors(graphs[:1]), None)[1]["cells"])[0]
    assert sorted(data["weight"] for _, _, data in back.edges(data=True)) == [1, 2]


def test_G3_a_directed_edge_among_undirected_graphs_is_named():
    undirected = [nx.path_graph(3 + k % 4) for k in range(20)]
    with pytest.raises(SchemaError, match=r"edge \(0, 1\) of graph 0 has no opposite"):
        GraphModality.infer(undirected).to_tensors([nx.DiGraph([(0, 1)])])
    with pytest.raises(DataError, match="graph 0 is undirected and graph 7 is directed"):
        GraphModality.infer([*undirected[:7], nx.DiGraph([(0, 1)]), *undirected])
    with pytest.raises(SchemaError, match="graph 1 is undirected"):
        GraphModality.infer(make("directed")).to_tensors([make("directed")[0], nx.path_graph(2)])
    # Both directions of each edge are an undirected graph.
    modality = GraphModality.infer(undirected)
    both = modality.to_tensors([nx.path_graph(4).to_directed()])
    assert all(torch.equal(both[name], value) for name, value in modality.to_tensors([nx.path_graph(4)]).items())


def test_G4_graphs_in_parts_are_fitted_and_their_parts_are_a_feature():
    space = fitted("directed")
    assert "separate parts" in space.modality.features(space.codec.cells(np.zeros((1, 3)))).names
    graphs = make("gaps", 30)
    modality = GraphModality.infer(graphs)
    told = modality.features(*modality.present(modality.to_tensors(graphs), None)[1].values())
    column = told.values[:, told.names.index("separate parts")]
    np.testing.assert_allclose(column, [nx.number_connected_components(graph) for graph in graphs], atol=1e-6)


def test_G4_a_graph_in_parts_among_connected_ones_is_named():
    with pytest.raises(SchemaError, match="graph 1 falls into 2 parts"):
        fitted().embed([make("plain")[0], *[graph for graph in _with_an_island()]])


def _with_an_island():
    graph = make("plain")[1].copy()
    graph.add_node("island", type="C", charge=0.0)
    return [graph]


def test_G5_a_graph_beyond_those_of_the_fit_is_named_with_its_size():
    graph = nx.path_graph(10_000)
    with pytest.raises(SchemaError, match=r"takes up to 8, but graph 0 has 10,000"):
        GraphModality.infer([nx.path_graph(3 + k % 4) for k in range(20)]).to_tensors([graph])


def test_G5_graphs_of_10000_nodes_are_told_by_measures():
    random = np.random.default_rng(3)
    graphs = [nx.gnm_random_graph(int(n), int(2 * n), seed=int(n)) for n in random.integers(20, 80, size=19)]
    graphs.append(nx.star_graph(9_999))
    modality = GraphModality.infer(graphs)
    assert "above 50 generated objects are the nearest of the 20 kept real graphs" in modality.notes[-1]
    cells = modality.present(modality.to_tensors(graphs), None)[1]["cells"]
    for graph, back in zip(graphs, modality.to_items(cells), strict=True):
        assert nx.utils.graphs_equal(graph, back)
    told = modality.features(cells)
    triangles = np.expm1(told.values[:-1, told.names.index("log triangles")])
    np.testing.assert_allclose(triangles, [sum(nx.triangles(graph).values()) / 3 for graph in graphs[:-1]], rtol=1e-3)
    clustering = told.values[:-1, told.names.index("clustering")]
    np.testing.assert_allclose(clustering, [nx.transitivity(graph) for graph in graphs[:-1]], atol=1e-5)
    again = GraphModality.from_document(json.loads(json.dumps(modality.document(), allow_nan=False)))
    assert all(nx.utils.graphs_equal(*pair) for pair in zip(again.form.kept, modality.form.kept, strict=True))


@pytest.mark.parametrize("weight", [np.nan, np.inf, None])
def test_G6_a_weight_that_is_no_finite_number_is_named(weight):
    graphs = make("plain")
    graph = graphs[0].copy()
    one, other = next(iter(graph.edges))
    graph.edges[one, other]["weight"] = weight
    with pytest.raises(DataError, match=rf"'weight'.*edge \({one}, {other}\) of graph 0"):
        GraphModality.infer([graph, *graphs])
    with pytest.raises(DataError, match=rf"'weight'.*edge \({one}, {other}\) of graph 0"):
        fitted().embed([graph])


def test_G6_names_of_nodes_and_negative_weights_do_not_matter():
    graphs = [nx.path_graph(3 + k % 3) for k in range(20)]
    for k, graph in enumerate(graphs):
        nx.set_edge_attributes(graph, -1.5 - k, "weight")
    modality = GraphModality.infer(graphs)
    odd = nx.relabel_nodes(graphs[4], {0: "a", 1: 2**40, 2: ("x", 3), 3: -7})
    expected, found = modality.to_tensors(graphs[4:5]), modality.to_tensors([odd])
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_G6_an_edge_to_a_missing_node_is_named():
    class Data:
        edge_index, num_nodes = np.array([[0, 1], [1, 5]]), 3

    with pytest.raises(DataError, match=r"graph 0 has the edge \(1, 5\)"):
        GraphModality.infer([Data()] * 20)


@pytest.mark.parametrize("kind", KINDS)
def test_G7_relabelling_changes_no_code(kind):
    space = fitted(kind)
    graphs = make(kind, 12, 3)
    graphs = [graph for graph in graphs if len(graph) <= space.modality.schema.slots]
    before = space.embed(graphs)
    for seed in range(20):
        after = space.embed([relabelled(graph, seed) for graph in graphs])
        np.testing.assert_allclose(after.mean, before.mean, atol=1e-5)
        np.testing.assert_allclose(after.std, before.std, atol=1e-5)


def test_G8_numbers_of_different_length_are_named():
    graphs = make("vectors")
    graphs[2].nodes[1]["x"] = [1.0, 2.0]
    with pytest.raises(SchemaError, match="'x' needs 3 numbers on every node, but node 1 of graph 2 has 2"):
        GraphModality.infer(graphs)
    bare = make("vectors", 1, 4)[0]
    del bare.nodes[0]["x"]
    with pytest.raises(SchemaError, match="'x' needs to be a number on every node, as it was in the fit, but node 0 of graph 0"):
        fitted("vectors").embed([bare])


# --- other refusals ---------------------------------------------------------------------------------------------------


def test_unseen_types_extra_attributes_and_texts_are_named():
    graph = make("plain")[0].copy()
    graph.nodes[0]["type"] = "Xe"
    with pytest.raises(SchemaError, match="node 0 of graph 0 has the type 'Xe', which was not in the fit"):
        fitted().embed([graph])
    graph.nodes[0]["type"] = ["C"]
    with pytest.raises(SchemaError, match="node 0 of graph 0"):
        fitted().embed([graph])
    del graph.nodes[0]["type"]
    with pytest.raises(SchemaError, match="node 0 of graph 0 has no type"):
        fitted().embed([graph])
    graph = make("plain")[0].copy()
    graph.nodes[1]["colour"] = 3
    with pytest.raises(SchemaError, match="node 1 of graph 0 has 'colour'"):
        fitted().embed([graph])
    with pytest.raises(SchemaError, match=r"'name' of node 0 of graph 0 is 'ann'.*ignore=\['name'\]"):
        GraphModality.infer([nx.Graph(graph, name="x") for graph in _named()])
    assert GraphModality.infer(_named(), ignore=["name"]).schema.node_numbers == ()


def _named() -> list:
    graphs = [nx.path_graph(3 + k % 3) for k in range(20)]
    for graph in graphs:
        nx.set_node_attributes(graph, "ann", "name")
    return graphs


@pytest.mark.parametrize(
    "options", [{"multi_edges": "max"}, {"largest": 1}, {"largest": 51}, {"ignore": "name"}, {"node_type": 3}]
)
def test_impossible_options_are_refused(options):
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        GraphModality.infer(make("plain"), **options)


def test_a_damaged_document_is_told():
    with pytest.raises(DamagedFileError):
        GraphModality.from_document({"schema": {}})


# --- there and back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_cells_of_real_graphs_give_the_graphs_back(kind):
    graphs = make(kind)
    modality = GraphModality.infer(graphs)
    tensors = modality.to_tensors(graphs)
    back = modality.to_items(modality.present(tensors, None)[1]["cells"])
    assert all(
        nx.is_isomorphic(one, other, node_match=lambda a, b: a.get("type") == b.get("type"))
        for one, other in zip(graphs, back, strict=True)
    )
    again = modality.to_tensors(back)
    for name, value in tensors.items():
        if name not in ("known", "node_numbers") or kind != "gaps":
            torch.testing.assert_close(again[name], value, atol=1e-4, rtol=0, msg=name)


def test_numbers_come_back_in_their_own_type():
    graphs = [nx.path_graph(3 + k % 3) for k in range(20)]
    for k, graph in enumerate(graphs):
        for node in graph:
            graph.nodes[node].update(count=k + node, on=bool((k + node) % 2), x=[0.5 * k, 1.0])
    modality = GraphModality.infer(graphs)
    back = modality.to_items(modality.present(modality.to_tensors(graphs), None)[1]["cells"])[5]
    assert {type(value) for value in back.nodes[0].values()} == {int, bool, list}
    assert sorted(back.nodes[node]["count"] for node in back) == sorted(graphs[5].nodes[node]["count"] for node in back)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), kind=st.sampled_from(KINDS), scale=st.sampled_from([0.0, 0.3, 1.0, 30.0]))
def test_G2_any_cells_give_a_legal_graph(seed, kind, scale):
    modality = GraphModality.infer(make(kind))
    random = torch.Generator().manual_seed(seed)
    cells = scale * torch.randn(4, modality.form.map.cells, generator=random)
    graphs = modality.to_items(cells)
    modality.to_tensors(graphs)
    for graph in graphs:
        assert list(graph) == list(range(len(graph)))
        assert modality.schema.disconnected or nx.is_connected(graph.to_undirected())
        assert modality.schema.loops or not list(nx.selfloop_edges(graph))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), kind=st.sampled_from(KINDS))
def test_drawn_graphs_are_legal_and_score_finitely(seed, kind):
    space = fitted(kind)
    z = np.random.default_rng(seed).normal(size=(4, 3)) * 2
    graphs = space.decode(z, seed=seed)
    tensors = space.modality.to_tensors(graphs)
    assert np.isfinite(space.codec.residual(tensors, z)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_features_of_real_graphs_are_counts(kind):
    graphs = make(kind)
    modality = GraphModality.infer(graphs)
    told = modality.features(*modality.present(modality.to_tensors(graphs), None)[1].values())
    values = dict(zip(told.names, told.values.T, strict=True))
    bare = [nx.Graph(graph) for graph in graphs]
    for graph in (*bare, *graphs):
        graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    expected = {
        "nodes": [len(graph) for graph in graphs],
        "edges": [graph.number_of_edges() for graph in graphs],
        "largest degree": [max(dict(graph.degree).values()) for graph in bare],
        "leaves": [sum(degree == 1 for _, degree in graph.degree) for graph in bare],
        "rings": [graph.number_of_edges() - len(graph) + nx.number_connected_components(graph) for graph in bare],
        "triangles": [sum(nx.triangles(graph).values()) / 3 for graph in bare],
    }
    for name, column in expected.items():
        np.testing.assert_allclose(values[name], column, atol=1e-3, err_msg=name)
    if kind == "plain":
        charges = [np.mean([data["charge"] for _, data in graph.nodes(data=True)]) for graph in graphs]
        np.testing.assert_allclose(values["mean charge of nodes"], charges, atol=1e-4)


def test_edited_copies_are_legal_graphs():
    for kind in KINDS:
        graphs = make(kind)
        modality = GraphModality.infer(graphs)
        tensors = modality.to_tensors(graphs)
        inputs, targets = modality.present(tensors, torch.Generator().manual_seed(4))
        changed = sum(not torch.equal(one, other) for one, other in zip(inputs["edges"], tensors["edges"], strict=True))
        assert changed > 10
        again = modality.to_tensors(modality.to_items(targets["cells"]))
        torch.testing.assert_close(again["edges"], inputs["edges"])
        torch.testing.assert_close(again["places"], inputs["places"])


def test_graphs_of_torch_geometric_are_taken_as_they_are():
    class Data:
        def __init__(self, size):
            path = np.arange(size - 1)
            self.num_nodes = size
            self.edge_index = torch.tensor(np.array([[*path, *(path + 1)], [*(path + 1), *path]]))
            self.x = torch.eye(3)[torch.arange(size) % 3]

    data = [Data(3 + k % 4) for k in range(30)]
    assert GraphModality.accepts(data)
    modality = GraphModality.infer(data)
    assert not modality.schema.directed
    assert set(modality.schema.node_types.levels) == {0, 1, 2}
    assert any("torch_geometric" in note for note in modality.notes)
    assert all(isinstance(graph, nx.Graph) for graph in modality.to_items(torch.zeros(2, modality.form.map.cells)))
    assert len(modality.to_tensors(data[:1])["types"]) == 1


def test_one_graph_may_come_without_a_list():
    graph = make("plain")[0]
    assert GraphModality.several(graph) == [graph]
    assert GraphModality.several(3) is None
    assert fitted().patch(graph).radius > 0


def test_the_linear_rival_works():
    space = gs.fit(make("plain"), method="pca", latent=3)
    assert all(nx.is_connected(graph) for graph in space.sample(5, seed=0).items)
