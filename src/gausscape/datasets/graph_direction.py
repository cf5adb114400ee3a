"""Whether graphs are directed, as they say or as their edges look, and each undirected edge once."""

__all__ = ["DIRECTED", "declared_direction", "found_direction", "one_way"]

import warnings
from collections.abc import Hashable, Sequence

from gausscape.datasets.graph_drafts import Edge, GraphDraft
from gausscape.errors import DataError

DIRECTED: dict[str, bool | None] = {"auto": None, "true": True, "false": False}
"""Values of the reading option directed, the default first."""


def declared_direction(drafts: Sequence[GraphDraft]) -> bool | None:
    """What the files say of all graphs; None if they say nothing.

    Raises:
        DataError: If some are directed and some are not.
    """
    said = {draft.directed: draft for draft in reversed(drafts) if draft.directed is not None}
    if len(said) == 2:
        raise DataError(
            f"The graphs of one set should all be directed or all undirected, but {said[True].name} of {said[True].file} is "
            f"directed and {said[False].name} of {said[False].file} is not. Split them, or say directed=true or false."
        )
    return next(iter(said), None)


def found_direction(drafts: Sequence[GraphDraft], *, both_ways: bool) -> bool:
    """Whether the edges look directed; a mixture counts as directed, and is told.

    Args:
        drafts: What was read.
        both_ways: Whether the format tells an undirected edge in both directions.
    """
    mutual = single = 0
    lone: tuple[GraphDraft, Edge] | None = None
    for draft in drafts:
        told = {(edge.source, edge.target) for edge in draft.edges}
        for edge in draft.edges:
            if edge.source == edge.target:
                continue
            if (edge.target, edge.source) in told:
                mutual += 1
            else:
                single += 1
                lone = lone or (draft, edge)
    if single and mutual and lone:
        draft, edge = lone
        warnings.warn(
            f"{draft.at(edge)}: edge {edge.source!r} to {edge.target!r} is not told in the other direction, as "
            f"{mutual:,} of {mutual + single:,} are, so all graphs are read as directed. Say directed=true, or mend it.",
            stacklevel=2,
        )
        return True
    return bool(single) and both_ways


def one_way(draft: GraphDraft, *, both_ways: bool) -> list[Edge]:
    """Each undirected edge once.

    Raises:
        DataError: If the two ways between two nodes do not tell the same.
    """
    ways: dict[tuple[Hashable, Hashable], tuple[list[Edge], list[Edge]]] = {}
    for edge in draft.edges:
        there, back = (edge.source, edge.target), (edge.target, edge.source)
        if there in ways:
            ways[there][0].append(edge)
        elif back in ways:
            ways[back][1].append(edge)
        else:
            ways[there] = ([edge], [])
    kept = []
    for there, back in ways.values():
        first = there[0]
        if first.source == first.target:
            kept += there[:1] if both_ways and all(each.attributes == first.attributes for each in there) else there
            continue
        if (both_ways or back) and len(there) != len(back):
            raise DataError(
                f"{draft.at(first)}: undirected edges should be told {'in both directions' if both_ways else 'once, or both ways'}, "
                f"but edge {first.source!r} to {first.target!r} of graph {draft.name} is told {len(there)} times, and "
                f"{len(back)} times the other way. Mend it, or say directed=true."
            )
        alike = len(there) == len(back) == 1 and first.attributes == back[0].attributes
        if back and not alike and told(there) != told(back):
            raise DataError(
                f"{draft.at(first)}: an undirected edge should tell the same in both directions, but {first.source!r} to "
                f"{first.target!r} has {first.attributes} and the other way ({draft.unit} {back[0].line:,}) "
                f"{back[0].attributes}. Mend one of them, or say directed=true."
            )
        kept += there
    return kept


def told(edges: list[Edge]) -> list[str]:
    return sorted(repr(sorted(edge.attributes.items())) for edge in edges)
