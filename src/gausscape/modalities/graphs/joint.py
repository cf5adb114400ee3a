"""Two graphs whose nodes were matched, in one list of nodes: what each of them has of it."""

__all__ = ["Joint"]

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from gausscape.modalities.graphs.wiring import Wiring


@dataclass(frozen=True)
class Joint:
    """Two graphs in one list of nodes: those of a in their order, then those that only b has.

    Args:
        graphs: The two.
        places: Position of each node of the list in a, and in b; -1 where it is missing; (2, N).
        codes: Edges in the order of the list, (2, N, N); 0 for none.
    """

    graphs: tuple[Wiring, Wiring]
    places: np.ndarray
    codes: np.ndarray

    @classmethod
    def of(cls, one: Wiring, other: Wiring, matched: list[tuple[int, int]]) -> "Joint":
        forward, taken = dict(matched), {j for _, j in matched}
        places = np.array(
            [*((i, forward.get(i, -1)) for i in range(len(one))), *((-1, j) for j in range(len(other)) if j not in taken)],
            dtype=int,
        ).reshape(-1, 2).T  # fmt: skip
        codes = []
        for graph, row in zip((one, other), places, strict=True):
            padded = np.pad(graph.codes, (0, 1))  # the last row and column stand for a missing node
            codes.append(padded[np.ix_(row, row)])
        return cls((one, other), places, np.stack(codes))

    def __len__(self) -> int:
        return self.places.shape[1]

    @property
    def directed(self) -> bool:
        return self.graphs[0].directed

    def types(self, k: int) -> tuple[int, int]:
        """Type of a node in a and in b; -1 where it is missing."""
        one, other = (
            int(graph.types[place]) if place >= 0 else -1
            for graph, place in zip(self.graphs, self.places[:, k], strict=True)
        )
        return one, other

    def pairs(self) -> list[tuple[int, int]]:
        """Positions of the nodes of all edges of either graph."""
        present = (self.codes > 0).any(0)
        return [(i, j) for i, j in np.argwhere(present if self.directed else np.triu(present)).tolist()]

    def union(self) -> tuple[Wiring, Wiring]:
        """a, and b with what it lost, both over the joint list; the type of a node that is not there is -1."""
        one, other = self.graphs
        names = tuple(one.names[i] if i >= 0 else _fresh(other.names[j], one.names) for i, j in self.places.T.tolist())
        types = np.array([self.types(k) for k in range(len(self))], dtype=int).reshape(-1, 2).T
        weights = [
            np.pad(graph.weights, (0, 1))[np.ix_(row, row)] for graph, row in zip(self.graphs, self.places, strict=True)
        ]
        empty = np.zeros((len(self), 0))
        levels = one.node_levels, one.edge_levels
        before = Wiring(names, types[0], self.codes[0], weights[0], empty, self.directed, *levels)
        gone = self.codes[1] == 0
        after = Wiring(
            names,
            np.where(types[1] >= 0, types[1], types[0]),
            np.where(gone, self.codes[0], self.codes[1]),
            np.where(gone, weights[0], weights[1]),
            empty,
            self.directed,
            *levels,
        )
        return before, after


def _fresh(name: Hashable, taken: tuple[Hashable, ...]) -> Hashable:
    return name if name not in taken else f"{name} of b"
