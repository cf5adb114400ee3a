"""Has something been going on for a while? A cumulative sum of p-values whose false alarms come at a stated rate."""

__all__ = ["Memory", "normal_score", "threshold_for"]

import functools

import numpy as np
from scipy import special, stats

SHIFT = 0.5
STATES = 240
LARGEST_SCORE = 5.0


def normal_score(p: float) -> float:
    """The standard normal score of a p-value, large where p is small; kept within +-5.

    Example:
        >>> normal_score(0.5), round(normal_score(0.001), 2)
        (0.0, 3.09)
    """
    return float(np.clip(-special.ndtri(p), -LARGEST_SCORE, LARGEST_SCORE)) + 0.0


class Memory:
    """Page's cumulative sum of the normal scores z of p-values, W <- max(0, W + d z - d^2 / 2) with d = 0.5.

    exp(d z - d^2 / 2) is a fair bet if p is uniform, so W is the logarithm of the best of the bets that were begun at any
    past window, and e^h bounds the mean number of windows to a false alarm from below (Shin, Ramdas & Rinaldo 2022). The
    threshold h itself is set so that the mean is exact (see `threshold_for`). After an alarm W begins at 0 again.

    Args:
        threshold: h, in nats.
        level: W, in nats.

    Example:
        >>> memory = Memory(threshold_for(0.005))
        >>> alarms = [memory.update(0.1) for _ in range(60)]
        >>> alarms.index(True) < 20
        True

    References:
        Page 1954, Continuous inspection schemes.
        Volkhonskiy et al. 2017, Inductive conformal martingales for change-point detection (1706.03415).
        Shin, Ramdas & Rinaldo 2022, E-detectors (2203.03532), section 2.
    """

    def __init__(self, threshold: float, *, level: float = 0.0):
        self.threshold = threshold
        self.level = level

    def update(self, p: float) -> bool:
        """Take in the p-value of one more window; True if that is an alarm."""
        self.level = max(0.0, self.level + SHIFT * normal_score(p) - SHIFT**2 / 2)
        if self.level < self.threshold:
            return False
        self.level = 0.0
        return True


@functools.lru_cache(maxsize=64)
def threshold_for(rate: float) -> float:
    """The threshold at which uniform p-values give `rate` alarms per window in the long run, in nats.

    The sum is a Markov chain that begins anew after every alarm, so that the long-run rate is 1 / (mean number of windows to
    the first alarm); that mean is solved for on 240 states (Brook & Evans 1972, section 2), no simulation is needed.

    Example:
        >>> bool(threshold_for(0.01) < threshold_for(0.001) < np.log(1000))
        True

    References:
        Brook & Evans 1972, An approach to the probability distribution of cusum run length.
    """
    low, high = 1e-3, -np.log(rate) + 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if mean_run(middle) < 1 / rate else (low, middle)
    return float((low + high) / 2)


def mean_run(threshold: float) -> float:
    """Mean number of windows from 0 to the first alarm, with uniform p-values.

    Example:
        >>> bool(1 < mean_run(0.5) < mean_run(1.0))
        True
    """
    # State 0 is the sum at 0 itself, with half a cell; the others are the middles of cells of this width.
    width = threshold / (STATES - 0.5)
    middles = width * np.arange(STATES)
    edges = np.append(-np.inf, middles + width / 2)
    reached = stats.norm.cdf((edges[None] - middles[:, None] + SHIFT**2 / 2) / SHIFT)
    return float(np.linalg.solve(np.eye(STATES) - np.diff(reached, axis=1), np.ones(STATES))[0])
