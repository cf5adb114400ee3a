"""Known failures: points that fail and stand, with weights, for the law given failure."""

__all__ = ["KnownFailures"]

from dataclasses import dataclass

import numpy as np

LEAST_EFFECTIVE = 10
SOFTER = 0.7
CHAINED = 5


@dataclass(frozen=True, eq=False)
class KnownFailures:
    """Failure points that stand for the law given failure.

    Args:
        u: (m, D).
        importance: What each stands for, summing to 1, (m,).
        probability: Estimate of the failure probability that they come from.
    """

    u: np.ndarray
    importance: np.ndarray
    probability: float

    @classmethod
    def weighted(cls, u: np.ndarray, weights: np.ndarray) -> "KnownFailures":
        """From points and the probability that each stands for; not all of them 0."""
        return cls(u, weights / weights.sum(), float(weights.sum()))

    @property
    def effective(self) -> float:
        """Number of equally important points that would be worth as much."""
        return float(1 / np.square(self.importance).sum())

    def softened(self) -> "KnownFailures":
        """The same with importance less unequal, where few points carry nearly all: they would hide where the others lie.

        Example:
            >>> few = KnownFailures(np.zeros((3, 1)), np.array([0.98, 0.01, 0.01]), 0.1)
            >>> bool(few.softened().effective > few.effective)
            True
        """
        importance = self.importance
        while len(importance) > 1 and 1 / np.square(importance).sum() < min(LEAST_EFFECTIVE, len(importance) / 2):
            importance = importance**SOFTER / (importance**SOFTER).sum()
        return KnownFailures(self.u, importance, self.probability)

    def with_chained(self, before: "KnownFailures") -> "KnownFailures":
        """These and states of chains, each part trusted as far as it is worth; of correlated states five are taken for one."""
        trust = self.effective / (self.effective + len(before.u) / CHAINED)
        return KnownFailures(
            np.concatenate([self.u, before.u]),
            np.concatenate([trust * self.importance, (1 - trust) * before.importance]),
            before.probability,
        )
