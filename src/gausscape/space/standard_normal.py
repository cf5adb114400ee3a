"""What are the density and the surprise of a point under N(0, I), however far out it lies?"""

__all__ = ["chi_square_at_surprise", "chi_square_surprise", "normal_log_density"]

import numpy as np
from scipy import special


def normal_log_density(u: np.ndarray) -> np.ndarray:
    """Log density of N(0, I) at points u (n, d), in nats, shape (n,).

    Example:
        >>> normal_log_density(np.zeros((1, 2))).round(4)
        array([-1.8379])
    """
    return -0.5 * (np.square(u).sum(1) + u.shape[1] * np.log(2 * np.pi))


def chi_square_surprise(squared_radius: np.ndarray, dimension: int) -> np.ndarray:
    """-log P(chi2_d >= r^2), also where that probability is far too small for a float.

    Legendre's continued fraction of the incomplete gamma function (Abramowitz & Stegun 6.5.31) takes over beyond
    1e-250, where scipy's logsf is about to return infinity.

    Example:
        >>> chi_square_surprise(np.array([4.0, 2e4]), 2).tolist()  # r^2 / 2 in two dimensions
        [2.0, 10000.0]
    """
    shape, x = 0.5 * dimension, 0.5 * np.asarray(squared_radius, float)
    probability = special.gammaincc(shape, x)
    far = probability < 1e-250
    # Subtracted, not negated: -log(1) would be printed as -0.
    surprise = 0.0 - np.log(np.where(far, 1.0, probability))
    if far.any():
        x = x[far]
        fraction = x + 2 * 60 + 1 - shape
        for k in range(60, 0, -1):
            fraction = x + 2 * k - 1 - shape + k * (shape - k) / fraction
        surprise[far] = x - shape * np.log(x) + special.gammaln(shape) + np.log(fraction)
    return surprise


def chi_square_at_surprise(levels: np.ndarray, dimension: int) -> np.ndarray:
    """The r^2 whose surprise is the level: the inverse of `chi_square_surprise`.

    Example:
        >>> chi_square_at_surprise(np.array([2.0]), 2).round(9).tolist()
        [4.0]
    """
    distinct, where = np.unique(levels, return_inverse=True)
    values = 2 * special.gammainccinv(0.5 * dimension, np.exp(-np.minimum(distinct, 500.0)))
    for index in np.flatnonzero(distinct > 500.0):
        low, high = values[index], values[index] + 2.0 * distinct[index]
        for _ in range(200):
            middle = 0.5 * (low + high)
            below = chi_square_surprise(np.array([middle]), dimension)[0] < distinct[index]
            low, high = (middle, high) if below else (low, middle)
        values[index] = 0.5 * (low + high)
    return values[where]
