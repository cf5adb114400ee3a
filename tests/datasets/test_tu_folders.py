"""Folders of the TU format: what they hold, and every fault by file and line."""

import contextlib
import random
import warnings
from collections import Counter

import networkx as nx
import pytest

from gausscape.datasets import load
from gausscape.errors import ConfigurationError, DataError, GausscapeError, MissingFileError

# A triangle 1-2-3 and an edge 4-5 with a lone node 6.
FILES = {
    "A": "1, 2\n2, 1\n2, 3\n3, 2\n1, 3\n3, 1\n4, 5\n5, 4\n",
    "graph_indicator": "1\n1\n1\n2\n2\n2\n",
    "graph_labels": "1\n-1\n",
    "node_labels": "0\n0\n1\n2\n0\n0\n",
    "edge_labels": "0\n0\n1\n1\n0\n0\n1\n1\n",
    "node_attributes": "1.5, 2\n1, 2\n1, 2\n1, 2\n1, 2\n1, 2\n",
}


def write(folder, **changed):
    for part, content in (FILES | changed).items():
        if content is not None:
            (folder / f"DS_{part}.txt").write_text(content)
    return folder


def test_types_numbers_labels_and_ids(tmp_path):
    items = load(write(tmp_path))
    triangle, pair = items.values
    assert items.ids.tolist() == ["0", "1"]
    assert items.labels.tolist() == [1, -1]
    assert items.name == "DS"
    assert type(triangle) is nx.Graph
    assert triangle.nodes[1] == {"type": 0, "attr1": 1.5, "attr2": 2.0}
    assert triangle.edges[2, 3] == {"type": 1}
    assert list(pair) == [4, 5, 6]
    assert pair.number_of_edges() == 1


def test_names_replace_codes(tmp_path):
    read = {"node_names": "C,N,O", "edge_names": ["0=single", "1=double"], "node_attributes": "mass,charge"}
    triangle = load(write(tmp_path), read=read).values[0]
    assert triangle.nodes[3] == {"type": "N", "mass": 1.0, "charge": 2.0}
    assert triangle.edges[2, 3] == {"type": "double"}


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ({"node_names": "C,N"}, "DS_node_labels.txt: line 4 has 2"),
        ({"node_names": "0=C,N"}, "code=name"),
        ({"node_attributes": "mass"}, "2 columns"),
        ({"edge_attributes": "mass"}, "DS_edge_attributes.txt"),
        ({"directed": "maybe"}, "auto or true or false"),
    ],
)
def test_names_that_do_not_fit_are_refused(tmp_path, read, words):
    with pytest.raises(ConfigurationError, match=words):
        load(write(tmp_path), read=read)


def test_G3_asymmetric_edges_are_directed_and_told(tmp_path):
    write(tmp_path, A="1, 2\n2, 1\n2, 3\n3, 2\n1, 3\n3, 1\n4, 5\n6, 4\n")
    with pytest.warns(UserWarning, match=r"DS_A.txt: line 7: edge 4 to 5 is not told in the other direction"):
        items = load(tmp_path)
    assert all(type(graph) is nx.DiGraph for graph in items.values)
    with pytest.raises(DataError, match=r"line 7: .*edge 4 to 5 of graph 1 is told 1 times, and 0 times the other way"):
        load(tmp_path, read={"directed": "false"})
    assert load(tmp_path, read={"directed": "true"}).values[1].number_of_edges() == 2


def test_G3_edges_all_one_way_are_directed(tmp_path, recwarn):
    items = load(write(tmp_path, A="1, 2\n2, 3\n1, 3\n4, 5\n", edge_labels="0\n0\n1\n1\n"))
    assert all(graph.is_directed() for graph in items.values)
    assert not recwarn


def test_G3_directions_that_differ_are_named(tmp_path):
    write(tmp_path, edge_labels="0\n1\n1\n1\n0\n0\n1\n1\n")
    with pytest.raises(
        DataError, match=r"DS_A.txt: line 1: .*1 to 2 has {'type': 0} and the other way \(line 2\) {'type': 1}"
    ):
        load(tmp_path)


def test_G2_repeated_edges_become_multigraphs_and_loops_stay(tmp_path):
    write(tmp_path, A="1, 2\n2, 1\n1, 2\n2, 1\n3, 3\n4, 5\n5, 4\n6, 6\n", edge_labels="0\n0\n1\n1\n0\n0\n0\n0\n")
    first, second = load(tmp_path).values
    assert type(first) is nx.MultiGraph
    assert first.number_of_edges(1, 2) == 2
    assert type(second) is nx.Graph
    assert second.has_edge(6, 6)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"A": "1, 2\n2, 1\n2, 7\n7, 2\n1, 3\n3, 1\n4, 5\n5, 4\n"},
            r"DS_A.txt: line 3: an edge needs two nodes from 1 to 6, but 2, 7",
        ),
        ({"A": f"1, {2**40}\n" + FILES["A"][5:]}, rf"line 1: .*1, {2**40} came"),
        ({"A": "0, 2\n" + FILES["A"][5:]}, "line 1: .*0, 2 came"),
        ({"A": f"1, {2**70}\n" + FILES["A"][5:]}, "DS_A.txt: line 1: a whole number"),
        ({"A": "1, 2.5\n" + FILES["A"][5:]}, "DS_A.txt: line 1: a whole number"),
        ({"A": "1, nan\n" + FILES["A"][5:]}, "DS_A.txt: line 1: a whole number"),
        ({"A": "a, b\n" + FILES["A"][5:]}, "DS_A.txt: line 1: numbers with commas"),
        ({"A": "1, 2, 3\n" + FILES["A"][5:]}, "DS_A.txt: line 1: 2 numbers are needed, but 3"),
        ({"A": FILES["A"].replace("4, 5\n", "3, 5\n")}, r"DS_A.txt: line 7: .*3 is of graph 1 and 5 of graph 2"),
        ({"graph_indicator": "1\n1\n1\n2\n2\n4\n"}, r"DS_graph_indicator.txt: line 6: .*but 4 came"),
        ({"graph_indicator": f"1\n1\n1\n2\n2\n{2**40}\n"}, r"line 6: "),
        ({"graph_indicator": f"1\n1\n1\n2\n2\n{2**40}\n", "graph_labels": None}, r"line 6: "),
        ({"graph_indicator": "0\n1\n1\n2\n2\n2\n"}, r"line 1: .*but 0 came"),
        ({"graph_indicator": "1\n1\n1\n2\n2\n\n2\n"}, r"DS_graph_indicator.txt: line 6: numbers"),
        ({"node_labels": "0\n0\n1\n2\n0\n"}, r"DS_node_labels.txt should have a line for each node \(6\), but has 5"),
        ({"edge_labels": "0\n0\n"}, r"DS_edge_labels.txt should have a line for each edge \(8\), but has 2"),
        (
            {"node_attributes": FILES["node_attributes"].replace("1.5", "nan")},
            r"DS_node_attributes.txt: line 1: .*column 1 is nan",
        ),
        ({"edge_attributes": "1\n" * 7 + "inf\n"}, r"DS_edge_attributes.txt: line 8: .*inf"),
        ({"graph_labels": ""}, "DS_graph_labels.txt should hold data, but has 0 bytes"),
    ],
)
def test_G6_faults_are_named_by_file_and_line(tmp_path, changed, words):
    with pytest.raises(DataError, match=words):
        load(write(tmp_path, **changed))


def test_G1_a_graph_without_nodes_is_named(tmp_path):
    with pytest.raises(DataError, match=r"graph 2 \(line 2 of the graph labels\) has none"):
        load(write(tmp_path, graph_indicator="1\n1\n1\n3\n3\n3\n", graph_labels="1\n1\n1\n"))


def test_G1_graphs_without_edges_are_valid(tmp_path):
    items = load(write(tmp_path, A="1, 2\n2, 1\n", edge_labels="0\n0\n"))
    assert [graph.number_of_edges() for graph in items.values] == [1, 0]


def test_a_missing_indicator_and_two_sets(tmp_path):
    write(tmp_path)
    (tmp_path / "OTHER_graph_indicator.txt").write_text("1\n")
    (tmp_path / "DS_graph_indicator.txt").unlink()
    with pytest.raises(MissingFileError, match=r"DS_graph_indicator\.txt"):
        load(tmp_path)
    (tmp_path / "OTHER_A.txt").write_text("1, 1\n")
    with pytest.raises(DataError, match="DS and OTHER"):
        load(tmp_path)


def test_a_value_of_each_graph_is_a_label_where_there_are_no_classes(tmp_path):
    items = load(write(tmp_path, graph_labels=None, graph_attributes="0.5\n-2\n"))
    assert items.labels.tolist() == [0.5, -2.0]
    items = load(write(tmp_path, graph_attributes="0.5\n-2\n"))
    assert items.labels.tolist() == [1, -1]
    assert items.values[0].graph == {"attr1": 0.5}


@pytest.mark.parametrize("seed", range(30))
def test_altered_files_are_read_or_refused_in_words(tmp_path, seed):
    """Any change of one byte gives graphs or one of gausscape's errors, never another."""
    chance = random.Random(seed)
    parts = dict(FILES)
    for _ in range(20):
        part = chance.choice(sorted(parts))
        place = chance.randrange(len(parts[part]))
        altered = parts | {part: parts[part][:place] + chance.choice("0159,-.\n ex\0é") + parts[part][place + 1 :]}
        write(tmp_path, **altered)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(GausscapeError):
                load(tmp_path)


COUNTS = {
    "tu-mutag": (188, {-1: 63, 1: 125}, 3371, 7442, 28, 7),
    "tu-aids": (2000, {0: 400, 1: 1600}, 31_385, 64_780, 95, 38),
    "tu-proteins": (1113, {1: 663, 2: 450}, 43_471, 162_088, 620, 3),
}


@pytest.mark.parametrize("name", COUNTS)
def test_published_sets_have_their_published_counts(shared_data, name):
    if not (shared_data / name).is_dir():
        pytest.skip(f"needs {name} among the larger data sets")
    items = load(shared_data / name)
    objects, labels, nodes, edges, largest, types = COUNTS[name]
    assert len(items) == objects
    assert dict(sorted(Counter(items.labels.tolist()).items())) == labels
    assert sum(map(len, items.values)) == nodes
    assert 2 * sum(graph.number_of_edges() for graph in items.values) == edges
    assert max(map(len, items.values)) == largest
    assert len({kind for graph in items.values for _, kind in graph.nodes(data="type")}) == types
    assert {type(graph) for graph in items.values} == {nx.Graph}
