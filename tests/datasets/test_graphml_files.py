"""GraphML files: keys and defaults, harmful XML, and faults by line."""

import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

from gausscape.datasets import load
from gausscape.errors import ConfigurationError, DamagedFileError, DataError, SchemaError

SOURCE = str(Path(__file__).parents[2] / "src")
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="t" for="node" attr.name="type" attr.type="string"><default>C</default></key>
<key id="w" for="edge" attr.name="weight" attr.type="double"/>
<key id="y" for="graph" attr.name="active" attr.type="boolean"/>
<key id="d" for="node" yfiles.type="nodegraphics"/>
"""
GRAPH = """<graph id="g" edgedefault="undirected"><data key="y">true</data>
<node id="a"/>
<node id="b"><data key="t">N</data><data key="d"><y:Shape xmlns:y="urn:y"><y:Text>drawing</y:Text></y:Shape></data></node>
<edge source="a" target="b"><data key="w">1.5</data></edge>
</graph>
"""


def read(folder, body, *, head=HEAD, **options):
    (folder / "mol.graphml").write_text(f"{head}{body}</graphml>")
    return load(folder / "mol.graphml", **options)


def test_defaults_types_and_drawings(tmp_path):
    items = read(tmp_path, GRAPH, label_column="active")
    graph = items.values[0]
    assert items.ids.tolist() == ["mol"]
    assert items.labels.tolist() == [1]
    assert type(graph) is nx.Graph
    assert dict(graph.nodes(data=True)) == {"a": {"type": "C"}, "b": {"type": "N"}}
    assert graph.edges["a", "b"] == {"weight": 1.5}
    with pytest.raises(SchemaError, match="has active"):
        read(tmp_path, GRAPH, label_column="toxic")


def test_several_graphs_and_their_direction(tmp_path):
    other = GRAPH.replace('"g"', '"h"')
    assert read(tmp_path, GRAPH + other).ids.tolist() == ["g", "h"]
    with pytest.raises(DataError, match=r"h of .* is directed and g"):
        read(tmp_path, GRAPH + other.replace("undirected", "directed"))
    assert read(tmp_path, GRAPH.replace("undirected", "directed")).values[0].is_directed()


def test_what_networkx_writes_is_what_networkx_reads(tmp_path):
    graph = nx.les_miserables_graph()
    nx.write_graphml(graph, tmp_path / "les.graphml")
    ours, theirs = load(tmp_path / "les.graphml").values[0], nx.read_graphml(tmp_path / "les.graphml")
    assert dict(ours.nodes) == dict(theirs.nodes)
    assert nx.utils.edges_equal(ours.edges(data=True), theirs.edges(data=True))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "declared",
    [
        f'<!DOCTYPE graphml [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE graphml [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE graphml SYSTEM "http://127.0.0.1:9/graphml.dtd">',
        "<!DOCTYPE graphml>",
    ],
)
def test_documents_that_declare_entities_are_refused(tmp_path, declared):
    head = HEAD.replace("<graphml ", f"{declared}<graphml ")
    with pytest.raises(DamagedFileError, match="line 2: GraphML needs no document type"):
        read(tmp_path, GRAPH.replace(">N<", ">&l9;<"), head=head)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('target="b"', 'target="z"', "line 10: .*'z' of edge 'a' to 'z' is none of its 2 nodes"),
        ('id="b"', 'id="a"', "line 9: .*'a' came twice"),
        (' target="b"', "", "line 10: .*target="),
        ("1.5", "x", "line 10: weight should be of type double, but 'x'"),
        ("1.5", "NaN", "line 10: edge 'a' to 'b' needs a finite weight, but nan"),
        ('key="w"', 'key="q"', "line 10: data need a <key>"),
        ("true", "perhaps", "active should be of type boolean"),
        ('<edge source="a"', '<edge directed="true" source="a"', "line 10: all edges of graph g should be undirected"),
        ("</graph>", "<hyperedge/></graph>", "line 11: .*hyperedge"),
        ('<node id="a"/>', '<node id="a"><graph/></node>', "line 8: graphs should stand beside each other"),
        ('<node id="a"/>', "<node/>", "line 8: inside <graph> a node needs id="),
        ("</graph>", "", "line 12: whole XML is needed, but: mismatched tag"),
        (GRAPH, "", "at least one <graph>"),
        (GRAPH, "<graph/>", "graph mol has none"),
        (">N<", ">" + "N" * 70_000 + "<", "at most 65,536 letters"),
        ('<node id="a"/>', "<x>" * 70 + "</x>" * 70, "more than 64"),
    ],
)
def test_G6_faults_are_named_by_line(tmp_path, old, new, words):
    assert old in GRAPH
    with pytest.raises((DataError, DamagedFileError), match=words):
        read(tmp_path, GRAPH.replace(old, new))


def test_options_of_other_files_are_refused_for_a_folder(tmp_path):
    read(tmp_path, GRAPH)
    assert load(tmp_path, label_column="active").labels.tolist() == [1]
    with pytest.raises(ConfigurationError, match="edge_columns"):
        load(tmp_path, read={"edge_columns": "type"})


def test_other_xml_is_refused(tmp_path):
    (tmp_path / "a.graphml").write_text("<svg><graph/></svg>")
    with pytest.raises(DataError, match="begin with <graphml>"):
        load(tmp_path / "a.graphml")
    (tmp_path / "a.graphml").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(DataError, match=r"\.png"):
        load(tmp_path / "a.graphml")


def test_a_file_larger_than_memory_is_refused(tmp_path):
    pytest.importorskip("resource")
    with open(tmp_path / "big.graphml", "wb") as file:
        file.write(HEAD.encode() + b"<graph>")
        file.truncate(80 << 20)
    code = (
        "import resource, sys; from gausscape.datasets import load; from gausscape.errors import DataError\n"
        "import gausscape.datasets.readers.graphml, pandas, pyarrow.csv\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "try:\n    load(sys.argv[1])\nexcept DataError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "big.graphml"],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": SOURCE, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert "of memory" in done.stdout, done.stderr


@pytest.mark.parametrize("element", ['<node id="c"/>', '<edge source="a" target="b"/>'])
@pytest.mark.parametrize("place", ["{element}", "{element}{graph}", "{graph}{element}"])
def test_nodes_and_edges_outside_a_graph_are_named(tmp_path, element, place):
    with pytest.raises(DataError, match="inside <graph> a node needs id="):
        read(tmp_path, place.format(element=element, graph=GRAPH))
