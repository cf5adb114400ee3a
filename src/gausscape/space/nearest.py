"""Which codes lie nearest? Search in many dimensions, where comparing all with all beats a tree."""

__all__ = ["Nearest", "nearest_of_all"]

from functools import cached_property
from typing import final

import numpy as np
from scipy.spatial import KDTree

TREE_AXES = 8
AT_ONCE = 64
OF_A_GROUP = 32
SPARE = 3


@final
class Nearest:
    """Finds the nearest of given codes, by a tree or by comparing all, whichever is quicker for so many axes.

    Args:
        codes: Shape (m, d), m >= 1.

    Example:
        >>> distance, position = Nearest(np.array([[3.0], [-1.0], [2.0]])).query(np.zeros((1, 1)), 2)
        >>> distance.tolist(), position.tolist()
        ([[1.0, 2.0]], [[1, 2]])
    """

    def __init__(self, codes: np.ndarray):
        self.codes = codes

    def query(self, points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """(distances to the k nearest codes, ascending; their positions), each (n, k), of points (n, d); k <= m."""
        if self.codes.shape[1] > TREE_AXES:
            return nearest_of_all(points, self.codes, k)
        distance, position = self._tree.query(points, k=k)
        return distance.reshape(-1, k), position.reshape(-1, k)

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(self.codes)


def nearest_of_all(points: np.ndarray, codes: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The same as `Nearest.query` by comparing all points (n, d) with all codes (m, d).

    A search tree has to open nearly every leaf once there are more than about eight axes; one matrix product a block is
    quicker. It ranks by |c|^2 / 2 - q'c, which rounds where codes lie close together, so a few more than k are kept and
    measured anew, coordinate by coordinate. To sort out the nearest is dearer than the product: codes are dealt into groups,
    and as the nearest k lie in the k groups with the smallest minima, the rest is never sorted.

    Example:
        >>> nearest_of_all(np.zeros((1, 1)), np.array([[3.0], [-1.0], [2.0]]), 1)
        (array([[1.]]), array([[1]]))
    """
    distances, positions = np.empty((len(points), k)), np.empty((len(points), k), dtype=np.int64)
    kept, groups = min(k + SPARE, len(codes)), -(-len(codes) // OF_A_GROUP)
    # Codes r, groups + r, 2 groups + r ... make a group; places without a code are infinitely far.
    half_squares = np.full(groups * OF_A_GROUP, np.inf)
    half_squares[: len(codes)] = 0.5 * np.square(codes).sum(1)
    turned = np.zeros((codes.shape[1], groups * OF_A_GROUP))
    turned[:, : len(codes)] = codes.T
    members = groups * np.arange(OF_A_GROUP)
    for start in range(0, len(points), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        block = points[part]
        score = half_squares - block @ turned
        least = score.reshape(len(block), OF_A_GROUP, groups).min(1)
        best = np.argpartition(least, min(kept, groups) - 1, axis=1)[:, : min(kept, groups)]
        among = (best[:, :, None] + members).reshape(len(block), -1)
        first = np.argpartition(np.take_along_axis(score, among, axis=1), kept - 1, axis=1)[:, :kept]
        near = np.take_along_axis(among, first, axis=1)
        distance = np.linalg.norm(block[:, None] - codes[near], axis=2)
        order = np.argsort(distance, axis=1, kind="stable")[:, :k]
        distances[part] = np.take_along_axis(distance, order, axis=1)
        positions[part] = np.take_along_axis(near, order, axis=1)
    return distances, positions
