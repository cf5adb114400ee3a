"""Graphs of networkx in memory: one, or a list of them."""

__all__ = ["NAME", "OPTIONS", "matches", "read"]

from collections.abc import Mapping
from typing import Any

import numpy as np

from gausscape.errors import SchemaError
from gausscape.items import Items

NAME = "networkx graphs"
OPTIONS = frozenset({"label_column"})


def matches(source: Any, options: Mapping[str, Any]) -> bool:
    first = source[0] if isinstance(source, (list, tuple)) and source else source
    return all(hasattr(first, name) for name in ("adj", "nodes", "edges", "is_directed", "is_multigraph"))


def read(source: Any, options: Mapping[str, Any]) -> Items:
    """The graphs as they are, with the graph attribute `label_column` (or "label", if all have it) as labels.

    Raises:
        SchemaError: If a graph lacks the attribute that was named.
    """
    graphs = list(source) if isinstance(source, (list, tuple)) else [source]
    wanted = options.get("label_column")
    lacking = [row for row, graph in enumerate(graphs) if (wanted or "label") not in graph.graph]
    if lacking and wanted is not None:
        held = ", ".join(map(str, graphs[lacking[0]].graph)) or "none"
        raise SchemaError(
            f"Every graph should have the attribute {wanted!r}, but graph {lacking[0]} has {held}. Give one of these."
        )
    labels = None if lacking else np.asarray([graph.graph[wanted or "label"] for graph in graphs])
    return Items(graphs, np.arange(len(graphs)).astype(str), labels, name="graphs", modality="graphs")
