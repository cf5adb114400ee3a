"""Do the local effects add up one way, or cancel? The net change as a share of the gross change.

    N = sum of effects / sum of |effects|,  from -1 (all down) over 0 (they cancel) to 1 (all up).

Both sums use the same estimates. Errors of estimation make the gross larger, never smaller in expectation
(E|theta + e| >= |theta|), and leave the net alone, so that |N| is understated where effects are weak: the safe side for
a claim that |N| is large. Taking signs from one half of the probes and sizes from the other looks cleaner but errs the
other way: signs that are guessed wrong shrink the gross, N comes out too large (even above 1), and its "95%" bound holds
in as few as 60% of samples where effects are as large as their errors.
"""

__all__ = ["NetToGross", "net_to_gross"]

from dataclasses import dataclass

import numpy as np

DRAWS = 1000
TAIL = 0.025


@dataclass(frozen=True)
class NetToGross:
    """N and its 95% interval, features in order.

    Args:
        estimate: N, (f,); 0 where nothing was measured.
        lower, upper: The 2.5% and the 97.5% point of N when the patches are drawn again with replacement, each (f,).
    """

    estimate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def net_to_gross(effect: np.ndarray, *, seed: int = 0) -> NetToGross:
    """Net-to-gross of the effects of f features in n patches, with a bootstrap of the patches (patches are the sample).

    Args:
        effect: Shape (n, f); 0 where a patch says nothing.
        seed: Of the 1,000 bootstrap draws; the same draws serve all features.

    Example:
        >>> effect = np.column_stack([np.linspace(1, 2, 60), np.tile([1.0, -1.0], 30), np.r_[np.ones(59), -500.0]])
        >>> answer = net_to_gross(effect)
        >>> answer.estimate.round(2)
        array([ 1.  ,  0.  , -0.79])
        >>> bool(answer.lower[1] < 0 < answer.upper[1])
        True

    References:
        Efron & Tibshirani 1993, An introduction to the bootstrap, section 13.3 (percentile interval).
    """
    n = len(effect)
    weights = np.random.default_rng([seed, 71]).multinomial(n, np.full(n, 1 / n), size=DRAWS).astype(np.float64)
    drawn = _share(weights @ effect, weights @ np.abs(effect))
    lower, upper = np.quantile(drawn, [TAIL, 1 - TAIL], axis=0)
    return NetToGross(_share(effect.sum(0), np.abs(effect).sum(0)), lower, upper)


def _share(net: np.ndarray, gross: np.ndarray) -> np.ndarray:
    return np.where(gross > 0, net / np.where(gross > 0, gross, 1.0), 0.0)
