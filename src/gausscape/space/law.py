"""How are latent codes really distributed? The aggregate law over the live axes, and how surprising a code is in it.

Training aims the codes of all objects at N(0, I), and misses (the "prior hole"). So a law is fitted to the codes
afterwards, and the simplest one that held-out codes do not contradict is kept: one Gaussian, a mixture of Gaussians,
or a flow. Every law answers in the same unit, the surprise

    t(z) = -log P(p(Z) <= p(z)),  Z ~ p,

in nats: 2.3 at the 10% least probable codes, 6.9 at the 0.1%. If the law is right, t is Exp(1) distributed whatever
the law and the dimension; `gausscape.space.calibration` makes it right where the law is not. The linear whitening
u = L^-1 (z - m) of the first rung is the coordinate system of all of them.

References:
    Hoffman & Johnson 2016, ELBO surgery (the prior hole).
    Ghosh et al. 2020, From variational to deterministic autoencoders, section 4 (density estimation ex post).
    Hyndman 1996, Computing and graphing highest density regions (the rank of a density).
"""

__all__ = ["FlowLaw", "GaussianLaw", "Law", "MixtureLaw", "Rung", "Whitening", "choose_law", "law_from_state"]

import abc
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from scipy import special, stats

from gausscape.errors import ConfigurationError, DamagedFileError, DataError, ShapeError

_REFERENCE_SIZE = 100_000
_REFERENCE_SEED = 20_24
_KNOTS = 400
_BEYOND_LAST_KNOT = 100

_MIXTURE_SIZES = (2, 3, 4, 6, 8, 12, 16, 24)
_MIXTURE_SEARCH_ROWS = 10_000
_MIXTURE_ROWS = 40_000
_ROWS_PER_PARAMETER_AXIS = 20
_VARIANCE_FLOOR = 1e-4

_FLOW_ROWS = 20_000
_FLOW_LEAST_ROWS = 5_000
_FLOW_COUPLINGS = 6
_FLOW_HIDDEN = 48
_FLOW_BATCH = 256
_FLOW_EPOCHS = 40
_FLOW_PIECE = 2_000
_FLOW_PATIENCE = 4
_FLOW_LARGEST_LOG_SCALE = 1.5

_PASSING_P = 0.01
_TAIL = 0.01


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
        codes = _as_codes(codes)
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
        return (_as_codes(codes, self.dimension) - self.mean) @ self._inverse_transposed

    def unwhiten(self, u: np.ndarray) -> np.ndarray:
        """Map whitened coordinates u (n, d) back to codes z (n, d).

        Example:
            >>> Whitening(np.ones(1), 2 * np.eye(1)).unwhiten([[2.0]])
            array([[5.]])
        """
        return _as_codes(u, self.dimension) @ self.factor.T + self.mean

    @functools.cached_property
    def _inverse_transposed(self) -> np.ndarray:
        return np.linalg.inv(self.factor).T


class Law(abc.ABC):
    """A probability law of latent codes. Its final subclasses say how density and sample are computed.

    Example:
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
            >>> law = GaussianLaw(Whitening(np.zeros(2), np.eye(2)))
            >>> law.surprise([[0.0, 0.0], [2.0, 0.0], [100.0, 0.0]]).tolist()  # r^2 / 2 in two dimensions
            [0.0, 2.0, 5000.0]
        """
        return self._white_surprise(self.whiten(z))

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n codes, shape (n, d).

        Example:
            >>> GaussianLaw(Whitening(np.zeros(2), np.eye(2))).sample(5, np.random.default_rng(0)).shape
            (5, 2)
        """
        return self.unwhiten(self._white_sample(n, rng))

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
            >>> law = GaussianLaw(Whitening(np.zeros(2), np.eye(2)))
            >>> law.radius_along([[1.0, 0.0], [3.0, 4.0]], 8.0)
            array([4., 4.])
        """
        directions = _as_codes(directions, self.dimension)
        lengths = np.linalg.norm(directions, axis=1, keepdims=True)
        levels = np.broadcast_to(np.asarray(level_surprise, float), len(directions))
        if not (lengths > 0).all() or not (np.isfinite(levels) & (levels >= 0)).all():
            raise DataError(
                "A ray needs a direction that is not zero and a surprise >= 0 to reach, but got a zero direction or a "
                "level that is negative or not finite. Pass rows of non-zero length and a level in nats."
            )
        return self._white_radius(directions / lengths, levels)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """All that is needed to rebuild the law: a JSON-able document and named arrays. See `law_from_state`.

        Example:
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

    @abc.abstractmethod
    def _white_sample(self, n: int, rng: np.random.Generator) -> np.ndarray: ...

    @abc.abstractmethod
    def _white_radius(self, directions: np.ndarray, levels: np.ndarray) -> np.ndarray: ...

    @abc.abstractmethod
    def _own_arrays(self) -> dict[str, np.ndarray]: ...

    @classmethod
    @abc.abstractmethod
    def _rebuild(cls, whitening: Whitening, arrays: dict[str, np.ndarray]) -> "Law": ...


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
        return _normal_log_density(u)

    def _white_surprise(self, u: np.ndarray) -> np.ndarray:
        return _chi_square_surprise(np.square(u).sum(1), self.dimension)

    def _white_sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return rng.standard_normal((n, self.dimension))

    def _white_radius(self, directions: np.ndarray, levels: np.ndarray) -> np.ndarray:
        return np.sqrt(_chi_square_at_surprise(levels, self.dimension))

    def _own_arrays(self) -> dict[str, np.ndarray]:
        return {}

    @classmethod
    def _rebuild(cls, whitening: Whitening, arrays: dict[str, np.ndarray]) -> "GaussianLaw":
        return cls(whitening)


@final
class MixtureLaw(Law):
    """A mixture of Gaussians, sum_k w_k N(u; m_k, C_k), in whitened coordinates.

    Its surprise is the rank of -log p among 100,000 draws of its own, made continuous, see `_DensityRank`.

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
        rank: "_DensityRank | None" = None,
    ):
        super().__init__(whitening)
        self.weights, self.means, self.covariances = weights, means, covariances
        self._factors = np.linalg.cholesky(covariances)
        self._inverses = np.linalg.inv(self._factors)
        self._log_scales = np.log(weights) - np.log(np.diagonal(self._factors, axis1=1, axis2=2)).sum(1)
        self._rank = rank or _DensityRank.of(self, likely_modes=means)

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
        model = _fit_mixture(u[:_MIXTURE_SEARCH_ROWS], len(u), seed)
        if len(u) > _MIXTURE_SEARCH_ROWS:
            model.set_params(means_init=model.means_).fit(u[:_MIXTURE_ROWS])
        rows = model.weights_ * min(len(u), _MIXTURE_ROWS)
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
            log_scale + _normal_log_density((u - mean) @ inverse.T)
            for log_scale, mean, inverse in zip(self._log_scales, self.means, self._inverses, strict=True)
        ]
        return functools.reduce(np.logaddexp, parts)

    def _white_surprise(self, u: np.ndarray) -> np.ndarray:
        return self._rank.surprise(self._white_log_density(u))

    def _white_sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        which = rng.choice(self.components, size=n, p=self.weights / self.weights.sum())
        u = rng.standard_normal((n, self.dimension))
        for component in range(self.components):
            chosen = which == component
            u[chosen] = u[chosen] @ self._factors[component].T + self.means[component]
        return u

    def _white_radius(self, directions: np.ndarray, levels: np.ndarray) -> np.ndarray:
        return _outermost_crossing(self._white_surprise, directions, levels)

    def _own_arrays(self) -> dict[str, np.ndarray]:
        own = {"weights": self.weights, "means": self.means, "covariances": self.covariances}
        return {**own, **self._rank.arrays()}

    @classmethod
    def _rebuild(cls, whitening: Whitening, arrays: dict[str, np.ndarray]) -> "MixtureLaw":
        rank = _DensityRank.rebuild(arrays, whitening.dimension)
        return cls(whitening, arrays["weights"], arrays["means"], arrays["covariances"], rank)


@final
class FlowLaw(Law):
    """A normalising flow: six affine couplings from whitened codes to N(0, I).

    log p(u) = log N(f(u); 0, I) + log |det f'(u)|. A coupling leaves half of the axes as they are and shifts and scales
    the others by bounded functions of them, so the tails stay Gaussian along every ray. Trained with torch, which is
    imported only then; evaluated with numpy. Its surprise is a rank among its own draws, as for a mixture.

    Attributes:
        arrays: Weights of the couplings, see `_COUPLING_ARRAYS`.

    References:
        Dinh, Sohl-Dickstein & Bengio 2017, Density estimation using Real NVP, section 3.

    Example:
        >>> law = FlowLaw.fit(np.random.default_rng(0).normal(size=(500, 2)), seed=0, epochs=1)
        >>> law.components
        6
    """

    name: ClassVar[str] = "flow"

    def __init__(self, whitening: Whitening, arrays: dict[str, np.ndarray], rank: "_DensityRank | None" = None):
        super().__init__(whitening)
        self.arrays = arrays
        self._rank = rank or _DensityRank.of(self, likely_modes=np.zeros((1, whitening.dimension)))

    @classmethod
    def fit(cls, codes: np.ndarray, *, seed: int, epochs: int = _FLOW_EPOCHS) -> "FlowLaw":
        """Fit by maximum likelihood on at most 20,000 rows, stopped early on a tenth of them.

        Args:
            codes: Shape (n, d), d >= 2.
            seed: Of the weights, the order and the split.
            epochs: At most so many passes.

        Raises:
            ConfigurationError: If there is one axis only.

        Example:
            >>> FlowLaw.fit(np.random.default_rng(0).normal(size=(500, 3)), seed=0, epochs=1).dimension
            3
        """
        whitening = Whitening.fit(codes)
        if whitening.dimension < 2:
            raise ConfigurationError("A flow couples axes and needs two or more, but got 1. Use MixtureLaw.")
        rng = np.random.default_rng(seed)
        u = rng.permutation(whitening.whiten(codes))[:_FLOW_ROWS]
        return cls(whitening, _train_couplings(u, rng, epochs))

    @property
    def components(self) -> int:
        """Number of couplings."""
        return len(self.arrays["order"])

    def _couplings(self) -> Iterator[tuple[np.ndarray, ...]]:
        yield from zip(*(self.arrays[name] for name in _COUPLING_ARRAYS), strict=True)

    def _white_log_density(self, u: np.ndarray) -> np.ndarray:
        # In pieces that stay in the processor's cache: twice as fast, and a million rows need no gigabytes.
        pieces = np.array_split(u, max(1, len(u) // _FLOW_PIECE))
        return np.concatenate([self._log_density_of_piece(piece) for piece in pieces])

    def _log_density_of_piece(self, u: np.ndarray) -> np.ndarray:
        log_determinant = np.zeros(len(u))
        kept_axes = u.shape[1] // 2
        for order, *weights in self._couplings():
            u = u[:, order]
            log_scale, shift = _conditioner(u[:, :kept_axes], *weights)
            u = np.concatenate([u[:, :kept_axes], u[:, kept_axes:] * np.exp(log_scale) + shift], axis=1)
            log_determinant += log_scale.sum(1)
        return _normal_log_density(u) + log_determinant

    def _white_surprise(self, u: np.ndarray) -> np.ndarray:
        return self._rank.surprise(self._white_log_density(u))

    def _white_sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        u = rng.standard_normal((n, self.dimension))
        kept_axes = self.dimension // 2
        for order, *weights in reversed(list(self._couplings())):
            log_scale, shift = _conditioner(u[:, :kept_axes], *weights)
            u = np.concatenate([u[:, :kept_axes], (u[:, kept_axes:] - shift) * np.exp(-log_scale)], axis=1)
            u = u[:, np.argsort(order)]
        return u

    def _white_radius(self, directions: np.ndarray, levels: np.ndarray) -> np.ndarray:
        return _outermost_crossing(self._white_surprise, directions, levels)

    def _own_arrays(self) -> dict[str, np.ndarray]:
        return {**self.arrays, **self._rank.arrays()}

    @classmethod
    def _rebuild(cls, whitening: Whitening, arrays: dict[str, np.ndarray]) -> "FlowLaw":
        rank = _DensityRank.rebuild(arrays, whitening.dimension)
        return cls(whitening, {name: arrays[name] for name in _COUPLING_ARRAYS}, rank)


@final
@dataclass(frozen=True)
class Rung:
    """What one rung of the ladder achieved on held-out codes.

    Attributes:
        name: Of the law.
        components: Gaussians of a mixture, couplings of a flow, 1 for one Gaussian.
        held_out_log_likelihood: Mean log density per held-out code, in nats.
        gain: The same less that of the rung below (for the first: less that of N(0, I), where training aimed), in nats.
        ks_p: Kolmogorov-Smirnov p of exp(-surprise) of held-out codes against the uniform law.
        passed: ks_p > 0.01, tail_p > 0.01 and, above the first rung, gain > 0.
        tail_p: Two-sided binomial p of the number of held-out codes beyond the level that the law gives 1%.

    Example:
        >>> print(Rung("gaussian", 1, -14.2, 0.31, 0.2, True, 0.7))
        gaussian (1): log-likelihood -14.200, gain +0.310 nats, KS p 0.2, tail p 0.7, passed
    """

    name: str
    components: int
    held_out_log_likelihood: float
    gain: float
    ks_p: float
    passed: bool
    tail_p: float = 1.0

    def __str__(self) -> str:
        verdict = "passed" if self.passed else "not passed"
        return (
            f"{self.name} ({self.components}): log-likelihood {self.held_out_log_likelihood:.3f}, "
            f"gain {self.gain:+.3f} nats, KS p {self.ks_p:.2g}, tail p {self.tail_p:.2g}, {verdict}"
        )


def choose_law(fit_codes: np.ndarray, held_out_codes: np.ndarray, *, seed: int) -> tuple[Law, list[Rung]]:
    """Climb the ladder Gaussian, mixture, flow; stop at the first law that held-out codes do not contradict.

    A rung passes if its held-out log-likelihood is above that of the rung below and exp(-surprise) of held-out codes is
    uniform: in the bulk (Kolmogorov-Smirnov p > 0.01) and, as that test hardly sees tails, in the share beyond the
    law's own 1% level (binomial p > 0.01; a Gaussian can pass the former with 2.4% there). If none passes, the law of
    highest held-out log-likelihood is taken; rank calibration makes its probabilities true all the same. A flow is
    tried only with 5,000 codes or more, in two dimensions or more.

    Args:
        fit_codes: One posterior sample per object that the law is fitted to, shape (n, d).
        held_out_codes: One posterior sample per object that it is judged on, shape (m, d).
        seed: Of all fits.

    Returns:
        The law, and the rungs that were climbed, in order.

    Raises:
        DataError: If codes are not finite, too few, or have dead axes.
        ShapeError: If the two have different numbers of axes.

    Example:
        >>> codes = np.random.default_rng(0).normal(size=(1000, 2))
        >>> law, rungs = choose_law(codes[:800], codes[800:], seed=0)
        >>> law.name, rungs[-1].passed
        ('gaussian', True)
    """
    fit_codes = _as_codes(fit_codes)
    rows, dimension = fit_codes.shape
    held_out_codes = _as_codes(held_out_codes, dimension)
    if not len(held_out_codes):
        raise DataError("A law is judged on held-out codes, but got none. Hold some objects back from the fit.")
    fits: list[Callable[[], Law]] = [lambda: GaussianLaw.fit(fit_codes)]
    if rows >= 2 * _ROWS_PER_PARAMETER_AXIS * dimension:
        fits.append(lambda: MixtureLaw.fit(fit_codes, seed=seed))
    if rows >= _FLOW_LEAST_ROWS and dimension >= 2:
        fits.append(lambda: FlowLaw.fit(fit_codes, seed=seed))
    below = float(_normal_log_density(held_out_codes).mean())
    laws: list[Law] = []
    rungs: list[Rung] = []
    for fit in fits:
        laws.append(fit())
        rungs.append(_judge(laws[-1], held_out_codes, below, must_gain=bool(rungs)))
        if rungs[-1].passed:
            return laws[-1], rungs
        below = rungs[-1].held_out_log_likelihood
    best = int(np.argmax([rung.held_out_log_likelihood for rung in rungs]))
    return laws[best], rungs


def law_from_state(document: dict[str, Any], arrays: dict[str, np.ndarray]) -> Law:
    """Rebuild a law from what `Law.state` returned.

    Raises:
        DamagedFileError: If the law is unknown, or an array is missing, misshapen or not finite.

    Example:
        >>> law = GaussianLaw.fit(np.random.default_rng(0).normal(size=(100, 2)))
        >>> bool(law_from_state(*law.state()).surprise([[1.0, 1.0]]) == law.surprise([[1.0, 1.0]]))
        True
    """
    known: dict[str, type[Law]] = {law.name: law for law in (GaussianLaw, MixtureLaw, FlowLaw)}
    name, dimension = document.get("law"), document.get("dimension")
    if name not in known or not isinstance(dimension, int):
        raise DamagedFileError(
            f"A saved law is one of {', '.join(sorted(known))} with its dimension, but got {name!r}, {dimension!r}. "
            "The file is damaged, or a newer gausscape wrote it: upgrade, or save the space again."
        )
    try:
        whitening = Whitening(np.asarray(arrays["mean"], float), np.asarray(arrays["factor"], float))
        finite = all(np.isfinite(array).all() for array in arrays.values())
        if not finite or whitening.mean.shape != (dimension,) or whitening.factor.shape != (dimension, dimension):
            raise ValueError("values that are not finite, or another shape than the document says")
        law = known[str(name)]._rebuild(whitening, arrays)
        law.surprise(whitening.mean[None])
    except (KeyError, IndexError, ValueError, TypeError, np.linalg.LinAlgError, DataError) as cause:
        raise DamagedFileError(
            f"A saved {name} law needs its complete finite arrays, but this one has {cause}. "
            "The file is damaged: save the space again."
        ) from cause
    return law


@final
@dataclass(frozen=True)
class _DensityRank:
    """Surprise as a function of the log density: t = -log P(-log p(Z) >= s), from draws of the law itself.

    Draws give t at 400 knots, down to the level that 100 of 100,000 draws exceed (t = 6.9). For one Gaussian the
    answer is closed, g(s) = -log P(chi2_d >= 2 (s - s_mode)), and t is interpolated linearly against that g. Beyond the
    last knot the slope is 1: for any mixture the region {-log p > s} has mass ~ exp(-s) s^(d/2 - 1), as for one
    Gaussian, so t - g tends to a constant.
    """

    knots: np.ndarray
    surprises: np.ndarray
    mode: float
    dimension: int

    @classmethod
    def of(cls, law: "MixtureLaw | FlowLaw", likely_modes: np.ndarray) -> "_DensityRank":
        draws = law._white_sample(_REFERENCE_SIZE, np.random.default_rng(_REFERENCE_SEED))
        scores = np.sort(-law._white_log_density(draws))
        mode = float(min(scores[0], -law._white_log_density(likely_modes).max()))
        # Even steps on the logit scale put as many knots into the tail as around the mode.
        edge = special.logit(_BEYOND_LAST_KNOT / _REFERENCE_SIZE)
        beyond = special.expit(np.linspace(-edge, edge, _KNOTS)) * _REFERENCE_SIZE
        ranks = np.unique(_REFERENCE_SIZE - np.round(beyond).astype(int))
        surprises = -np.log1p(-(ranks + 0.5) / _REFERENCE_SIZE)
        knots = _chi_square_surprise(2 * (scores[ranks] - mode), law.dimension)
        rising = np.flatnonzero(np.diff(np.maximum.accumulate(knots), prepend=0.0) > 0)
        return cls(np.append(0.0, knots[rising]), np.append(0.0, surprises[rising]), mode, law.dimension)

    def surprise(self, log_density: np.ndarray) -> np.ndarray:
        gaussian = _chi_square_surprise(2 * np.maximum(-log_density - self.mode, 0.0), self.dimension)
        beyond = np.maximum(gaussian - self.knots[-1], 0.0)
        return np.interp(gaussian, self.knots, self.surprises) + beyond

    def arrays(self) -> dict[str, np.ndarray]:
        return {"rank_knots": self.knots, "rank_surprises": self.surprises, "rank_mode": np.array(self.mode)}

    @classmethod
    def rebuild(cls, arrays: dict[str, np.ndarray], dimension: int) -> "_DensityRank":
        knots, surprises = arrays["rank_knots"], arrays["rank_surprises"]
        if knots.shape != surprises.shape or not (np.diff(knots) > 0).all() or not (np.diff(surprises) > 0).all():
            raise ValueError("ranks that do not rise")
        return cls(knots, surprises, float(arrays["rank_mode"]), dimension)


def _judge(law: Law, held_out: np.ndarray, below: float, *, must_gain: bool) -> Rung:
    log_likelihood = float(law.log_density(held_out).mean())
    exceedance = np.exp(-law.surprise(held_out))
    ks_p = float(stats.kstest(exceedance, "uniform").pvalue)
    tail_p = float(stats.binomtest(int((exceedance <= _TAIL).sum()), len(exceedance), _TAIL).pvalue)
    # N(0, I) is no rung: codes that hit it exactly are fitted a little worse, and that is no reason to climb.
    passed = (log_likelihood > below or not must_gain) and min(ks_p, tail_p) > _PASSING_P
    return Rung(law.name, law.components, log_likelihood, log_likelihood - below, ks_p, passed, tail_p)


def _fit_mixture(u: np.ndarray, rows: int, seed: int) -> Any:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    largest = max(1, rows // (_ROWS_PER_PARAMETER_AXIS * u.shape[1]))
    best, best_bic, failures = None, np.inf, 0
    for size in (size for size in (1, *_MIXTURE_SIZES) if size <= largest):
        model = GaussianMixture(size, reg_covar=_VARIANCE_FLOOR, random_state=seed, max_iter=200, tol=1e-3)
        with warnings.catch_warnings():
            # A mixture that stops short of convergence is judged on held-out codes like any other.
            warnings.simplefilter("ignore", ConvergenceWarning)
            bic = model.fit(u).bic(u)
        best, best_bic, failures = (model, bic, 0) if bic < best_bic else (best, best_bic, failures + 1)
        if failures == 2:
            break
    return best


_COUPLING_ARRAYS = ("order", "weight_in", "bias_in", "weight_hidden", "bias_hidden", "weight_out", "bias_out")


def _conditioner(kept: Any, *weights: Any) -> tuple[Any, Any]:
    """Log scale and shift of the moved axes, given the kept ones: the same formula for numpy arrays and torch tensors.

    tanh units, because they are bounded: far out a coupling is a plain linear map and cannot invent a heavy tail.
    """
    weight_in, bias_in, weight_hidden, bias_hidden, weight_out, bias_out = weights
    tanh = np.tanh if isinstance(kept, np.ndarray) else type(kept).tanh
    out = tanh(tanh(kept @ weight_in + bias_in) @ weight_hidden + bias_hidden) @ weight_out + bias_out
    moved = out.shape[1] // 2
    return _FLOW_LARGEST_LOG_SCALE * tanh(out[:, :moved] / _FLOW_LARGEST_LOG_SCALE), out[:, moved:]


def _train_couplings(u: np.ndarray, rng: np.random.Generator, epochs: int) -> dict[str, np.ndarray]:
    import torch

    dimension = u.shape[1]
    initial = _initial_couplings(dimension, rng)
    orders = [torch.as_tensor(order) for order in initial["order"]]
    # Numbers come from numpy's generator, so neither torch's global seed nor its version decides the fit.
    weights = [torch.tensor(initial[name], dtype=torch.float32, requires_grad=True) for name in _COUPLING_ARRAYS[1:]]
    kept_axes = dimension // 2

    def loss(rows: Any) -> Any:
        log_determinant = 0.0
        for order, *coupling in zip(orders, *weights, strict=True):
            rows = rows[:, order]
            log_scale, shift = _conditioner(rows[:, :kept_axes], *coupling)
            rows = torch.cat([rows[:, :kept_axes], rows[:, kept_axes:] * log_scale.exp() + shift], dim=1)
            log_determinant = log_determinant + log_scale.sum(1)
        return (0.5 * rows.square().sum(1) - log_determinant).mean()

    held = torch.as_tensor(u[: len(u) // 10], dtype=torch.float32)
    rows = torch.as_tensor(u[len(u) // 10 :], dtype=torch.float32)
    optimizer = torch.optim.AdamW(weights, lr=3e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, epochs))
    best, best_loss, waited = [weight.detach().clone() for weight in weights], np.inf, 0
    for _ in range(epochs):
        for batch in torch.as_tensor(rng.permutation(len(rows))).split(_FLOW_BATCH):
            optimizer.zero_grad()
            loss(rows[batch]).backward()
            optimizer.step()
        schedule.step()
        with torch.no_grad():
            held_loss = float(loss(held))
        waited += 1
        if held_loss < best_loss:
            best, best_loss, waited = [weight.detach().clone() for weight in weights], held_loss, 0
        if waited == _FLOW_PATIENCE:
            break
    trained = {name: weight.double().numpy() for name, weight in zip(_COUPLING_ARRAYS[1:], best, strict=True)}
    return {"order": initial["order"], **trained}


def _initial_couplings(dimension: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    kept, moved, hidden = dimension // 2, dimension - dimension // 2, _FLOW_HIDDEN
    orders = []
    for coupling in range(_FLOW_COUPLINGS):
        # Every second coupling swaps the roles, so that each axis is moved whatever the shuffles are.
        orders.append(np.roll(np.arange(dimension), kept) if coupling % 2 else rng.permutation(dimension))
    shape = (_FLOW_COUPLINGS,)
    return {
        "order": np.array(orders),
        "weight_in": rng.normal(0, kept**-0.5, (*shape, kept, hidden)),
        "bias_in": rng.normal(0, 0.5, (*shape, hidden)),
        "weight_hidden": rng.normal(0, hidden**-0.5, (*shape, hidden, hidden)),
        "bias_hidden": np.zeros((*shape, hidden)),
        # The last layer starts at zero: the untrained flow is the Gaussian of the first rung.
        "weight_out": np.zeros((*shape, hidden, 2 * moved)),
        "bias_out": np.zeros((*shape, 2 * moved)),
    }


def _outermost_crossing(
    surprise: Callable[[np.ndarray], np.ndarray], directions: np.ndarray, levels: np.ndarray, steps: int = 48
) -> np.ndarray:
    """Largest r with surprise(r v) = level, by a scan from outside and bisection; 0 if even r = 0 lies above it."""

    def along(radii: np.ndarray) -> np.ndarray:
        return surprise(radii[:, None] * directions)

    outer = np.full(len(directions), 2.0 + np.sqrt(directions.shape[1]))
    while (short := along(outer) <= levels).any():
        outer = np.where(short, 1.5 * outer, outer)
    inner = np.zeros(len(directions))
    crossed = along(inner) <= levels
    for share in np.arange(1, steps) / steps:
        below = along(share * outer) <= levels
        inner = np.where(below, share * outer, inner)
        crossed |= below
    above = np.minimum(inner + outer / steps, outer)
    for _ in range(60):
        middle = 0.5 * (inner + above)
        below = along(middle) <= levels
        inner, above = np.where(below, middle, inner), np.where(below, above, middle)
        if (above - inner).max(initial=0.0) < 1e-10:
            break
    return np.where(crossed, 0.5 * (inner + above), 0.0)


def _normal_log_density(u: np.ndarray) -> np.ndarray:
    return -0.5 * (np.square(u).sum(1) + u.shape[1] * np.log(2 * np.pi))


def _chi_square_surprise(squared_radius: np.ndarray, dimension: int) -> np.ndarray:
    """-log P(chi2_d >= r^2), also where that probability is far too small for a float.

    Legendre's continued fraction of the incomplete gamma function (Abramowitz & Stegun 6.5.31) takes over beyond
    1e-250, where scipy's logsf is about to return infinity.
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


def _chi_square_at_surprise(levels: np.ndarray, dimension: int) -> np.ndarray:
    """The r^2 whose surprise is the level: the inverse of `_chi_square_surprise`."""
    distinct, where = np.unique(levels, return_inverse=True)
    values = 2 * special.gammainccinv(0.5 * dimension, np.exp(-np.minimum(distinct, 500.0)))
    for index in np.flatnonzero(distinct > 500.0):
        low, high = values[index], values[index] + 2.0 * distinct[index]
        for _ in range(200):
            middle = 0.5 * (low + high)
            below = _chi_square_surprise(np.array([middle]), dimension)[0] < distinct[index]
            low, high = (middle, high) if below else (low, middle)
        values[index] = 0.5 * (low + high)
    return values[where]


def _as_codes(codes: np.ndarray, dimension: int | None = None) -> np.ndarray:
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
