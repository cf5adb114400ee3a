"""Graphs as neutral node-link pictures; neighbours in a list that are alike keep their nodes in place."""

__all__ = ["draw_pictures", "node_link"]

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gausscape.modalities.graphs.alignment import align_wirings, has_telling_names
from gausscape.modalities.graphs.layout import fit_boxes, follow, lay_out
from gausscape.modalities.graphs.refinement import refine
from gausscape.modalities.graphs.wiring import Attributes, Wiring, wire
from gausscape.modality import Picture

MOST_DRAWN = 200
LONGEST_TYPE, LONGEST_NAME = 3, 5
ALIKE, STEADY = 0.4, 0.75
"""Share of edges in common from which a graph is turned like an earlier one, or keeps its nodes where they were there."""

STARTS = 4


def draw_pictures(
    graphs: Sequence[Any],
    *,
    node_type: str = "type",
    edge_type: str = "type",
    weight: str | None = None,
    node_levels: Sequence[Any] = (),
    edge_levels: Sequence[Any] = (),
) -> list[Picture]:
    """A node-link picture of each graph.

    A graph that has much in common with an earlier one of the list is drawn in its layout, on its scale, so that the
    steps of a path can be followed by eye.

    Args:
        graphs: networkx graphs.
        node_type: Attribute that tells the type of a node: its label if that is short, and its place in the legend.
        edge_type: The same of an edge.
        weight: Attribute of an edge that tells how broad it is drawn; None for all alike.
        node_levels: The types of nodes that take the first places in the legend, in this order; further ones follow.
        edge_levels: The same of edges.

    Example:
        >>> import networkx
        >>> picture = draw_pictures([networkx.cycle_graph(6)])[0]
        >>> picture.kind, len(picture.data["nodes"]), picture.data["directed"]
        ('node-link', 6, False)
    """
    attributes = Attributes(node_type, edge_type, weight if weight is not None else "weight")
    wired = wire(graphs, attributes, node_levels=node_levels, edge_levels=edge_levels)
    shown = [_first(graph) for graph in wired]
    widest = max((float(np.abs(graph.weights).max(initial=0)) for graph in shown), default=0.0)
    if weight is None or len({value for graph in shown for value in np.unique(graph.weights[graph.codes > 0])}) < 2:
        widest = 0.0
    placed, groups = _chain(shown)
    boxed: dict[int, np.ndarray] = {}
    for group in set(groups):
        members = [k for k, other in enumerate(groups) if other == group]
        boxed |= dict(zip(members, fit_boxes([placed[k] for k in members]), strict=True))
    found = []
    for k, (whole, graph) in enumerate(zip(wired, shown, strict=True)):
        note = f"first {len(graph)} of {len(whole)} nodes drawn" if len(graph) < len(whole) else ""
        found.append(node_link(graph, boxed[k], widest=widest, note=note))
    return found


def node_link(
    graph: Wiring,
    places: np.ndarray,
    *,
    widest: float = 0.0,
    node_status: Mapping[int, str] | None = None,
    edge_status: Mapping[tuple[int, int], str] | None = None,
    labels: Mapping[int, str] | None = None,
    note: str = "",
) -> Picture:
    """The picture of one graph whose nodes have places.

    Args:
        graph: A graph.
        places: In the unit square, (n, 2).
        widest: The weight that is drawn broadest; 0 where weights are not drawn.
        node_status: Status of nodes by their position, where it is not "same".
        edge_status: The same of edges, by the positions of their nodes.
        labels: Labels of nodes by their position, where they shall differ from the usual ones.
        note: A line below.
    """
    node_status, edge_status, labels = node_status or {}, edge_status or {}, labels or {}
    named = has_telling_names(graph) and len(set(graph.types.tolist())) <= 1
    identities = [str(name) for name in graph.names]
    if len(set(identities)) < len(identities):
        identities = [str(i) for i in range(len(graph))]
    nodes = []
    for i, (name, kind) in enumerate(zip(graph.names, graph.types.tolist(), strict=True)):
        label = _short(name, LONGEST_NAME) if named else _short(graph.node_levels[kind], LONGEST_TYPE)
        x, y = (round(float(each), 5) for each in places[i])
        nodes.append(
            {"id": identities[i], "x": x, "y": y, "label": labels.get(i, label), "type": int(kind),
             "status": node_status.get(i, "same")}
        )  # fmt: skip
    edges = []
    for i, j in np.argwhere(graph.codes > 0 if graph.directed else np.triu(graph.codes) > 0).tolist():
        edge = {"source": identities[i], "target": identities[j], "type": int(graph.codes[i, j]) - 1,
                "status": edge_status.get((i, j), "same")}  # fmt: skip
        if widest > 0:
            edge["width"] = round(float(np.sqrt(abs(graph.weights[i, j]) / widest)), 4)
        edges.append(edge)
    data: dict[str, Any] = {"directed": graph.directed, "nodes": nodes, "edges": edges}
    data["node_types"], data["edge_types"] = _words(graph.node_levels), _words(graph.edge_levels)
    return Picture("node-link", data | ({"note": note} if note else {}))


def _first(graph: Wiring) -> Wiring:
    return graph if len(graph) <= MOST_DRAWN else graph.reordered(np.arange(MOST_DRAWN))


def _chain(graphs: Sequence[Wiring]) -> tuple[list[np.ndarray], list[int]]:
    """Places of all nodes, and for each graph the first one of those that share its layout."""
    surroundings = _surroundings(graphs)
    placed: list[np.ndarray] = []
    groups: list[int] = []
    for k, graph in enumerate(graphs):
        apart = [_apart(surroundings[k], surroundings[i]) for i in range(k)]
        # Of equally near ones the last, which is the step before.
        near = min(range(k), key=lambda i: (apart[i], -i), default=-1)
        kept, known = 0.0, {}
        if near >= 0 and apart[near] < 1 - ALIKE / 2:
            kept, known = _kept(graphs[near], graph, placed[near])
        placed.append(lay_out(graph) if kept < ALIKE else follow(graph, known, steadily=kept >= STEADY))
        groups.append(groups[near] if kept >= STEADY else k)
    return placed, groups


def _kept(before: Wiring, graph: Wiring, places: np.ndarray) -> tuple[float, dict[int, np.ndarray]]:
    """(share of the edges that stay, where the nodes were that stay)."""
    matched = align_wirings(before, graph, starts=STARTS).places(before, graph)
    if not matched:
        return 0.0, {}
    mine, yours = (np.array(side) for side in zip(*matched, strict=True))
    kept = (before.joined[np.ix_(mine, mine)] & graph.joined[np.ix_(yours, yours)]).sum()
    most = max(before.joined.sum(), graph.joined.sum())
    share = float(kept / most) if most else len(matched) / max(len(before), len(graph))
    return share, {j: places[i] for i, j in matched}


def _surroundings(graphs: Sequence[Wiring]) -> list[Counter]:
    """How often nodes of each kind occur, types and types with their neighbours."""
    start = [graph.types for graph in graphs]
    once = refine(graphs, start, rounds=1)
    return [
        Counter(first.tolist()) + Counter((-1 - second).tolist()) for first, second in zip(start, once, strict=True)
    ]


def _apart(one: Counter, other: Counter) -> float:
    return 1 - 2 * sum((one & other).values()) / max(sum(one.values()) + sum(other.values()), 1)


def _short(value: Any, most: int) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= most else ""


def _words(levels: Sequence[Any]) -> list[str]:
    return ["" if level is None else str(level) for level in levels]
