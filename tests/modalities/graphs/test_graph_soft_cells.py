"""What the encoder reads: plain cells where all nodes can be told apart, the same under any names, and as wide as it says."""

import networkx as nx
import numpy as np
import pytest
import torch

from gausscape.modalities.graphs import GraphModality
from gausscape.modalities.graphs.cells import CellMap
from gausscape.modalities.graphs.example import example_items
from gausscape.modalities.graphs.node_by_node import NodeByNode
from gausscape.modalities.graphs.soft_cells import soft_cells, soft_width


def map_of(modality: GraphModality) -> CellMap:
    assert isinstance(modality.form, NodeByNode)
    return modality.form.map


def read(modality: GraphModality, graphs: list) -> torch.Tensor:
    return soft_cells(modality.to_tensors(graphs), map_of(modality), torch.float64)


def directed(n: int) -> list:
    random = np.random.default_rng(4)
    return [nx.gnp_random_graph(int(random.integers(3, 8)), 0.4, seed=int(k), directed=True) for k in range(n)]


def named(graph: nx.Graph, table: dict) -> nx.Graph:
    """The graph with other names, its nodes in the order of those."""
    other = graph.__class__()
    renamed = nx.relabel_nodes(graph, table)
    other.add_nodes_from((node, renamed.nodes[node]) for node in sorted(renamed))
    other.add_edges_from(renamed.edges(data=True))
    return other


@pytest.mark.parametrize("graphs", [example_items(60), directed(60)], ids=["with numbers", "directed"])
def test_names_do_not_matter_and_the_width_is_told(graphs):
    modality, random = GraphModality.infer(graphs), np.random.default_rng(1)
    other = [named(graph, dict(zip(graph, random.permutation(len(graph)).tolist(), strict=True))) for graph in graphs]
    found = read(modality, graphs)
    assert found.shape == (len(graphs), soft_width(map_of(modality)))
    torch.testing.assert_close(found, read(modality, other), atol=1e-6, rtol=0)


def test_equals_share_their_places_and_others_have_their_own():
    # 1 - 0 - 2 with a tail behind 2: nobody is like another. A path of three: its two ends are.
    apart, alike = nx.Graph([(0, 1), (0, 2), (2, 3)]), nx.path_graph(3)
    for graph in (apart, alike):
        for node in graph:
            graph.nodes[node]["type"] = "O" if node == 3 else "C"
    graphs = [apart, alike] * 10
    modality = GraphModality.infer(graphs)
    slots, width = map_of(modality).slots, 1 + map_of(modality).types
    nodes = read(modality, graphs)[:2, : slots * width].reshape(2, slots, width)[..., 0]
    assert nodes[0, :4].tolist() == [1, 1, 1, 1]
    assert nodes[1, :3].tolist() == [1, 1, 1]  # half and half twice
    pairs = read(modality, graphs)[:2, slots * width :][:, : map_of(modality).pairs * 2].reshape(2, -1, 2)[..., 0]
    assert pairs.sum(1).tolist() == [3, 2]
    assert set(pairs[0].tolist()) <= {0, 1}


def test_counts_are_those_of_the_graph():
    graph = nx.cycle_graph(5)
    graph.add_edge(0, 5)
    modality = GraphModality.infer([graph, nx.path_graph(6)] * 10)
    found = read(modality, [graph])
    nodes, kinds, edges, *degrees = found[0, -(1 + 1 + 1 + 5 + 8) : -8].tolist()
    assert (nodes, kinds, edges) == (6, 6, 12)  # each edge from both of its ends
    assert degrees == [0, 1, 4, 1, 0]
