"""Draws a graph: discs coloured by type, edges styled by type, and marks for what was added, removed or retyped."""

__all__ = ["draw_node_link", "extent_of", "key_of_status", "key_of_types", "type_colours"]

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.collections import EllipseCollection
from matplotlib.colors import to_rgb

from gausscape.figures.key import Entry, Painter, dot, stroke
from gausscape.figures.node_link_edges import DASHED, GHOST, draw_edges, edge_look, retyped_colour
from gausscape.figures.node_link_plan import Box, Extent, GraphPlan
from gausscape.figures.style import Look, Sheet

READABLE = 5.0
"""Points of the smallest label."""


def draw_node_link(
    sheet: Sheet, data: Mapping[str, Any], box: Box, *, strength: float = 1.0, extent: Extent | None = None
) -> None:
    """Draw a graph into a box, its aspect kept.

    Args:
        sheet: Where.
        data: A node-link picture (see `gausscape.modality.Picture`).
        box: left, top, width, height in inches.
        strength: 1 for plain, less for pale.
        extent: Which part of the picture's own coordinates fills the box; None for the unit square.
    """
    plan = GraphPlan.of(data, box, extent)
    if not plan.nodes:
        return
    draw_edges(sheet, data, plan, strength)
    _draw_nodes(sheet, plan, strength)
    note = data.get("note")
    if note and box[3] > 0.7:
        shown = sheet.look.wrap(str(note), box[2], size=-2, most=1)[0]
        options = {"color": sheet.look.quiet, "ha": "center", "alpha": strength}
        sheet.write(box[0] + box[2] / 2, box[1] + box[3] - 0.02, shown, size=-2, **options)


def extent_of(pictures: Sequence[Any]) -> Extent:
    """The part of the coordinates that holds the nodes of all node-link pictures."""
    places = [
        (float(node["x"]), float(node["y"]))
        for picture in pictures
        for node in picture.data["nodes"]
        if isinstance(node, Mapping) and "x" in node
    ]
    if not places:
        return 0.0, 0.0, 1.0, 1.0
    low, high = np.min(places, axis=0), np.max(places, axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def type_colours(look: Look) -> tuple[str, ...]:
    """Colours of nodes by type: a calm grey for the first type, which is mostly the commonest, then the groups' colours."""
    *others, grey = look.classes
    return (grey, *others)


def key_of_status(look: Look, statuses: Sequence[str]) -> list[Entry]:
    """What the marks mean, of those that occur."""
    painters: dict[str, Painter] = {
        "added": dot(look.paper, look.accent),
        "removed": stroke(look.quiet, width=1.2, line=GHOST),
        "retyped": dot(look.faint, retyped_colour(look)),
    }
    return [Entry(status, painters[status]) for status in painters if status in statuses]


def key_of_types(look: Look, pictures: Sequence[Any]) -> list[Entry]:
    """What colours and lines stand for, of the types that occur in pictures that name their types."""
    colours, entries = type_colours(look), []
    for part, names in (("nodes", "node_types"), ("edges", "edge_types")):
        words = next((picture.data[names] for picture in pictures if picture.data.get(names)), [])
        found = {int(each.get("type", 0)) for picture in pictures for each in picture.data[part]}
        if len(words) < 2:
            continue
        for kind in sorted(found):
            if 0 <= kind < len(words):
                paint = dot(colours[kind % len(colours)], look.paper) if part == "nodes" else _sample(look, kind)
                entries.append(Entry(str(words[kind]) or "no type", paint))
    return entries


def _draw_nodes(sheet: Sheet, plan: GraphPlan, strength: float) -> None:
    look, radius = sheet.look, plan.radius
    colours = type_colours(look)
    status = [str(node.get("status", "same")) for node in plan.nodes]
    kinds = [int(node.get("type", 0)) for node in plan.nodes]
    faces = [colours[kind % len(colours)] for kind in kinds]
    one_type = len(set(kinds)) == 1 and not any(node.get("label") for node in plan.nodes)
    faces = [look.series if one_type else face for face in faces]
    for name, colour, line in (("added", look.accent, "solid"), ("retyped", retyped_colour(look), DASHED)):
        chosen = [i for i, each in enumerate(status) if each == name]
        reach = radius + max(0.028, 0.35 * radius)
        _draw_discs(
            sheet, plan.at[chosen], reach, [look.paper] * len(chosen), edge=colour, line=line, strength=strength
        )
    plain = [i for i, each in enumerate(status) if each != "removed"]
    _draw_discs(
        sheet, plan.at[plain], radius, [faces[i] for i in plain], edge=look.paper, line="none", strength=strength
    )
    gone = [i for i, each in enumerate(status) if each == "removed"]
    _draw_discs(
        sheet, plan.at[gone], radius, [look.paper] * len(gone), edge=look.quiet, line=GHOST, strength=0.8 * strength
    )
    taken: list[Box] = [(x - radius, y - radius, x + radius, y + radius) for x, y in plan.at.tolist()]
    labels = [str(node.get("label") or "") for node in plan.nodes]
    # Letters that only repeat the colour are left out where discs are too small; names, and what an edit touches, are not.
    named = len(set(labels)) > 0.7 * len(labels)
    for i, label in enumerate(labels):
        if label:
            tone = look.quiet if status[i] == "removed" else look.paper
            own = named or i in plan.touched
            _write_label(sheet, plan, i, label, tone=tone, taken=taken if own else None, strength=strength)


def _draw_discs(
    sheet: Sheet, at: np.ndarray, radius: float, faces: list[str], *, edge: str, line: Any, strength: float
) -> None:
    if not len(at):
        return
    size = np.full(len(at), 2 * radius)
    # Pale colours are mixed with the paper, not transparent: edges must not shine through.
    paper = np.array(to_rgb(sheet.look.paper))
    mixed = [strength * np.array(to_rgb(face)) + (1 - strength) * paper for face in faces]
    ring = line != "none"
    drawn = EllipseCollection(
        size, size, np.zeros(len(at)), units="xy", offsets=at, offset_transform=sheet.page.transData, facecolors=mixed,
        edgecolors=edge if ring else "none", linewidths=min(1.6, 6 + 14 * radius) if ring else 0.0,
        linestyles=[line if ring else "solid"], zorder=4,
    )  # fmt: skip
    sheet.page.add_collection(drawn, autolim=False)


def _write_label(
    sheet: Sheet, plan: GraphPlan, i: int, label: str, *, tone: str, taken: list[Box] | None, strength: float
) -> None:
    """Within the disc if it can be read there, else beside it where room is, else nowhere."""
    look, radius, (x, y) = sheet.look, plan.radius, plan.at[i].tolist()
    ordinary = look.width_of(label, bold=True)
    inside = min(1.25 * radius * 72, look.size * 1.65 * radius / max(ordinary, 1e-9), look.size + 1)
    options = {"ha": "center", "alpha": strength}
    if inside >= READABLE:
        height = 0.36 * inside / 72
        sheet.write(x, y + height, label, size=inside - look.size, color=tone, fontweight="bold", zorder=5, **options)
        return
    if taken is None or radius < 0.035:
        return
    small = -2.5
    radius += 0.035 if i in plan.touched else 0.0  # its ring
    broad, tall = look.width_of(label, size=small), (look.size + small) / 72
    for turn in (0.0, math.pi, -math.pi / 2, math.pi / 2, -0.8, 0.8, math.pi - 0.8, math.pi + 0.8):
        middle = (x + (radius + 0.03 + broad / 2) * math.cos(turn), y + (radius + 0.03 + tall / 2) * math.sin(turn))
        box = (middle[0] - broad / 2, middle[1] - tall / 2, middle[0] + broad / 2, middle[1] + tall / 2)
        within = box[0] > 0.02 and box[2] < look.width - 0.02 and box[1] > 0.02 and box[3] < sheet.height - 0.02
        if within and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            sheet.write(middle[0], middle[1] + 0.36 * tall, label, size=small, color=look.ink, zorder=6, **options)
            return


def _overlap(one: Box, other: Box) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


def _sample(look: Look, kind: int) -> Painter:
    colour, style = edge_look(look, kind, "same")
    if style != "double":
        return stroke(colour, width=1.2, line=style)

    def paint(sheet: Sheet, x: float, y: float) -> None:
        for side in (-0.018, 0.018):
            stroke(colour, width=1.0)(sheet, x, y + side)

    return paint
