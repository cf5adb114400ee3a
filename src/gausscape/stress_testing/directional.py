"""Which codes lie far out in one direction, whatever they are otherwise? A one-sided tail along a direction."""

__all__ = ["DirectionalTail"]

from functools import cached_property
from typing import ClassVar, final

import numpy as np
from scipy import special

from gausscape.errors import CalibrationError, ConfigurationError, ShapeError
from gausscape.space.ball import Ball
from gausscape.space.calibration import Calibration, Exceedance
from gausscape.space.patch_directions import describe_directions, opposite_name
from gausscape.space.space import Space
from gausscape.stress_testing.tails import Tail


@final
class DirectionalTail(Tail):
    """Codes by their coordinate s = w'u along a direction, in standard deviations of the aggregate law.

    The surprise of a code is what a normal coordinate would have, t = -log(1 - Phi(s)), calibrated on draws from the
    posteriors of objects that the fit never saw. Posterior means would not do: they vary less than codes.

    Args:
        space: The space.
        direction: w, of any length but zero, in whitened coordinates, (live,).
        name: What it is called in tables.

    Raises:
        CalibrationError: If the space was saved by a version that did not keep the spread of held-out posteriors.
        ShapeError: If the direction has another number of coordinates.
        ConfigurationError: If it is zero or not finite.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(400, 4, 4)).astype("float32")
        >>> tail = DirectionalTail(fit(spots, latent=2, method="pca"), np.array([1.0, 0.0]), name="first")
        >>> drawn = tail.draw(5, 0.05, np.random.default_rng(0))
        >>> bool(np.allclose(drawn.depth, tail.level_depth(0.05)))
        True
    """

    is_radial: ClassVar[bool] = False

    def __init__(self, space: Space, direction: np.ndarray, *, name: str = "direction"):
        direction = np.asarray(direction, dtype=np.float64)
        if direction.shape != space.live_axes.shape:
            raise ShapeError(
                f"A direction in this space needs shape ({len(space.live_axes)},), but got {direction.shape}. "
                "Pass one number for each live axis, in whitened coordinates."
            )
        if not np.isfinite(direction).all() or not direction.any():
            raise ConfigurationError(
                "A direction needs finite numbers that are not all zero, but these are not. Pass another."
            )
        self.direction = direction / np.linalg.norm(direction)
        super().__init__(space, name, Calibration.fit(self._held_out_surprise(space), seed=0))

    @cached_property
    def meaning(self) -> str:
        """What a reader sees change along it, at the centre of the law: "more slant, less thickness"."""
        population, aggregate = self.space.population, self.space.aggregate
        ball = Ball(aggregate, aggregate.unwhiten(np.zeros((1, len(self.direction))))[0], 1.0)
        metric = population.metrics.mean(0)
        told = describe_directions(population, ball, self.direction[None], metric=metric)[0]
        return told.name if told.vector @ self.direction > 0 else opposite_name(told.name)

    @property
    def last_observed(self) -> float:
        """Coordinate of the outermost calibration object, in standard deviations."""
        return float(_coordinate(np.array(self._last_surprise)))

    def level_depth(self, exceedance: float) -> float:
        """Coordinate at which the calibrated exceedance is p, in standard deviations."""
        return float(_coordinate(self.calibration.level(exceedance)))

    def exceedance(self, depth: np.ndarray) -> Exceedance:
        """Calibrated probability of a coordinate at least as large as each of these, (k,)."""
        return self.calibration.exceedance(-special.log_ndtr(-np.asarray(depth, dtype=np.float64)))

    def places(self, levels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """New whitened codes like the real ones that lie about so far in this direction."""
        seeds = self.space.aggregate.seeds
        return seeds.near(self._surprise, levels, rng, values=self._surprise_of_seeds, jitter=self.space.jitter)

    def at_depth(self, u: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Latent points: u shifted along the direction to these coordinates, all else kept."""
        return self.space.aggregate.unwhiten(self._shifted(u, np.asarray(depth)))

    def _depth(self, u: np.ndarray) -> np.ndarray:
        return u @ self.direction

    def _surprise(self, u: np.ndarray) -> np.ndarray:
        return -special.log_ndtr(-(u @ self.direction))

    def _at_level(self, u: np.ndarray, levels: np.ndarray) -> np.ndarray:
        return self._shifted(u, _coordinate(levels))

    def _shifted(self, u: np.ndarray, coordinate: np.ndarray) -> np.ndarray:
        return u + (coordinate - u @ self.direction)[:, None] * self.direction

    @cached_property
    def _surprise_of_seeds(self) -> np.ndarray:
        return self.space.aggregate.seeds.values(self._surprise)

    def _held_out_surprise(self, space: Space) -> np.ndarray:
        """Surprise of 16 quasi-random draws of each held-out object, (h, 16)."""
        aggregate = space.aggregate
        if aggregate.held_out_std is None:
            raise CalibrationError(
                "A tail along a direction needs the spread of held-out posteriors, but this space was saved by an older "
                "version, which did not keep it. Fit it again; everything else that it says still holds."
            )
        return self._surprise(aggregate.held_out_codes()).reshape(len(aggregate.held_out), -1)


def _coordinate(surprise: np.ndarray) -> np.ndarray:
    """The s with -log(1 - Phi(s)) = t, also where 1 - Phi(s) is far too small for a float."""
    return -special.ndtri_exp(-surprise)
