"""How unusual are a window's features, the numbers people know, among those of windows before it?"""

__all__ = ["FeaturePool", "FeatureRank"]

from dataclasses import dataclass

import numpy as np

from gausscape.watching.conformal import FEWEST_IN_TAIL, TAIL, Pool

FEWEST = 40
MOST = 500
TINY = 1e-9


@dataclass(frozen=True)
class FeatureRank:
    """The rank of one window.

    Args:
        p: How often a usual window has a feature at least as unusual.
        feature: Position of its most unusual feature.
        usual: Median of that feature over usual windows.
        sign: 1.0 if the window's is larger, else -1.0.
    """

    p: float
    feature: int
    usual: float
    sign: float


class FeaturePool:
    """Feature means of windows that count as usual.

    A window is put among them, every one is given the largest of its features' deviations from their medians in units of the
    feature's own tail, and the rank of that number is the p-value. All windows are treated alike, the new one too, so that p
    is uniform, exactly, if they are exchangeable (full conformal prediction); features with heavy tails, or many of
    them, cost power, not false alarms. A code keeps what most objects differ in, a feature what people look at: a member
    who suddenly writes to everybody may hide from the one and not from the other.

    Args:
        table: Means over the windows' objects, (n, features); NaN where none has the feature.
        sizes: Numbers of objects of the windows, (n,).
        joined: How many have joined so far; at most 500 are kept, a uniform sample of them.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> pool = FeaturePool(rng.normal(size=(200, 3)), np.ones(200), joined=200)
        >>> rank = pool.rank(np.array([0.0, -9.0, 0.0]), 1, uniform=0.5)
        >>> rank.feature, rank.sign, bool(rank.p < 0.004)
        (1, -1.0, True)

    References:
        Vovk, Gammerman & Shafer 2005, Algorithmic learning in a random world, section 2.2.
    """

    def __init__(self, table: np.ndarray, sizes: np.ndarray, *, joined: int):
        self.table, self.sizes, self.joined = table, sizes, joined

    @classmethod
    def empty(cls, features: int) -> "FeaturePool":
        """None seen yet."""
        return cls(np.zeros((0, features)), np.zeros(0), joined=0)

    def rank(self, means: np.ndarray, m: float, *, uniform: float) -> FeatureRank | None:
        """Rank feature means (features,) of m objects among windows of about as many; None while those are fewer than 40."""
        alike = (2 * self.sizes > m) & (self.sizes < 2 * m)
        if int(alike.sum()) < FEWEST or not len(means):
            return None
        table = np.vstack([self.table[alike], means])
        usual = np.nanmedian(np.where(np.isfinite(table).any(0), table, 0.0), axis=0)
        away = (
            np.where(np.isfinite(table), np.abs(table - usual), 0.0) * np.sqrt(np.append(self.sizes[alike], m))[:, None]
        )
        many = max(FEWEST_IN_TAIL, int(TAIL * len(table)))
        largest = np.sort(np.partition(away, len(away) - many - 1, axis=0)[-many - 1 :], axis=0)
        start, tail = largest[0], (largest[1:] - largest[0]).mean(0)
        varies = tail > TINY * np.maximum(1.0, np.abs(usual))
        if not varies.any():
            return None
        unusual = np.where(varies, (away - start) / np.where(varies, tail, 1.0), -np.inf)
        # In nats: a tenth of windows lies beyond the start of the tail.
        scores = unusual.max(1) - np.log(TAIL)
        feature = int(unusual[-1].argmax())
        p = Pool(scores[:-1]).p_value(float(scores[-1]), uniform=uniform)
        return FeatureRank(p, feature, float(usual[feature]), 1.0 if means[feature] > usual[feature] else -1.0)

    def join(self, means: np.ndarray, m: float, *, uniform: float) -> None:
        """Let a window count from now on; the uniform number in [0, 1) decides which one leaves a full pool."""
        self.joined += 1
        if len(self.table) < MOST:
            self.table, self.sizes = np.vstack([self.table, means]), np.append(self.sizes, m)
            return
        place = int(uniform * self.joined)
        if place < MOST:
            self.table[place], self.sizes[place] = means, m
