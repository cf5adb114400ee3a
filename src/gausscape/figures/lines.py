"""Draws a series: each channel a line, gaps where it is missing, a line at zero; side by side on one scale."""

__all__ = ["Scaled", "draw_line", "on_one_scale"]

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gausscape.figures.style import Sheet
from gausscape.modality import Picture

BAND = 0.17
"""Inches that a channel needs to be drawn in a band of its own."""


@dataclass(frozen=True)
class Scaled:
    """A series with the scale on which it is drawn.

    Args:
        series: (time, channels), NaN where missing.
        low: Lower end of each channel, (channels,).
        high: Upper end.
        length: Steps of time that fill the breadth.
    """

    series: np.ndarray
    low: np.ndarray
    high: np.ndarray
    length: int

    @classmethod
    def of(cls, data: Any) -> "Scaled":
        """A series on its own scale; one that has a scale keeps it."""
        if isinstance(data, Scaled):
            return data
        series = np.asarray(data, dtype=np.float64)
        series = series[:, None] if series.ndim == 1 else series
        finite = np.isfinite(series)
        any_there = finite.any(0)
        low = np.where(any_there, np.where(finite, series, np.inf).min(0, initial=np.inf), np.nan)
        high = np.where(any_there, np.where(finite, series, -np.inf).max(0, initial=-np.inf), np.nan)
        return cls(series, low, high, len(series))


def on_one_scale(pictures: Sequence[Picture]) -> list[Picture]:
    """Pictures that are seen side by side, so that they can be compared: lines get one scale, others are as they were.

    Example:
        >>> one, other = on_one_scale([Picture("line", np.zeros((3, 1))), Picture("line", np.full((3, 1), 5.0))])
        >>> one.data.high == other.data.high
        array([ True])
    """
    lines = [Scaled.of(picture.data) for picture in pictures if picture.kind == "line"]
    if not lines or len({line.series.shape[1] for line in lines}) > 1:
        return list(pictures)
    low, high = (np.stack([getattr(line, end) for line in lines]) for end in ("low", "high"))
    missing = np.isnan(low).all(0)
    low = np.where(missing, np.nan, np.where(np.isnan(low), np.inf, low).min(0))
    high = np.where(missing, np.nan, np.where(np.isnan(high), -np.inf, high).max(0))
    shared = iter([replace(line, low=low, high=high, length=max(each.length for each in lines)) for line in lines])
    return [Picture("line", next(shared)) if picture.kind == "line" else picture for picture in pictures]


def draw_line(sheet: Sheet, data: Any, box: tuple[float, float, float, float], *, strength: float = 1.0) -> None:
    """Draw a series into a box: channels in bands of their own where there is room, else over each other on one scale.

    Args:
        sheet: Where.
        data: Array (time, channels) or (time,), or `Scaled`.
        box: left, top, width, height in inches.
        strength: 1 for plain, less for pale.
    """
    left, top, width, height = box
    told, look = Scaled.of(data), sheet.look
    channels = told.series.shape[1]
    apart = channels > 1 and height / channels >= BAND
    low, high = np.nan_to_num(told.low, nan=0.0), np.nan_to_num(told.high, nan=0.0)
    if not apart and channels:
        low, high = np.full(channels, low.min()), np.full(channels, high.max())
    x = left + width * (np.arange(len(told.series)) / max(told.length - 1, 1))
    points = float(np.clip(0.55 + 0.35 * height, 0.7, 1.3))
    band = height / channels if apart else height
    for channel in range(channels):
        above = top + band * channel if apart else top
        inner = (above + 0.06 * band, 0.88 * band)
        spread = high[channel] - low[channel]

        def at(values: Any, channel: int = channel, inner: tuple = inner, spread: float = spread) -> Any:
            share = (values - low[channel]) / spread if spread > 0 else 0.5 + 0.0 * np.asarray(values)
            return inner[0] + inner[1] * (1 - share)

        if (apart or channel == 0) and low[channel] < 0 < high[channel]:
            sheet.page.plot([left, left + width], [at(0.0)] * 2, color=look.faint, linewidth=0.7, zorder=2)
        if apart and channel:
            sheet.page.plot(
                [left, left + width], [above] * 2, color=look.faint, linewidth=0.5, zorder=2, linestyle=(0, (1, 2))
            )
        values = told.series[:, channel]
        colour = look.series if channel == 0 else look.classes[channel % len(look.classes)]
        y = at(values)
        sheet.page.plot(x, y, color=colour, linewidth=points, alpha=strength, zorder=3, solid_joinstyle="round")
        alone = _alone(values)
        if alone.any():
            sheet.page.plot(x[alone], y[alone], ".", color=colour, markersize=1.6 * points, alpha=strength, zorder=3)


def _alone(values: np.ndarray) -> np.ndarray:
    """Where a value stands between two gaps: a line would not show it."""
    there = np.pad(np.isfinite(values), 1)
    return there[1:-1] & ~there[:-2] & ~there[2:]
