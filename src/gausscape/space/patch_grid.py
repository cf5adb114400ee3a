"""What does a patch look like? Decoded objects on a plane through its centre."""

__all__ = ["PatchGrid", "chosen_plane", "grid_positions"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.space.patch_directions import Direction, Directions
from gausscape.space.space import Samples

MOST_SIDE = 64
PARALLEL = 1e-6


@final
@dataclass(frozen=True, eq=False)
class PatchGrid:
    """Objects on a plane through the centre of a patch, row by row from the top left.

    Args:
        samples: The objects, side x side of them, each with its label; in a space of one live axis a strip of `side`.
        positions: Offset from the centre along the two directions, in standard deviations, (rows, columns, 2); the first
            rises from left to right, the second from the bottom row to the top row. With an odd side the middle is the
            centre itself.
        inside: Which lie inside the patch, (rows, columns): the square spans the ball, so its corners stick out.
        directions: The two directions (one in a strip).
    """

    samples: Samples
    positions: np.ndarray
    inside: np.ndarray
    directions: Directions

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.positions.shape[0], self.positions.shape[1]

    def __repr__(self) -> str:
        rows, columns = self.shape
        upwards = f"; upwards: {self.directions[1].name}" if len(self.directions) > 1 else ""
        return f"PatchGrid({rows} x {columns} objects; to the right: {self.directions[0].name}{upwards})"

    def document(self) -> dict[str, Any]:
        """JSON-able; without the objects, which are in their native form."""
        return {
            "positions": self.positions.tolist(),
            "inside": self.inside.tolist(),
            "codes": self.samples.codes.tolist(),
            "support": self.samples.support.tolist(),
            "exceedance": self.samples.exceedance.probability.tolist(),
            "nearest": self.samples.nearest.tolist(),
            "directions": self.directions.document(),
        }


def grid_positions(side: Any, radius: float, *, axes: int) -> np.ndarray:
    """Offsets (rows, columns, 2) of a square that spans the radius; one row of them where there is one axis.

    Raises:
        ConfigurationError: If the side is no whole number from 2 to 64.
    """
    if isinstance(side, bool) or not isinstance(side, int | np.integer) or not 2 <= side <= MOST_SIDE:
        raise ConfigurationError(
            f"A grid needs a side from 2 to {MOST_SIDE} objects, but got {side!r}. Pass side=7, say."
        )
    # (2k - (side - 1)) / (side - 1) is 0 to the last bit in the middle, which linspace is not.
    line = radius * (2 * np.arange(side) - (side - 1)) / (side - 1)
    across, upwards = np.meshgrid(line, line[::-1] if axes > 1 else np.zeros(1))
    return np.stack([across, upwards], axis=-1) + 0.0


def chosen_plane(directions: Sequence[Direction | np.ndarray] | np.ndarray | Directions, dimension: int) -> np.ndarray:
    """Orthonormal vectors (2, live) that span two chosen directions; the first keeps its line. (1, live) on one axis.

    Raises:
        ShapeError: If they are not two vectors over the live axes, or span no plane.
    """
    wanted = min(2, dimension)
    try:
        vectors = [
            each.vector if isinstance(each, Direction) else np.asarray(each, dtype=np.float64) for each in directions
        ]
    except (TypeError, ValueError):
        vectors = []
    if len(vectors) != wanted or any(
        vector.shape != (dimension,) or not np.isfinite(vector).all() for vector in vectors
    ):
        raise ShapeError(
            f"A grid in this space needs {wanted} direction{'s' if wanted > 1 else ''} with {dimension} finite coordinates, "
            f"but got {[getattr(each, 'shape', each) for each in vectors] or directions!r}. "
            "Pass two of patch.directions(), or leave them out."
        )
    plane: list[np.ndarray] = []
    for vector in vectors:
        length = np.linalg.norm(vector)
        rest = vector - sum((vector @ own) * own for own in plane) if length > 0 else vector
        if np.linalg.norm(rest) <= PARALLEL * max(length, np.finfo(float).tiny):
            raise ShapeError(
                "A grid needs directions that span a plane, but one is zero or both are the same. Pass two different ones."
            )
        plane.append(rest / np.linalg.norm(rest))
    return np.stack(plane)
