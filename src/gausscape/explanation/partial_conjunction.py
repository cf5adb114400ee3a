"""Do most patches truly go one way? Tests and bounds from the number of patches that show it.

A patch *shows* a direction when its own one-sided p-value is at most t (0.05 unless said otherwise). Let k of n patches
show it. Two claims can be tested, each with a bound that belongs to it.

**At least u of these n patches truly go that way** (a partial conjunction). Under the null at most u - 1 do. The count is
the largest, whatever the effects, when those u - 1 are certain (p = 0) and the other n - u + 1 sit on the boundary (p
uniform; further off p is stochastically larger), so that k is at most u - 1 + Binomial(n - u + 1, t) in law and

    p = P(u - 1 + Binomial(n - u + 1, t) >= k)

is a valid p-value where the errors of the patches are independent, given the patches (patches may overlap; their probes
may not). Simes' combination holds its level too, even under positive dependence, but needs u patches with tiny p-values:
with 80% of 60 patches at 3 standard errors and both directions tested it succeeds one time in five, the count 19 in 20.

**More than a share s of the population truly goes that way.** With centres drawn independently from the population each
patch shows the direction with probability q <= s + (1 - s) t under the null, again with equality in the least
favourable case, and independently of the other patches. So k is at most Binomial(n, s + (1 - s) t) in law, and a
Clopper-Pearson bound q_L for q gives the bound (q_L - t) / (1 - t) for the share, with no loss between two steps.

The first claim alone is no claim about the population: where half the population goes one way, in 45% of samples of 60
more than half of the patches do.

Example:
    >>> f"{judge_patches(45, 60, at_least=31):.1e}, {judge_share(45, 60):.1e}"
    '2.3e-12, 2.9e-04'
    >>> bound_patches(45, 60), round(bound_share(45, 60), 2)
    (42, 0.62)

References:
    Benjamini & Heller 2008, Screening for partial conjunction hypotheses, Biometrics 64.
    Bogomolov 2021, Testing partial conjunction hypotheses under dependency, arXiv:2105.09032.
    Goeman & Solari 2011, Multiple testing for exploratory research, Statistical Science 26 (bounds on the number of
    true effects by inversion).
    Clopper & Pearson 1934, The use of confidence or fiducial limits, Biometrika 26.
"""

__all__ = [
    "benjamini_hochberg",
    "bound_patches",
    "bound_share",
    "holm",
    "judge_patches",
    "judge_share",
    "one_sided",
]

import numpy as np
from scipy import stats

PATCH_LEVEL = 0.05
"""One-sided level t at which a single patch shows a direction.

Set before the effects are seen. At 0.1 weaker effects are found, but errors that patches share unseen do more harm: with a
correlation of 0.8 an effect that half the population has is then called general in 14% of samples, at 0.05 in 7%.
"""


def one_sided(
    effect: np.ndarray, standard_error: np.ndarray, degrees_of_freedom: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """One-sided p-values of a t-test for "truly positive" and for "truly negative".

    An effect that is not finite, has no standard error or fewer than one degree of freedom shows nothing: both are 1.
    A standard error of 0 is an exact effect: its sign is certain, and exactly 0 is neither.

    Args:
        effect: Any shape.
        standard_error: Same shape, at least 0.
        degrees_of_freedom: Of the standard errors; broadcasts to that shape.

    Example:
        >>> up, down = one_sided(np.array([2.0, 0.0, 1.0]), np.array([1.0, 0.0, np.nan]), 10)
        >>> up.round(3), down.round(3)
        (array([0.037, 1.   , 1.   ]), array([0.963, 1.   , 1.   ]))
    """
    freedom = np.broadcast_to(np.asarray(degrees_of_freedom, dtype=np.float64), effect.shape)
    shown = np.isfinite(effect) & np.isfinite(standard_error) & (freedom >= 1)
    shown &= (standard_error > 0) | (effect != 0)
    size = np.where(shown, effect, 0.0)
    # An exact effect has an infinite statistic; the sign is all that its tail needs.
    exact = shown & (standard_error == 0)
    statistic = np.where(exact, np.copysign(np.inf, size), size / np.where(shown & ~exact, standard_error, 1.0))
    law = stats.t(np.where(shown, freedom, 1.0))
    return np.where(shown, law.sf(statistic), 1.0), np.where(shown, law.cdf(statistic), 1.0)


def judge_patches(count: int, n: int, *, at_least: int, patch_level: float = PATCH_LEVEL) -> float:
    """p-value of "at least `at_least` of these n patches truly go that way", of which `count` show it.

    Example:
        >>> judge_patches(30, 60, at_least=31), round(judge_patches(33, 60, at_least=31), 2)
        (1.0, 0.19)
    """
    return float(stats.binom.sf(count - at_least, n - at_least + 1, patch_level))


def judge_share(count: int, n: int, *, share: float = 0.5, patch_level: float = PATCH_LEVEL) -> float:
    """p-value of "more than this share of the population truly goes that way", from n patches of which `count` show it.

    Example:
        >>> round(judge_share(40, 60), 3), round(judge_share(42, 60), 3)
        (0.019, 0.004)
    """
    return float(stats.binom.sf(count - 1, n, share + (1 - share) * patch_level))


def bound_patches(count: int, n: int, *, level: float = 0.05, patch_level: float = PATCH_LEVEL) -> int:
    """Number of these n patches that truly go that way, at least: the largest u that `judge_patches` accepts at `level`.

    One bound for all u at once, since the nulls are nested: if at most v truly go that way, every u > v is a true null,
    and the smallest of them is the last to be rejected.

    Example:
        >>> bound_patches(0, 60), bound_patches(2, 60), bound_patches(48, 60)
        (0, 0, 46)
    """
    u = np.arange(1, n + 1)
    return int((stats.binom.sf(count - u, n - u + 1, patch_level) <= level).sum())


def bound_share(count: int, n: int, *, level: float = 0.05, patch_level: float = PATCH_LEVEL) -> float:
    """Share of the population that truly goes that way, at least, with confidence 1 - `level`.

    Example:
        >>> bound_share(2, 60), round(bound_share(48, 60), 3), round(bound_share(60, 60), 3)
        (0.0, 0.68, 0.949)
    """
    shown = float(stats.beta.ppf(level, count, n - count + 1)) if count else 0.0
    return max(0.0, (shown - patch_level) / (1 - patch_level))


def holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p-values (m,): those <= alpha hold all together with probability 1 - alpha, under any dependence.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03]))
        array([0.03, 0.06, 0.06])

    References:
        Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.
    """
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)).clip(max=1.0)
    return adjusted


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Adjusted p-values (m, ...) down the first axis: among those <= alpha at most a share alpha is false on average.

    Example:
        >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.5])).round(3)
        array([0.04 , 0.053, 0.053, 0.5  ])

    References:
        Benjamini & Hochberg 1995, Controlling the false discovery rate, JRSS B 57.
    """
    m = len(p)
    order = np.argsort(p, axis=0, kind="stable")
    ranks = np.arange(1, m + 1).reshape(-1, *[1] * (p.ndim - 1))
    scaled = np.take_along_axis(p, order, axis=0) * m / ranks
    adjusted = np.empty(p.shape)
    np.put_along_axis(adjusted, order, np.minimum.accumulate(scaled[::-1], axis=0)[::-1].clip(max=1.0), axis=0)
    return adjusted
