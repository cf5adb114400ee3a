"""Layouts do not depend on names, keep rings round, keep nodes apart, and keep their places along a chain."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from gausscape.modalities.graphs.layout import fit_boxes, follow, lay_out, lay_out_pair
from gausscape.modalities.graphs.pictures import MOST_DRAWN, draw_pictures
from gausscape.modalities.graphs.wiring import Attributes, wire


def place(graph):
    return lay_out(wire([graph], Attributes())[0])


def lengths(places):
    return np.sqrt(((places[:, None] - places[None]) ** 2).sum(-1))


def relabelled(graph, seed):
    nodes = list(graph)
    order = np.random.default_rng(seed).permutation(len(nodes))
    copy = nx.Graph()
    copy.add_nodes_from(int(i) for i in order)
    copy.add_edges_from((nodes.index(u), nodes.index(v)) for u, v in graph.edges)
    return copy


@pytest.mark.parametrize("seed", range(3))
def test_a_relabelled_graph_is_drawn_the_same_but_for_turns(seed):
    tree = nx.Graph([(0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (2, 6), (6, 7), (7, 8), (8, 9), (7, 0)])
    copy = relabelled(tree, seed)
    one, other = place(tree), place(copy)
    at = {name: i for i, name in enumerate(copy)}
    moved = other[[at[i] for i in range(len(tree))]]
    np.testing.assert_allclose(lengths(one), lengths(moved), atol=0.02)


@pytest.mark.parametrize("n", [3, 5, 6, 8])
def test_rings_are_round_and_their_edges_equal(n):
    ring = place(nx.cycle_graph(n))
    middle = np.linalg.norm(ring - ring.mean(0), axis=1)
    np.testing.assert_allclose(middle, middle.mean(), rtol=0.03)


@pytest.mark.parametrize(
    "graph",
    [
        nx.complete_graph(9),
        nx.star_graph(20),
        nx.grid_2d_graph(4, 5),
        nx.empty_graph(7),
        nx.barbell_graph(5, 2),
        nx.path_graph(1),
    ],
)
def test_no_two_nodes_coincide(graph):
    apart = lengths(place(graph))
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > 0.3
    assert np.isfinite(place(graph)).all()


def test_components_lie_side_by_side():
    graph = nx.disjoint_union_all([nx.cycle_graph(6), nx.cycle_graph(5), nx.path_graph(2), nx.empty_graph(1)])
    places = place(graph)
    boxes = [(places[list(part)].min(0), places[list(part)].max(0)) for part in nx.connected_components(graph)]
    for i, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[i + 1 :]:
            assert (high < other_low).any() or (other_high < low).any()


def test_an_empty_graph_has_no_places():
    assert place(nx.Graph()).shape == (0, 2)
    assert fit_boxes([np.zeros((0, 2))])[0].shape == (0, 2)
    assert draw_pictures([nx.Graph()])[0].data["nodes"] == []


def test_a_pair_shares_places():
    one, other = wire([nx.cycle_graph(6), nx.path_graph(7)], Attributes())
    a, b = lay_out_pair(one, other, [(i, i) for i in range(6)])
    np.testing.assert_array_equal(a, b[:6])


def test_following_moves_little():
    before = nx.cycle_graph(6)
    before.add_edge(0, 6)
    after = before.copy()
    after.add_edge(3, 7)
    one, other = wire([before, after], Attributes())
    start = lay_out(one)
    found = follow(other, dict(enumerate(start)), steadily=True)
    assert np.linalg.norm(found[:7] - start, axis=1).max() < 0.35
    turned = follow(other, dict(enumerate(start)), steadily=False)
    assert np.linalg.norm(turned[:7] - start, axis=1).mean() < 0.6


def test_a_strip_keeps_matched_nodes_where_they_were_on_one_scale():
    graph, strip = nx.cycle_graph(8), []
    rng = np.random.default_rng(0)
    for k in range(5):
        graph = graph.copy()
        graph.add_edge(k, 8 + k)
        strip.append(nx.relabel_nodes(graph, dict(zip(graph, rng.permutation(len(graph)).tolist(), strict=True))))
    pictures = draw_pictures(strip)
    places = [np.array([(node["x"], node["y"]) for node in picture.data["nodes"]]) for picture in pictures]
    for one, other in pairwise(places):
        # Each node has somebody near in the next picture: edges are about a fifth of the breadth long.
        nearest = np.sqrt(((one[:, None] - other[None]) ** 2).sum(-1)).min(1)
        assert np.median(nearest) < 0.06


def test_pictures_hold_labels_legend_widths_and_directions():
    graph = nx.DiGraph()
    graph.add_node("ann")
    graph.add_edge("ann", "bob", weight=4.0)
    graph.add_edge("bob", "eve", weight=1.0)
    typed = nx.path_graph(3)
    nx.set_node_attributes(typed, {0: "C", 1: "C", 2: "sulphur"}, "type")
    talk, chain = (
        draw_pictures([graph], weight="weight")[0].data,
        draw_pictures([typed], node_levels=("N", "C"))[0].data,
    )
    assert talk["directed"]
    assert [node["label"] for node in talk["nodes"]] == ["ann", "bob", "eve"]
    assert [edge["width"] for edge in talk["edges"]] == [1.0, 0.5]
    assert [node["label"] for node in chain["nodes"]] == ["C", "C", ""]
    assert [node["type"] for node in chain["nodes"]] == [1, 1, 2]
    assert chain["node_types"] == ["N", "C", "sulphur"]
    assert "width" not in chain["edges"][0]


def test_of_a_large_graph_the_first_nodes_are_drawn():
    picture = draw_pictures([nx.gnp_random_graph(260, 0.01, seed=0)])[0].data
    assert len(picture["nodes"]) == MOST_DRAWN
    assert picture["note"] == "first 200 of 260 nodes drawn"
    ids = {node["id"] for node in picture["nodes"]}
    assert all({edge["source"], edge["target"]} <= ids for edge in picture["edges"])
