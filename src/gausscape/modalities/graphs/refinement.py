"""Which nodes of graphs cannot be told apart by their surroundings? Colour refinement, and isomorphism on top of it."""

__all__ = ["find_isomorphism", "refine"]

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gausscape.modalities.graphs.wiring import Wiring

MOST_BRANCHES = 200
"""Ways that are tried before the search for an isomorphism gives up: molecules need a handful."""


def refine(graphs: Sequence[Wiring], colours: Sequence[np.ndarray], *, rounds: int | None = None) -> list[np.ndarray]:
    """Colours of the nodes after refinement: equal for nodes whose surroundings look the same.

    The colours are ranks, so they depend on neither the names nor the order of the nodes.

    Args:
        graphs: Graphs in common codes.
        colours: Colours to start from, (n,) each, comparable between the graphs.
        rounds: How far surroundings reach; None until nothing changes.

    References:
        Weisfeiler & Leman 1968; Shervashidze et al. 2011, Weisfeiler-Lehman graph kernels, section 2.1.
    """
    near = [_neighbours(graph) for graph in graphs]
    count = len(np.unique(np.concatenate(colours))) if len(colours) else 0
    left = max((len(graph) for graph in graphs), default=0) if rounds is None else rounds
    current = [np.asarray(colour) for colour in colours]
    while left > 0:
        told = [
            [(int(colour[i]), sorted((code, int(colour[j])) for code, j in about)) for i, about in enumerate(around)]
            for colour, around in zip(current, near, strict=True)
        ]
        keys = [[(own, tuple(rest)) for own, rest in row] for row in told]
        rank = {key: k for k, key in enumerate(sorted({key for row in keys for key in row}))}
        current = [np.array([rank[key] for key in row], dtype=int) for row in keys]
        if rounds is None and len(rank) == count:
            break
        count, left = len(rank), left - 1
    return current


def find_isomorphism(a: Wiring, b: Wiring) -> np.ndarray | None:
    """For each node of a its equal in b, (n,), if the graphs are the same but for names and order; else None.

    Types, weights and numbers have to agree too (to 9 digits). None also where the search gave up.
    """
    if len(a) != len(b) or a.directed != b.directed:
        return None
    # Weights and numbers become part of the codes, so that "the same" means all of it.
    edges = [_ranked([graph.codes, *_rounded(graph.weights)]) for graph in (a, b)]
    nodes = [np.concatenate([graph.types[:, None], np.round(graph.numbers, 9)], axis=1) for graph in (a, b)]
    codes, types = _common(*edges), _common(*nodes)
    told = [
        replace(graph, types=kind, codes=code.reshape(len(graph), len(graph)))
        for graph, kind, code in zip((a, b), types, codes, strict=True)
    ]
    return _extend(told, types, [MOST_BRANCHES])


def _extend(graphs: list[Wiring], colours: Sequence[np.ndarray], left: list[int]) -> np.ndarray | None:
    """Refine; where a colour is shared, try to tie one node of a to each of its equals in b."""
    one, other = refine(graphs, colours)
    if Counter(one.tolist()) != Counter(other.tolist()):
        return None
    shared = [(count, colour) for colour, count in Counter(one.tolist()).items() if count > 1]
    if not shared:
        match = np.argsort(other)[np.argsort(np.argsort(one))]
        a, b = graphs
        return match if np.array_equal(a.codes, b.codes[np.ix_(match, match)]) else None
    colour = min(shared)[1]
    first = int(np.flatnonzero(one == colour)[0])
    for second in np.flatnonzero(other == colour):
        left[0] -= 1
        if left[0] < 0:
            return None
        marked = [np.where(np.arange(len(c)) == node, c.max() + 1, c) for c, node in ((one, first), (other, second))]
        found = _extend(graphs, marked, left)
        if found is not None:
            return found
    return None


def _neighbours(graph: Wiring) -> list[list[tuple[int, int]]]:
    """For each node (code, neighbour) pairs; edges that come in have codes of their own."""
    sources, targets = np.nonzero(graph.codes)
    found: list[list[tuple[int, int]]] = [[] for _ in range(len(graph))]
    for i, j in zip(sources.tolist(), targets.tolist(), strict=True):
        code = int(graph.codes[i, j])
        found[i].append((code, j))
        if graph.directed:
            found[j].append((-code, i))
    return found


def _rounded(values: np.ndarray) -> list[np.ndarray]:
    with np.errstate(divide="ignore"):
        size = np.where(values == 0, 0, np.floor(np.log10(np.abs(values))))
    return [np.round(values / 10**size, 9), size]


def _ranked(layers: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack([layer.ravel().astype(np.float64) for layer in layers], axis=1)


def _common(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, k) as codes that the two share; a row of zeros, for "no edge", is 0."""
    rows = np.concatenate([np.zeros((1, a.shape[1])), a, b])
    codes = np.unique(rows, axis=0, return_inverse=True)[1].ravel()
    codes = np.where(codes == codes[0], 0, codes + 1)
    return codes[1 : 1 + len(a)], codes[1 + len(a) :]
