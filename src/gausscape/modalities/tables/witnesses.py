"""Which rows of a part show what the parts before did not? Those that `infer` must see for its findings to hold of all rows."""

__all__ = ["Shown", "witness_rows"]

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscape.errors import DataError
from gausscape.modalities.tables.checks import LEVEL_CAP, MOST_DECIMALS, whole
from gausscape.modalities.tables.date_columns import HOUR, STEPS
from gausscape.modalities.tables.frames import Column, Family, find_library
from gausscape.modalities.tables.ranks import MOST_GRADES

TIMES = 2
"""Rows of each level: a number that came once is not yet one of two levels."""


@dataclass
class Shown:
    """What the rows so far have shown of one column.

    Args:
        levels: Values and how often each was taken, until there are too many to be levels.
        low, high: Extremes of numbers, dates and durations.
        gap: Whether a value was missing.
        decimals: With how many all numbers so far can be written; one more than the most there are where with none.
        step: Place among `STEPS` of the coarsest unit that all dates so far are multiples of.
        times: Of dates, times within the hour, until there are two.
    """

    levels: dict[Any, int] | None = field(default_factory=dict)
    low: Any = None
    high: Any = None
    gap: bool = False
    decimals: int = 0
    step: int = 0
    times: set[int] = field(default_factory=set)


def witness_rows(values: Any, known: dict[Any, Shown] | None) -> tuple[np.ndarray, dict[Any, Shown]]:
    """Rows that show a new level, gap, extreme, number of decimals or unit of time.

    Args:
        values: A table: a part of a larger one.
        known: By column what the parts before have shown; brought up to date.

    Example:
        >>> first, known = witness_rows(np.array([[1.0], [2.0], [2.0]]), None)
        >>> witness_rows(np.array([[2.0], [2.0], [2.5]]), known)[0].tolist()
        [2]
    """
    known = {} if known is None else known
    library, rows = find_library(values), set()
    for name in library.names(values):
        try:
            column = library.read(values, name)
        except DataError:
            continue  # it may be left out of the fit; if not, that refuses it
        shown = known.setdefault(name, Shown())
        # Infinite numbers teach nothing: they are refused where they stand, if the column is fitted.
        usable = np.isfinite(column.values) if column.values.dtype.kind == "f" else True
        there = np.flatnonzero(~column.missing & usable)
        if column.missing.any() and not shown.gap:
            shown.gap = True
            rows.add(int(column.missing.argmax()))
        if len(there):
            rows.update(int(there[place]) for place in _new(column, column.values[there], shown))
    return np.array(sorted(rows), dtype=np.int64), known


def _new(column: Column, values: np.ndarray, shown: Shown) -> Iterator[int]:
    """Places among the values that are there."""
    ordered = column.family in (Family.NUMBER, Family.DATE, Family.DURATION)
    if shown.levels is not None:
        yield from _of_levels(values, shown, (MOST_GRADES if ordered else LEVEL_CAP) + 1)
    if not ordered:
        return
    yield from _of_extremes(values, shown)
    if column.family is Family.NUMBER:
        yield from _of_decimals(values, shown)
    else:
        yield from _of_steps(values, shown)


def _of_levels(values: np.ndarray, shown: Shown, most: int) -> Iterator[int]:
    levels = shown.levels if shown.levels is not None else {}
    for place, level in enumerate(values.tolist()):
        times = levels.get(level, 0)
        if times == 0 and len(levels) >= most:
            shown.levels = None  # too many to be levels: what has been shown is enough to see that
            return
        if times < TIMES:
            levels[level] = times + 1
            yield place


def _of_extremes(values: np.ndarray, shown: Shown) -> Iterator[int]:
    lowest, highest = int(values.argmin()), int(values.argmax())
    if shown.low is None or values[lowest] < shown.low:
        shown.low = values[lowest]
        yield lowest
    if shown.high is None or values[highest] > shown.high:
        shown.high = values[highest]
        yield highest


def _of_decimals(values: np.ndarray, shown: Shown) -> Iterator[int]:
    while shown.decimals <= MOST_DECIMALS:
        more = ~whole(values) if shown.decimals == 0 else np.round(values, shown.decimals) != values
        if not more.any():
            return
        shown.decimals += 1
        yield int(more.argmax())


def _of_steps(values: np.ndarray, shown: Shown) -> Iterator[int]:
    while shown.step < len(STEPS) - 1 and (finer := values % STEPS[shown.step] != 0).any():
        shown.step += 1
        yield int(finer.argmax())
    for time, place in zip(*np.unique(values % HOUR, return_index=True), strict=True):
        if len(shown.times) >= TIMES:
            return
        if int(time) not in shown.times:
            shown.times.add(int(time))
            yield int(place)
