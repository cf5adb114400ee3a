"""Graphs and lines are drawn at every size, their marks can be told apart, and a change shows its edits."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.collections import EllipseCollection, LineCollection, PolyCollection

from gausscape.figures import Look, draw_change, plot
from gausscape.figures.comparison import plan_parts
from gausscape.figures.lines import Scaled
from gausscape.figures.pictures import draw_grid, draw_picture, on_one_scale
from gausscape.figures.strip import Captioned, draw_row
from gausscape.figures.style import new_sheet, to_bytes
from gausscape.modalities.graphs.comparison import compare_graphs
from gausscape.modalities.graphs.pictures import draw_pictures
from gausscape.modality import Comparison, Edit, Picture

LOOKS = [Look(), Look(dark=True, titled=False), Look(width=3.6)]


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    graph = nx.cycle_graph(6)
    graph.add_edges_from([(2, 6), (6, 7), (6, 8)])
    nx.set_node_attributes(graph, dict(enumerate("CCCCCCNOO")), "type")
    nx.set_edge_attributes(graph, "single", "type")
    edited = graph.copy()
    edited.remove_edge(0, 1)
    edited.add_edge(0, 9, type="double")
    edited.nodes[9]["type"] = "Cl"
    edited.nodes[8]["type"] = "S"
    edited.edges[2, 6]["type"] = "double"
    return compare_graphs(graph, edited)


def drawn(picture, side=1.5, look=None):
    look = look or Look(width=4)
    with rc_context(look.settings()):
        sheet = new_sheet(look, 4)
        draw_picture(sheet, picture, (0.1, 0.1, side, side))
    return sheet


@pytest.mark.parametrize("side", [0.3, 0.6, 1.5, 3.5])
@pytest.mark.parametrize("look", LOOKS)
def test_graphs_are_drawn_within_their_box_at_every_size(side, look, assert_legible):
    picture = draw_pictures([nx.barabasi_albert_graph(24, 1, seed=3)])[0]
    sheet = drawn(picture, side, look)
    discs = [each for each in sheet.page.collections if isinstance(each, EllipseCollection)]
    places = np.concatenate([np.asarray(each.get_offsets()) for each in discs])
    assert len(places) == 24
    assert (places > 0.1).all()
    assert (places < 0.1 + side).all()
    assert_legible(sheet.figure)


def test_letters_are_written_only_where_they_can_be_read(words_of):
    graph = nx.cycle_graph(6)
    nx.set_node_attributes(graph, dict(enumerate("CCCCNN")), "type")
    picture = draw_pictures([graph])[0]
    assert words_of(drawn(picture, 2.0).figure).split().count("C") == 4
    assert words_of(drawn(picture, 0.4).figure) == ""


def test_directed_edges_have_heads_and_double_edges_two_lines():
    directed = drawn(draw_pictures([nx.DiGraph([(0, 1), (1, 2)])])[0])
    heads = [each for each in directed.page.collections if isinstance(each, PolyCollection)]
    assert sum(len(each.get_paths()) for each in heads) == 2
    path = nx.path_graph(4)
    nx.set_edge_attributes(path, dict(zip(path.edges, ["a", "b", "c"], strict=True)), "type")
    lines = [each for each in drawn(draw_pictures([path])[0]).page.collections if isinstance(each, LineCollection)]
    assert sum(len(each.get_segments()) for each in lines) == 4


def test_each_status_has_a_look_of_its_own(comparison):
    look, (before, after) = Look(width=4), comparison.pictures
    assert to_bytes(drawn(before, 3, look).figure, "png") != to_bytes(drawn(after, 3, look).figure, "png")
    data = dict(after.data)
    bytes_of = set()
    for status in ("same", "added", "removed", "retyped"):
        nodes = [dict(node, status=status if k == 0 else "same") for k, node in enumerate(data["nodes"])]
        edges = [dict(edge, status="same") for edge in data["edges"]]
        bytes_of.add(
            to_bytes(drawn(Picture("node-link", data | {"nodes": nodes, "edges": edges}), 3, look).figure, "png")
        )
    assert len(bytes_of) == 4


def test_loops_notes_and_graphs_without_places_are_drawn(words_of):
    loop = nx.path_graph(3)
    loop.add_edge(1, 1)
    assert drawn(draw_pictures([loop])[0]).page.collections
    bare = Picture("node-link", {"nodes": [0, 1, 2], "edges": [(0, 1)], "note": "a note"})
    assert "a note" in words_of(drawn(bare).figure)


@pytest.mark.parametrize("look", LOOKS)
def test_a_comparison_shows_both_pictures_a_key_and_the_edits(comparison, look, words_of, assert_legible):
    with rc_context(look.settings()):
        plan = plan_parts(look, comparison, look.width - 0.2)
        sheet = new_sheet(look, plan.height)
        plan.draw(sheet, 0.1, 0)
    words = words_of(sheet.figure)
    for edit in comparison.edits:
        assert edit.text in words
    assert all(word in words for word in ("added", "removed", "retyped", "first", "second"))
    assert_legible(sheet.figure)


def test_many_edits_are_cut_short_and_none_are_said(comparison, words_of):
    look = Look()
    many = replace(comparison, edits=tuple(Edit("added", "edge", f"edge {k} added") for k in range(40)))
    none = replace(comparison, edits=())
    for given, said in ((many, "and 29 more"), (none, "the two are equal")):
        with rc_context(look.settings()):
            plan = plan_parts(look, given, 7)
            sheet = new_sheet(look, plan.height)
            plan.draw(sheet, 0.1, 0)
        assert said in words_of(sheet.figure)


@pytest.mark.parametrize("look", LOOKS)
def test_a_change_with_parts_shows_them(on_images, comparison, look, words_of, assert_legible):
    change = replace(on_images.change, comparison=comparison)
    figure = plot(change, look=look)
    assert "part by part" in words_of(figure)
    assert_legible(figure)
    assert "part by part" not in words_of(draw_change(change, details=False, look=look))
    assert "part by part" not in words_of(plot(on_images.change, look=look))


def test_lines_side_by_side_share_one_scale():
    low, high = Picture("line", np.zeros((5, 2))), Picture("line", np.array([[1.0, -3.0]] * 9))
    one, other = on_one_scale([low, high])
    for end in ("low", "high"):
        np.testing.assert_array_equal(getattr(one.data, end), getattr(other.data, end))
    assert one.data.length == other.data.length == 9
    raster = Picture("raster", np.zeros((2, 2)))
    assert on_one_scale([raster, low])[0] is raster
    assert isinstance(on_one_scale([raster, low])[1].data, Scaled)


def test_a_row_and_a_grid_draw_lines_on_one_scale():
    flat, steep = Picture("line", np.linspace(0, 1, 9)), Picture("line", np.linspace(0, 10, 9))
    sheet = new_sheet(Look(), 3)
    draw_row(sheet, [Captioned(flat, "SUPPORTED"), Captioned(steep, "SUPPORTED")], 0.1, 0.1, 3, ink=False)
    tall = [np.ptp(line.get_ydata()) for line in sheet.page.lines]
    assert tall[1] == pytest.approx(10 * tall[0])
    sheet = new_sheet(Look(), 4)
    draw_grid(sheet, [flat] * 9 + [steep] * 27, (0, 0, 4, 4), columns=6)
    tall = [np.ptp(line.get_ydata()) for line in sheet.page.lines]
    assert max(tall) == pytest.approx(10 * min(tall))


def test_gaps_stay_gaps_and_zero_is_marked():
    values = np.sin(np.arange(12.0))
    values[[3, 4, 6]] = np.nan
    sheet = drawn(Picture("line", values))
    zero, line, alone = sheet.page.lines
    assert np.ptp(zero.get_ydata()) == 0
    assert np.isnan(line.get_ydata()).sum() == 3
    assert len(alone.get_xdata()) == 1
    assert len(drawn(Picture("line", np.full((4, 1), np.nan))).page.lines) == 1


def test_channels_get_bands_of_their_own_where_there_is_room():
    data = np.stack([np.linspace(0, 1, 9), np.linspace(100, 200, 9)], axis=1)
    apart = [line.get_ydata() for line in drawn(Picture("line", data), 2.0).page.lines if len(line.get_xdata()) == 9]
    assert apart[0].max() < apart[1].min(), "the first channel lies above the second"
    assert np.ptp(apart[0]) == pytest.approx(np.ptp(apart[1]))
    over = [line.get_ydata() for line in drawn(Picture("line", data), 0.25).page.lines if len(line.get_xdata()) == 9]
    assert np.ptp(over[0]) < 0.02 * np.ptp(over[1])
