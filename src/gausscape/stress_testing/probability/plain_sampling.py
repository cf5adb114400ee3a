"""Plain draws from the law: the reference estimate of a probability, and what may be said when nothing or everything fails."""

__all__ = ["Z90", "PlainSample", "draw_plain"]

from dataclasses import dataclass

import numpy as np

from gausscape.space.shares import share_interval
from gausscape.stress_testing.probability.limit_state import LimitState

Z90 = 1.6448536269514722
RULE_OF_THREE = 0.95


@dataclass(frozen=True, eq=False)
class PlainSample:
    """Standard normal draws, what the limit state answered, and their weights under the law.

    Args:
        u: Draws, (n, D).
        g: Limit state, (n,).
        weights: Density of the law over the standard normal one, scaled to mean 1, (n,).
    """

    u: np.ndarray
    g: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.g)

    @property
    def fails(self) -> np.ndarray:
        """Which draws fail, (n,)."""
        return self.g <= 0

    @property
    def effective(self) -> float:
        """Number of equally weighted draws that would be worth as much (Kish)."""
        return float(self.weights.sum() ** 2 / np.square(self.weights).sum())

    @property
    def estimate(self) -> float:
        """Weighted share of failures."""
        return float((self.weights * self.fails).sum() / self.weights.sum())

    @property
    def variation(self) -> float:
        """Coefficient of variation of the estimate; inf if nothing fails."""
        p = self.estimate
        if p <= 0:
            return float("inf")
        error = self.weights * (self.fails - p)
        return float(np.sqrt(np.square(error).sum()) / self.weights.sum() / p)

    @property
    def interval(self) -> tuple[float, float]:
        """90% Clopper-Pearson interval of the share, with the effective number of draws standing in for n."""
        n, hits = self.effective, self.effective * self.estimate
        return share_interval(hits, n)

    @property
    def least_excluded(self) -> float:
        """The probability that, were it the true one, would have hit at least once in 95 of 100 such samples: about 3 / n."""
        return float(1 - (1 - RULE_OF_THREE) ** (1 / max(self.effective, 1.0)))

    def joined(self, other: "PlainSample") -> "PlainSample":
        """Both samples as one."""
        return PlainSample(
            *(np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("u", "g", "weights"))
        )


def draw_plain(state: LimitState, n: int, rng: np.random.Generator) -> PlainSample:
    """Ask n standard normal draws.

    Example:
        >>> state = LimitState(lambda u: 1 - u[:, 0], 1, calls=1000)
        >>> sample = draw_plain(state, 1000, np.random.default_rng(0))
        >>> bool(sample.interval[0] < 0.159 < sample.interval[1])
        True
    """
    u = rng.standard_normal((n, state.dimension))
    return PlainSample(u, state.ask(u), np.exp(state.log_weight(u)))
