"""A few tiny, seeded graphs with types, numbers and weights: rings with branches, and trees."""

__all__ = ["example_items"]

from typing import Any

import numpy as np


def example_items(n: int = 64, seed: int = 0) -> list[Any]:
    """Made-up molecules: a ring of 3 to 6 nodes with branches, or a tree; ends of branches are often of another type.

    Args:
        n: Number of graphs.
        seed: Of the graphs.

    Returns:
        Undirected networkx graphs. Nodes have a "type" and a "charge", edges a "type" and a "weight".

    Example:
        >>> graphs = example_items(5)
        >>> sorted(graphs[0].nodes[0])
        ['charge', 'type']
        >>> [len(graph) for graph in graphs] == [len(graph) for graph in example_items(5)]
        True
    """
    import networkx

    random = np.random.default_rng([seed, 71])
    graphs = []
    for _ in range(n):
        ring = int(random.integers(3, 7)) if random.random() < 0.7 else 0
        branches = int(random.integers(0, 4)) if ring else int(random.integers(3, 8))
        warm = random.normal()
        graph = networkx.Graph()
        for node in range(max(ring, 1)):
            graph.add_node(node, type="C", charge=round(warm + 0.3 * random.normal(), 3))
        for node in range(ring):
            graph.add_edge(node, (node + 1) % ring, type="ring", weight=round(1.5 + 0.1 * warm, 3))
        for _ in range(branches):
            node, host = len(graph), int(random.integers(len(graph)))
            kind = "O" if random.random() < 0.5 else "C"
            graph.add_node(node, type=kind, charge=round(warm - (kind == "O") + 0.3 * random.normal(), 3))
            graph.add_edge(host, node, type="branch", weight=round(1.0 + 0.1 * warm, 3))
        graphs.append(graph)
    return graphs
