"""Which node of one graph becomes which of another, so that few edits are left? Search, and proof for small graphs."""

__all__ = ["Match", "assign", "count_edits"]

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from gausscape.modalities.graphs.pairing import LARGE, Pair, shared
from gausscape.modalities.graphs.refinement import find_isomorphism, refine
from gausscape.modalities.graphs.wiring import Wiring

PROVEN = 8
"""Up to so many nodes the fewest edits are proven, if that takes no more than MOST_TRIES partial assignments."""

MOST_TRIES = 4000
ROUNDS = 4


@dataclass(frozen=True)
class Match:
    """An assignment of nodes.

    Args:
        places: For each node of the padded a its node of the padded b, (N,) with N the larger count; places beyond a graph's
            own nodes stand for "none".
        edits: Nodes and edges that are added, removed or retyped by it.
        proven: Whether no assignment needs fewer.
    """

    places: np.ndarray
    edits: int
    proven: bool


def assign(a: Wiring, b: Wiring, *, guess: np.ndarray | None = None, starts: int = 24) -> Match:
    """Match the nodes of two graphs so that few edits turn the one into the other.

    Each node or edge added, removed or retyped counts 1. Then a node is never better removed and another one added than
    retyped, so the assignments of the larger graph's nodes hold a best one. Weights and numbers decide between equals.

    Args:
        a: One graph.
        b: Another, in the same codes.
        guess: An assignment to start from as well, (N,).
        starts: How many matches are grown and improved; more find fewer edits and take longer.

    References:
        Riesen & Bunke 2009, Approximate graph edit distance by bipartite matching (the first start); Blumenthal et al.
        2020, Comparing heuristics for graph edit distance computation (local improvement by swaps).
    """
    same = find_isomorphism(a, b)
    if same is not None:
        return Match(same, 0, True)
    pair = Pair.of(a, b)
    least = pair.least_edits()
    best, fewest, value = np.arange(pair.size), np.inf, -np.inf
    for start in _starts(pair, a, b, guess=guess, starts=starts):
        places = pair.improved(start)
        edits, worth = pair.edits(places), pair.worth(places)
        if (edits, -worth) < (fewest, -value):
            best, fewest, value = places, edits, worth
        if fewest <= least:
            break
    proven = fewest <= least
    if not proven and pair.size <= PROVEN:
        found, proven = _prove(pair, int(fewest))
        best = best if found is None else found
    return Match(best, pair.edits(best), proven)


def count_edits(a: Wiring, b: Wiring, places: np.ndarray) -> int:
    """Nodes and edges that an assignment (N,) adds, removes or retypes."""
    return Pair.of(a, b).edits(places)


def _starts(pair: Pair, a: Wiring, b: Wiring, *, guess: np.ndarray | None, starts: int) -> Iterator[np.ndarray]:
    """Assignments to improve: the guess, nodes by their surroundings, and matches grown from pairs of like nodes."""
    if guess is not None:
        yield guess
    like = _surroundings(pair, a, b)
    yield linear_sum_assignment(-like)[1]
    if pair.size > LARGE:
        return
    ranked = np.argsort(-like, axis=None)
    tried: Counter[int] = Counter()
    for flat in ranked:
        u, v = divmod(int(flat), pair.size)
        # Each node seeds once, so that the starts differ.
        if tried[u] == 0 and tried[-1 - v] == 0:
            tried.update((u, -1 - v))
            yield _grown(pair, like, u, v)
        if len(tried) >= 2 * starts:
            return


def _surroundings(pair: Pair, a: Wiring, b: Wiring) -> np.ndarray:
    """How many rounds of refinement two nodes stay alike, (N, N), with their types and degrees for nodes that never do."""
    size = pair.size
    like = pair.likeness.copy()
    colours = [a.types, b.types]
    for _ in range(ROUNDS):
        like[: len(a), : len(b)] += colours[0][:, None] == colours[1][None]
        colours = refine([a, b], colours, rounds=1)
    degrees = [np.pad(graph.joined.sum(1), (0, size - len(graph))) for graph in (a, b)]
    like -= 0.1 * np.abs(degrees[0][:, None] - degrees[1][None])
    return like


def _grown(pair: Pair, like: np.ndarray, u: int, v: int) -> np.ndarray:
    """Match u with v, then always the two nodes that agree best with what is matched already."""
    first, second = pair.layers
    present = [codes > 0 for codes in pair.codes]
    score = 0.2 * like
    places = np.full(pair.size, -1)
    for step in range(pair.size):
        if step:
            u, v = divmod(int(score.argmax()), pair.size)
        places[u] = v
        about = np.einsum("ci,cj->ij", first[:, u], second[:, v]) * 2
        about -= 0.4 * (present[0][u][:, None] != present[1][v][None])
        if pair.directed:
            about += np.einsum("ci,cj->ij", first[:, :, u], second[:, :, v]) * 2
            about -= 0.4 * (present[0][:, u][:, None] != present[1][:, v][None])
        score += about
        score[u], score[:, v] = -np.inf, -np.inf
    return places


def _prove(pair: Pair, fewest: int) -> tuple[np.ndarray | None, bool]:
    """(an assignment with fewer edits than that, if there is one; whether the search came to its end)."""
    size, (one, other) = pair.size, pair.codes
    order = np.argsort(-(one > 0).sum(1) - (one > 0).sum(0), kind="stable").tolist()
    best: list[np.ndarray] = []
    tries = [0, fewest]

    def step(depth: int, places: dict[int, int], edits: int) -> None:
        tries[0] += 1
        if tries[0] > MOST_TRIES or edits + rest(depth, places) >= tries[1]:
            return
        if depth == size:
            tries[1] = edits
            best[:] = [np.array([places[i] for i in range(size)])]
            return
        u = order[depth]
        free = [v for v in range(size) if v not in places.values()]
        told = []
        for v in free:
            cost = int(pair.types[0][u] != pair.types[1][v]) + int(one[u, u] != other[v, v])
            for i, j in places.items():
                cost += int(one[u, i] != other[v, j]) + int(pair.directed and one[i, u] != other[j, v])
            told.append((cost, v))
        for cost, v in sorted(told):
            step(depth + 1, places | {u: v}, edits + cost)

    def rest(depth: int, places: dict[int, int]) -> int:
        ahead, free = order[depth:], [v for v in range(size) if v not in places.values()]
        nodes = len(ahead) - shared(pair.types[0][ahead], pair.types[1][free])
        inner = [one[np.ix_(ahead, ahead)].ravel(), other[np.ix_(free, free)].ravel()]
        present = [codes[codes > 0] for codes in inner]
        edges = max(map(len, present)) - shared(*present)
        return nodes + (edges if pair.directed else edges // 2)

    step(0, {}, 0)
    return (best[0] if best else None), tries[0] <= MOST_TRIES
