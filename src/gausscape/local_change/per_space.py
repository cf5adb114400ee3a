"""Compute once for each space: what is usual in it is the same for every change."""

__all__ = ["once_per_space"]

import functools
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from gausscape.space.space import Space

Answer = TypeVar("Answer")


def once_per_space(compute: Callable[[Space], Answer]) -> Callable[[Space], Answer]:
    """Remember the answer for as long as the space lives; spaces never change.

    Args:
        compute: From a space to an answer that does not hold the space itself.
    """
    found: WeakKeyDictionary[Space, Answer] = WeakKeyDictionary()

    @functools.wraps(compute)
    def remembered(space: Space) -> Answer:
        if space not in found:
            found[space] = compute(space)
        return found[space]

    return remembered
