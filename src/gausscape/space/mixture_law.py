"""What if codes form clusters? A mixture of Gaussians, its number chosen by BIC: the second rung of the ladder."""

__all__ = ["ROWS_PER_PARAMETER_AXIS", "MixtureLaw"]

import functools
import warnings
from typing import Any, ClassVar, final

import numpy as np
from scipy import special

from gausscape.space.density_rank import DensityRank, outermost_crossing
from gausscape.space.law import Law
from gausscape.space.standard_normal import normal_log_density
from gausscape.space.whitening import Whitening

ROWS_PER_PARAMETER_AXIS = 20

_SIZES = (2, 3, 4, 6, 8, 12, 16, 24)
_SEARCH_ROWS = 10_000
_ROWS = 40_000
_VARIANCE_FLOOR = 1e-4


@final
class MixtureLaw(Law):
    """A mixture of Gaussians, sum_k w_k N(u; m_k, C_k), in whitened coordinates.

    Its surprise is the rank of -log p among 100,000 draws of its own, made continuous, see `DensityRank`.

    Attributes:
        weights: w, shape (k,).
        means: m, shape (k, d).
        covariances: C, shape (k, d, d).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> law = MixtureLaw.fit(np.concatenate([rng.normal(-4, 1, (500, 1)), rng.normal(4, 1, (500, 1))]), seed=0)
        >>> law.components
        2
        >>> bool(law.surprise([[0.0]]) > law.surprise([[4.0]]))  # the gap in the middle is the unusual place
        True
    """

    name: ClassVar[str] = "mixture"

    def __init__(
        self,
        whitening: Whitening,
        weights: np.ndarray,
        means: np.ndarray,
        covariances: np.ndarray,
        rank: DensityRank | None = None,
    ):
        super().__init__(whitening)
        self.weights, self.means, self.covariances = weights, means, covariances
        self._factors = np.linalg.cholesky(covariances)
        self._inverses = np.linalg.inv(self._factors)
        self._log_scales = np.log(weights) - np.log(np.diagonal(self._factors, axis1=1, axis2=2)).sum(1)
        self._rank = rank or DensityRank.of(self, likely_modes=means)

    @classmethod
    def fit(cls, codes: np.ndarray, *, seed: int) -> "MixtureLaw":
        """Fit by expectation-maximisation; the number of Gaussians by BIC, at most n / (20 d).

        The number is searched on at most 10,000 rows and stops after two sizes that do not lower the BIC; the chosen
        size is refitted on at most 40,000. Each covariance is then shrunk towards a sphere of the same trace, by the
        share d / (d + n_k), n_k the rows that the Gaussian answers for: a narrow fit would call held-out codes rare.

        Args:
            codes: Shape (n, d).
            seed: Of the start values and of the sub-samples.

        Example:
            >>> MixtureLaw.fit(np.random.default_rng(0).normal(size=(400, 2)), seed=0).dimension
            2
        """
        whitening = Whitening.fit(codes)
        u = np.random.default_rng(seed).permutation(whitening.whiten(codes))
        model = _fit_mixture(u[:_SEARCH_ROWS], len(u), seed)
        if len(u) > _SEARCH_ROWS:
            model.set_params(means_init=model.means_).fit(u[:_ROWS])
        rows = model.weights_ * min(len(u), _ROWS)
        shrinkage = (whitening.dimension / (whitening.dimension + rows))[:, None, None]
        spheres = np.trace(model.covariances_, axis1=1, axis2=2)[:, None, None] / whitening.dimension
        covariances = (1 - shrinkage) * model.covariances_ + shrinkage * spheres * np.eye(whitening.dimension)
        return cls(whitening, model.weights_, model.means_, covariances)

    @property
    def components(self) -> int:
        """Number of Gaussians."""
        return len(self.weights)

    def _white_log_density(self, u: np.ndarray) -> np.ndarray:
        parts = [
            log_scale + normal_log_density((u - mean) @ inverse.T)
            for log_scale, mean, inverse in zip(self._log_scales, self.means, self._inverses, strict=True)
        ]
        return functools.reduce(np.logaddexp, parts)

    def _white_surprise(self, u: np.ndarray) -> np.ndarray:
        return self._rank.surprise(self._white_log_density(u))

    def _white_from_normal(self, v: np.ndarray) -> np.ndarray:
        n, d = v.shape
        u = np.zeros((n, d))
        # Given the axes so far, the next one follows a mixture of normals; log_weights (n, k) say how likely each is.
        log_weights = np.broadcast_to(np.log(self.weights / self.weights.sum()), (n, self.components))
        steps = np.zeros((n, self.components, d))
        for axis in range(d):
            means = self.means[:, axis] + np.einsum("nkd,kd->nk", steps[:, :, :axis], self._factors[:, axis, :axis])
            stds = self._factors[:, axis, axis]
            weights = np.exp(log_weights - np.logaddexp.reduce(log_weights, axis=1, keepdims=True))
            u[:, axis] = _mixture_quantile(v[:, axis], weights, means, stds)
            steps[:, :, axis] = (u[:, axis, None] - means) / stds
            log_weights = log_weights - 0.5 * steps[:, :, axis] ** 2 - np.log(stds)
        return u

    def _white_sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        # Much faster than by ranks, and the same law.
        which = rng.choice(self.components, size=n, p=self.weights / self.weights.sum())
        u = rng.standard_normal((n, self.dimension))
        for component in range(self.components):
            chosen = which == component
            u[chosen] = u[chosen] @ self._factors[component].T + self.means[component]
        return u

    def _white_radius(self, directions: np.ndarray, levels: np.ndarray) -> np.ndarray:
        return outermost_crossing(self._white_surprise, directions, levels)

    def _own_arrays(self) -> dict[str, np.ndarray]:
        own = {"weights": self.weights, "means": self.means, "covariances": self.covariances}
        return {**own, **self._rank.arrays()}

    @classmethod
    def _rebuild(cls, whitening: Whitening, arrays: dict[str, np.ndarray]) -> "MixtureLaw":
        rank = DensityRank.rebuild(arrays, whitening.dimension)
        return cls(whitening, arrays["weights"], arrays["means"], arrays["covariances"], rank)


def _mixture_quantile(v: np.ndarray, weights: np.ndarray, means: np.ndarray, stds: np.ndarray) -> np.ndarray:
    """Where a mixture of normals on a line has the rank Phi(v), (n,); weights and means (n, k), stds (k,)."""
    # It lies between the quantiles of its parts. Ranks are compared in the tail that is nearer, where digits are kept.
    ends = means + stds * v[:, None]
    low, high = ends.min(1), ends.max(1)
    sign = np.where(v > 0, -1.0, 1.0)
    target = special.log_ndtr(sign * v)
    place = 0.5 * (low + high)
    rows = np.arange(len(v))
    for _ in range(100):
        steps = (place[rows, None] - means[rows]) / stds
        mass = np.maximum((weights[rows] * special.ndtr(sign[rows, None] * steps)).sum(1), 1e-300)
        gap = sign[rows] * (np.log(mass) - target[rows])
        low[rows], high[rows] = np.where(gap > 0, low[rows], place[rows]), np.where(gap > 0, place[rows], high[rows])
        # Newton on the logarithm of the mass, which a tail makes nearly straight; halving where that leaves the bracket.
        slope = (weights[rows] * np.exp(-0.5 * steps**2) / stds).sum(1) / np.sqrt(2 * np.pi) / mass
        with np.errstate(over="ignore"):  # a slope that vanished leads out of the bracket, which is then halved
            newton = place[rows] - gap / np.maximum(slope, 1e-300)
        inside = (newton >= low[rows]) & (newton <= high[rows])
        found = np.where(inside, newton, 0.5 * (low[rows] + high[rows]))
        left = np.abs(gap) > 1e-10
        place[rows[left]] = found[left]
        rows = rows[left]
        if not len(rows):
            break
    return place


def _fit_mixture(u: np.ndarray, rows: int, seed: int) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    largest = max(1, rows // (ROWS_PER_PARAMETER_AXIS * u.shape[1]))
    best, best_bic, failures = None, np.inf, 0
    for size in (size for size in (1, *_SIZES) if size <= largest):
        model = GaussianMixture(size, reg_covar=_VARIANCE_FLOOR, random_state=seed, max_iter=200, tol=1e-3)
        with warnings.catch_warnings():
            # A mixture that stops short of convergence is judged on held-out codes like any other.
            warnings.simplefilter("ignore", ConvergenceWarning)
            bic = model.fit(u).bic(u)
        best, best_bic, failures = (model, bic, 0) if bic < best_bic else (best, best_bic, failures + 1)
        if failures == 2:
            break
    return best
