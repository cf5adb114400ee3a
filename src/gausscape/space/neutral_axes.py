"""Coordinates of objects that no fitted space has a say in: the principal axes of real cells."""

__all__ = ["NeutralAxes"]

from dataclasses import dataclass
from typing import final

import numpy as np

MOST_ROWS = 1_000
MOST_AXES = 32
KEPT = 0.95


@final
@dataclass(frozen=True)
class NeutralAxes:
    """Principal axes of cells.

    Args:
        centre: Mean cells, (cells,).
        axes: Orthonormal, strongest first, (axes, cells).

    Example:
        >>> cells = np.random.default_rng(0).normal(size=(100, 3)) * [5.0, 1.0, 0.01]
        >>> NeutralAxes.of(cells).project(cells).shape
        (100, 1)
    """

    centre: np.ndarray
    axes: np.ndarray

    @classmethod
    def of(cls, cells: np.ndarray) -> "NeutralAxes":
        """Axes that hold 95% of the variance of cells (n, cells), at most 32; of 1,000 equally spaced rows if there are more."""
        some = np.asarray(cells[:: -(-len(cells) // MOST_ROWS)], dtype=np.float64)
        centre = some.mean(0)
        some = some - centre
        # From whichever side of the matrix is shorter; the other side's vectors follow.
        if some.shape[0] < some.shape[1]:
            values, vectors = np.linalg.eigh(some @ some.T)
            vectors = some.T @ vectors / np.sqrt(np.maximum(values, 1e-300))
        else:
            values, vectors = np.linalg.eigh(some.T @ some)
        values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
        share = np.cumsum(values) / max(values.sum(), 1e-300)
        # Axes without any variance have no direction.
        most = max(1, min(MOST_AXES, int((values > 1e-12 * max(values[0], 1e-300)).sum())))
        return cls(centre, np.ascontiguousarray(vectors[:, : min(most, int(np.searchsorted(share, KEPT)) + 1)].T))

    def project(self, cells: np.ndarray) -> np.ndarray:
        """Coordinates (n, axes) of cells (n, cells), in the unit of the cells."""
        return (np.asarray(cells, dtype=np.float64) - self.centre) @ self.axes.T
