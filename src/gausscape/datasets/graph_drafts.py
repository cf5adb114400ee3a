"""A graph while its file is read: its nodes and edges, each with the line that tells it."""

__all__ = ["Edge", "GraphDraft"]

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gausscape.errors import DataError


class Edge(NamedTuple):
    """One edge, and the number of the line that tells it."""

    source: Hashable
    target: Hashable
    attributes: dict[str, Any]
    line: int


@dataclass
class GraphDraft:
    """One graph while its file is read.

    Args:
        name: What it is called; becomes its id.
        file: The file, or the part of it, that tells its edges; for messages.
        unit: What its numbers count, "line" or "row"; for messages.
        directed: What the file declares, if it does.
        open: Whether an edge may bring nodes that were not told before.
    """

    name: str
    file: str
    unit: str = "line"
    directed: bool | None = None
    open: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)
    nodes: dict[Hashable, dict[str, Any]] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def add_node(self, node: Hashable, attributes: dict[str, Any], line: int, *, file: str | None = None) -> None:
        """Tell a node.

        Raises:
            DataError: If there is one of that name already, or an attribute is not finite.
        """
        if node in self.nodes or not finite(attributes):
            where = f"{file or self.file}: {self.unit} {line:,}"
            refuse_non_finite(attributes, f"{where}: node {node!r} of graph {self.name}")
            raise DataError(
                f"{where}: every node of a graph needs an id of its own, but {node!r} came twice in graph {self.name}. "
                "Give one of them another id."
            )
        self.nodes[node] = attributes

    def add_edge(self, source: Hashable, target: Hashable, attributes: dict[str, Any], line: int) -> None:
        """Tell an edge; whether its nodes are there is asked at the end, for files may tell edges first.

        Raises:
            DataError: If an attribute is not finite.
        """
        if not finite(attributes):
            refuse_non_finite(attributes, f"{self.file}: {self.unit} {line:,}: edge {source!r} to {target!r}")
        self.edges.append(Edge(source, target, attributes, line))

    def at(self, edge: Edge) -> str:
        return f"{self.file}: {self.unit} {edge.line:,}"


def finite(attributes: dict[str, Any]) -> bool:
    return not attributes or all(not isinstance(value, float) or math.isfinite(value) for value in attributes.values())


def refuse_non_finite(attributes: dict[str, Any], what: str) -> None:
    for name, value in attributes.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise DataError(
                f"{what} needs a finite {name}, but {value} came. Give it a number, or leave the edge or attribute out."
            )
