"""Shell: the codes between two levels of rarity, bounded inwards and outwards."""

__all__ = ["Shell"]

from dataclasses import dataclass
from typing import final

import numpy as np

from gausscape.errors import CalibrationError, ConfigurationError
from gausscape.space.calibration import Calibration

COMMONEST = 0.01
RAREST = 1e-4


@final
@dataclass(frozen=True)
class Shell:
    """All codes z whose calibrated exceedance lies between two bounds: inner <= t(z) <= outer in surprise.

    The middle of a Gaussian in many dimensions is empty, so a shell has an inner bound as well: 10 axes put 98% of their
    mass farther out than 1.7 standard deviations.

    Args:
        common: Exceedance at the inner bound, in (0, 1]; 1 for the centre.
        rare: Exceedance at the outer bound, in (0, common).
        inner: Surprise at the inner bound, nats.
        outer: Surprise at the outer bound, nats.
        certified: Whether the calibration objects certify the outer bound.

    Example:
        >>> calibration = Calibration.fit(np.random.default_rng(0).exponential(size=2000), seed=0)
        >>> shell = Shell.between(calibration, (0.1, 0.001))
        >>> print(shell)
        exceedance from 10% to 0.1%
        >>> shell.holds(calibration.level(np.array([0.5, 0.01, 0.0005])))
        array([False,  True, False])

    References:
        Dola et al. 2024, CIT4DNN: Generating diverse and rare inputs for neural networks using latent space combinatorial
        testing, section 3.2 (radial shells of the latent space).
    """

    common: float
    rare: float
    inner: float
    outer: float
    certified: bool = True

    @classmethod
    def between(
        cls, calibration: Calibration, bounds: tuple[float, float] | None = None, *, certified: bool = True
    ) -> "Shell":
        """The shell between two exceedances.

        Args:
            calibration: Of codes: a space's `of_codes`.
            bounds: The larger first; (0.01, 0.0001) holds codes of which there are more than 1 in 10,000 and at most 1 in
                100. None for these, the outer one raised to what the calibration certifies.
            certified: False also takes an outer bound below what the calibration certifies, by its extrapolation.

        Raises:
            ConfigurationError: If the bounds are no two exceedances with the larger first.
            CalibrationError: If the outer one is finer than the calibration certifies.
        """
        common, rare = (COMMONEST, max(RAREST, calibration.floor)) if bounds is None else map(float, bounds)
        if not 0 < rare < common <= 1:
            raise ConfigurationError(
                f"A shell needs two exceedances in (0, 1], the larger first, but got {common:g} and {rare:g}. Pass "
                "(0.01, 0.0001) for the shell between probabilities of .99 and .9999."
            )
        if certified or rare >= calibration.floor:
            inner, outer = calibration.level(np.array([common, rare]))
            return cls(common, rare, float(inner), float(outer))
        log_p = np.log([common, rare])
        if log_p[1] < calibration.log_probability[-1]:
            raise CalibrationError(
                f"{calibration.count} calibration objects can be extrapolated down to an exceedance of "
                f"{np.exp(calibration.log_probability[-1]):.2g}, but got {rare:.2g}. Ask for more, or fit on more objects."
            )
        inner, outer = np.interp(-log_p, -calibration.log_probability, calibration.knots)
        return cls(common, rare, float(inner), float(outer), certified=False)

    def holds(self, surprise: np.ndarray) -> np.ndarray:
        """Whether codes of this surprise (n,) lie in it, rounding aside, (n,)."""
        slack = 1e-9 * (1 + self.outer)
        return (surprise >= self.inner - slack) & (surprise <= self.outer + slack)

    def __str__(self) -> str:
        told = f"exceedance from {100 * self.common:.4g}% to {100 * self.rare:.4g}%"
        return told if self.certified else f"{told} (extrapolated)"
