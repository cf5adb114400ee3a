"""Along which directions does the change go? Shares of the squared distance, the most visible directions first."""

__all__ = ["Direction", "share_by_direction"]

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gausscape.local_change.per_space import once_per_space
from gausscape.space.space import Space


@dataclass(frozen=True)
class Direction:
    """One of the orthonormal directions of the whitened space, and what of the change lies along it.

    The directions are eigenvectors of the mean pull-back metric: they are ordered by how much a step along them
    changes the decoded object, and do not depend on how the latent axes happen to be turned.

    Args:
        rank: 1 for the direction along which decoded objects change most.
        step: b - a along it, in standard deviations of the aggregate law.
        share: Of the squared distance, step^2 / D^2; 0 for all if D is 0.
        gain: How far a step of one standard deviation moves the decoded object, in nats^(1/2).
        moves: Name of the feature that a step of one standard deviation to either side of the centre moves most.
        moves_by: By how much from the one side to the other, in standard deviations of that feature.
    """

    rank: int
    step: float
    share: float
    gain: float
    moves: str
    moves_by: float

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


def share_by_direction(space: Space, shift: np.ndarray) -> tuple[Direction, ...]:
    """The shares of one whitened shift (live,), the largest first; they sum to 1 unless the shift is 0."""
    axes, gains, moves, moves_by = _directions(space)
    steps = shift @ axes
    total = float((steps**2).sum())
    rows = [
        Direction(
            k + 1,
            float(steps[k]),
            float(steps[k] ** 2 / total) if total > 0 else 0.0,
            float(gains[k]),
            moves[k],
            moves_by[k],
        )
        for k in range(len(steps))
    ]
    return tuple(sorted(rows, key=lambda row: -row.share))


@once_per_space
def _directions(space: Space) -> tuple[np.ndarray, np.ndarray, list[str], list[float]]:
    """(directions as columns (live, live), gains (live,), the feature that each moves most, and by how much)."""
    population = space.population
    values, axes = np.linalg.eigh(population.metrics.mean(0))
    values, axes = values[::-1], axes[:, ::-1]
    aggregate = space.aggregate
    sides = [aggregate.unwhiten(sign * axes.T) for sign in (1, -1)]
    up, down = (space.modality.features(space.codec.cells(side)) for side in sides)
    spread = population.feature_spread
    change = up.values - down.values
    moved = np.nan_to_num(np.divide(change, spread, out=np.zeros_like(change), where=spread > 0))
    most = np.abs(moved).argmax(1)
    by = moved[np.arange(len(most)), most]
    # An eigenvector has no sign of its own: up is where its feature grows.
    axes = axes * np.where(by < 0, -1.0, 1.0)
    return axes, np.sqrt(np.maximum(values, 0)), [up.names[k] for k in most], np.abs(by).tolist()
