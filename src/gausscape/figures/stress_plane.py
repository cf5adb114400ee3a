"""On which plane of the space are failures looked at?"""

__all__ = ["Plane", "find_plane"]

from dataclasses import dataclass

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.space.space import Space
from gausscape.stress_testing.scenarios import Kind, Scenarios

REACH = 3.0
"""Standard deviations over which the axes are named."""


@dataclass(frozen=True, eq=False)
class Plane:
    """Two directions of the whitened space.

    Args:
        vectors: Orthonormal, (2, live).
        names: What changes along each in the middle of the space.
    """

    vectors: np.ndarray
    names: tuple[str, str]

    def of(self, space: Space, z: np.ndarray) -> np.ndarray:
        """Latent points (n, latent) on the plane, (n, 2)."""
        return space.aggregate.whiten(z) @ self.vectors.T


def find_plane(space: Space, scenarios: Scenarios, directions: np.ndarray | None) -> Plane:
    """Those directions, or the space's own two axes, or the plane through the middle that the hits lie along.

    Args:
        space: A fitted space.
        scenarios: Of a stress test in it.
        directions: (2, live); None to choose.

    Raises:
        ConfigurationError: If the space has one live axis only, or the directions span no plane of it.
    """
    live = len(space.live_axes)
    if live < 2:
        raise ConfigurationError(
            "A failure map needs a space of at least two live axes, but this one has 1. Draw the response instead."
        )
    if directions is None:
        vectors = np.eye(2) if live == 2 else _towards_hits(space, scenarios)
    else:
        vectors = np.asarray(directions, dtype=np.float64)
    if vectors.shape != (2, live) or np.linalg.matrix_rank(vectors, tol=1e-6) < 2:
        raise ConfigurationError(
            f"A failure map of this space needs two directions of {live} coordinates that differ, but got an array of shape "
            f"{vectors.shape}. Pass two rows."
        )
    vectors = vectors if np.array_equal(vectors, np.eye(2)) else np.linalg.qr(vectors.T)[0].T
    middle = space.patch(space.aggregate.unwhiten(np.zeros((1, live)))[0], REACH)
    told = middle.grid(2, directions=vectors).directions
    # The arrow points to where the named features rise.
    forward = (vectors * told.vectors).sum(1) > 0
    names = [f"{'→' if right else '←'} {name}" for right, name in zip(forward, told.names, strict=True)]
    return Plane(vectors, (names[0], names[1]))


def _towards_hits(space: Space, scenarios: Scenarios) -> np.ndarray:
    """The direction to the middle of the hits, and the one in which they differ most beside it, (2, live)."""
    u = space.aggregate.whiten(scenarios.z)
    kinds = scenarios.kind
    for hit in (kinds == Kind.MODEL_FAILURE, scenarios.fails, np.ones(len(u), dtype=bool)):
        if hit.sum() >= 3:
            break
    chosen = u[hit] if len(u) else np.eye(u.shape[1])[:2]
    first = chosen.mean(0)
    if np.linalg.norm(first) < 1e-6:
        first = np.linalg.svd(chosen, full_matrices=False)[2][0]
    first = first / np.linalg.norm(first)
    rest = chosen - np.outer(chosen @ first, first)
    second = np.linalg.svd(rest, full_matrices=True)[2]
    # Rows of the decomposition without spread may be the first direction itself.
    second = next(row for row in second if abs(row @ first) < 0.5)
    second = second - (second @ first) * first
    return np.stack([first, second / np.linalg.norm(second)])
