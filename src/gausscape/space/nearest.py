"""Which codes lie nearest? Exact search: a tree in few axes, and in many axes comparing all with all."""

__all__ = ["Nearest", "nearest_of_all"]

from functools import cached_property
from typing import final

import numpy as np
from scipy.spatial import KDTree

TREE_AXES = 6
AT_ONCE = 64
OF_A_GROUP = 16
SPARE = 3
SINGLE = float(np.finfo(np.float32).eps)


@final
class Nearest:
    """Finds the nearest of given codes, by a tree or by comparing all, whichever is quicker for so many axes.

    What can be prepared is prepared once: keep the object for further questions.

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
            return self._of_all(points, k)
        distance, position = self._tree.query(points, k=k)
        return distance.reshape(-1, k), position.reshape(-1, k)

    def _of_all(self, points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """By products in single precision, twice as quick; what these leave in doubt is compared in double."""
        kept = k + SPARE
        if kept >= len(self.codes):
            return nearest_of_all(points, self.codes, k)
        distances, positions = np.empty((len(points), k)), np.empty((len(points), k), dtype=np.int64)
        sure = np.empty(len(points), dtype=bool)
        with np.errstate(over="ignore", invalid="ignore"):  # points beyond single precision are in doubt, that is all
            for start in range(0, len(points), AT_ONCE):
                part = slice(start, start + AT_ONCE)
                block = points[part]
                ranked = np.concatenate([block, np.ones((len(block), 1))], axis=1).astype(np.float32)
                score = ranked @ self._singles
                near = _least(score, kept)
                distances[part], positions[part] = _measured(block, self.codes, near, k)
                # Codes that were passed over score at least `last`, but for rounding (Higham 2002, section 3.1).
                last = np.take_along_axis(score, near, axis=1).max(1).astype(np.float64)
                square = np.square(block).sum(1)
                rounding = (block.shape[1] + 4) * SINGLE * self._reach * (np.sqrt(square) + self._reach)
                sure[part] = np.isfinite(last) & (0.5 * (distances[part, -1] ** 2 - square) <= last - rounding)
        doubt = np.flatnonzero(~sure)
        if len(doubt):
            distances[doubt], positions[doubt] = nearest_of_all(points[doubt], self.codes, k)
        return distances, positions

    @cached_property
    def _singles(self) -> np.ndarray:
        """-c and below it |c|^2 / 2 of each code, (d + 1, at least m): times (q, 1) it is what codes are ranked by."""
        turned, half_squares = _in_groups(self.codes)
        with np.errstate(over="ignore"):
            return np.concatenate([-turned, half_squares[None]]).astype(np.float32)

    @cached_property
    def _reach(self) -> float:
        return float(np.sqrt(np.square(self.codes).sum(1).max()))

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(self.codes)


def nearest_of_all(points: np.ndarray, codes: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The same as `Nearest.query` by comparing all points (n, d) with all codes (m, d) in double precision.

    A search tree has to open nearly every leaf once there are more than about six axes; one matrix product a block is
    quicker. It ranks by |c|^2 / 2 - q'c, which rounds where codes lie close together, so a few more than k are kept and
    measured anew, coordinate by coordinate.

    Example:
        >>> nearest_of_all(np.zeros((1, 1)), np.array([[3.0], [-1.0], [2.0]]), 1)
        (array([[1.]]), array([[1]]))
    """
    distances, positions = np.empty((len(points), k)), np.empty((len(points), k), dtype=np.int64)
    turned, half_squares = _in_groups(codes)
    for start in range(0, len(points), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        near = _least(half_squares - points[part] @ turned, min(k + SPARE, len(codes)))
        distances[part], positions[part] = _measured(points[part], codes, near, k)
    return distances, positions


def _in_groups(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes turned, (d, m), and |c|^2 / 2, (m,), both filled up to whole groups with places that are infinitely far."""
    whole = -(-len(codes) // OF_A_GROUP) * OF_A_GROUP
    half_squares = np.full(whole, np.inf)
    half_squares[: len(codes)] = 0.5 * np.square(codes).sum(1)
    turned = np.zeros((codes.shape[1], whole))
    turned[:, : len(codes)] = codes.T
    return turned, half_squares


def _least(score: np.ndarray, kept: int) -> np.ndarray:
    """Positions of so many least scores in each row, (n, kept), in no order.

    To sort them out is dearer than the product: codes r, groups + r, 2 groups + r ... make a group, and as the least lie in
    the groups with the smallest minima, the rest is never sorted.
    """
    groups = score.shape[1] // OF_A_GROUP
    minima = score.reshape(len(score), OF_A_GROUP, groups).min(1)
    best = np.argpartition(minima, min(kept, groups) - 1, axis=1)[:, : min(kept, groups)]
    among = (best[:, :, None] + groups * np.arange(OF_A_GROUP)).reshape(len(score), -1)
    first = np.argpartition(np.take_along_axis(score, among, axis=1), kept - 1, axis=1)[:, :kept]
    return np.take_along_axis(among, first, axis=1)


def _measured(points: np.ndarray, codes: np.ndarray, near: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the k nearest of the codes at positions (n, kept), and their positions, each (n, k)."""
    near = np.minimum(near, len(codes) - 1)  # where all scores overflow, a place without a code may be among the least
    distance = np.linalg.norm(points[:, None] - codes[near], axis=2)
    order = np.argsort(distance, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distance, order, axis=1), np.take_along_axis(near, order, axis=1)
