"""Edge lists as text: how lines are read, where graphs begin, and what is refused."""

import networkx as nx
import pytest

from gausscape.datasets import load
from gausscape.errors import ConfigurationError, DataError


def read(folder, content, **options):
    (folder / "town.edgelist").write_bytes(content.encode() if isinstance(content, str) else content)
    return load(folder / "town.edgelist", read=options)


def test_nodes_are_numbers_if_all_are(tmp_path):
    assert list(read(tmp_path, "1 2\n2 -3\n").values[0]) == [1, 2, -3]
    assert list(read(tmp_path, "1 2\n2 x\n").values[0]) == ["1", "2", "x"]
    assert read(tmp_path, "1 2\n").ids.tolist() == ["town"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a b", {}),
        ("a b 2.5", {"weight": 2.5}),
        ("a,b,road", {"type": "road"}),
        ("a\tb\troad\t3", {"type": "road", "weight": 3.0}),
        ("a b {'weight': 4, 'type': 'x'}", {"weight": 4, "type": "x"}),
    ],
)
def test_fields_after_the_nodes(tmp_path, line, told):
    assert read(tmp_path, f"% a remark\n# another\n{line}\n").values[0].edges["a", "b"] == told


def test_the_third_field_is_a_weight_only_if_it_always_is_a_number(tmp_path):
    graph = read(tmp_path, "a b 2\nb c x\n").values[0]
    assert graph.edges["a", "b"] == {"type": "2"}
    graph = read(tmp_path, "a b 2\n", edge_columns="type").values[0]
    assert graph.edges["a", "b"] == {"type": "2"}
    with pytest.raises(DataError, match="line 2: weight should be a number, but 'x'"):
        read(tmp_path, "a b 2\nb c x\n", edge_columns="weight")
    with pytest.raises(ConfigurationError, match="line 1: after u and v come weight"):
        read(tmp_path, "a b 2 3\n", edge_columns="weight")


def test_empty_lines_or_heads_begin_graphs(tmp_path):
    items = read(tmp_path, "a b\nb c\n\n\na c\n\n")
    assert items.ids.tolist() == ["0", "1"]
    assert [len(graph) for graph in items.values] == [3, 2]
    items = read(tmp_path, "# graph one label 1\na b\n\nb c\n# graph: two label: 2\na\n")
    assert items.ids.tolist() == ["one", "two"]
    assert items.labels.tolist() == [1, 2]
    assert [sorted(graph) for graph in items.values] == [["a", "b", "c"], ["a"]]


def test_G2_repeated_edges_and_loops(tmp_path):
    graph = read(tmp_path, "a b\na b\nc c\n").values[0]
    assert type(graph) is nx.MultiGraph
    assert graph.number_of_edges("a", "b") == 2
    assert graph.has_edge("c", "c")


def test_G3_direction_is_found_or_said(tmp_path):
    assert type(read(tmp_path, "a b\nb c\n").values[0]) is nx.Graph
    assert read(tmp_path, "a b\nb a\n").values[0].number_of_edges() == 1
    assert type(read(tmp_path, "a b\nb c\n", directed="true").values[0]) is nx.DiGraph
    with pytest.warns(UserWarning, match="line 3: edge 'b' to 'c'"):
        assert type(read(tmp_path, "a b\nb a\nb c\n").values[0]) is nx.DiGraph
    assert read(tmp_path, "a b\nb a\nb c\n", directed="false").values[0].number_of_edges() == 2
    with pytest.raises(DataError, match=r"line 1: .* the other way \(line 2\)"):
        read(tmp_path, "a b 1\nb a 2\n", directed="false")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a b c d e\n", "line 1: a line should be"),
        ("a b\na b {1\n}\n", "line 2: attributes should be written as"),
        ("a b {'x': __import__('os')}\n", "line 1: attributes"),
        ("a b {'x': [1]}\n", "line 1: attributes should be texts and numbers"),
        ("a b nan\n", "line 1: edge 'a' to 'b' needs a finite weight, but nan"),
        ("a b x inf\n", "needs a finite weight, but inf"),
        ("# nothing\n", "at least one edge"),
        (b"a b\n\xff c\n", "line 2: UTF-8"),
        ("a " + "b" * 70_000, "at most 65,536 letters"),
        ("# graph one\n# graph two\na b\n", "graph one has none"),
        ("# graph one\na b\n# graph one\na b\n", "'one' stands 2 times"),
    ],
)
def test_G6_lines_that_cannot_be_used_are_named(tmp_path, content, words):
    with pytest.raises(DataError, match=words):
        read(tmp_path, content)


def test_G6_large_and_scattered_ids_take_no_memory(tmp_path):
    graph = read(tmp_path, f"1 {2**40}\n{2**40} 7\n").values[0]
    assert sorted(graph) == [1, 7, 2**40]


def test_folders_of_files_have_labels_below(tmp_path):
    for place in ("good", "bad"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "x.edgelist").write_text("a b\n")
    (tmp_path / "bad" / "y.edges").write_text("a b\n\nb c\n")
    items = load(tmp_path)
    assert items.ids.tolist() == ["bad/x.edgelist", "bad/y.edges/0", "bad/y.edges/1", "good/x.edgelist"]
    assert items.labels.tolist() == ["bad", "bad", "bad", "good"]
    (tmp_path / "z.edgelist").write_text("a b\n")
    with pytest.raises(DataError, match="either directly or in one subfolder"):
        load(tmp_path)
