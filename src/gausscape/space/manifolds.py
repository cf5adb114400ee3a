"""How much of one cloud of points does another cover? Fidelity and coverage by nearest neighbours."""

__all__ = ["Covering", "measure_covering"]

from dataclasses import dataclass
from typing import final

import numpy as np

from gausscape.errors import DataError, ShapeError
from gausscape.space.nearest import nearest_of_all

NEIGHBOURS = 3


@final
@dataclass(frozen=True)
class Covering:
    """How generated points lie to real ones.

    Args:
        precision: Share of generated points that lie where real ones are: within the distance of some real point to its
            third nearest real neighbour. Fidelity.
        recall: Share of real points that lie where generated ones are, with the parts exchanged. Coverage.
        spread: Mean distance between generated points over that between real ones; near 0 where all generated are alike.
    """

    precision: float
    recall: float
    spread: float

    @property
    def balance(self) -> float:
        """Harmonic mean of precision and recall: high only where both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def measure_covering(real: np.ndarray, generated: np.ndarray, *, neighbours: int = NEIGHBOURS) -> Covering:
    """Improved precision and recall (Kynkaanniemi et al. 2019, 1904.06991, eq. 1 and 2), and the ratio of the spreads.

    Both shares grow with the number of points, so that figures compare only where the counts are equal.

    Args:
        real: Points (n, d).
        generated: Points (m, d) in the same coordinates.
        neighbours: Whose distance is the radius of a point's ball.

    Raises:
        ShapeError: If the coordinates differ in number.
        DataError: If a cloud has no more points than neighbours are asked for, or one that is not finite.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> real = rng.normal(size=(300, 2))
        >>> all_alike = measure_covering(real, 0.01 * rng.normal(size=(300, 2)))
        >>> all_alike.precision > 0.9, all_alike.recall < 0.1, all_alike.spread < 0.1
        (True, True, True)
    """
    if real.ndim != 2 or generated.ndim != 2 or real.shape[1] != generated.shape[1]:
        raise ShapeError(
            f"Coverage needs two clouds (n, d) of one d, but got {real.shape} and {generated.shape}. Measure both alike."
        )
    for name, cloud in (("real", real), ("generated", generated)):
        if len(cloud) <= neighbours or not np.isfinite(cloud).all():
            raise DataError(
                f"Coverage needs more than {neighbours} finite {name} points, but got {len(cloud)}, "
                f"{int(np.isfinite(cloud).all(1).sum())} of them finite. Pass more, or repair them."
            )
    real, generated = (np.ascontiguousarray(cloud, dtype=np.float64) for cloud in (real, generated))
    return Covering(
        precision=_share_inside(generated, real, neighbours),
        recall=_share_inside(real, generated, neighbours),
        spread=_spread(generated) / max(_spread(real), np.finfo(np.float64).tiny),
    )


def _share_inside(points: np.ndarray, cloud: np.ndarray, neighbours: int) -> float:
    # A point is its own nearest neighbour, so that the k-th other one stands at place k.
    radius = nearest_of_all(cloud, cloud, neighbours + 1)[0][:, neighbours]
    inside = np.zeros(len(points), dtype=bool)
    squares = np.square(cloud).sum(1)
    for start in range(0, len(points), 512):
        part = points[start : start + 512]
        distance = np.square(part).sum(1)[:, None] + squares - 2 * part @ cloud.T
        inside[start : start + 512] = (distance <= radius**2).any(1)
    return float(inside.mean())


def _spread(cloud: np.ndarray) -> float:
    # Root of the mean squared distance between two of them, which is twice the total variance.
    return float(np.sqrt(2 * cloud.var(0).sum()))
