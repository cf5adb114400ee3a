"""Events that cannot be used: what is wrong with one, told without its place, which the source knows."""

__all__ = ["BadCell", "BadEvent"]

from dataclasses import dataclass


class BadCell(Exception):
    """A cell of an event that the rule cannot use; the text says what was needed and what came."""


@dataclass(frozen=True)
class BadEvent:
    """What a source gives in place of an event that it could not read.

    Args:
        reason: What was needed and what came, to go after the place.
    """

    reason: str
