"""Mixture: how many draws come from which proposal, and how dense do all of them together lie?

The shares are those that make the second moment of the importance weights smallest over a sample of failures, which is
convex in them.

References:
    Veach & Guibas 1995, Optimally combining sampling techniques, section 3.3 (the balance heuristic).
    Owen & Zhou 2000, Safe and effective importance sampling (mixtures with a defensive part).
    He & Owen 2014, Optimal mixture weights in multiple importance sampling.
"""

__all__ = ["Mixture", "choose_shares"]

from dataclasses import dataclass

import numpy as np

from gausscape.stress_testing.probability.proposals import Inflated, Proposal


@dataclass(frozen=True, eq=False)
class Mixture:
    """So many draws from each of several laws.

    Args:
        laws: The laws.
        counts: Draws from each.
    """

    laws: tuple[Proposal, ...]
    counts: tuple[int, ...]

    @classmethod
    def plain(cls, dimension: int, n: int) -> "Mixture":
        """n draws from N(0, I)."""
        return cls((Inflated(dimension, 1.0),), (n,))

    @property
    def n(self) -> int:
        """Draws in all."""
        return sum(self.counts)

    def times(self, factor: int) -> "Mixture":
        """So many times as many draws."""
        return Mixture(self.laws, tuple(factor * count for count in self.counts))

    def joined(self, other: "Mixture") -> "Mixture":
        """Both together."""
        return Mixture(self.laws + other.laws, self.counts + other.counts)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """The draws, (n, D), law by law."""
        return np.concatenate([law.draw(count, rng) for law, count in zip(self.laws, self.counts, strict=True)])

    def density(self, u: np.ndarray) -> np.ndarray:
        """Draws per unit of standard normal mass at u, (n,): its inverse is what a draw there stands for.

        Example:
            >>> Mixture.plain(2, 100).density(np.zeros((1, 2))).tolist()
            [100.0]
        """
        return sum((count * law.ratio(u) for law, count in zip(self.laws, self.counts, strict=True)), np.zeros(len(u)))


def choose_shares(
    ratios: np.ndarray, importance: np.ndarray, *, fixed: np.ndarray, free: float, turns: int = 300
) -> np.ndarray:
    """Shares (k,) of the proposals that make sum importance / (fixed + free * ratios @ shares) smallest.

    Multiplicative steps, which keep the shares on the simplex and never raise the sum.

    Args:
        ratios: Density of each proposal over N(0, I) at each failure, (n, k).
        importance: What each failure counts, (n,).
        fixed: Density that is there already, in draws, (n,).
        free: Draws to be shared out.

    Example:
        >>> choose_shares(np.array([[4.0, 0.0], [0.0, 4.0]]), np.array([1.0, 1.0]), fixed=np.ones(2), free=10).round(2)
        array([0.5, 0.5])
    """
    shares = np.full(ratios.shape[1], 1 / ratios.shape[1])
    # Far out, densities over the plain one are astronomic; only their proportions within a row matter.
    scale = np.maximum(fixed + free * ratios.max(1), 1e-300)
    ratios, fixed, importance = ratios / scale[:, None], fixed / scale, importance / scale
    for _ in range(turns):
        density = fixed + free * (ratios @ shares)
        gain = (importance / np.maximum(density, 1e-12) ** 2) @ ratios
        shares = shares * np.sqrt(np.maximum(gain, 0))
        total = shares.sum()
        if not total > 0:
            return np.full(ratios.shape[1], 1 / ratios.shape[1])
        shares /= total
    return shares
