"""What is an assignment of the nodes of two graphs worth, and which swap of two nodes improves it most?"""

__all__ = ["LARGE", "Pair", "shared"]

from collections import Counter
from dataclasses import dataclass

import numpy as np

from gausscape.modalities.graphs.wiring import Wiring

SWAPS = 60
LARGE = 120
"""From so many nodes on fewer swaps and starts have to do."""


@dataclass(frozen=True)
class Pair:
    """Two graphs padded to one size, with what an assignment is worth as a quadratic form.

    Args:
        types: (2, N); -1 for padding.
        codes: (2, N, N).
        layers: Per graph (layers, N, N): an assignment is worth the sum of products of matched entries.
        likeness: What it is worth to match two nodes, by themselves, (N, N).
        directed: Whether edges have a direction.
    """

    types: np.ndarray
    codes: np.ndarray
    layers: tuple[np.ndarray, np.ndarray]
    likeness: np.ndarray
    directed: bool

    @property
    def size(self) -> int:
        return len(self.types[0])

    @classmethod
    def of(cls, a: Wiring, b: Wiring) -> "Pair":
        size = max(len(a), len(b))
        types = np.stack([np.pad(graph.types, (0, size - len(graph)), constant_values=-1) for graph in (a, b)])
        codes, weights = (
            np.stack([np.pad(each, (0, size - len(each))) for each in pair])
            for pair in ((a.codes, b.codes), (a.weights, b.weights))
        )
        # An edge met by an edge saves two edits, of the same type or not one fewer; a pair counts from both of its ends.
        kinds = range(1, int(codes.max(initial=0)) + 1)
        present = [(codes == kind) / np.sqrt(2) for kind in kinds] if len(kinds) > 1 else []
        layers = [(codes > 0) / (np.sqrt(2) if present else 1.0), *present]
        # Squared differences of weights and numbers, together always less than one edit, decide between equals.
        total = float((weights**2).sum())
        if total > 0 and len(np.unique(weights)) > 2:
            layers.append(weights * np.sqrt(0.4 / total))
        likeness = (types[0][:, None] == types[1][None]).astype(np.float64)
        if a.numbers.size and a.numbers.shape[1] == b.numbers.shape[1]:
            apart = ((a.numbers[:, None] - b.numbers[None]) ** 2).sum(-1)
            likeness[: len(a), : len(b)] -= 0.4 * apart / max(float(apart.max()) * size, 1e-12)
        joint = np.stack(layers).astype(np.float64)
        return cls(types, codes, (joint[:, 0], joint[:, 1]), likeness, a.directed or b.directed)

    def edits(self, places: np.ndarray) -> int:
        nodes = int((self.types[0] != self.types[1][places]).sum())
        differ = self.codes[0] != self.codes[1][np.ix_(places, places)]
        edges = int(differ.sum()) if self.directed else int(np.triu(differ).sum())
        return nodes + edges

    def worth(self, places: np.ndarray) -> float:
        matched = float((self.layers[0] * self.layers[1][:, places][:, :, places]).sum())
        share = 2.0 if self.directed else 1.0
        return share * matched + float(self.likeness[np.arange(self.size), places].sum())

    def least_edits(self) -> int:
        """No assignment needs fewer: types, edges by type and degrees have to be made equal."""
        size = self.size
        nodes = size - shared(self.types[0], self.types[1])
        if not self.directed:
            upper = [codes[np.triu_indices(size)] for codes in self.codes]
        else:
            upper = [codes.ravel() for codes in self.codes]
        present = [codes[codes > 0] for codes in upper]
        edges = max(map(len, present)) - shared(*present)
        degrees = [np.sort((codes > 0).sum(0)) for codes in self.codes]
        gap = int(np.abs(degrees[0] - degrees[1]).sum())
        return nodes + max(edges, gap if self.directed else -(-gap // 2))

    def improved(self, places: np.ndarray) -> np.ndarray:
        """Swap two at a time, the best swap first, until none helps."""
        places, share = places.copy(), 2.0 if self.directed else 1.0
        first = self.layers[0]
        for _ in range(SWAPS if self.size <= LARGE else SWAPS // 4):
            second = self.layers[1][:, places][:, :, places]
            like = self.likeness[:, places]
            gain = like + like.T - like.diagonal()[:, None] - like.diagonal()[None]
            gain += 2.0 * _rows_gain(first, second) + share * _corner_gain(first, second)
            if self.directed:
                gain += 2.0 * _rows_gain(first.swapaxes(1, 2), second.swapaxes(1, 2))
            np.fill_diagonal(gain, 0)
            u, v = np.unravel_index(int(gain.argmax()), gain.shape)
            if gain[u, v] <= 1e-9:
                break
            places[[u, v]] = places[[v, u]]
        return places


def shared(one: np.ndarray, other: np.ndarray) -> int:
    """How many entries two lists have in common, each counted as often as in both."""
    return sum((Counter(one.tolist()) & Counter(other.tolist())).values())


def _rows_gain(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """What a swap of u and v gains with third nodes k: sum of (one[u, k] - one[v, k]) (other[v, k] - other[u, k]), (N, N)."""
    cross = (one @ other.swapaxes(1, 2)).sum(0)
    gain = cross + cross.T - cross.diagonal()[:, None] - cross.diagonal()[None]
    in_one, in_other = one.diagonal(axis1=1, axis2=2), other.diagonal(axis1=1, axis2=2)
    at_u = (in_one[:, :, None] - one.swapaxes(1, 2)) * (other.swapaxes(1, 2) - in_other[:, :, None])
    at_v = (one - in_one[:, None]) * (in_other[:, None] - other)
    return gain - (at_u + at_v).sum(0)


def _corner_gain(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """What a swap of u and v gains between the two themselves, (N, N)."""
    in_one, in_other = one.diagonal(axis1=1, axis2=2), other.diagonal(axis1=1, axis2=2)
    loops = (in_one[:, :, None] - in_one[:, None]) * (in_other[:, None] - in_other[:, :, None])
    between = (one - one.swapaxes(1, 2)) * (other.swapaxes(1, 2) - other)
    return (loops + between).sum(0)
