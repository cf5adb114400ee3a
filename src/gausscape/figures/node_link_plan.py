"""Where do the nodes of a graph lie on the sheet, and how large are their discs?"""

__all__ = ["LARGEST", "Box", "Extent", "GraphPlan"]

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Box = tuple[float, float, float, float]
"""left, top, width, height, in inches of a sheet."""

Extent = tuple[float, float, float, float]
"""left, top, right, bottom in the picture's own coordinates."""

SMALLEST, LARGEST = 0.013, 0.105
"""Radius of a disc, inches."""


@dataclass(frozen=True)
class GraphPlan:
    """Where things lie on the sheet, inches.

    Args:
        nodes: As they came, each a mapping.
        at: Middle of each node, (n, 2).
        radius: Of a disc.
        places: Position of a node by its id.
        touched: Nodes that an edit touches, or one of whose edges it does.
    """

    nodes: list[Mapping[str, Any]]
    at: np.ndarray
    radius: float
    places: dict[str, int]
    touched: frozenset[int]

    @classmethod
    def of(cls, data: Mapping[str, Any], box: Box, extent: Extent | None) -> "GraphPlan":
        nodes = [node if isinstance(node, Mapping) else {"id": node} for node in data["nodes"]]
        own = np.array([_place(node, i, len(nodes)) for i, node in enumerate(nodes)]).reshape(-1, 2)
        if not len(own):
            return cls(nodes, own, 0.0, {}, frozenset())
        low, high = np.array(extent or (0.0, 0.0, 1.0, 1.0)).reshape(2, 2)
        if extent is None and (own.min() < 0 or own.max() > 1):
            low, high = own.min(0), own.max(0)
        left, top, width, height = box
        # Room for half a disc and what stands beside it.
        rim = min(0.06 * min(width, height), 0.16) if extent is None else LARGEST + 0.1
        spread = np.maximum(high - low, 1e-9)
        scale = float(np.min((np.array([width, height]) - 2 * rim) / spread))
        at = np.array([left + width / 2, top + height / 2]) + scale * (own - (low + high) / 2)
        places = {str(node.get("id", i)): i for i, node in enumerate(nodes)}
        apart = np.sqrt(((at[:, None] - at[None]) ** 2).sum(-1)) + np.diag(np.full(len(at), np.inf))
        near = np.quantile(apart.min(1), 0.1) if len(at) > 1 else np.inf
        return cls(nodes, at, float(np.clip(0.32 * near, SMALLEST, LARGEST)), places, _touched(nodes, data, places))


def _place(node: Mapping[str, Any], i: int, n: int) -> tuple[float, float]:
    if "x" in node and "y" in node:
        return float(node["x"]), float(node["y"])
    return 0.5 + 0.45 * math.cos(2 * math.pi * i / n), 0.5 + 0.45 * math.sin(2 * math.pi * i / n)


def _touched(nodes: list[Mapping[str, Any]], data: Mapping[str, Any], places: dict[str, int]) -> frozenset[int]:
    found = {i for i, node in enumerate(nodes) if node.get("status", "same") != "same"}
    for edge in data["edges"]:
        if isinstance(edge, Mapping) and edge.get("status", "same") != "same":
            found |= {places[str(edge[side])] for side in ("source", "target")}
    return frozenset(found)
