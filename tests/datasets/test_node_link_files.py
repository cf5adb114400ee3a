"""Graphs as JSON: which objects are graphs, their ids and labels, and faults by line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gausscape.datasets import load
from gausscape.errors import DataError, SchemaError

SOURCE = str(Path(__file__).parents[2] / "src")
ROW = {
    "nodes": [{"id": "a", "type": "C"}, {"id": "b", "on": True, "note": None}],
    "edges": [{"source": "a", "target": "b", "weight": 2}],
}


def write(folder, *rows):
    (folder / "g.jsonl").write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return folder / "g.jsonl"


def test_ids_labels_and_attributes(tmp_path):
    items = load(
        write(tmp_path, ROW | {"id": "x", "label": 1}, "", ROW | {"graph": {"label": 0, "name": "n"}, "id": "y"})
    )
    assert items.ids.tolist() == ["x", "y"]
    assert items.labels.tolist() == [1, 0]
    assert items.values[1].graph == {"name": "n"}
    assert dict(items.values[0].nodes(data=True)) == {"a": {"type": "C"}, "b": {"on": 1}}
    items = load(write(tmp_path, ROW | {"k": 3, "y": "p"}), id_column="k", label_column="y")
    assert items.ids.tolist() == ["3"]
    assert items.labels.tolist() == ["p"]
    for option in ("id_column", "label_column"):
        with pytest.raises(SchemaError, match="'nowhere'"):
            load(tmp_path / "g.jsonl", **{option: "nowhere"})


def test_tables_with_such_columns_stay_tables(tmp_path):
    path = write(tmp_path, {"nodes": 3, "edges": 2}, {"nodes": 4, "edges": 4})
    assert load(path, label_column="edges").values.columns.tolist() == ["nodes"]


def test_G3_graphs_say_whether_they_are_directed(tmp_path):
    assert load(write(tmp_path, ROW | {"directed": True})).values[0].is_directed()
    with pytest.raises(DataError, match=r"0 of g.jsonl is directed and 1 of g.jsonl is not"):
        load(write(tmp_path, ROW | {"directed": True}, ROW | {"directed": False}))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROW | {"edges": [{"source": "a", "target": "z"}]}, "line 2: .*'z' of edge 'a' to 'z'"),
        (ROW | {"edges": [{"source": "a"}]}, 'line 2: "target" of a node or edge'),
        (ROW | {"edges": [3]}, 'line 2: "source" of a node or edge'),
        (ROW | {"nodes": [{"id": "a"}, {"id": "a"}]}, "line 2: .*'a' came twice"),
        (ROW | {"nodes": [{"id": [1]}]}, 'line 2: "id" of a node'),
        (ROW | {"nodes": [{"id": "a", "place": [1, 2]}, {"id": "b"}]}, "line 2: .*'place' is a list"),
        (json.dumps(ROW).replace("2}]", "NaN}]"), "line 2: edge 'a' to 'b' needs a finite weight, but nan"),
        ({"nodes": [], "edges": []}, "graph 1 has none"),
        ({"nodes": 3}, "line 2: a graph needs lists"),
        ("{", "row 2 does not"),
        ("[]", "row 2 is a list"),
    ],
)
def test_G6_faults_are_named_by_line(tmp_path, row, words):
    with pytest.raises(DataError, match=words):
        load(write(tmp_path, ROW, row))


def test_graphs_from_standard_input():
    code = "from gausscape.datasets import load; items = load('-'); print(items.modality, items.ids.tolist())"
    told = json.dumps(ROW | {"id": "x"}).encode()
    done = subprocess.run(
        [sys.executable, "-c", code], input=told, capture_output=True, check=True, env={"PYTHONPATH": SOURCE}
    )
    assert done.stdout.decode().strip() == "graphs ['x']"


def test_what_is_told_of_generated_graphs_is_no_attribute_of_theirs(tmp_path):
    told = {"exceedance": 0.1, "lower": 0.0, "upper": 0.2, "support": "SUPPORTED", "nearest": "7", "codes": [0.1, 0.2]}
    items = load(write(tmp_path, ROW | {"graph": told | {"origin": "here"}}, ROW | {"gausscape": told}))
    assert [graph.graph for graph in items.values] == [{"origin": "here"}, {}]
    # A list that nobody here wrote is still refused, and the same names are attributes where there are no codes.
    with pytest.raises(DataError, match="'rings' is a list"):
        load(write(tmp_path, ROW | {"graph": {"rings": [1]}}))
    assert load(write(tmp_path, ROW | {"graph": {"support": "x"}})).values[0].graph == {"support": "x"}
