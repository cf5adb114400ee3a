"""Which codes are unlike anything, in any direction? The tail of the whole law."""

__all__ = ["RadialTail"]

from functools import cached_property
from typing import ClassVar, final

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.space.calibration import Exceedance
from gausscape.space.space import Space
from gausscape.stress_testing.tails import Tail

RAYS = 64
STEPS = 100
USUAL = 0.01


@final
class RadialTail(Tail):
    """Codes by their rank under the calibrated law of the space.

    Depth is the norm of the whitened code. Where the law is not one Gaussian, codes of equal exceedance differ in depth with
    their direction; the depth of a level is then the median over directions.

    Args:
        space: The space.
        directions: "data" follows real codes that lie about as far out, "uniform" takes all directions alike.

    Raises:
        ConfigurationError: If directions are neither.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(400, 4, 4)).astype("float32")
        >>> tail = RadialTail(fit(spots, latent=2, method="pca"))
        >>> drawn = tail.draw(5, 0.05, np.random.default_rng(0))
        >>> drawn.z.shape, drawn.exceedance.probability.round(3).tolist()
        ((5, 2), [0.05, 0.05, 0.05, 0.05, 0.05])
    """

    is_radial: ClassVar[bool] = True

    def __init__(self, space: Space, directions: str = "data"):
        if directions not in ("data", "uniform"):
            raise ConfigurationError(f"directions needs to be 'data' or 'uniform', but got {directions!r}. Choose one.")
        self.uniform = directions == "uniform"
        super().__init__(space, "uniform" if self.uniform else "radial", space.of_codes)

    @property
    def last_observed(self) -> float:
        """Depth of the outermost calibration object, median over directions."""
        return self._median_radius(self._last_surprise)

    def level_depth(self, exceedance: float) -> float:
        """Depth at which the calibrated exceedance is p, median over directions."""
        return self._median_radius(float(self.calibration.level(exceedance)))

    def exceedance(self, depth: np.ndarray) -> Exceedance:
        """Calibrated probability of lying at least so far out: that of the median surprise over directions."""
        depth = np.asarray(depth, dtype=np.float64)
        steps = np.concatenate([depth, depth.max(initial=0.0) * np.arange(STEPS) / STEPS])
        u = (steps[:, None, None] * self._rays).reshape(-1, self._rays.shape[1])
        surprise = np.median(self._surprise(u).reshape(len(steps), -1), axis=1)
        # The centre of a law with gaps may itself be unusual; farther out is never commoner all the same.
        order = np.argsort(steps, kind="stable")
        outward = np.empty(len(steps))
        outward[order] = np.maximum.accumulate(surprise[order])
        return self.calibration.exceedance(outward[: len(depth)])

    def places(self, levels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Unit vectors in the directions in which real codes lie at these levels, or in all."""
        jitter = 0.0 if self.uniform else self.space.jitter
        return self.space.aggregate.directions(len(levels), rng, uniform=self.uniform, level=levels, jitter=jitter)

    def at_depth(self, u: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Latent points along the rays through u, at these norms."""
        return self.space.aggregate.unwhiten(u / np.linalg.norm(u, axis=1, keepdims=True) * np.asarray(depth)[:, None])

    def _depth(self, u: np.ndarray) -> np.ndarray:
        return np.linalg.norm(u, axis=1)

    def _surprise(self, u: np.ndarray) -> np.ndarray:
        return self.space.aggregate.surprise_of_white(u)

    def _at_level(self, u: np.ndarray, levels: np.ndarray) -> np.ndarray:
        return self.space.aggregate.at_level(u, levels)

    @cached_property
    def _rays(self) -> np.ndarray:
        level = self.calibration.level(max(USUAL, self.calibration.floor))
        return self.places(np.full(RAYS, float(level)), np.random.default_rng([0, 53]))

    def _median_radius(self, surprise: float) -> float:
        return float(np.median(self.space.aggregate.law.radius_along(self._rays, np.full(RAYS, surprise))))
