"""What if one Gaussian is enough? The first rung of the ladder, with closed forms throughout."""

__all__ = ["GaussianLaw"]

from typing import ClassVar, final

import numpy as np

from gausscape.space.law import Law
from gausscape.space.standard_normal import chi_square_at_surprise, chi_square_surprise, normal_log_density
from gausscape.space.whitening import Whitening


@final
class GaussianLaw(Law):
    """One Gaussian with full covariance. Its surprise is -log P(chi2_d >= r^2), r the Mahalanobis radius.

    Example:
        >>> law = GaussianLaw.fit(np.random.default_rng(0).normal(size=(500, 2)))
        >>> law
        GaussianLaw(dimension=2)
    """

    name: ClassVar[str] = "gaussian"

    @classmethod
    def fit(cls, codes: np.ndarray) -> "GaussianLaw":
        """Fit by maximum likelihood to codes, shape (n, d).

        Example:
            >>> GaussianLaw.fit(np.random.default_rng(0).normal(size=(500, 2))).dimension
            2
        """
        return cls(Whitening.fit(codes))

    @property
    def components(self) -> int:
        """1."""
        return 1

    def _white_log_density(self, u: np.ndarray) -> np.ndarray:
        return normal_log_density(u)

    def _white_surprise(self, u: np.ndarray) -> np.ndarray:
        return chi_square_surprise(np.square(u).sum(1), self.dimension)

    def _white_from_normal(self, v: np.ndarray) -> np.ndarray:
        return v

    def _white_radius(self, directions: np.ndarray, levels: np.ndarray) -> np.ndarray:
        return np.sqrt(chi_square_at_surprise(levels, self.dimension))

    def _own_arrays(self) -> dict[str, np.ndarray]:
        return {}

    @classmethod
    def _rebuild(cls, whitening: Whitening, arrays: dict[str, np.ndarray]) -> "GaussianLaw":
        return cls(whitening)
