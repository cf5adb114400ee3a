"""Where do the codes lie, and how wide are they? The linear whitening u = L^-1 (z - m), the coordinates of every law."""

__all__ = ["Whitening", "as_codes"]

import functools
from dataclasses import dataclass
from typing import final

import numpy as np

from gausscape.errors import DataError, ShapeError


@final
@dataclass(frozen=True)
class Whitening:
    """The linear map from codes z to coordinates u = L^-1 (z - m) with mean 0 and covariance I.

    Attributes:
        mean: m, shape (d,).
        factor: L, lower triangular with L L' = covariance, shape (d, d).

    Example:
        >>> codes = np.random.default_rng(0).normal([1.0, -2.0], [3.0, 0.5], (500, 2))
        >>> whitening = Whitening.fit(codes)
        >>> u = whitening.whiten(codes)
        >>> bool(np.allclose(u.mean(0), 0) and np.allclose(np.cov(u.T, bias=True), np.eye(2)))
        True
        >>> bool(np.allclose(whitening.unwhiten(u), codes))
        True
    """

    mean: np.ndarray
    factor: np.ndarray

    @classmethod
    def fit(cls, codes: np.ndarray) -> "Whitening":
        """Fit mean and covariance to codes, shape (n, d).

        Raises:
            DataError: If there are too few codes, or an axis is constant or a copy of others.

        Example:
            >>> Whitening.fit(np.random.default_rng(0).normal(size=(50, 3))).mean.shape
            (3,)
        """
        codes = as_codes(codes)
        rows, dimension = codes.shape
        if rows <= 2 * dimension:
            raise DataError(
                f"A law over {dimension} axes needs more than {2 * dimension} codes, but got {rows}. "
                "Fit on more objects, or in fewer latent axes."
            )
        covariance = np.atleast_2d(np.cov(codes.T, bias=True))
        scale = np.sqrt(np.diag(covariance))
        if not scale.min() > 0 or np.linalg.eigvalsh(covariance / np.outer(scale, scale)).min() < 1e-10:
            raise DataError(
                f"A law needs {dimension} axes that vary independently, but some of these are constant or copies of "
                "others. Drop the dead axes first."
            )
        return cls(codes.mean(0), np.linalg.cholesky(covariance))

    @property
    def dimension(self) -> int:
        """Number of axes, d.

        Example:
            >>> Whitening(np.zeros(2), np.eye(2)).dimension
            2
        """
        return len(self.mean)

    @functools.cached_property
    def log_volume(self) -> float:
        """Log of |det L|, in nats: what a density gains when it is read in z instead of u.

        Example:
            >>> Whitening(np.zeros(2), np.diag([1.0, np.e])).log_volume
            1.0
        """
        return float(np.log(np.diag(self.factor)).sum())

    def whiten(self, codes: np.ndarray) -> np.ndarray:
        """Map codes z (n, d) to whitened coordinates u (n, d), in standard deviations of the aggregate.

        Example:
            >>> Whitening(np.ones(1), 2 * np.eye(1)).whiten([[5.0]])
            array([[2.]])
        """
        # The inverse of a small triangle costs nothing, and a product is far quicker than a solve over many rows.
        return (as_codes(codes, self.dimension) - self.mean) @ self._inverse_transposed

    def unwhiten(self, u: np.ndarray) -> np.ndarray:
        """Map whitened coordinates u (n, d) back to codes z (n, d).

        Example:
            >>> Whitening(np.ones(1), 2 * np.eye(1)).unwhiten([[2.0]])
            array([[5.]])
        """
        return as_codes(u, self.dimension) @ self.factor.T + self.mean

    @functools.cached_property
    def _inverse_transposed(self) -> np.ndarray:
        return np.linalg.inv(self.factor).T


def as_codes(codes: np.ndarray, dimension: int | None = None) -> np.ndarray:
    """Codes as an array of floats of shape (n, d).

    Args:
        codes: One row per object.
        dimension: Number of axes that they must have; any if None.

    Raises:
        ShapeError: If they have another shape.
        DataError: If they have values that are not finite.

    Example:
        >>> as_codes([[1, 2]])
        array([[1., 2.]])
    """
    codes = np.asarray(codes, float)
    if codes.ndim != 2 or codes.shape[1] == 0 or (dimension is not None and codes.shape[1] != dimension):
        wanted = "d" if dimension is None else dimension
        raise ShapeError(
            f"Codes need the shape (n, {wanted}), one row per object, but got {codes.shape}. "
            "Pass a two-dimensional array over the live axes."
        )
    if not np.isfinite(codes).all():
        bad = np.flatnonzero(~np.isfinite(codes).all(1))
        raise DataError(
            f"Codes need finite values, but {len(bad)} of {len(codes)} rows have none (first: row {bad[0]}). "
            "Drop these rows, or find out why the encoder gave them."
        )
    return codes
