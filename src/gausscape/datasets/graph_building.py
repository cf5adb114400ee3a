"""Drafts of graphs, checked and made into networkx graphs."""

__all__ = ["finish"]

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gausscape.datasets.graph_direction import declared_direction, found_direction, one_way
from gausscape.datasets.graph_drafts import GraphDraft
from gausscape.errors import DataError, SchemaError
from gausscape.items import Items

if TYPE_CHECKING:
    import networkx as nx


def finish(
    drafts: Sequence[GraphDraft],
    *,
    name: str,
    directed: bool | None = None,
    both_ways: bool = False,
    label: str | None = None,
) -> Items:
    """The graphs as Items: all directed or all undirected, with their labels if they have any.

    An undirected edge may be told once, or in both directions with the same attributes. Unless `directed` says it,
    graphs are taken for undirected if all edges are told both ways, or, where a format tells edges once, if none is;
    a mixture is read as directed, under a warning. An edge that is told twice in one direction makes a multigraph.

    Args:
        drafts: What was read.
        name: Where it came from, for people.
        directed: Whether edges have a direction; None to go by the rule above.
        both_ways: Whether the format tells an undirected edge in both directions.
        label: Graph attribute that is the label; None for "label" if all graphs have it.

    Raises:
        DataError: If a graph has no node, an edge ends at a node that is not there, some graphs are declared directed
            and others not, or edges that should be undirected differ by direction.
        SchemaError: If graphs lack the attribute `label`.

    Example:
        >>> from gausscape.datasets.graph_drafts import GraphDraft
        >>> draft = GraphDraft("ring", "ring.edgelist", open=True)
        >>> for line, (u, v) in enumerate([("a", "b"), ("b", "c"), ("c", "a")], start=1):
        ...     draft.add_edge(u, v, {"type": "road"}, line)
        >>> items = finish([draft], name="ring")
        >>> items.values[0].number_of_edges(), items.values[0].is_directed(), items.ids.tolist()
        (3, False, ['ring'])
    """
    for draft in drafts:
        settle_nodes(draft)
    if directed is None:
        directed = declared_direction(drafts)
    if directed is None:
        directed = found_direction(drafts, both_ways=both_ways)
    graphs = [build(draft, directed=directed, both_ways=both_ways) for draft in drafts]
    labels = take_labels(drafts, label, name)
    for graph, draft in zip(graphs, drafts, strict=True):
        graph.graph.update(draft.attributes)
    return Items(graphs, np.asarray([draft.name for draft in drafts], dtype=str), labels, name=name, modality="graphs")


def settle_nodes(draft: GraphDraft) -> None:
    """Every end of an edge is a node; every graph has one."""
    for edge in draft.edges:
        for node in (edge.source, edge.target):
            if node in draft.nodes:
                continue
            if not draft.open:
                raise DataError(
                    f"{draft.at(edge)}: an edge needs two nodes of graph {draft.name}, but {node!r} of edge {edge.source!r} "
                    f"to {edge.target!r} is none of its {len(draft.nodes):,} nodes. Add the node, or remove the edge."
                )
            draft.nodes[node] = {}
    if not draft.nodes:
        raise DataError(
            f"{draft.file}: every graph needs at least one node, but graph {draft.name} has none. Leave it out."
        )


def build(draft: GraphDraft, *, directed: bool, both_ways: bool) -> "nx.Graph":
    """The networkx graph of one draft."""
    import networkx as nx

    edges = draft.edges if directed else one_way(draft, both_ways=both_ways)
    pairs = {(edge.source, edge.target) for edge in edges}
    if not directed:
        pairs = {frozenset(pair) for pair in pairs}
    simple = len(pairs) == len(edges)
    graph = {
        (True, True): nx.DiGraph,
        (True, False): nx.MultiDiGraph,
        (False, True): nx.Graph,
        (False, False): nx.MultiGraph,
    }[directed, simple]()
    graph.add_nodes_from(draft.nodes.items())
    graph.add_edges_from((edge.source, edge.target, edge.attributes) for edge in edges)
    return graph


def take_labels(drafts: Sequence[GraphDraft], label: str | None, name: str) -> np.ndarray | None:
    """The label of each graph, taken out of its attributes."""
    wanted = label or "label"
    lacking = next((draft for draft in drafts if wanted not in draft.attributes), None)
    if lacking is not None:
        if label is None:
            return None
        held = ", ".join(map(str, lacking.attributes)) or "none"
        raise SchemaError(
            f"{name}: every graph should have the attribute {label!r}, but {lacking.name} has {held}. Give one of these."
        )
    listed = [draft.attributes.pop(wanted) for draft in drafts]
    if any(isinstance(each, str) for each in listed):
        return np.asarray([str(each) for each in listed], dtype=str)
    labels = np.asarray(listed)
    return (
        labels if labels.ndim == 1 and labels.dtype != object else np.asarray([str(each) for each in listed], dtype=str)
    )
