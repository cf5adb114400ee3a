"""Proposals: from which laws may one draw so that failure is common?

Each law is told by its density over the standard normal one, so that a weight never needs either alone.

References:
    Harbitz 1986, An efficient sampling method for probability of failure calculation (beyond a radius).
"""

__all__ = ["Band", "Bell", "HalfSpace", "Inflated", "Proposal", "Shifted"]

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

LARGEST_LOG = 600.0


class Proposal(ABC):
    """A law over u (D,) that can be drawn from and compared with N(0, I)."""

    @abstractmethod
    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n draws, (n, D)."""

    @abstractmethod
    def log_ratio(self, u: np.ndarray) -> np.ndarray:
        """Log of its density over that of N(0, I) at u (n, D), (n,)."""

    def ratio(self, u: np.ndarray) -> np.ndarray:
        """Its density over that of N(0, I), (n,); capped at 1e260, where the plain law has nothing left to weigh."""
        return np.exp(np.minimum(self.log_ratio(u), LARGEST_LOG))


@dataclass(frozen=True, eq=False)
class Shifted(Proposal):
    """N(centre, I).

    Example:
        >>> float(Shifted(np.array([2.0])).log_ratio(np.array([[2.0]]))[0])
        2.0
    """

    centre: np.ndarray

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.centre + rng.standard_normal((n, len(self.centre)))

    def log_ratio(self, u: np.ndarray) -> np.ndarray:
        return u @ self.centre - self.centre @ self.centre / 2


@dataclass(frozen=True)
class Inflated(Proposal):
    """N(0, spread^2 I): farther out in every direction; spread 1 is the plain law.

    Example:
        >>> float(Inflated(3, 1.0).log_ratio(np.ones((1, 3)))[0])
        0.0
    """

    dimension: int
    spread: float

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.spread * rng.standard_normal((n, self.dimension))

    def log_ratio(self, u: np.ndarray) -> np.ndarray:
        return np.square(u).sum(1) * (1 - self.spread**-2) / 2 - self.dimension * np.log(self.spread)


@dataclass(frozen=True, eq=False)
class HalfSpace(Proposal):
    """N(0, I) given that u lies at least so far along a unit vector.

    Example:
        >>> beyond = HalfSpace(np.array([0.0, 1.0]), 3.0)
        >>> bool((beyond.draw(5, np.random.default_rng(0))[:, 1] >= 3).all())
        True
    """

    direction: np.ndarray
    least: float

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        u = rng.standard_normal((n, len(self.direction)))
        along = stats.norm.isf(rng.random(n) * stats.norm.sf(self.least))
        return u + (along - u @ self.direction)[:, None] * self.direction

    def log_ratio(self, u: np.ndarray) -> np.ndarray:
        return np.where(u @ self.direction >= self.least, -stats.norm.logsf(self.least), -np.inf)


@dataclass(frozen=True)
class Band(Proposal):
    """N(0, I) given that the norm lies between two radii: a shell, or all within, or all beyond.

    Example:
        >>> radii = np.linalg.norm(Band(10, 5.0, np.inf).draw(5, np.random.default_rng(0)), axis=1)
        >>> bool((radii >= 5).all())
        True
    """

    dimension: int
    low: float
    high: float

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        u = rng.standard_normal((n, self.dimension))
        below, beyond = stats.chi.sf(self.high, self.dimension), stats.chi.sf(self.low, self.dimension)
        radius = stats.chi.isf(below + rng.random(n) * (beyond - below), self.dimension)
        return u / np.linalg.norm(u, axis=1, keepdims=True) * radius[:, None]

    def log_ratio(self, u: np.ndarray) -> np.ndarray:
        radius = np.linalg.norm(u, axis=1)
        mass = stats.chi.sf(self.low, self.dimension) - stats.chi.sf(self.high, self.dimension)
        return np.where((radius >= self.low) & (radius <= self.high), -np.log(mass), -np.inf)


@dataclass(frozen=True, eq=False)
class Bell(Proposal):
    """N(centre, covariance): fitted to a cloud of failures.

    Example:
        >>> u = np.array([[1.0, 0.0]])
        >>> bool(np.isclose(Bell(u[0], np.eye(2)).log_ratio(u), Shifted(u[0]).log_ratio(u))[0])
        True
    """

    centre: np.ndarray
    covariance: np.ndarray

    @cached_property
    def _root(self) -> np.ndarray:
        return np.linalg.cholesky(self.covariance)

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.centre + rng.standard_normal((n, len(self.centre))) @ self._root.T

    def log_ratio(self, u: np.ndarray) -> np.ndarray:
        standard = np.linalg.solve(self._root, (u - self.centre).T)
        return (np.square(u).sum(1) - np.square(standard).sum(0)) / 2 - np.log(np.diag(self._root)).sum()
