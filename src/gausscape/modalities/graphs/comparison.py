"""Part by part, how does one graph become another? Nodes and edges added, removed and retyped, and two marked pictures."""

__all__ = ["compare_graphs"]

import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from gausscape.modalities.graphs.alignment import align_wirings, has_telling_names
from gausscape.modalities.graphs.joint import Joint
from gausscape.modalities.graphs.layout import fit_boxes, lay_out_pair
from gausscape.modalities.graphs.pictures import LONGEST_TYPE, MOST_DRAWN, node_link
from gausscape.modalities.graphs.wiring import Attributes, number_of, wire
from gausscape.modality import Comparison, Edit, Picture

TOLERANCE = 0.01
LONGEST_LABEL = 5


def compare_graphs(
    a: Any,
    b: Any,
    *,
    node_type: str = "type",
    edge_type: str = "type",
    weight: str = "weight",
    directed: bool | None = None,
    tolerance: float = TOLERANCE,
    node_levels: Sequence[Any] = (),
    edge_levels: Sequence[Any] = (),
) -> Comparison:
    """Match the nodes of two graphs and list in what the graphs differ.

    Graphs that are the same but for the names and order of their nodes have no edits, unless the names say something.

    Args:
        a: A networkx graph.
        b: Another.
        node_type: Attribute that tells the type of a node.
        edge_type: Attribute that tells the type of an edge.
        weight: Attribute that tells the weight of an edge; without it an edge weighs 1.
        directed: Whether edges have a direction; None for what the graphs say.
        tolerance: Numbers differ if they do by more than this share of the larger one.
        node_levels: The types of nodes that take the first places in the legend, in this order.
        edge_levels: The same of edges.

    Example:
        >>> import networkx
        >>> ring, chain = networkx.cycle_graph(5), networkx.path_graph(5)
        >>> print(compare_graphs(ring, chain))
        Part by part (exactly), 1 edit: edge 0-4 removed.
    """
    either = a.is_directed() or b.is_directed()
    a, b = (_directed(graph, either if directed is None else directed) for graph in (a, b))
    attributes = Attributes(node_type, edge_type, weight)
    one, other = wire([a, b], attributes, node_levels=node_levels, edge_levels=edge_levels)
    alignment = align_wirings(one, other)
    joint = Joint.of(one, other, alignment.places(one, other))
    named = alignment.how == "by name" or has_telling_names(one)
    parts = _Parts(joint, _words_of(joint, named=named))
    edits = [*parts.node_edits(), *parts.edge_edits(), *_changes(parts, (a, b), attributes, tolerance=tolerance)]
    return Comparison(tuple(edits), parts.pictures(named=named), alignment.how)


class _Parts:
    """Edits in words, and where they are marked in the pictures."""

    def __init__(self, joint: Joint, words: list[str]):
        self.joint, self.words = joint, words
        self.nodes: dict[int, str] = {}
        self.edges: dict[tuple[int, int], str] = {}

    def node_edits(self) -> list[Edit]:
        levels, found = self.joint.graphs[0].node_levels, []
        for k in range(len(self.joint)):
            before, after = self.joint.types(k)
            if before == after:
                continue
            action = "added" if before < 0 else "removed" if after < 0 else "retyped"
            self.nodes[k] = action
            said = f"node {self.words[k]}"
            if action == "retyped":
                found.append(
                    Edit(action, "node", f"{said} retyped from {_level(levels[before])} to {_level(levels[after])}")
                )
                continue
            kind = _kind(levels, max(before, after))
            # "C3" tells its type already.
            kind = "" if kind and self.words[k].startswith(kind[2:-1]) else kind
            found.append(Edit(action, "node", f"{said}{kind} {action}"))
        return sorted(found, key=_rank)

    def edge_edits(self) -> list[Edit]:
        levels, found = self.joint.graphs[0].edge_levels, []
        for i, j in self.joint.pairs():
            before, after = self.joint.codes[:, i, j].tolist()
            if before == after:
                continue
            action = "added" if before == 0 else "removed" if after == 0 else "retyped"
            self.edges[i, j] = action
            said = f"edge {self.between(i, j)}"
            if action == "retyped":
                told = f"{said} retyped from {_level(levels[before - 1])} to {_level(levels[after - 1])}"
            else:
                told = f"{said}{_kind(levels, max(before, after) - 1)} {action}"
            found.append(Edit(action, "edge", told))
        return sorted(found, key=_rank)

    def between(self, i: int, j: int) -> str:
        """An edge by its nodes."""
        joint = (self.words[i], self.words[j])
        if self.joint.directed:
            return " → ".join(joint)
        return ("-" if all("-" not in word and " " not in word for word in joint) else " and ").join(joint)

    def _labels(self, after: bool) -> dict[int, str]:
        """Short names of the nodes, in the second picture with the type that they have there."""
        levels, found = self.joint.graphs[0].node_levels, {}
        for k, word in enumerate(self.words):
            one, other = self.joint.types(k)
            if after and -1 not in (one, other):
                word = word.removeprefix(str(levels[one]))
                word = f"{levels[other]}{word}" if word != self.words[k] else word
            if len(word) <= LONGEST_LABEL:
                found[k] = word
        return found

    def pictures(self, *, named: bool) -> tuple[Picture, Picture]:
        """The first as it is, the second with what was added and what is gone; what was retyped is marked in both."""
        union = self.joint.union()
        matched = [(int(i), int(j)) for i, j in self.joint.places.T if i >= 0 and j >= 0]
        shown = min(len(self.joint), MOST_DRAWN)
        places = np.zeros((len(self.joint), 2))
        for row, layout in zip(self.joint.places, lay_out_pair(*self.joint.graphs, matched), strict=True):
            places[row >= 0] = layout[row[row >= 0]]
        places = fit_boxes([places[:shown]])[0]
        note = f"first {shown} of {len(self.joint)} nodes drawn" if shown < len(self.joint) else ""
        widest = max(float(np.abs(graph.weights).max(initial=0)) for graph in self.joint.graphs)
        values = np.concatenate([graph.weights[graph.codes > 0] for graph in self.joint.graphs])
        widest = widest if len(np.unique(values)) > 1 else 0.0
        touched = {k for k in self.nodes} | {k for pair in self.edges for k in pair}
        labels = [
            {k: word for k, word in self._labels(after).items() if k in touched and not named}
            for after in (False, True)
        ]
        pictures = []
        for graph, marks, words in zip(union, ({"retyped"}, {"retyped", "added", "removed"}), labels, strict=True):
            keep = np.array([k for k in range(shown) if graph.types[k] >= 0], dtype=int)
            new = {int(k): i for i, k in enumerate(keep)}
            pictures.append(
                node_link(
                    graph.reordered(keep), places[keep], widest=widest, note=note,
                    node_status={new[k]: status for k, status in self.nodes.items() if status in marks and k in new},
                    edge_status={
                        (new[i], new[j]): status
                        for (i, j), status in self.edges.items()
                        if status in marks and i in new and j in new
                    },
                    labels={new[k]: label for k, label in words.items() if k in new},
                )
            )  # fmt: skip
        return pictures[0], pictures[1]


def _changes(parts: _Parts, graphs: tuple[Any, Any], attributes: Attributes, *, tolerance: float) -> list[Edit]:
    """Numbers of nodes and edges that both graphs have and that differ, the largest change first."""
    joint, found = parts.joint, []

    def names(k: int) -> list[Hashable]:
        return [graph.names[place] for graph, place in zip(joint.graphs, joint.places[:, k], strict=True)]

    for k in range(len(joint)):
        if (joint.places[:, k] >= 0).all():
            data = [graph.nodes[name] for graph, name in zip(graphs, names(k), strict=True)]
            for told in _differences(data, attributes.node_type, tolerance):
                found.append((told[0], Edit("changed", "node", f"{told[1]} of node {parts.words[k]}{told[2]}")))
    for i, j in joint.pairs():
        if (joint.codes[:, i, j] > 0).all():
            ends = list(zip(names(i), names(j), strict=True))
            data = [_edge_data(graph, *pair) for graph, pair in zip(graphs, ends, strict=True)]
            for told in _differences(data, attributes.edge_type, tolerance):
                found.append((told[0], Edit("changed", "edge", f"{told[1]} of edge {parts.between(i, j)}{told[2]}")))
    return [edit for _, edit in sorted(found, key=lambda pair: -pair[0])]


def _differences(data: Sequence[Mapping[str, Any]], ignored: str, tolerance: float) -> list[tuple[float, str, str]]:
    """(relative size, name, words) of the numbers that differ."""
    found = []
    for name in data[0]:
        before, after = (number_of(each.get(name)) for each in data)
        size = max(abs(before), abs(after))
        if name != ignored and math.isfinite(before + after) and abs(after - before) > tolerance * size:
            found.append((abs(after - before) / size, str(name), f" changed from {before:.4g} to {after:.4g}"))
    return found


def _edge_data(graph: Any, source: Hashable, target: Hashable) -> Mapping[str, Any]:
    data = graph.get_edge_data(source, target)
    return list(data.values())[-1] if graph.is_multigraph() else data


def _words_of(joint: Joint, *, named: bool) -> list[str]:
    """What each node is called: by its name, or by its type and number, as chemists do: N7."""
    one, other = joint.graphs
    found: list[str] = []
    numbers = [int(str(name)) for name in one.names if str(name).lstrip("-").isdigit()]
    # What b adds gets the next numbers: its own may be taken in a.
    free = count(max(numbers, default=-1) + 1)
    for i, j in joint.places.T.tolist():
        name = one.names[i] if i >= 0 else other.names[j]
        if named:
            found.append(str(name))
            continue
        number = str(name if i >= 0 else next(free))
        kind = one.node_levels[one.types[i] if i >= 0 else other.types[j]]
        word = "" if kind is None else str(kind)
        found.append(f"{word}{number}" if word.isalpha() and len(word) <= LONGEST_TYPE else number)
    return found


def _kind(levels: tuple[Any, ...], code: int) -> str:
    return "" if levels[code] is None else f" ({levels[code]})"


def _level(level: Any) -> str:
    return "no type" if level is None else str(level)


def _rank(edit: Edit) -> int:
    return ("removed", "added", "retyped").index(edit.action)


def _directed(graph: Any, directed: bool) -> Any:
    if graph.is_directed() == directed:
        return graph
    return graph.to_directed() if directed else graph.to_undirected()
