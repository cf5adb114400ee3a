"""Draws the edges of a graph: styled by type, broad by weight, with heads where they have a direction, marked by status."""

__all__ = ["DASHED", "GHOST", "draw_edges", "edge_look", "retyped_colour"]

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from gausscape.figures.node_link_plan import GraphPlan
from gausscape.figures.style import Look, Sheet

DASHED, DASH_DOT, GHOST = (0, (1.9, 1.1)), (0, (3, 1, 0.8, 1)), (0, (0.9, 1.3))
STYLES: tuple[Any, ...] = ("solid", DASHED, "double", DASH_DOT)
"""By type of edge; from the fifth on they come again in other colours."""


def draw_edges(sheet: Sheet, data: Mapping[str, Any], plan: GraphPlan, strength: float) -> None:
    look = sheet.look
    strokes, loops = _strokes(data, plan)
    # Where edges are many they step back, or the nodes would drown.
    crowd = min(1.0, 3.0 * len(plan.nodes) / max(len(strokes), 1))
    line = _ordinary(plan) * max(crowd, 0.5)
    marks = {"added": look.accent, "retyped": retyped_colour(look)}
    for stroke_ in strokes:
        if stroke_.status in marks:
            # A broad pale band below marks the edge and leaves its own style to be seen.
            _draw_lines(sheet, [stroke_.ends], marks[stroke_.status], line + 4.5, "solid", 0.3 * strength, 2.6)
    groups: dict[tuple[int, float, str], list[_Stroke]] = {}
    for each in strokes:
        groups.setdefault((each.kind, round(each.width, 2), each.status), []).append(each)
    for (kind, width, status), members in groups.items():
        colour, style = edge_look(look, kind, status)
        alpha = strength * (0.65 if status == "removed" else max(crowd, 0.45) if status == "same" else 1.0)
        points = width * line * (1.35 if status == "added" else 1.0)
        segments = [each.ends for each in members]
        if style == "double":
            gap = max(0.19 * plan.radius, 0.55 * points / 72 + 0.006)
            segments = [each.ends + side * gap * each.normal for each in members for side in (-1, 1)]
            style, points = "solid", 0.8 * points
        _draw_lines(sheet, segments, colour, points, style, alpha, 3)
        if data.get("directed", False):
            _draw_heads(sheet, members, plan, colour, alpha)
    for i, status in loops:
        colour, style = edge_look(look, 0, status)
        outward = plan.at[i] - plan.at.mean(0)
        outward = (
            outward / max(float(np.linalg.norm(outward)), 1e-9) if np.abs(outward).max() > 0 else np.array([0, -1])
        )
        turn = np.linspace(0, 2 * math.pi, 40)
        ring = plan.at[i] + 1.25 * plan.radius * outward + plan.radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        _draw_lines(sheet, [ring], colour, line, "solid" if style == "double" else style, strength, 2.8)


def edge_look(look: Look, kind: int, status: str) -> tuple[str, Any]:
    if status == "removed":
        return look.quiet, GHOST
    style = STYLES[kind % len(STYLES)]
    if status == "added":
        return look.accent, style
    rounds = kind // len(STYLES)
    return (look.quiet if rounds == 0 else look.classes[(rounds - 1) % len(look.classes)]), style


def retyped_colour(look: Look) -> str:
    return look.classes[4]


@dataclass(frozen=True)
class _Stroke:
    """One edge, from rim to rim of its two discs.

    Args:
        ends: Inches, (2, 2).
        kind: Type of the edge.
        width: In units of the ordinary width.
        status: "same", "added", "removed" or "retyped".
    """

    ends: np.ndarray
    kind: int
    width: float
    status: str

    @property
    def normal(self) -> np.ndarray:
        """Direction across, of length 1."""
        along = self.ends[1] - self.ends[0]
        return np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-9)


def _strokes(data: Mapping[str, Any], plan: GraphPlan) -> tuple[list[_Stroke], list[tuple[int, str]]]:
    """The edges between two nodes, and (node, status) of those from a node to itself."""
    directed = bool(data.get("directed", False))
    told = [edge if isinstance(edge, Mapping) else {"source": edge[0], "target": edge[1]} for edge in data["edges"]]
    pairs = [(plan.places[str(edge["source"])], plan.places[str(edge["target"])]) for edge in told]
    both = set(pairs)
    strokes, loops = [], []
    for edge, (i, j) in zip(told, pairs, strict=True):
        status = str(edge.get("status", "same"))
        if i == j:
            loops.append((i, status))
            continue
        along = plan.at[j] - plan.at[i]
        length = max(float(np.linalg.norm(along)), 1e-9)
        along = along / length
        # Two edges between the same nodes keep to their right, as traffic does.
        aside = 0.45 * plan.radius * np.array([-along[1], along[0]]) if directed and (j, i) in both else 0.0
        rim = min(plan.radius, 0.4 * length)
        ends = np.stack([plan.at[i] + rim * along, plan.at[j] - rim * along]) + aside
        strokes.append(_Stroke(ends, int(edge.get("type", 0)), 0.5 + 1.6 * float(edge.get("width", 0.32)), status))
    return strokes, loops


def _draw_lines(
    sheet: Sheet, segments: list[np.ndarray], colour: str, points: float, style: Any, alpha: float, zorder: float
) -> None:
    drawn = LineCollection(
        segments, colors=colour, linewidths=points, linestyles=[style], alpha=alpha, zorder=zorder, capstyle="butt"
    )  # fmt: skip
    sheet.page.add_collection(drawn, autolim=False)


def _draw_heads(sheet: Sheet, strokes: list[_Stroke], plan: GraphPlan, colour: str, alpha: float) -> None:
    heads = []
    for each in strokes:
        along = each.ends[1] - each.ends[0]
        length = max(float(np.linalg.norm(along)), 1e-9)
        size = min(max(0.75 * plan.radius * (0.75 + 0.25 * each.width), 0.022), 0.085, 0.6 * length)
        back = each.ends[1] - size * along / length
        heads.append(np.stack([each.ends[1], back + 0.42 * size * each.normal, back - 0.42 * size * each.normal]))
    drawn = PolyCollection(heads, facecolors=colour, edgecolors="none", alpha=alpha, zorder=3.2)
    sheet.page.add_collection(drawn, autolim=False)


def _ordinary(plan: GraphPlan) -> float:
    """Points of an ordinary line: thinner with the discs, so that a thumbnail looks like the large picture."""
    return float(np.clip(15 * plan.radius, 0.45, 1.25))
