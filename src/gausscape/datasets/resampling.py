"""Resampling: how measurements at uneven times become steps of equal length, if at all."""

__all__ = ["Resampling"]

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.datasets.reading_options import text
from gausscape.errors import ConfigurationError, DataError

SECONDS = {"": 1.0, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
STEP = re.compile(r"([0-9.]+(?:e-?[0-9]+)?)(ms|s|min|h|d|)")
TOLERANCE = 1e-3
MOST_STEPS = 1_000_000

Filling = Callable[[np.ndarray, np.ndarray, float, str], np.ndarray]
"""(times, values (rows, channels), step, name of the series) -> values at equal steps."""


@dataclass(frozen=True)
class Resampling:
    """A rule that brings series to equal steps.

    Args:
        fill: How; None to demand equal steps.
        step: Length of a step, in the units of the times; None for the median of all steps.

    Example:
        >>> Resampling.read({"resample": "mean:5min"}).step
        300.0
    """

    fill: Filling | None
    step: float | None

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> "Resampling":
        """From the reading option `resample`: linear, linear:STEP, mean or mean:STEP.

        Raises:
            ConfigurationError: If it is none of these.
        """
        asked = text(options, "resample")
        if asked is None:
            return cls(None, None)
        how, _, length = asked.strip().partition(":")
        if how not in FILLINGS:
            raise ConfigurationError(
                f"The reading option resample needs {' or '.join(FILLINGS)}, with a step after a colon if wanted (mean:1h), but "
                f"{asked!r} came. Choose one."
            )
        if not length:
            return cls(FILLINGS[how], None)
        found = STEP.fullmatch(length.strip())
        step = float(found[1]) * SECONDS[found[2]] if found and found[1].count(".") < 2 and found[1] != "." else 0.0
        if not 0 < step < float("inf"):
            raise ConfigurationError(
                f"A step of resample needs a number above 0, alone or with ms, s, min, h or d, but {length!r} came. Write mean:1h."
            )
        return cls(FILLINGS[how], step)

    def step_of(self, times: Sequence[np.ndarray]) -> float:
        """Length of a step as asked for, or else the usual (median) one of these times."""
        return float(np.median(np.concatenate([np.diff(each) for each in times]))) if self.step is None else self.step

    def apply(
        self,
        times: Sequence[np.ndarray],
        values: Sequence[np.ndarray],
        ids: np.ndarray,
        rows: Sequence[np.ndarray],
        name: str,
    ) -> list[np.ndarray]:
        """Values (steps, channels) of each series.

        Args:
            times: Of each series, rising.
            values: Of each series, (rows, channels).
            ids: Name of each series.
            rows: Row numbers of each series in the table, from 0.
            name: Of the table.

        Raises:
            DataError: If steps are uneven and no rule was given; the first uneven one is named.
        """
        if not any(len(each) > 1 for each in times):
            raise DataError(
                f"{name}: series need at least two rows each, but none of the {len(ids):,} has. Check the id column."
            )
        step = self.step_of(times)
        if self.fill is None:
            for own, at, series in zip(rows, times, ids, strict=True):
                refuse_uneven(at, own, step, f"{name}: series need equal steps, but series {str(series)!r}")
            return list(values)
        fill = self.fill
        return [
            fill(at, own, step, f"{name}: series {str(series)!r}")
            for at, own, series in zip(times, values, ids, strict=True)
        ]


def refuse_uneven(times: np.ndarray, rows: np.ndarray, usual: float, begun: str) -> None:
    steps = np.diff(times)
    uneven = np.flatnonzero(np.abs(steps - usual) > TOLERANCE * usual)
    if len(uneven):
        place = int(uneven[0])
        raise DataError(
            f"{begun} has a step of {steps[place]:g} at data row {int(rows[place + 1]) + 1} where the usual one is "
            f"{usual:g}. Resample it with the reading option resample=linear or resample=mean (a step after a colon: mean:1h)."
        )


def steps_of(times: np.ndarray, step: float, name: str) -> int:
    """How many steps from the first time to the last, the one of the last included."""
    count = int(np.floor((times[-1] - times[0]) / step * (1 + 1e-9) + 1e-9)) + 1
    if count > MOST_STEPS:
        raise DataError(
            f"{name} would have {count:,} steps of {step:g}, more than {MOST_STEPS:,}. Choose a longer step."
        )
    return count


def interpolate(times: np.ndarray, values: np.ndarray, step: float, name: str) -> np.ndarray:
    """On straight lines between measurements; missing ones are bridged, and at the ends stay missing."""
    grid = times[0] + step * np.arange(steps_of(times, step, name))
    found = np.full((len(grid), values.shape[1]), np.nan)
    for channel, column in enumerate(values.T):
        there = np.isfinite(column)
        if there.any():
            found[:, channel] = np.interp(grid, times[there], column[there], left=np.nan, right=np.nan)
    return found


def average(times: np.ndarray, values: np.ndarray, step: float, name: str) -> np.ndarray:
    """Mean of the measurements within each step [start, start + step); NaN where there is none."""
    count = steps_of(times, step, name)
    place = np.minimum(((times - times[0]) / step * (1 + 1e-12) + 1e-9).astype(np.int64), count - 1)
    found = np.full((count, values.shape[1]), np.nan)
    for channel, column in enumerate(values.T):
        there = np.isfinite(column)
        total = np.bincount(place[there], weights=column[there], minlength=count)
        many = np.bincount(place[there], minlength=count)
        found[:, channel] = np.where(many > 0, total / np.maximum(many, 1), np.nan)
    return found


FILLINGS: dict[str, Filling] = {"linear": interpolate, "mean": average}
