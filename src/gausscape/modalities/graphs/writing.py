"""Graphs as the bytes of a file: one line of node-link JSON each."""

__all__ = ["node_link_lines"]

import json
from typing import Any

import numpy as np


def node_link_lines(graphs: Any, told: dict[str, np.ndarray]) -> bytes:
    """Each graph as a line of JSON, as networkx reads it back with `node_link_graph`; what is told of it is in "graph".

    Args:
        graphs: networkx graphs.
        told: By name, each (n,) or (n, k).

    Example:
        >>> import networkx
        >>> node_link_lines([networkx.path_graph(2)], {"rank": np.array([1])}).decode().strip()[:52]
        '{"directed": false, "multigraph": false, "graph": {"'
    """
    lines = []
    for row, graph in enumerate(graphs):
        nodes = [{**_plain(data), "id": _plain(node)} for node, data in graph.nodes(data=True)]
        edges = [
            {**_plain(data), "source": _plain(first), "target": _plain(second)}
            for first, second, data in graph.edges(data=True)
        ]
        document = {
            "directed": graph.is_directed(),
            "multigraph": graph.is_multigraph(),
            "graph": {name: _plain(values[row]) for name, values in told.items()},
            "nodes": nodes,
            "edges": edges,
        }
        lines.append(json.dumps(document, allow_nan=False))
    return "".join(f"{line}\n" for line in lines).encode()


def _plain(value: Any) -> Any:
    """As JSON takes it: NumPy's numbers as Python's, NaN as null, anything strange as its text."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(own) for key, own in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(own) for own in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
