"""Is there a change at all? In one word."""

__all__ = ["Verdict", "verdict_of"]

import enum


class Verdict(enum.StrEnum):
    """What may be said of a change."""

    SAME = "SAME"
    """The two objects are equal, cell by cell."""
    NOISE = "NOISE"
    """Two measurements of one object could differ as much."""
    CHANGED = "CHANGED"
    """They could not (at the stated rate of false alarms)."""
    WITHHELD = "WITHHELD"
    """An object lies outside the data: the distance is an extrapolation."""


def verdict_of(identical: bool, distinguishable: bool, outside: bool) -> Verdict:
    """The word for one change.

    Example:
        >>> verdict_of(False, True, False).value
        'CHANGED'
    """
    if outside:
        return Verdict.WITHHELD
    if identical:
        return Verdict.SAME
    return Verdict.CHANGED if distinguishable else Verdict.NOISE
