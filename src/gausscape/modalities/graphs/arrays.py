"""Graphs in native form -> arrays in the codes of a schema: types, edges once each, self-loops, numbers."""

__all__ = ["GraphArrays", "clean", "read_arrays"]

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gausscape.errors import DataError, SchemaError
from gausscape.modalities.graphs.gathering import Gathered, gather, parallel_edges, undirected
from gausscape.modalities.graphs.number_reading import read_numbers
from gausscape.modalities.graphs.schema import GraphSchema, Names


@dataclass(frozen=True)
class GraphArrays:
    """Nodes and edges of n graphs, one after another.

    Args:
        sizes: Nodes of each graph, (n,).
        types: Code of the type of each node, (nodes,).
        node_numbers: In their own units, NaN where missing, (nodes, numbers).
        loops: Whether a node has an edge to itself, (nodes,).
        edge_graph: Which graph each edge is of, (edges,).
        ends: Positions of its ends among all nodes, (edges, 2).
        edge_types: Code of its type, (edges,).
        edge_numbers: In their own units, (edges, numbers).
    """

    sizes: np.ndarray
    types: np.ndarray
    node_numbers: np.ndarray
    loops: np.ndarray
    edge_graph: np.ndarray
    ends: np.ndarray
    edge_types: np.ndarray
    edge_numbers: np.ndarray

    @property
    def node_graph(self) -> np.ndarray:
        """Which graph each node is of, (nodes,)."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @property
    def starts(self) -> np.ndarray:
        """Position of the first node of each graph, (n,)."""
        return np.cumsum(self.sizes) - self.sizes


def read_arrays(values: Any, schema: GraphSchema) -> GraphArrays:
    """Check graphs against the fit and write them in its codes.

    Raises:
        SchemaError, DataError: If a graph differs from those of the fit, or cannot be used; the place is named.
    """
    gathered = gather(values)
    if schema.directed and not gathered.directed.all():
        number = int(np.argmin(gathered.directed))
        raise SchemaError(
            f"This space was fitted on directed graphs, but graph {number} is undirected. Pass graph.to_directed()."
        )
    gathered, loops = clean(gathered, schema.names, directed=schema.directed)
    if loops.any() and not schema.loops:
        raise SchemaError(
            f"No graph of the fit had an edge from a node to itself, but {gathered.name_of_node(int(np.argmax(loops)))} has one. "
            "Remove it, or fit with such graphs."
        )
    names = schema.names
    types = schema.node_types.codes(gathered.node_data, gathered.name_of_node)
    kinds = schema.edge_types.codes(gathered.edge_data, gathered.name_of_edge)
    numbers = read_numbers(
        "node", schema.node_numbers, gathered.node_data, gathered.name_of_node, apart=(names.node_type, *names.ignored)
    )
    of_edges = read_numbers(
        "edge", schema.edge_numbers, gathered.edge_data, gathered.name_of_edge, apart=(names.edge_type, *names.ignored)
    )
    ends = gathered.ends + gathered.starts[gathered.edge_graph][:, None]
    return GraphArrays(gathered.sizes, types, numbers, loops, gathered.edge_graph, ends, kinds, of_edges)


def clean(gathered: Gathered, names: Names, *, directed: bool) -> tuple[Gathered, np.ndarray]:
    """Edges once each and without those of a node to itself, and which nodes had one, (nodes,).

    Raises:
        DataError: If two nodes are joined by several edges, unless these are to be summed.
        SchemaError: If an edge of a directed graph has no opposite where undirected graphs are needed.
    """
    if not directed:
        gathered = undirected(gathered)
    first = parallel_edges(gathered, directed=directed)
    double = np.flatnonzero(first != np.arange(len(first)))
    if len(double) and not names.sums_edges:
        raise DataError(
            f"Two nodes need to be joined by at most one edge, but {gathered.name_of_edge(int(double[0]))} stands more than once. "
            "Merge such edges, or pass multi_edges='sum' to add up their numbers."
        )
    if names.sums_edges:
        gathered = _summed(gathered, first, names)
    own = gathered.ends[:, 0] == gathered.ends[:, 1]
    loops = np.zeros(len(gathered.nodes), dtype=bool)
    loops[(gathered.starts[gathered.edge_graph] + gathered.ends[:, 0])[own]] = True
    return (gathered.kept(np.flatnonzero(~own)) if own.any() else gathered), loops


def _summed(gathered: Gathered, first: np.ndarray, names: Names) -> Gathered:
    """Parallel edges as one; without a weight each counts 1."""
    merged: dict[int, dict] = {}
    for position, (leader, data) in enumerate(zip(first.tolist(), gathered.edge_data, strict=True)):
        own = {names.weight: 1} | data
        if leader not in merged:
            merged[leader] = own
            continue
        total = merged[leader]
        for key, value in own.items():
            if key == names.edge_type:
                if total.get(key) != value:
                    raise DataError(
                        f"Edges that are summed need one type, but {gathered.name_of_edge(position)} has {total.get(key)!r} and "
                        f"{value!r}. Rename one, or keep one of them."
                    )
            elif key not in names.ignored:
                total[key] = np.add(total[key], value).tolist() if key in total else value
    kept = gathered.kept(np.array(sorted(merged), dtype=np.int64))
    return replace(kept, edge_data=[merged[leader] for leader in sorted(merged)])
