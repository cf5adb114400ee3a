"""Neutral pictures of objects, as a page carries them: small, and of one kind."""

__all__ = ["join_pictures", "picture_side", "write_pictures"]

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from gausscape.errors import DataError
from gausscape.modality import Picture
from gausscape.page.pack import bits, counts, planes

LARGEST_RASTER = 64
"""Pixels along the longer side; larger rasters are brought down to it."""
LONGEST_LINE = 400
MOST_TEXTS = 65_535
MOST_CELLS = 60_000
SIDES = {"raster": 41, "line": 41, "rows": 41, "node-link": 31}
HEAVY = 31
SLOW = {"node-link": 21}
"""Kinds whose pictures take long to draw (about 12 ms each): fewer on the planes after the first."""


def write_pictures(pictures: Sequence[Picture]) -> dict[str, Any] | None:
    """Pictures of one kind as one mapping; None if there are none.

    Raises:
        DataError: If they are of different kinds, or of a kind that pages do not know.
    """
    if not pictures:
        return None
    kinds = {picture.kind for picture in pictures}
    if len(kinds) > 1 or not kinds <= set(WRITERS):
        raise DataError(
            f"A page shows pictures of one kind ({', '.join(WRITERS)}), but {', '.join(sorted(kinds))} came. "
            "Draw all objects of a space alike."
        )
    return WRITERS[kinds.pop()]([picture.data for picture in pictures])


def join_pictures(*groups: Sequence[Picture]) -> list[Picture]:
    """All of them in order."""
    return [picture for group in groups for picture in group]


def picture_side(sample: Picture, *, first: bool = True) -> int:
    """How many decoded pictures along a side a plane can carry without weighing too much, an odd number.

    Args:
        sample: One of them.
        first: Whether it is the plane that readers meet first.
    """
    side = SIDES.get(sample.kind, HEAVY) if first else SLOW.get(sample.kind, SIDES.get(sample.kind, HEAVY))
    if sample.kind == "raster" and np.asarray(sample.data).size > 32 * 32:
        side = HEAVY
    if sample.kind == "line" and np.asarray(sample.data).size > 300:
        side = HEAVY
    while sample.kind == "rows" and side > 11 and side * side * len(sample.data) > MOST_CELLS:
        side -= 2
    return side


def _rasters(data: list[Any]) -> dict[str, Any]:
    rasters = [np.asarray(each, dtype=np.float64) for each in data]
    rasters = [each[..., None] if each.ndim == 2 else each for each in rasters]
    height, width, channels = np.max([each.shape for each in rasters], axis=0).tolist()
    shrink = min(1.0, LARGEST_RASTER / max(height, width))
    height, width = max(1, round(height * shrink)), max(1, round(width * shrink))
    grey = np.stack([_sized(each, height, width, channels) for each in rasters])
    return {
        "kind": "raster",
        "n": len(grey),
        "height": height,
        "width": width,
        "channels": channels,
        "data": bits(grey),
    }


def _sized(raster: np.ndarray, height: int, width: int, channels: int) -> np.ndarray:
    """As bytes (height, width, channels)."""
    grey = np.rint(255 * np.nan_to_num(raster).clip(0, 1)).astype(np.uint8)
    if grey.shape[2] < channels:
        grey = np.repeat(grey[..., :1], channels, axis=2)
    if grey.shape[:2] == (height, width):
        return grey
    image = Image.fromarray(grey[..., 0] if channels == 1 else grey)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX)).reshape(height, width, channels)


def _lines(data: list[Any]) -> dict[str, Any]:
    lines = [np.asarray(each, dtype=np.float64) for each in data]
    lines = [each[:, None] if each.ndim == 1 else each for each in lines]
    time, channels = max(len(each) for each in lines), max(each.shape[1] for each in lines)
    shown = min(time, LONGEST_LINE)
    rows = np.full((len(lines), shown, channels), np.nan)
    for row, line in zip(rows, lines, strict=True):
        # Shorter lines end early; longer ones are read at even steps.
        at = np.linspace(0, time - 1, shown)
        there = at <= len(line) - 1
        for channel in range(line.shape[1]):
            row[there, channel] = np.interp(at[there], np.arange(len(line)), line[:, channel])
    names = [""] if channels == 1 else [f"channel {k + 1}" for k in range(channels)]
    return {
        "kind": "line", "n": len(lines), "time": shown, "channels": channels, "names": names, "data": planes(rows, digits=3),
    }  # fmt: skip


def _rows(data: list[Any]) -> dict[str, Any]:
    """Text cells, coded by a dictionary of texts."""
    names = list(dict.fromkeys(str(name) for pairs in data for name, _ in pairs))
    texts: dict[str, int] = {}
    cells = np.zeros((len(data), len(names)), dtype=np.int64)
    column = {name: k for k, name in enumerate(names)}
    for row, pairs in enumerate(data):
        told = {column[str(name)]: str(text) for name, text in pairs}
        for k in range(len(names)):
            cells[row, k] = texts.setdefault(told.get(k, ""), len(texts))
    if len(texts) > MOST_TEXTS:
        raise DataError(
            f"A page carries up to {MOST_TEXTS:,} different texts in one set of pictures, but {len(texts):,} came. Show fewer."
        )
    return {"kind": "rows", "n": len(data), "names": names, "texts": list(texts), "cells": counts(cells, short=True)}


def _node_links(data: list[Any]) -> dict[str, Any]:
    graphs = [
        {
            **{name: graph[name] for name in ("node_types", "edge_types", "note") if graph.get(name)},
            "directed": bool(graph.get("directed", False)),
            "nodes": [_without_rest(node, NODE) for node in graph["nodes"]],
            "edges": [_without_rest(edge, EDGE) for edge in graph["edges"]],
        }
        for graph in data
    ]
    return dict(kind="node-link", n=len(graphs), graphs=graphs)


NODE = ("id", "x", "y", "label", "type", "status")
EDGE = ("source", "target", "label", "type", "width", "status")


def _without_rest(part: Any, known: tuple[str, ...]) -> dict[str, Any]:
    """What pages draw of a node or an edge; places to a thousandth, and what is as usual left away."""
    told = {name: part[name] for name in known if part.get(name) is not None}
    if told.get("status") == "same":
        del told["status"]
    return {name: round(float(value), 3) if name in ("x", "y", "width") else value for name, value in told.items()}


WRITERS = {"raster": _rasters, "line": _lines, "rows": _rows, "node-link": _node_links}
