"""Which codes lie within a radius of a place, in standard deviations? The geometry of a patch; it decodes nothing."""

__all__ = ["Ball"]

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from gausscape.space.aggregate import Aggregate

ROUNDING = 1e-9


@final
@dataclass(frozen=True, eq=False)
class Ball:
    """The codes {z: norm(u(z) - u(centre)) <= radius}, with u the whitened coordinates of the live axes.

    Places in it are told by their offset from the centre, e = u(z) - u(centre). Dead axes stay where the centre has them.

    Args:
        aggregate: Gives the whitening and the live axes.
        centre: Latent point, (latent,).
        radius: In standard deviations of the aggregate law.
    """

    aggregate: Aggregate
    centre: np.ndarray
    radius: float

    @property
    def dimension(self) -> int:
        """Number of live axes, d."""
        return len(self.aggregate.live)

    @cached_property
    def u(self) -> np.ndarray:
        """The centre in whitened coordinates, (live,)."""
        return self.aggregate.whiten(self.centre[None])[0]

    def codes(self, offsets: np.ndarray) -> np.ndarray:
        """Latent points (n, latent) at offsets (n, live) from the centre."""
        # Added to the centre, not mapped from u: then the offset 0 is the centre to the last bit.
        return self.centre + self.aggregate.full(offsets @ self.aggregate.law.whitening.factor.T)

    def distances(self, u: np.ndarray) -> np.ndarray:
        """Distance of whitened points (n, live) from the centre, in standard deviations, (n,)."""
        return np.linalg.norm(u - self.u, axis=1)

    def reaches(self, distances: np.ndarray) -> np.ndarray:
        """Whether each of these distances lies within the radius, rounding aside."""
        return distances <= self.radius * (1 + ROUNDING)

    def uniform(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n offsets (n, live), uniform in the ball: a Gaussian direction times radius U^(1/d) (Muller 1959)."""
        rays = rng.standard_normal((n, self.dimension))
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        return self.radius * rng.random((n, 1)) ** (1 / self.dimension) * rays

    def pairs(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n offsets (n, live), n even, uniform in the ball and in antithetic pairs: e, -e, e', -e' ..."""
        half = self.uniform(n // 2, rng)
        return np.stack([half, -half], axis=1).reshape(n, self.dimension)
