"""Which nodes of two graphs belong together? By name where names say something, else so that few edits are left."""

__all__ = ["Alignment", "align", "align_wirings", "has_telling_names"]

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.modalities.graphs.assignment import assign
from gausscape.modalities.graphs.wiring import Attributes, Wiring, wire

MOST_SHARE = 0.5
TYPES_AGREE, EDGES_AGREE = 0.9, 0.5


@dataclass(frozen=True)
class Alignment:
    """How the nodes of two graphs were matched.

    Args:
        pairs: Each node of a with its node of b; None where it has none: it was removed, or added.
        how: "by name", "exactly" (fewest edits, proven) or "by search" (few edits; fewer may exist).
    """

    pairs: tuple[tuple[Hashable | None, Hashable | None], ...]
    how: str

    def places(self, one: Wiring, other: Wiring) -> list[tuple[int, int]]:
        """Positions in a and b of the nodes that were matched."""
        mine, yours = ({name: i for i, name in enumerate(graph.names)} for graph in (one, other))
        return [(mine[i], yours[j]) for i, j in self.pairs if i is not None and j is not None]

    @property
    def forward(self) -> dict[Hashable, Hashable]:
        """Node of a -> node of b, of those that have one."""
        return {one: other for one, other in self.pairs if one is not None and other is not None}


def align(a: Any, b: Any, *, attributes: Attributes | None = None) -> Alignment:
    """Match the nodes of two graphs.

    Names decide if they are words that both graphs share, or numbers on which most types and edges agree. Numbers that
    run without gaps say nothing by themselves: they are places in a list, as in every generated graph.

    Args:
        a: A networkx graph.
        b: Another.
        attributes: What their attributes are called.

    Example:
        >>> import networkx
        >>> one, other = networkx.path_graph(4), networkx.relabel_nodes(networkx.path_graph(4), {0: 3, 3: 0})
        >>> align(one, other).how
        'exactly'
    """
    return align_wirings(*wire([a, b], attributes or Attributes()))


def align_wirings(one: Wiring, other: Wiring, *, starts: int = 24) -> Alignment:
    """The same of graphs that are arrays already, in common codes; fewer starts are faster and less thorough."""
    if _are_telling(one, other):
        return Alignment(_pairs_by_name(one, other), "by name")
    found = assign(one, other, guess=_guess(one, other), starts=starts)
    pairs = []
    for i, place in enumerate(found.places.tolist()):
        mine = one.names[i] if i < len(one) else None
        yours = other.names[place] if place < len(other) else None
        if mine is not None or yours is not None:
            pairs.append((mine, yours))
    return Alignment(tuple(pairs), "exactly" if found.proven else "by search")


def has_telling_names(graph: Wiring) -> bool:
    """Whether the names of the nodes are more than places in a list: words, or numbers with gaps.

    Example:
        >>> import networkx
        >>> graphs = networkx.path_graph(3), networkx.relabel_nodes(networkx.path_graph(3), {0: "ann", 1: "bob", 2: "eve"})
        >>> [has_telling_names(graph) for graph in wire(graphs, Attributes())]
        [False, True]
    """
    return all(_is_word(name) for name in graph.names) or not _is_running(graph)


def _are_telling(one: Wiring, other: Wiring) -> bool:
    shared = set(one.names) & set(other.names)
    if not shared or len(shared) < MOST_SHARE * min(len(one), len(other)):
        return False
    if all(_is_word(name) for name in (*one.names, *other.names)):
        return True
    if _is_running(one) or _is_running(other):
        return False
    mine, yours = ([graph.names.index(name) for name in shared] for graph in (one, other))
    if (one.types[mine] == other.types[yours]).mean() < TYPES_AGREE:
        return False
    left, right = one.codes[np.ix_(mine, mine)] > 0, other.codes[np.ix_(yours, yours)] > 0
    return bool((left & right).sum() >= EDGES_AGREE * max((left | right).sum(), 1))


def _is_word(name: Hashable) -> bool:
    return isinstance(name, str) and not name.strip().lstrip("+-").replace(".", "", 1).isdigit()


def _is_running(graph: Wiring) -> bool:
    """Whether the names are numbers without a gap, or no numbers at all, such as tuples."""
    try:
        numbers = sorted(int(str(name)) for name in graph.names)
    except ValueError:
        return True
    return bool(numbers) and numbers[-1] - numbers[0] == len(numbers) - 1


def _pairs_by_name(one: Wiring, other: Wiring) -> tuple[tuple[Hashable | None, Hashable | None], ...]:
    mine, yours = set(one.names), set(other.names)
    kept = [(name, name if name in yours else None) for name in one.names]
    return (*kept, *((None, name) for name in other.names if name not in mine))


def _guess(one: Wiring, other: Wiring) -> np.ndarray | None:
    """The assignment by name, where names are shared at all: a graph and its edited copy mostly keep their order."""
    places = {name: place for place, name in enumerate(other.names)}
    size = max(len(one), len(other))
    kept = {i: places[name] for i, name in enumerate(one.names) if name in places}
    if not kept:
        return None
    free = iter(sorted(set(range(size)) - set(kept.values())))
    return np.array([kept[i] if i in kept else next(free) for i in range(size)])
