"""Surrogate: a linear statement about y in a small patch, fitted on one half of the probes and judged on the other.

Probes come in antithetic pairs u0 + e, u0 - e. Half the difference of a pair holds the odd part of y alone, so that a
bend in y cannot leak into its slope; half the sum holds the even part, the curvature.
"""

__all__ = ["Estimate", "Surrogate", "fit_surrogate", "robust_regression"]

from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.9
LINEAR = 0.5
PENALTY = 1e-6
HELPS = 0.02
CERTAIN = 1.645


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty.

    Args:
        value: The estimate.
        error: Its standard error.
        low, high: 90% interval (Student's t).
        p_value: Two-sided, of "the truth is 0"; 1 if value and error are both 0.

    Example:
        >>> Estimate.of(2.0, 1.0, freedom=1e9)
        2 (0.355 to 3.64)
    """

    value: float
    error: float
    low: float
    high: float
    p_value: float

    @classmethod
    def of(cls, value: float, error: float, *, freedom: float) -> "Estimate":
        """From a value, its standard error and the degrees of freedom of that."""
        value, error = float(value), float(error)
        if error <= 0:
            return cls(value, 0.0, value, value, 0.0 if value else 1.0)
        margin = error * float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom))
        return cls(value, error, value - margin, value + margin, float(2 * stats.t.sf(abs(value) / error, freedom)))

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    def __repr__(self) -> str:
        return f"{self.value:.3g} ({self.low:.3g} to {self.high:.3g})"

    def document(self) -> dict[str, float]:
        """JSON-able."""
        return {"value": self.value, "error": self.error, "low": self.low, "high": self.high, "p_value": self.p_value}


@dataclass(frozen=True)
class Surrogate:
    """y(u) ~ level + gradient'(u - u0) + 1/2 curvature'(u - u0)^2.

    Args:
        level: y at the centre, as the fit has it.
        gradient: Change of y for one standard deviation of real change along each whitened axis, (live,).
        covariance: Of the gradient, (live, live), robust to unequal variances (HC3).
        freedom: Degrees of freedom: pairs less axes.
        halves: Gradients of half A and half B of the pairs, (2, live).
        half_covariances: Theirs, (2, live, live).
        r_squared: Share of the variance of y in the other half that the fit of each half explains, (2,); of the
            explainable variance where objects are drawn.
        curvature: Second derivative along each axis, (live,), or None if it does not help on the other half.
        explainable: Share of the variance of y's differences that is not noise of the draws; 1 where nothing is drawn.
        explainable_error: Its standard error.
    """

    level: float
    gradient: np.ndarray
    covariance: np.ndarray
    freedom: int
    halves: np.ndarray
    half_covariances: np.ndarray
    r_squared: tuple[float, float]
    curvature: np.ndarray | None
    explainable: float = 1.0
    explainable_error: float = 0.0

    @property
    def fit(self) -> float:
        """Mean of the two `r_squared`."""
        return float(np.mean(self.r_squared))

    @property
    def is_linear(self) -> bool:
        """Whether the statement stands: it explains half of what can be explained, and there is something to explain."""
        return self.fit >= LINEAR and self.has_signal

    @property
    def has_signal(self) -> bool:
        """Whether y moves with the code by more than the noise of the draws (one-sided at 5%)."""
        return self.explainable > CERTAIN * self.explainable_error

    @property
    def half_freedom(self) -> int:
        """Degrees of freedom of either half."""
        return max(1, (self.freedom - len(self.gradient)) // 2)

    def along(self, direction: np.ndarray) -> Estimate:
        """Change of y along a direction in u, (live,), to first order."""
        return Estimate.of(float(direction @ self.gradient), _error(direction, self.covariance), freedom=self.freedom)

    def along_in_half(self, half: int, direction: np.ndarray) -> Estimate:
        """The same from half A (0) or half B (1) alone."""
        error = _error(direction, self.half_covariances[half])
        return Estimate.of(float(direction @ self.halves[half]), error, freedom=self.half_freedom)

    @property
    def steepness(self) -> Estimate:
        """Length of the gradient, freed of the length that noise alone gives; 90% interval.

        E |b|^2 is |truth|^2 + tr C, with variance 4 b'Cb + 2 tr C^2.
        """
        noise = float(np.trace(self.covariance))
        along = max(float(self.gradient @ self.covariance @ self.gradient) - float((self.covariance**2).sum()), 0.0)
        squared = float(self.gradient @ self.gradient) - noise
        error = np.sqrt(4 * along + 2 * float((self.covariance**2).sum()))
        margin = error * stats.norm.ppf(0.5 + CONFIDENCE / 2)
        low, value, high = (float(np.sqrt(max(each, 0.0))) for each in (squared - margin, squared, squared + margin))
        p_value = float(2 * stats.norm.sf(max(squared, 0.0) / error)) if error > 0 else float(squared <= 0)
        return Estimate(value, error / (2 * value) if value > 0 else float(np.sqrt(error)), low, high, p_value)


def robust_regression(steps: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares through the origin with standard errors that need no equal variances (HC3).

    Args:
        steps: Regressors, (n, d), n > d.
        answers: (n,).

    Returns:
        (coefficients (d,), their covariance (d, d)).

    References:
        MacKinnon & White 1985, Some heteroskedasticity-consistent covariance matrix estimators, section 2.

    Example:
        >>> steps = np.random.default_rng(0).normal(size=(50, 2))
        >>> robust_regression(steps, steps @ [1.0, -2.0])[0].round(3)
        array([ 1., -2.])
    """
    gram = steps.T @ steps
    # The penalty is a millionth of the mean variance: it changes nothing that is told, and keeps the inverse finite.
    inverse = np.linalg.inv(gram + PENALTY * max(np.trace(gram) / len(gram), 1e-300) * np.eye(len(gram)))
    coefficients = inverse @ (steps.T @ answers)
    leverage = np.einsum("ij,jk,ik->i", steps, inverse, steps)
    left = (answers - steps @ coefficients) / (1 - leverage).clip(1e-3)
    weighted = steps * left[:, None]
    return coefficients, inverse @ (weighted.T @ weighted) @ inverse


def fit_surrogate(
    steps: np.ndarray, plus: np.ndarray, minus: np.ndarray, *, again: tuple[np.ndarray, np.ndarray] | None = None
) -> Surrogate:
    """Fit on the answers at u0 + step and u0 - step.

    Where objects are drawn, both ends of a pair share the noise of the draw, so that half their difference holds little
    of it; but some it holds, and an honest fit cannot explain that. Two draws at the same pair have in common only what
    the code decides, so their covariance is the explainable variance of the differences; the fits of two disjoint
    halves have in common only what is linear, so b_A' S b_B (S the covariance of the steps) is the linear part of it.
    Their ratio takes the place of R^2. It says that the slope is the same throughout the patch; a curvature that is the
    same on both sides of the centre drowns in the noise and is not judged.

    Args:
        steps: Whitened steps from the centre, (pairs, live).
        plus, minus: y at both ends, (pairs,).
        again: Half the difference of the same pairs at a first and at a second draw, each (m,), where objects are drawn.

    Example:
        >>> steps = np.random.default_rng(0).normal(size=(40, 2))
        >>> surrogate = fit_surrogate(steps, 1 + steps @ [2.0, 0.0], 1 - steps @ [2.0, 0.0])
        >>> surrogate.gradient.round(3), surrogate.is_linear, surrogate.curvature
        (array([2., 0.]), True, None)
    """
    odd, even = (plus - minus) / 2, (plus + minus) / 2
    gradient, covariance = robust_regression(steps, odd)
    parts = (slice(0, None, 2), slice(1, None, 2))
    halves = [robust_regression(steps[part], odd[part]) for part in parts]
    bends = [_bend(steps[part], even[part]) for part in parts]
    others = (parts[1], parts[0])
    straight, bent = [], []
    for (slope, _), (level, curvature), own, other in zip(halves, bends, parts, others, strict=True):
        left = odd[other] - steps[other] @ slope
        straight.append(_explained(left, even[other] - even[own].mean(), plus[other], minus[other]))
        bent.append(
            _explained(left, even[other] - level - steps[other] ** 2 @ curvature / 2, plus[other], minus[other])
        )
    helps = again is None and np.mean(bent) > np.mean(straight) + HELPS
    level, curvature = _bend(steps, even) if helps else (float(even.mean()), None)
    fit, share, error = tuple(bent if helps else straight), 1.0, 0.0
    if again is not None:
        variance = float((odd**2).mean())
        share, error = _shared_variance(*again, variance=variance)
        linear = float(halves[0][0] @ (steps.T @ steps / len(steps)) @ halves[1][0])
        ratio = float(np.clip(linear / (share * variance), 0, 1)) if share > CERTAIN * error else 0.0
        fit = (ratio, ratio)
    return Surrogate(
        float(level),
        gradient,
        covariance,
        max(1, len(steps) - steps.shape[1]),
        np.stack([slope for slope, _ in halves]),
        np.stack([own for _, own in halves]),
        (float(fit[0]), float(fit[1])),
        curvature,
        share,
        error,
    )


def _bend(steps: np.ndarray, even: np.ndarray) -> tuple[float, np.ndarray]:
    """(level, curvature along each axis) of the even part; the penalty keeps few pairs from bending wildly."""
    squares = steps**2 / 2
    centre, mean = squares.mean(0), float(even.mean())
    gram = (squares - centre).T @ (squares - centre)
    penalty = 1e-3 * max(np.trace(gram) / len(gram), 1e-300)
    curvature = np.linalg.solve(gram + penalty * np.eye(len(gram)), (squares - centre).T @ (even - mean))
    return mean - float(centre @ curvature), curvature


def _explained(odd_left: np.ndarray, even_left: np.ndarray, plus: np.ndarray, minus: np.ndarray) -> float:
    """1 - what is left / variance of y over both ends."""
    total = float(np.concatenate([plus, minus]).var())
    # (even + odd)^2 + (even - odd)^2 = 2 (even^2 + odd^2): the mean over both ends.
    left = float((odd_left**2).mean() + (even_left**2).mean())
    return 1 - left / total if total > 0 else 0.0


def _shared_variance(first: np.ndarray, second: np.ndarray, *, variance: float) -> tuple[float, float]:
    """(share of the variance of y's differences that two draws at one pair have in common, its standard error)."""
    if len(first) < 3 or variance <= 0:
        return 0.0, 0.0
    products = first * second  # the mean of an antithetic difference over the patch is 0
    return float(products.mean() / variance), float(products.std(ddof=1) / np.sqrt(len(first)) / variance)


def _error(direction: np.ndarray, covariance: np.ndarray) -> float:
    return float(np.sqrt(max(direction @ covariance @ direction, 0.0)))
