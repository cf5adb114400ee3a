"""What is a level of a stress test called, and how are its claim and its shares said in a few letters?"""

__all__ = ["between", "claim_words", "level_name", "percent", "share_words"]

import math

from gausscape.figures.style import probability_words
from gausscape.stress_testing.levels import LevelRow


def level_name(row: LevelRow) -> str:
    """The level as it was asked for: an exceedance, the probability of a condition, or standard deviations.

    Example:
        >>> row = LevelRow("radial", 0.01, 3.1, 0.01, 0.008, 0.012, 0, 1.0, {}, (0, 0, 0, 0, 0), 0, 0, 0, 0)
        >>> level_name(row)
        '1%'
    """
    if math.isfinite(row.asked):
        return probability_words(row.asked)
    if _is_condition(row):
        return percent(row.exceedance)
    return f"{row.depth:.2g} sd" if math.isfinite(row.depth) else "all"


def claim_words(row: LevelRow, *, floor: float = 0.0) -> str:
    """The claimed probability's 90% interval; the claim itself too where it is not what was asked for.

    Args:
        row: A level.
        floor: Smallest exceedance that the calibration certifies.
    """
    if not math.isfinite(row.exceedance):
        return "nothing claimed"
    if row.exceedance < max(floor, 1e-6):
        return f"below {percent(max(floor, 1e-6))}, uncertified"
    interval = between(row.lower, row.upper)
    is_told = _is_condition(row) or (math.isfinite(row.asked) and abs(row.exceedance / row.asked - 1) < 0.05)
    return interval if is_told else f"{percent(row.exceedance)} ({interval})"


def between(low: float, high: float) -> str:
    """An interval of probabilities.

    Example:
        >>> between(0.02, 0.131), between(0.0, 1e-9)
        ('2% to 13%', '0% to < 0.0001%')
    """
    return f"{percent(low)} to {percent(high)}"


def share_words(value: float, low: float, high: float) -> str:
    """A share with its interval, or that there is none.

    Example:
        >>> share_words(0.25, 0.1, 0.4), share_words(float("nan"), 0, 1)
        ('25% (10% to 40%)', 'no objects')
    """
    return f"{percent(value)} ({between(low, high)})" if math.isfinite(value) else "no objects"


def percent(share: float) -> str:
    """A probability in two digits, however small.

    Example:
        >>> [percent(p) for p in (0.1234, 0.99, 3e-5, 2e-12, 0.0)]
        ['12%', '99%', '0.003%', '< 0.0001%', '0%']
    """
    if 0 < share < 1e-6:
        return "< 0.0001%"
    if 0.01 <= share < 0.995:
        return f"{100 * share:.0f}%" if share >= 0.0995 else f"{100 * share:.2g}%"
    return probability_words(share)


def _is_condition(row: LevelRow) -> bool:
    """Whether the level is a condition whose probability is known: that says more than how far out its objects lie."""
    return row.tail.startswith("where ") and math.isfinite(row.exceedance)
