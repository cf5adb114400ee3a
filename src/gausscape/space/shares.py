"""How sure is a share that was counted?"""

__all__ = ["share_interval"]

from scipy import stats


def share_interval(count: float, n: float, *, confidence: float = 0.9) -> tuple[float, float]:
    """Interval of a share from a count of n (Clopper & Pearson 1934); (0, 1) where nothing was counted.

    A weighted share may come with its effective numbers, which need not be whole.

    Args:
        count: How many have it, 0 to n.
        n: Of how many.
        confidence: Of the interval.

    Example:
        >>> [round(end, 3) for end in share_interval(0, 100)], share_interval(0, 0)
        ([0.0, 0.03], (0.0, 1.0))
    """
    if n <= 0:
        return 0.0, 1.0
    outside = (1 - confidence) / 2
    lower = float(stats.beta.ppf(outside, count, n - count + 1)) if count > 0 else 0.0
    upper = float(stats.beta.ppf(1 - outside, count + 1, n - count)) if count < n * (1 - 1e-12) else 1.0
    return lower, upper
