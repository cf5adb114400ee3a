"""How precisely does a code come back when its object is measured anew? Errors of codes, and the units that follow from them.

An encoder states a posterior, and states it too narrow: its 90% regions hold far fewer than 90% of the codes that objects
were decoded from. So errors are measured. A calibration object's code z is decoded, observed with the noise of another
object, made a legal object (rounded, in range) and encoded anew; the error is e = m(x') - z, with the posterior mean m.

The noise is real: what another object's own code leaves out of it. That object is one of the nearest in the latent
space. Noise of any other would be that of another kind of object: a 0 with what is peculiar to a 1 is no observation of a
0. It is not the object itself either: its own noise brings it back as it was, and would find every posterior right.
"""

__all__ = ["RoundTrip", "measure_round_trip"]

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from gausscape.errors import CalibrationError, ConfigurationError, ShapeError
from gausscape.modality import Tensors
from gausscape.space.codec import Codec
from gausscape.space.law import Law
from gausscape.space.nearest import Nearest

MOST = 2_000
NEAREST = 10
ONE_SIGMA = 0.6827
"""Share of a normal law within one standard deviation."""


@final
@dataclass(frozen=True, eq=False)
class RoundTrip:
    """Errors of codes on the live axes, each object measured twice.

    Args:
        errors: Mean of the posterior of the object measured anew, less the code it was decoded from, (m, live).
        repeats: The same for a second measurement with other noise, (m, live).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> trips = RoundTrip(rng.normal(size=(2000, 3)), rng.normal(size=(2000, 3)))
        >>> bool(np.allclose(trips.covariance, np.eye(3), atol=0.15))
        True
        >>> np.round(trips.accuracy([0.0, 1.0, 2.0]), 2)
        array([0.5 , 0.76, 0.92])

    References:
        Green & Swets 1966, Signal detection theory and psychophysics, section 3.2 (d' and two-alternative accuracy).
        Lei et al. 2018, Distribution-free predictive inference for regression, section 2 (regions by ranks).
    """

    errors: np.ndarray
    repeats: np.ndarray

    def __post_init__(self):
        if self.errors.ndim != 2 or self.errors.shape != self.repeats.shape or not len(self.errors):
            raise ShapeError(
                f"Round trips need errors and repeats of one shape (m, live), but got {self.errors.shape} and "
                f"{self.repeats.shape}. Pass two measurements of each object."
            )
        if not (np.isfinite(self.errors).all() and np.isfinite(self.repeats).all()):
            raise CalibrationError(
                "Round trips need finite errors, but some are not. The networks give no usable output here: "
                "fit again with a smaller learning rate."
            )

    def __repr__(self) -> str:
        return f"RoundTrip({len(self.errors):,} objects measured twice, {self.errors.shape[1]} live axes)"

    @property
    def shifts(self) -> np.ndarray:
        """Differences of two measurements of one object, in latent units, (m, live)."""
        return self.errors - self.repeats

    @cached_property
    def covariance(self) -> np.ndarray:
        """E, the mean of e e', (live, live): where the code lies, given the measurement."""
        return _scatter(self.errors) / (len(self.errors) + _weight(self.errors))

    @cached_property
    def noise(self) -> np.ndarray:
        """N, the covariance of a measurement about its own mean, (live, live): what two measurements do not share.

        N has the shape of the mean of s s' / 2 over the shifts s, and such a size that 68% of them lie where 68% of normal
        ones would. Errors have heavy tails, and as the plain mean a few lost objects would make all others look alike.
        """
        halves = self.shifts / np.sqrt(2)
        shape = _scatter(halves) / (len(halves) + _weight(halves))
        squared = _squares(halves, shape)
        size = np.quantile(squared, ONE_SIGMA) / stats.chi2.ppf(ONE_SIGMA, halves.shape[1])
        # Rounded tables may come back exactly: then the few that do not are all there is.
        return shape * size if size > 1e-3 else shape

    def detectability(self, difference: np.ndarray) -> np.ndarray:
        """d' = (D' N^-1 D)^(1/2) of differences D between the codes of two objects; N is `noise`.

        Args:
            difference: On the live axes, in latent units, (n, live).

        Returns:
            Shape (n,): 1 is a just noticeable difference, 76% right answers.
        """
        return np.sqrt(_squares(self._checked(difference), self.noise))

    def accuracy(self, detectability: ArrayLike) -> np.ndarray:
        """Share of right answers to "which of these two measurements is of a, which of b?": Phi(d' / sqrt 2)."""
        return stats.norm.cdf(np.asarray(detectability, dtype=np.float64) / np.sqrt(2))

    def probability(self, difference: np.ndarray) -> np.ndarray:
        """Share of two measurements of one object with a d' at least as large, in (0, 1], (n,)."""
        known = np.sort(self.detectability(self.shifts))
        beyond = len(known) - np.searchsorted(known, self.detectability(difference), side="left")
        return (1 + beyond) / (1 + len(known))

    def radius(self, level: float) -> float:
        """Largest d' E^-1 d of the differences d in the region of this level: d = m(x) - z lies in it with that probability.

        The (m + 1)-corrected quantile of e' E^-1 e, each e against the E of all others; infinite if m is too small for it.

        Args:
            level: In (0, 1).

        Raises:
            ConfigurationError: If the level is not in (0, 1).
        """
        if not 0 < level < 1:
            raise ConfigurationError(f"A region needs a level in (0, 1), but got {level!r}. Pass 0.9 for 90%.")
        m, weight = len(self.errors), _weight(self.errors)
        # Leave-one-out without m inverses (Sherman & Morrison 1950): a new error has had no part in E.
        own = _squares(self.errors, _scatter(self.errors))
        left_out = np.sort((m + weight - 1) * own / (1 - own))
        rank = int(np.ceil((m + 1) * level - 1e-9))
        return float(left_out[rank - 1]) if rank <= m else float("inf")

    def contains(self, difference: np.ndarray, level: float = 0.9) -> np.ndarray:
        """Whether codes that differ from the measured one by this much (n, live) lie in its region, bool, (n,)."""
        return _squares(self._checked(difference), self.covariance) <= self.radius(level)

    def again(self, law: Law, share: float = 0.95) -> float:
        """Distance, in standard deviations of the law, below which this share of two measurements of one object lie.

        Args:
            law: The aggregate law on the live axes.
            share: In (0, 1).

        Raises:
            ConfigurationError: If the share is not in (0, 1).
        """
        if not 0 < share < 1:
            raise ConfigurationError(f"A landmark needs a share in (0, 1), but got {share!r}. Pass 0.95 for 95%.")
        shifts = law.whiten(self.shifts) - law.whiten(np.zeros((1, self.shifts.shape[1])))
        rank = int(np.ceil((len(shifts) + 1) * share - 1e-9))
        return float(np.sort(np.linalg.norm(shifts, axis=1))[min(rank, len(shifts)) - 1])

    def _checked(self, difference: np.ndarray) -> np.ndarray:
        difference = np.asarray(difference, dtype=np.float64)
        live = self.errors.shape[1]
        if difference.ndim != 2 or difference.shape[1] != live:
            raise ShapeError(
                f"Round trips need differences of shape (n, {live}), one column a live axis, but got {difference.shape}. "
                "Pass (b.mean - a.mean)[:, space.live_axes]."
            )
        return difference


def measure_round_trip(codec: Codec, tensors: Tensors, z: np.ndarray, *, law: Law, live: np.ndarray, seed: int) -> RoundTrip:
    """Measure calibration objects anew, twice each, at most 2,000 of them.

    Args:
        codec: Encoder and decoder.
        tensors: Calibration objects, at least 2.
        z: A draw from the posterior of each, (n, latent). A draw and not the mean: at the mean the code has taken up the
            part of the noise that it could, and what is left would move no code (of a linear space, next to nothing).
        law: Whose whitened coordinates say who is near.
        live: Positions of the live axes.
        seed: Of the choice of objects and noise.
    """
    rng = np.random.default_rng([seed, 31])
    kept = np.sort(rng.permutation(len(z))[:MOST])
    z = z[kept]
    tensors = {name: values[kept] for name, values in tensors.items()}
    residual = codec.residual_cells(tensors, z)
    errors = []
    for number, lenders in enumerate(_lenders(law.whiten(z[:, live]), rng)):
        items = codec.observed_again(z, residual[lenders], seed=2 * seed + number)
        errors.append((codec.embed(codec.tensors(items)).mean - z)[:, live])
    return RoundTrip(*errors)


def _lenders(u: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """For each row two different ones of its 10 nearest other rows; of only two rows one lends to itself, each (n,)."""
    n = len(u)
    k = min(NEAREST, n - 1)
    near = Nearest(u).query(u, k + 1)[1]
    # Copies stand at distance 0 in any order: push the row itself to the end.
    near = np.take_along_axis(near, np.argsort(near == np.arange(n)[:, None], axis=1, kind="stable"), 1)
    choice = np.argsort(rng.random((n, max(k, min(2, n)))), axis=1)
    return near[np.arange(n), choice[:, 0]], near[np.arange(n), choice[:, -1]]


def _weight(errors: np.ndarray) -> float:
    """How many errors the axes alone, without correlations, count for: what keeps E regular when errors are few."""
    return errors.shape[1] + 1.0


def _scatter(errors: np.ndarray) -> np.ndarray:
    """Sum of e e', and the weight times its diagonal mean, (live, live)."""
    # The floor is far below any code's precision in float32; it serves an axis on which every error is 0.
    diagonal = np.maximum((errors**2).mean(0), 1e-12)
    return errors.T @ errors + _weight(errors) * np.diag(diagonal)


def _squares(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """x' M^-1 x of each row, (n,)."""
    return (np.linalg.solve(np.linalg.cholesky(matrix), rows.T) ** 2).sum(0)
