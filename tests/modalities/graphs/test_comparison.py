"""Edits between two graphs are those that were made, in words and in the pictures."""

import json

import networkx as nx
import numpy as np
import pytest

from gausscape.modalities.graphs.comparison import compare_graphs


@pytest.fixture
def molecule() -> nx.Graph:
    """A nitrobenzene: six C in a ring, N and two O."""
    graph = nx.cycle_graph(6)
    graph.add_edges_from([(2, 6), (6, 7), (6, 8)])
    nx.set_node_attributes(graph, dict(enumerate("CCCCCCNOO")), "type")
    nx.set_edge_attributes(graph, "single", "type")
    graph.edges[6, 7]["type"] = "double"
    return graph


def relabelled(graph, seed=0):
    rng = np.random.default_rng(seed)
    names = dict(zip(graph, rng.permutation(len(graph)).tolist(), strict=True))
    return nx.relabel_nodes(graph, names)


def told(comparison):
    return [edit.text for edit in comparison.edits]


def marks(picture, part):
    return [each["status"] for each in picture.data[part] if each["status"] != "same"]


@pytest.mark.parametrize("seed", range(5))
def test_a_relabelled_graph_has_no_edits(molecule, seed):
    comparison = compare_graphs(molecule, relabelled(molecule, seed))
    assert comparison.edits == ()
    assert comparison.aligned == "exactly"
    for picture in comparison.pictures:
        assert marks(picture, "nodes") == marks(picture, "edges") == []


def test_each_edit_is_told_and_marked(molecule):
    edited = molecule.copy()
    edited.remove_edge(0, 1)
    edited.add_node(40, type="Cl")
    edited.add_edge(40, 4, type="single")
    edited.nodes[8]["type"] = "Br"
    edited.edges[6, 7]["type"] = "single"
    comparison = compare_graphs(molecule, edited)
    assert sorted(told(comparison)) == [
        "edge C0-C1 (single) removed",
        "edge C4-Cl9 (single) added",
        "edge N6-O7 retyped from double to single",
        "node Cl9 added",
        "node O8 retyped from O to Br",
    ]
    before, after = comparison.pictures
    assert marks(before, "nodes") == marks(before, "edges") == ["retyped"]
    assert sorted(marks(after, "nodes")) == ["added", "retyped"]
    assert sorted(marks(after, "edges")) == ["added", "removed", "retyped"]
    assert (len(before.data["nodes"]), len(after.data["nodes"])) == (9, 10)
    labels = {node["id"]: node["label"] for node in after.data["nodes"]}
    assert labels["8"] == "Br8", "a label tells what the node is in its own picture"
    assert "5 edits" in str(comparison)


def test_both_pictures_share_one_layout_and_legend(molecule):
    edited = molecule.copy()
    edited.remove_node(8)
    before, after = compare_graphs(molecule, edited).pictures
    places = [{node["id"]: (node["x"], node["y"]) for node in picture.data["nodes"]} for picture in (before, after)]
    assert places[0] == places[1], "what is gone stays as a ghost"
    assert [node["status"] for node in after.data["nodes"]].count("removed") == 1
    assert before.data["node_types"] == after.data["node_types"] == ["C", "O", "N"]
    assert all(0 <= value <= 1 for place in places[0].values() for value in place)
    json.dumps([picture.data for picture in (before, after)])


def test_the_way_back_undoes_the_edits(molecule):
    edited = molecule.copy()
    edited.remove_edge(3, 4)
    edited.nodes[0]["type"] = "N"
    there, back = compare_graphs(molecule, edited), compare_graphs(edited, molecule)
    turned = {"added": "removed", "removed": "added", "retyped": "retyped"}
    assert sorted(turned[edit.action] for edit in there.edits) == sorted(edit.action for edit in back.edits)


def test_numbers_beyond_the_tolerance_are_changed():
    one = nx.DiGraph()
    one.add_node("ann", age=40)
    one.add_edge("ann", "bob", weight=2.0)
    one.add_edge("bob", "eve", weight=1.0)
    other = one.copy()
    other.nodes["ann"]["age"] = 50
    other.edges["ann", "bob"]["weight"] = 3.0
    other.edges["bob", "eve"]["weight"] = 1.001
    comparison = compare_graphs(one, other)
    assert comparison.aligned == "by name"
    assert told(comparison) == [
        "weight of edge ann → bob changed from 2 to 3",
        "age of node ann changed from 40 to 50",
    ]
    assert {edit.action for edit in comparison.edits} == {"changed"}
    exact = compare_graphs(one, other, tolerance=1e-6)
    assert len(exact.edits) == 3


def test_names_that_say_something_are_kept():
    one = nx.DiGraph([("ann", "bob"), ("bob", "eve")])
    other = nx.DiGraph([("ann", "bob"), ("eve", "bob"), ("bob", "dan")])
    assert told(compare_graphs(one, other)) == [
        "node dan added",
        "edge bob → eve removed",
        "edge bob → dan added",
        "edge eve → bob added",
    ]


def test_directions_are_compared_where_either_graph_has_them():
    path = nx.path_graph(3)
    assert compare_graphs(path, path.to_directed()).edits == ()
    assert len(compare_graphs(path, nx.DiGraph(path.edges)).edits) == 2
    assert compare_graphs(path, nx.DiGraph(path.edges), directed=False).edits == ()


def test_empty_and_large_graphs_are_compared():
    assert compare_graphs(nx.Graph(), nx.Graph()).edits == ()
    assert told(compare_graphs(nx.Graph(), nx.path_graph(2))) == ["node 0 added", "node 1 added", "edge 0-1 added"]
    large = nx.random_labeled_tree(230, seed=1)
    cut = large.copy()
    cut.remove_edge(*next(iter(large.edges)))
    comparison = compare_graphs(large, cut)
    assert len(comparison.edits) == 1
    assert comparison.pictures[0].data["note"] == "first 200 of 230 nodes drawn"


def test_loops_and_several_edges_are_compared():
    one, other = nx.path_graph(3), nx.path_graph(3)
    other.add_edge(1, 1)
    assert told(compare_graphs(one, other)) == ["edge 1-1 added"]
    assert compare_graphs(nx.MultiGraph(one), one).edits == ()
