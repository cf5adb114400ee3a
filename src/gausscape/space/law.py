"""How are latent codes really distributed? The aggregate law over the live axes, and how surprising a code is in it.

Training aims the codes of all objects at N(0, I), and misses (the "prior hole"). So a law is fitted to the codes
afterwards: one Gaussian, a mixture of Gaussians, or a flow, whichever is the simplest that held-out codes do not
contradict (`gausscape.space.ladder`). Every law answers in the same unit, the surprise

    t(z) = -log P(p(Z) <= p(z)),  Z ~ p,

in nats: 2.3 at the 10% least probable codes, 6.9 at the 0.1%. If the law is right, t is Exp(1) distributed whatever
the law and the dimension; `gausscape.space.calibration` makes it right where the law is not. The linear whitening
u = L^-1 (z - m) of a single Gaussian is the coordinate system of all of them.

References:
    Hoffman & Johnson 2016, ELBO surgery (the prior hole).
    Ghosh et al. 2020, From variational to deterministic autoencoders, section 4 (density estimation ex post).
    Hyndman 1996, Computing and graphing highest density regions (the rank of a density).
"""

__all__ = ["Law"]

import abc
from typing import Any, ClassVar

import numpy as np

from gausscape.errors import DataError
from gausscape.space.whitening import Whitening, as_codes


class Law(abc.ABC):
    """A probability law of latent codes. Its final subclasses say how density and sample are computed.

    Example:
        >>> from gausscape.space.gaussian_law import GaussianLaw
        >>> codes = np.random.default_rng(0).normal(size=(2000, 3))
        >>> law = GaussianLaw.fit(codes)
        >>> law.name, law.dimension, law.surprise(codes).shape
        ('gaussian', 3, (2000,))
        >>> bool(abs(law.surprise(codes).mean() - 1) < 0.1)  # Exp(1) if the law is right
        True
    """

    name: ClassVar[str]

    def __init__(self, whitening: Whitening):
        self.whitening = whitening

    def __repr__(self) -> str:
        return f"{type(self).__name__}(dimension={self.dimension})"

    @property
    def dimension(self) -> int:
        """Number of live axes, d."""
        return self.whitening.dimension

    def whiten(self, z: np.ndarray) -> np.ndarray:
        """Codes z (n, d) in whitened coordinates u (n, d)."""
        return self.whitening.whiten(z)

    def unwhiten(self, u: np.ndarray) -> np.ndarray:
        """Whitened coordinates u (n, d) as codes z (n, d)."""
        return self.whitening.unwhiten(u)

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Log density log p(z), in nats.

        Args:
            z: Codes, shape (n, d).

        Returns:
            Shape (n,).

        Raises:
            ShapeError: If z has another number of axes.
            DataError: If z has values that are not finite.

        Example:
            >>> from gausscape.space.gaussian_law import GaussianLaw
            >>> law = GaussianLaw(Whitening(np.zeros(2), np.eye(2)))
            >>> law.log_density([[0.0, 0.0]]).round(4)
            array([-1.8379])
        """
        return self._white_log_density(self.whiten(z)) - self.whitening.log_volume

    def surprise(self, z: np.ndarray) -> np.ndarray:
        """How surprising codes are: t(z) = -log P(p(Z) <= p(z)), Z ~ p, in nats, >= 0.

        Args:
            z: Codes, shape (n, d).

        Returns:
            Shape (n,); exp(-t) is the share of the law's own mass that is no more probable than z.

        Raises:
            ShapeError: If z has another number of axes.
            DataError: If z has values that are not finite.

        Example:
            >>> from gausscape.space.gaussian_law import GaussianLaw
            >>> law = GaussianLaw(Whitening(np.zeros(2), np.eye(2)))
            >>> law.surprise([[0.0, 0.0], [2.0, 0.0], [100.0, 0.0]]).tolist()  # r^2 / 2 in two dimensions
            [0.0, 2.0, 5000.0]
        """
        return self._white_surprise(self.whiten(z))

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n codes, shape (n, d).

        Example:
            >>> from gausscape.space.gaussian_law import GaussianLaw
            >>> GaussianLaw(Whitening(np.zeros(2), np.eye(2))).sample(5, np.random.default_rng(0)).shape
            (5, 2)
        """
        return self.unwhiten(self._white_sample(n, rng))

    def from_normal(self, v: np.ndarray) -> np.ndarray:
        """Standard normal points v (n, d) as codes (n, d) of this law: a continuous map, the same points to the same codes.

        For a Gaussian it is linear and for a flow its inverse; for a mixture it takes one axis after the other, each at the
        rank that v has, given the axes before it (Rosenblatt 1952).

        Args:
            v: Shape (n, d).

        Example:
            >>> from gausscape.space.gaussian_law import GaussianLaw
            >>> GaussianLaw(Whitening(np.ones(2), np.eye(2))).from_normal([[0.0, 2.0]]).tolist()
            [[1.0, 3.0]]

        References:
            Rosenblatt 1952, Remarks on a multivariate transformation.
        """
        return self.unwhiten(self._white_from_normal(as_codes(v, self.dimension)))

    def radius_along(self, directions: np.ndarray, level_surprise: np.ndarray | float) -> np.ndarray:
        """Distance from the centre at which the surprise reaches a level, along rays u = r v in whitened coordinates.

        Where a ray crosses the level more than once (a mixture with gaps), the outermost crossing is returned.

        Args:
            directions: v, shape (n, d), in whitened coordinates, of any length but zero.
            level_surprise: Surprise to reach, in nats, one or (n,).

        Returns:
            r, shape (n,), in whitened standard deviations; 0 where the whole ray is more surprising than the level.

        Raises:
            DataError: If a direction is zero, or a level negative or not finite.

        Example:
            >>> from gausscape.space.gaussian_law import GaussianLaw
            >>> law = GaussianLaw(Whitening(np.zeros(2), np.eye(2)))
            >>> law.radius_along([[1.0, 0.0], [3.0, 4.0]], 8.0)
            array([4., 4.])
        """
        directions = as_codes(directions, self.dimension)
        lengths = np.linalg.norm(directions, axis=1, keepdims=True)
        levels = np.broadcast_to(np.asarray(level_surprise, float), len(directions))
        if not (lengths > 0).all() or not (np.isfinite(levels) & (levels >= 0)).all():
            raise DataError(
                "A ray needs a direction that is not zero and a surprise >= 0 to reach, but got a zero direction or a "
                "level that is negative or not finite. Pass rows of non-zero length and a level in nats."
            )
        return self._white_radius(directions / lengths, levels)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """All that is needed to rebuild the law: a JSON-able document and named arrays. See `gausscape.space.ladder.law_from_state`.

        Example:
            >>> from gausscape.space.gaussian_law import GaussianLaw
            >>> document, arrays = GaussianLaw(Whitening(np.zeros(2), np.eye(2))).state()
            >>> document, sorted(arrays)
            ({'law': 'gaussian', 'dimension': 2}, ['factor', 'mean'])
        """
        arrays = {"mean": self.whitening.mean, "factor": self.whitening.factor, **self._own_arrays()}
        return {"law": self.name, "dimension": self.dimension}, arrays

    @property
    @abc.abstractmethod
    def components(self) -> int:
        """How many parts the law has: Gaussians of a mixture, couplings of a flow, 1 for a Gaussian."""

    @abc.abstractmethod
    def _white_log_density(self, u: np.ndarray) -> np.ndarray: ...

    @abc.abstractmethod
    def _white_surprise(self, u: np.ndarray) -> np.ndarray: ...

    def _white_sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self._white_from_normal(rng.standard_normal((n, self.dimension)))

    @abc.abstractmethod
    def _white_from_normal(self, v: np.ndarray) -> np.ndarray: ...

    @abc.abstractmethod
    def _white_radius(self, directions: np.ndarray, levels: np.ndarray) -> np.ndarray: ...

    @abc.abstractmethod
    def _own_arrays(self) -> dict[str, np.ndarray]: ...

    @classmethod
    @abc.abstractmethod
    def _rebuild(cls, whitening: Whitening, arrays: dict[str, np.ndarray]) -> "Law": ...
