"""Nodes are matched by name where names say something, else so that few edits are left."""

import networkx as nx
import numpy as np
import pytest

from gausscape.modalities.graphs.alignment import align, has_telling_names
from gausscape.modalities.graphs.assignment import assign, count_edits
from gausscape.modalities.graphs.refinement import find_isomorphism, refine
from gausscape.modalities.graphs.wiring import Attributes, levels_of, wire

ATTRIBUTES = Attributes()


def molecule(rng: np.random.Generator, n: int = 20) -> nx.Graph:
    """Two rings, joined, with branches."""
    graph = nx.compose(nx.cycle_graph(6), nx.relabel_nodes(nx.cycle_graph(6), lambda node: node + 6))
    graph.add_edge(2, 8)
    while len(graph) < n:
        graph.add_edge(int(rng.integers(len(graph))), len(graph))
    for node in graph:
        graph.nodes[node]["type"] = "CCCNO"[int(rng.integers(5))]
    for edge in graph.edges:
        graph.edges[edge]["type"] = ["single", "double"][int(rng.integers(2))]
    return graph


def relabelled(graph, rng):
    nodes = list(graph)
    names = dict(zip(nodes, rng.permutation(len(nodes)).tolist(), strict=True))
    copy = type(graph)()
    copy.add_nodes_from((names[nodes[i]], graph.nodes[nodes[i]]) for i in rng.permutation(len(nodes)))
    copy.add_edges_from((names[u], names[v], data) for u, v, data in graph.edges(data=True))
    return copy


@pytest.mark.parametrize("seed", range(10))
def test_a_relabelled_molecule_is_matched_without_an_edit_and_that_is_proven(seed):
    rng = np.random.default_rng(seed)
    graph = molecule(rng)
    match = assign(*wire([graph, relabelled(graph, rng)], ATTRIBUTES))
    assert (match.edits, match.proven) == (0, True)


def test_symmetric_and_directed_graphs_are_recognised_too():
    rng = np.random.default_rng(0)
    directed = nx.gnp_random_graph(12, 0.2, seed=1, directed=True)
    for graph in (nx.cycle_graph(12), nx.petersen_graph(), nx.grid_2d_graph(4, 4), nx.star_graph(9), directed):
        assert assign(*wire([graph, relabelled(graph, rng)], ATTRIBUTES)).edits == 0
    reversed_one = directed.reverse()
    assert assign(*wire([directed, reversed_one], ATTRIBUTES)).edits > 0


def test_weights_and_numbers_are_part_of_what_is_equal():
    path = nx.path_graph(3)
    nx.set_edge_attributes(path, {(0, 1): 1.0, (1, 2): 2.0}, "weight")
    turned = nx.relabel_nodes(path, {0: 2, 2: 0})
    one, other = wire([path, turned], ATTRIBUTES)
    assert find_isomorphism(one, other).tolist() == [other.names.index(2), other.names.index(1), other.names.index(0)]
    heavier = path.copy()
    heavier.edges[0, 1]["weight"] = 3.0
    assert find_isomorphism(*wire([path, heavier], ATTRIBUTES)) is None
    # Still no node or edge has to be edited, and the like weights are put together.
    assert assign(*wire([path, heavier], ATTRIBUTES)).edits == 0


@pytest.mark.parametrize("seed", range(8))
def test_small_graphs_get_the_edit_distance_of_networkx(seed):
    rng = np.random.default_rng([seed, 1])
    pair = [nx.gnp_random_graph(int(rng.integers(2, 6)), 0.5, seed=2 * seed + k) for k in range(2)]
    for graph in pair:
        nx.set_node_attributes(graph, {node: "AB"[int(rng.integers(2))] for node in graph}, "type")
    match = assign(*wire(pair, ATTRIBUTES))
    truth = nx.graph_edit_distance(*pair, node_match=lambda a, b: a["type"] == b["type"])
    assert (match.edits, match.proven) == (truth, True)


def test_few_edits_are_found_again():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(12):
        graph = molecule(rng)
        edited = graph.copy()
        edited.remove_edge(*list(graph.edges)[int(rng.integers(graph.number_of_edges()))])
        edited.nodes[int(rng.integers(20))]["type"] = "Br"
        one, other = wire([graph, relabelled(edited, rng)], ATTRIBUTES)
        match = assign(one, other)
        assert match.edits == count_edits(one, other, match.places)
        found.append(match.edits)
    # A search may miss the fewest edits now and then, but never a graph's worth of them.
    assert np.median(found) == 2
    assert max(found) <= 6


def test_words_decide_numbers_without_gaps_do_not():
    talk = nx.DiGraph([("ann", "bob"), ("bob", "eve")])
    turned = nx.DiGraph([("bob", "ann"), ("ann", "eve")])
    assert align(talk, turned).how == "by name"
    assert align(nx.path_graph(9), nx.relabel_nodes(nx.path_graph(9), {0: 8, 8: 0})).how == "exactly"
    ids = {k: 17 * k + 3 for k in range(9)}
    gaps = nx.relabel_nodes(nx.path_graph(9), ids)
    shorter = gaps.copy()
    shorter.remove_node(3)
    assert align(gaps, shorter).how == "by name"
    assert (
        align(gaps, nx.relabel_nodes(nx.path_graph(9), dict(zip(range(9), ids.values(), strict=True)))).how == "by name"
    )
    mixed = nx.relabel_nodes(
        gaps, dict(zip(gaps, np.random.default_rng(0).permutation(list(ids.values())), strict=True))
    )
    assert align(gaps, mixed).how == "exactly"
    assert [has_telling_names(graph) for graph in wire([talk, gaps, nx.path_graph(9)], ATTRIBUTES)] == [
        True,
        True,
        False,
    ]


def test_words_that_are_not_shared_do_not_decide():
    one = nx.relabel_nodes(nx.path_graph(4), dict(enumerate(["a1", "a2", "a3", "a4"])))
    other = nx.relabel_nodes(nx.path_graph(4), dict(enumerate(["b1", "b2", "b3", "b4"])))
    alignment = align(one, other)
    assert alignment.how == "exactly"
    assert len(alignment.forward) == 4


def test_empty_graphs_are_matched():
    empty = nx.Graph()
    assert align(empty, empty).pairs == ()
    assert align(empty, nx.path_graph(2)).pairs == ((None, 0), (None, 1))


def test_refinement_does_not_depend_on_names_and_tells_what_can_be_told():
    rng = np.random.default_rng(1)
    graph = molecule(rng)
    one, other = wire([graph, relabelled(graph, rng)], ATTRIBUTES)
    apart = [refine([each], [each.types])[0] for each in (one, other)]
    assert sorted(apart[0].tolist()) == sorted(apart[1].tolist())
    ring = wire([nx.cycle_graph(7)], ATTRIBUTES)[0]
    assert len(np.unique(refine([ring], [ring.types])[0])) == 1


def test_the_commonest_level_comes_first_unless_others_are_known():
    assert levels_of([3, "b", 3, None, None, None]) == (None, 3, "b")
    assert levels_of(["x"], known=["", "y"]) == ("y", "x")
