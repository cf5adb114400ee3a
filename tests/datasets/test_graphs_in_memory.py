"""Lists of graphs in memory: those of networkx, and Data as PyTorch Geometric has them."""

import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import torch

from gausscape.datasets import load
from gausscape.errors import ConfigurationError, DataError, SchemaError

SOURCE = str(Path(__file__).parents[2] / "src")


class Data:
    """As much of a torch_geometric Data as is asked for."""

    def __init__(self, **arrays):
        self.__dict__ |= {name: None if value is None else torch.as_tensor(value) for name, value in arrays.items()}


def path(**changed):
    told = {
        "edge_index": [[0, 1, 1, 2], [1, 0, 2, 1]],
        "x": torch.eye(3)[[0, 2, 0]],
        "edge_attr": torch.eye(2)[[0, 0, 1, 1]],
        "y": [1],
    }
    return Data(**(told | changed))


def test_one_hot_rows_are_types():
    items = load([path(), path(y=[0])])
    assert items.labels.tolist() == [1, 0]
    graph = items.values[0]
    assert type(graph) is nx.Graph
    assert dict(graph.nodes(data="type")) == {0: 0, 1: 2, 2: 0}
    assert dict(((u, v), kind) for u, v, kind in graph.edges(data="type")) == {(0, 1): 0, (1, 2): 1}
    named = load((path(),), read={"node_names": "C,N,O", "edge_names": "single,double"}).values[0]
    assert named.nodes[1] == {"type": "O"}
    assert named.edges[1, 2] == {"type": "double"}


def test_numbers_weights_and_missing_arrays():
    items = load([path(x=[[0.5, 2], [1, 1], [0, 0]], edge_attr=[1.0, 1, 3, 3], y=None)])
    assert items.labels is None
    assert items.values[0].nodes[0] == {"x1": 0.5, "x2": 2.0}
    assert items.values[0].edges[1, 2] == {"weight": 3.0}
    bare = load(Data(edge_index=[[0], [1]], num_nodes=4)).values[0]
    assert len(bare) == 4
    assert bare.is_directed()
    assert load([path(y=[[0.5, 1.0]])]).labels is None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"edge_index": [[0, 1], [1, 7]], "edge_attr": None}, "graph 0: edge 1: .*7 of edge 1 to 7"),
        ({"edge_index": [0, 1, 2]}, r"shape \(2, edges\), but has \(3,\)"),
        ({"edge_attr": [1.0, 2.0]}, "a row of edge_attr for each edge"),
        ({"edge_attr": [1.0, float("nan"), 1, 1]}, "graph 0: edge 1: edge 1 to 0 needs a finite weight"),
        ({"edge_attr": [1.0, 2, 1, 1]}, r"0 to 1 has {'weight': 1.0} and the other way \(edge 1\)"),
        ({"x": torch.zeros(3, 2, 2)}, r"x of shape \(rows, columns\)"),
        ({"x": torch.zeros(0, 2), "edge_index": torch.zeros(2, 0), "edge_attr": None}, "graph 0 has none"),
    ],
)
def test_G6_arrays_that_do_not_fit_are_named(changed, words):
    with pytest.raises(DataError, match=words):
        load([path(**changed)], read={"directed": "false"})


def test_graphs_with_other_columns_are_refused():
    with pytest.raises(DataError, match="the first have 3, none"):
        load([path(), path(x=None)])
    with pytest.raises(ConfigurationError, match="2 came for 3 columns of types"):
        load([path()], read={"node_names": "C,N"})
    with pytest.raises(ConfigurationError, match="no types"):
        load([path(x=[1.0, 2, 3])], read={"node_names": "C,N"})


def test_networkx_graphs_stay_as_they_are():
    graphs = [nx.path_graph(3), nx.cycle_graph(4)]
    items = load(graphs)
    assert all(a is b for a, b in zip(items.values, graphs, strict=True))
    assert items.modality == "graphs"
    assert items.labels is None
    for number, graph in enumerate(graphs):
        graph.graph |= {"label": number, "toxic": "ab"[number]}
    assert load(graphs).labels.tolist() == [0, 1]
    assert load(graphs, label_column="toxic").labels.tolist() == ["a", "b"]
    with pytest.raises(SchemaError, match="'nowhere'"):
        load(graphs, label_column="nowhere")
    assert len(load(nx.path_graph(5))) == 1
    with pytest.raises(ConfigurationError, match="resize"):
        load(graphs, resize=8)


def test_looking_imports_no_graph_library():
    code = (
        "import sys, numpy as np; from gausscape.datasets import load; load(np.zeros((2, 3))); load([1, 2]); "
        "print([name for name in ('networkx', 'torch', 'torch_geometric') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONPATH": SOURCE})
    assert done.stdout.decode().strip() == "[]"


def test_real_data_of_pytorch_geometric():
    pytest.importorskip("torch_geometric", reason="needs the extra pyg")
    from torch_geometric.data import Data as RealData
    from torch_geometric.data import InMemoryDataset

    listed = [RealData(**vars(path(y=[number]))) for number in range(3)]

    class Few(InMemoryDataset):
        def __init__(self):
            super().__init__(None)
            self.data, self.slices = self.collate(listed)

    for source in (listed, Few(), Few()[np.array([0, 1, 2])]):
        items = load(source)
        assert items.labels.tolist() == [0, 1, 2]
        assert items.values[2].number_of_edges() == 2
    assert len(load(listed[0])) == 1
