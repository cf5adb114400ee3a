"""Graphs as they came -> flat lists of their nodes and edges; what is no graph, or none that can be used, is named."""

__all__ = ["Gathered", "gather", "is_graph", "is_pyg"]

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import DataError, SchemaError


@dataclass(frozen=True)
class Gathered:
    """Nodes and edges of n graphs, one after another, with the data that each bears.

    Args:
        sizes: Nodes of each graph, (n,).
        nodes: Name of each node.
        node_data: What each node bears.
        edge_graph: Which graph each edge is of, (edges,).
        ends: Its two ends as positions within the graph, (edges, 2); from the first to the second if directed.
        edge_data: What each edge bears.
        directed: Whether each graph is directed, (n,).
    """

    sizes: np.ndarray
    nodes: list[Hashable]
    node_data: list[dict]
    edge_graph: np.ndarray
    ends: np.ndarray
    edge_data: list[dict]
    directed: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """Position of the first node of each graph among all nodes, (n,)."""
        return np.cumsum(self.sizes) - self.sizes

    @property
    def node_graph(self) -> np.ndarray:
        """Which graph each node is of, (nodes,)."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def name_of_node(self, node: int) -> str:
        """A node in words, by its position among all nodes."""
        return f"node {self.nodes[node]!r} of graph {self.node_graph[node]}"

    def name_of_edge(self, edge: int) -> str:
        """An edge in words, by its position among all edges."""
        graph = self.edge_graph[edge]
        first, second = (self.nodes[self.starts[graph] + end] for end in self.ends[edge])
        return f"edge ({first!r}, {second!r}) of graph {graph}"

    def kept(self, edges: np.ndarray) -> "Gathered":
        """With these edges alone, by their positions."""
        data = [self.edge_data[edge] for edge in edges.tolist()]
        return Gathered(
            self.sizes, self.nodes, self.node_data, self.edge_graph[edges], self.ends[edges], data, self.directed
        )


def is_graph(value: Any) -> bool:
    """Whether a value looks like a networkx graph; imports nothing."""
    return all(hasattr(value, name) for name in ("nodes", "edges", "is_directed", "is_multigraph"))


def is_pyg(value: Any) -> bool:
    """Whether a value looks like a graph of torch_geometric; imports nothing."""
    return hasattr(value, "edge_index") and hasattr(value, "num_nodes")


def gather(graphs: Any) -> Gathered:
    """Flat lists of the nodes and edges of some graphs.

    Raises:
        DataError: If these are no graphs, or one has no nodes.
    """
    if not isinstance(graphs, (list, tuple)):
        raise DataError(f"Graphs need a list of networkx graphs, but a {type(graphs).__name__} came. Pass [graph, ...].")
    nodes: list[Hashable] = []
    node_data: list[dict] = []
    edge_data: list[dict] = []
    ends: list[tuple[int, int]] = []
    sizes, edge_counts, directed = [], [], []
    for number, graph in enumerate(graphs):
        if not is_graph(graph):
            raise DataError(
                f"Graphs need a list of networkx graphs, but entry {number} is a {type(graph).__name__}. Convert or drop it."
            )
        place: dict[Hashable, int] = {}
        for node, data in graph.nodes(data=True):
            place[node] = len(place)
            node_data.append(data)
        if not place:
            raise DataError(f"A graph needs at least one node, but graph {number} is empty. Drop it.")
        nodes.extend(place)
        before = len(edge_data)
        for first, second, data in graph.edges(data=True):
            ends.append((place[first], place[second]))
            edge_data.append(data)
        sizes.append(len(place))
        edge_counts.append(len(edge_data) - before)
        directed.append(graph.is_directed())
    return Gathered(
        np.array(sizes, dtype=np.int64),
        nodes,
        node_data,
        np.repeat(np.arange(len(sizes)), np.array(edge_counts, dtype=np.int64)),
        np.array(ends, dtype=np.int64).reshape(-1, 2),
        edge_data,
        np.array(directed, dtype=bool),
    )


def undirected(gathered: Gathered) -> Gathered:
    """Directed graphs that hold each edge in both directions, as undirected ones.

    Raises:
        SchemaError: If an edge has no opposite; it is named.
    """
    rows = np.flatnonzero(gathered.directed[gathered.edge_graph])
    if not gathered.directed.any():
        return gathered
    forward = _keys(gathered, gathered.ends)
    backward = _keys(gathered, gathered.ends[:, ::-1])
    alone = rows[~np.isin(forward[rows], backward)]
    if len(alone):
        raise SchemaError(
            f"This space was fitted on undirected graphs, but {gathered.name_of_edge(alone[0])} has no opposite edge. "
            "Pass graph.to_undirected() if direction means nothing."
        )
    keep = ~gathered.directed[gathered.edge_graph] | (gathered.ends[:, 0] <= gathered.ends[:, 1])
    kept = gathered.kept(np.flatnonzero(keep))
    return Gathered(
        kept.sizes, kept.nodes, kept.node_data, kept.edge_graph, kept.ends, kept.edge_data, np.zeros_like(kept.directed)
    )


def parallel_edges(gathered: Gathered, *, directed: bool) -> np.ndarray:
    """For each edge the position of the first that joins the same two nodes, (edges,)."""
    ends = gathered.ends if directed else np.sort(gathered.ends, axis=1)
    _, first, group = np.unique(_keys(gathered, ends), return_index=True, return_inverse=True)
    return first[group]


def _keys(gathered: Gathered, ends: np.ndarray) -> np.ndarray:
    starts = gathered.starts[gathered.edge_graph]
    total = np.int64(max(int(gathered.sizes.sum()), 1))
    return (starts + ends[:, 0]) * total + starts + ends[:, 1]
