"""Where are the nodes of a graph drawn? Edges equally long, rings round, and the same place for the same node in a chain."""

__all__ = ["fit_boxes", "follow", "lay_out", "lay_out_pair"]

import numpy as np
from scipy.sparse.csgraph import connected_components, shortest_path

from gausscape.modalities.graphs.refinement import refine
from gausscape.modalities.graphs.stress import component, filled, majorised, nearest_apart, stress, turned
from gausscape.modalities.graphs.wiring import Wiring

FEW_STEPS = 12
DENSE = 3.2
"""Edges per node and more: then lengths tell how many neighbours two nodes do not share, or all would lie on one heap."""

WORSE = 1.5
"""How much more stress than a fresh one a layout may have that keeps nodes where they were."""

FEW_DIFFER = 0.85
"""Share of edges in common from which two graphs are drawn as one with the edges of both."""


ASPECT = 1.25
GAP = 0.9
MARGIN = 0.05


def lay_out(graph: Wiring) -> np.ndarray:
    """Places of the nodes, (n, 2), edges about 1 long; components side by side.

    Args:
        graph: A graph. Its names and the order of its nodes do not matter, but for the choice between mirror images.

    References:
        Gansner, Koren & North 2004, Graph drawing by stress majorization.
    """
    order = _canonical_order(graph)
    places = np.empty((len(graph), 2))
    places[order] = _place(_distances(graph.reordered(order)))
    return places


def lay_out_pair(one: Wiring, other: Wiring, matched: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Places of the nodes of two graphs, in which matched nodes share a place: distances are the mean of both graphs.

    Args:
        one: A graph.
        other: Another.
        matched: Positions (in one, in other) of the nodes that belong together.
    """
    mine, yours = (dict(pairs) for pairs in (matched, [(j, i) for i, j in matched]))
    order = [int(i) for i in _canonical_order(one)]
    joint = [(i, mine.get(i)) for i in order] + [(None, j) for j in range(len(other)) if j not in yours]
    parts = []
    for graph, rows in ((one, [i for i, _ in joint]), (other, [j for _, j in joint])):
        there = np.array([k for k, row in enumerate(rows) if row is not None], dtype=int)
        own = np.array([row for row in rows if row is not None], dtype=int)
        spread = np.full((len(joint), len(joint)), np.nan)
        spread[np.ix_(there, there)] = _distances(graph)[np.ix_(own, own)]
        parts.append(spread)
    places = _place(_joint_distances(*parts))
    found = np.zeros((len(one), 2)), np.zeros((len(other), 2))
    for place, (i, j) in zip(places, joint, strict=True):
        if i is not None:
            found[0][i] = place
        if j is not None:
            found[1][j] = place
    return found


def follow(graph: Wiring, known: dict[int, np.ndarray], *, steadily: bool) -> np.ndarray:
    """Places of the nodes, (n, 2), as near to known ones as a good layout allows.

    Args:
        graph: A graph.
        known: Place of each node that had one before, by its position.
        steadily: Whether to start from the known places and move little; else a fresh layout is turned towards them.
    """
    fresh = turned(lay_out(graph), known)
    if not steadily:
        return fresh
    distances = _distances(graph)
    start = np.full((len(graph), 2), np.nan)
    for i, place in known.items():
        start[i] = place
    held = np.isfinite(start[:, 0])
    found = fresh.copy()
    for part in _parts(distances):
        inner = distances[np.ix_(part, part)]
        if held[part].any():
            found[part] = majorised(inner, filled(inner, start[part]), steps=FEW_STEPS, held=held[part])
            # Held back too much, rings would not look like rings any more.
            if stress(inner, found[part]) > WORSE * stress(inner, fresh[part]) + 0.002 * len(part) ** 2:
                return fresh
    apart = nearest_apart(found)
    return found if apart > 0.3 else fresh


def fit_boxes(layouts: list[np.ndarray]) -> list[np.ndarray]:
    """The same places within the unit square, y running down, all on one scale so that they can be laid on each other."""
    every = np.concatenate([layout for layout in layouts if len(layout)] or [np.zeros((1, 2))])
    low, high = every.min(0), every.max(0)
    # A graph of two nodes shall not fill a page.
    scale = (1 - 2 * MARGIN) / max(float((high - low).max()), 2.0)
    return [0.5 + scale * (layout - (low + high) / 2) for layout in layouts]


def _canonical_order(graph: Wiring) -> np.ndarray:
    return np.argsort(refine([graph], [graph.types])[0], kind="stable")


def _distances(graph: Wiring) -> np.ndarray:
    """Length of the shortest way between nodes, (n, n); infinite between components."""
    joined = graph.joined.astype(np.float64)
    if not len(graph):
        return joined
    if joined.sum() / 2 > DENSE * len(graph):
        degrees = joined.sum(0)
        common = joined @ joined
        apart = np.sqrt(np.maximum(degrees[:, None] + degrees[None] - 2 * common - 1, 1.0))
        joined *= apart / np.median(apart[joined > 0])
    return np.asarray(shortest_path(joined, directed=False, unweighted=False))


def _joint_distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """One matrix for two graphs; NaN where a graph lacks a node, infinite where nothing joins two nodes.

    If few edges differ, all edges are as long as in either graph, so that rings that open or close stay round. Else
    distances are the mean of both where both graphs join two nodes.
    """
    edges = [(graph > 0) & (graph <= 1) for graph in (one, other)]
    either, both = edges[0] | edges[1], edges[0] & edges[1]
    if both.sum() >= FEW_DIFFER * either.sum():
        shortest = np.fmin(np.where(either, one, np.nan), np.where(either, other, np.nan))
        return np.asarray(shortest_path(np.where(either, shortest, 0), directed=False))
    stacked = np.stack([one, other])
    finite = np.isfinite(stacked)
    total, count = np.where(finite, stacked, 0).sum(0), finite.sum(0)
    mean = np.where(count > 0, total / np.maximum(count, 1), 0)
    # Nodes of one graph alone are joined through nodes of both.
    return np.asarray(shortest_path(mean, directed=False))


def _parts(distances: np.ndarray) -> list[np.ndarray]:
    """Components, the largest first."""
    count, label = connected_components(np.isfinite(distances), directed=False)
    parts = [np.flatnonzero(label == k) for k in range(count)]
    return sorted(parts, key=lambda part: -len(part))


def _place(distances: np.ndarray) -> np.ndarray:
    """Each component by itself, then packed into rows."""
    places = np.zeros((len(distances), 2))
    boxes = [(part, component(distances[np.ix_(part, part)])) for part in _parts(distances)] if len(distances) else []
    area = sum(float(np.prod(np.ptp(inner, axis=0) + GAP)) for _, inner in boxes)
    room = max([np.sqrt(ASPECT * area), *(float(np.ptp(inner[:, 0])) for _, inner in boxes)], default=0.0)
    left, top, deep = 0.0, 0.0, 0.0
    for part, inner in boxes:
        broad, tall = np.ptp(inner, axis=0)
        if left and left + broad > room + 1e-9:
            left, top, deep = 0.0, top + deep + GAP, 0.0
        places[part] = inner - inner.min(0) + (left, top)
        left, deep = left + broad + GAP, max(deep, float(tall))
    return places
