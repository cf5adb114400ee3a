"""LatentBins: named directions of a space, each cut into bins of equal probability; which bins does a code lie in?"""

__all__ = ["LatentBins"]

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from scipy import linalg, special

from gausscape.errors import ConfigurationError
from gausscape.space.aggregate import Aggregate
from gausscape.space.ball import Ball
from gausscape.space.patch_directions import describe_directions
from gausscape.space.space import Space

ROUNDING = 1e-9


@final
@dataclass(frozen=True, eq=False)
class LatentBins:
    """Bins of equal probability of the standard normal along orthonormal directions of the whitened live axes.

    Latent axes are arbitrary: a rotation of them is the same space. So, if not told otherwise, the directions are those
    in which the decoded object changes most, ranked by that change and named by the features that move.

    Args:
        aggregate: Gives the whitening and the live axes.
        rotation: Orthonormal rows, (live, live); the first are cut into bins, the others are free.
        names: What a reader sees change along those that are cut, (axes,).
        bins: Number of bins along each.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(200, 4, 4)).astype("float32")
        >>> grid = LatentBins.of(fit(spots, latent=3, method="pca"), bins=4)
        >>> x = np.array([[-2.0, 0.1, 2.0]])
        >>> grid.find(grid.codes(x)), grid.edges.round(2)
        (array([[0, 2, 3]]), array([ -inf, -0.67,  0.  ,  0.67,   inf]))
    """

    aggregate: Aggregate
    rotation: np.ndarray
    names: tuple[str, ...]
    bins: int

    @classmethod
    def of(cls, space: Space, *, bins: int, axes: int | np.ndarray | None = None) -> "LatentBins":
        """Bins of a space.

        Args:
            space: To be cut.
            bins: Along each direction, 2 or more.
            axes: Directions: None for all, a number for so many of those that change the decoded object most, or
                orthonormal rows over the whitened live axes, (axes, live).

        Raises:
            ConfigurationError: If the number is impossible or the rows are not orthonormal.
        """
        live = len(space.live_axes)
        if bins < 2:
            raise ConfigurationError(f"An axis needs to be cut into 2 bins or more, but got {bins}. Pass bins=5, say.")
        metric = space.population.metrics.mean(0)
        if axes is None or isinstance(axes, int | np.integer):
            count = live if axes is None else int(axes)
            if not 1 <= count <= live:
                raise ConfigurationError(
                    f"This space has {live} live axes to cut, but got axes={axes}. Pass 1 to {live}, or None for all."
                )
            vectors = np.linalg.eigh((metric + metric.T) / 2)[1][:, ::-1].T[:count]
        else:
            vectors = np.atleast_2d(np.asarray(axes, dtype=np.float64))
            if vectors.shape[1] != live or not np.allclose(vectors @ vectors.T, np.eye(len(vectors)), atol=1e-8):
                raise ConfigurationError(
                    f"Axes need to be orthonormal rows over {live} whitened live axes, but got an array of shape "
                    f"{vectors.shape} that is not. Pass patch.directions(k).vectors, or a number."
                )
        centre = space.aggregate.unwhiten(np.zeros((1, live)))[0]
        told = describe_directions(space.population, Ball(space.aggregate, centre, 1.0), vectors, metric=metric)
        rotation = np.concatenate([told.vectors, linalg.null_space(told.vectors).T])
        return cls(space.aggregate, rotation, told.names, bins)

    @property
    def axes(self) -> int:
        """Number of directions that are cut."""
        return len(self.names)

    @property
    def free(self) -> int:
        """Number of directions that are not."""
        return len(self.rotation) - self.axes

    @cached_property
    def edges(self) -> np.ndarray:
        """Ends of the bins in standard deviations, the outermost infinite, (bins + 1,)."""
        return special.ndtri(np.arange(self.bins + 1) / self.bins)

    def coordinates(self, z: np.ndarray) -> np.ndarray:
        """Latent points (n, latent) along the directions, in standard deviations, (n, live)."""
        return self.aggregate.whiten(z) @ self.rotation.T

    def codes(self, x: np.ndarray) -> np.ndarray:
        """The inverse: (n, live) -> latent points (n, latent)."""
        return self.aggregate.unwhiten(x @ self.rotation)

    def find(self, z: np.ndarray) -> np.ndarray:
        """Bins in which latent points (n, latent) lie, 0 for the lowest, (n, axes)."""
        return self.find_coordinates(self.coordinates(z))

    def find_coordinates(self, x: np.ndarray) -> np.ndarray:
        """The same for coordinates (n, live)."""
        return np.searchsorted(self.edges[1:-1], x[:, : self.axes], side="right")

    def box(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper corners of the boxes of bins (n, axes), each (n, live), infinite along free directions."""
        free = np.full((len(rows), self.free), np.inf)
        # A hair inside, so that a corner still lies in its own bin after the way to a latent point and back.
        low = np.concatenate([self.edges[rows] + ROUNDING, -free], axis=1)
        return low, np.concatenate([self.edges[rows + 1] - ROUNDING, free], axis=1)

    def words(self, axis: int, place: int) -> str:
        """A bin told to a reader: "more slant: bin 5 of 5, above 0.84 sd"."""
        low, high = self.edges[place], self.edges[place + 1]
        where = f"below {high:.2f}" if place == 0 else f"above {low:.2f}"
        where = where if place in (0, self.bins - 1) else f"{low:.2f} to {high:.2f}"
        return f"{self.names[axis]}: bin {place + 1} of {self.bins}, {where} sd"
