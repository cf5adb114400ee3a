"""Large graphs: measures of the whole that do not depend on what the nodes are called."""

__all__ = ["measure_graphs", "measure_names"]

import numpy as np
from scipy.sparse import csr_array

from gausscape.errors import DataError
from gausscape.modalities.graphs.arrays import GraphArrays
from gausscape.modalities.graphs.learning import components
from gausscape.modalities.graphs.schema import GraphSchema

MOST_BYTES = 2e9
BYTES_OF_EDGE = 400
DEGREE_SHARES = (0.25, 0.5, 0.75, 0.9)
MOST_TOLD_TYPES = 40


def measure_names(schema: GraphSchema) -> tuple[str, ...]:
    """Names of the measures, in order."""
    names = ["log nodes", "log edges", "mean degree", "log largest degree", "separate parts", "log rings", "log triangles"]
    names += ["clustering", "share of leaves", "alike degrees of neighbours", "mean chance of return after 2 steps"]
    names += [f"degree below which {share:.0%} of nodes lie" for share in DEGREE_SHARES]
    if schema.directed:
        names.append("share of two-way edges")
    if schema.loops:
        names.append("share of self-loops")
    for levels, what in ((schema.node_types, "nodes"), (schema.edge_types, "edges")):
        if len(levels.levels) > 1:
            names += [f"share of {level} {what}" for level in levels.levels[:MOST_TOLD_TYPES]]
    if len(schema.node_types.levels) > 1:
        names.append("share of edges between equal types")
    for columns, what in ((schema.node_numbers, "nodes"), (schema.edge_numbers, "edges")):
        for column in columns:
            names += [f"mean {column.title} of {what}", f"spread of {column.title} of {what}"]
    return tuple(names)


def measure_graphs(arrays: GraphArrays, schema: GraphSchema) -> np.ndarray:
    """The measures of each graph, (n, measures), float64.

    Args:
        arrays: The graphs.
        schema: Of the fit.

    Raises:
        DataError: If that would take more than 2 GB.
    """
    n, nodes = len(arrays.sizes), len(arrays.types)
    count = np.bincount(arrays.edge_graph, minlength=n)
    if count.max(initial=0) * BYTES_OF_EDGE > MOST_BYTES:
        number = int(count.argmax())
        raise DataError(
            f"Measuring a graph needs to fit in 2 GB, but graph {number} with {arrays.sizes[number]:,} nodes and {count[number]:,} "
            f"edges would take about {count[number] * BYTES_OF_EDGE / 1e9:,.1f} GB. Sample a part of it."
        )
    of_node, of_edge = arrays.node_graph, arrays.edge_graph
    size = arrays.sizes.astype(np.float64)
    low, high = np.sort(arrays.ends, axis=1).T
    pair = np.unique(low * max(nodes, 1) + high)
    low, high = pair // max(nodes, 1), pair % max(nodes, 1)
    degree = np.bincount(np.concatenate([low, high]), minlength=nodes).astype(np.float64)
    pair_graph = of_node[low] if len(low) else np.zeros(0, dtype=np.int64)
    pairs = np.bincount(pair_graph, minlength=n).astype(np.float64)
    parts = components(arrays.sizes, arrays.ends).astype(np.float64) if n else np.zeros(0)
    triangles = _sums(_triangles(low, high, degree, nodes), of_node, n) / 3
    wedges = _sums(degree * (degree - 1) / 2, of_node, n)
    inverse = 1 / np.maximum(degree, 1)
    back = _sums(2 * inverse[low] * inverse[high], pair_graph, n) / size
    told = [
        np.log(size),
        np.log1p(count),
        2 * pairs / size,
        np.log1p(_highest(degree, arrays)),
        parts,
        np.log1p(pairs - size + parts),
        np.log1p(triangles),
        3 * triangles / np.maximum(wedges, 1),
        _sums((degree == 1).astype(float), of_node, n) / size,
        _assortativity(degree[low], degree[high], pair_graph, n),
        back,
    ]
    order = np.lexsort((degree, of_node))
    told += [degree[order][arrays.starts + ((arrays.sizes - 1) * share).astype(int)] for share in DEGREE_SHARES]
    if schema.directed:
        told.append((count - pairs) / np.maximum(pairs, 1))
    if schema.loops:
        told.append(_sums(arrays.loops.astype(float), of_node, n) / size)
    for levels, codes, owner, total in (
        (schema.node_types, arrays.types, of_node, size),
        (schema.edge_types, arrays.edge_types, of_edge, np.maximum(count, 1)),
    ):
        if len(levels.levels) > 1:
            told += [_sums((codes == k).astype(float), owner, n) / total for k in range(min(len(levels.levels), MOST_TOLD_TYPES))]
    if len(schema.node_types.levels) > 1:
        same = (arrays.types[low] == arrays.types[high]).astype(float)
        told.append(_sums(same, pair_graph, n) / np.maximum(pairs, 1))
    for columns, numbers, owner in (
        (schema.node_numbers, arrays.node_numbers, of_node),
        (schema.edge_numbers, arrays.edge_numbers, of_edge),
    ):
        for k, column in enumerate(columns):
            scores = column.score(numbers[:, k])
            known = np.isfinite(scores)
            scores, weight = np.where(known, scores, 0.0), np.maximum(_sums(known.astype(float), owner, n), 1)
            mean = _sums(scores, owner, n) / weight
            told += [mean, np.sqrt(np.maximum(_sums(scores**2, owner, n) / weight - mean**2, 0))]
    return np.stack(told, 1) if n else np.zeros((0, len(measure_names(schema))))


def _sums(values: np.ndarray, owner: np.ndarray, n: int) -> np.ndarray:
    return np.bincount(owner, weights=values, minlength=n)


def _highest(degree: np.ndarray, arrays: GraphArrays) -> np.ndarray:
    return np.maximum.reduceat(degree, arrays.starts) if len(degree) else degree


def _triangles(low: np.ndarray, high: np.ndarray, degree: np.ndarray, nodes: int) -> np.ndarray:
    """Triangles that each node is in, (nodes,).

    Each edge runs from the node of smaller degree to the other: then no node has more than (2 edges)^(1/2) edges out, so
    that the product below stays small even with a hub (Chiba & Nishizeki 1985).
    """
    swap = (degree[low] > degree[high]) | ((degree[low] == degree[high]) & (low > high))
    start, end = np.where(swap, high, low), np.where(swap, low, high)
    matrix = csr_array((np.ones(len(low), dtype=np.int32), (start, end)), shape=(nodes, nodes))
    closed = csr_array(matrix @ matrix).multiply(matrix).tocoo()  # from the first to the last corner, by way of the middle one
    found = np.bincount(closed.coords[0], weights=closed.data, minlength=nodes)
    found += np.bincount(closed.coords[1], weights=closed.data, minlength=nodes)
    # Paths first -> middle -> last that are closed, told by their middle: rows of M' against M M'.
    middle = csr_array(matrix.T @ matrix).multiply(matrix).tocoo()
    return found + np.bincount(middle.coords[0], weights=middle.data, minlength=nodes)


def _assortativity(one: np.ndarray, other: np.ndarray, graph: np.ndarray, n: int) -> np.ndarray:
    """Correlation of the degrees at both ends of the edges (Newman 2002), 0 where there is none."""
    ends, graphs = np.concatenate([one, other]), np.concatenate([graph, graph])
    count = np.maximum(np.bincount(graphs, minlength=n), 1)
    mean = _sums(ends, graphs, n) / count
    variance = _sums(ends**2, graphs, n) / count - mean**2
    shared = 2 * _sums(one * other, graph, n) / count - mean**2
    return np.where(variance > 1e-9, shared / np.maximum(variance, 1e-9), 0.0)
