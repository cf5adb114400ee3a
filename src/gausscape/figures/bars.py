"""Bars from a zero line with intervals: effects and contributions, side by side with a second reading where there is one."""

__all__ = ["Bar", "bars_height", "draw_bars"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gausscape.figures.style import Sheet

ROW = 0.27
HEAD = 0.3
FOOT = 0.42


@dataclass(frozen=True)
class Bar:
    """One line.

    Args:
        name: What it is.
        value: Length of the bar.
        low, high: Interval; both None where there is none.
        other: A second reading, drawn as a ring; None where there is none.
        is_quiet: Whether it may be zero, and is drawn pale.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    other: float | None = None
    is_quiet: bool = False


def bars_height(count: int) -> float:
    """Inches that `draw_bars` needs for that many lines."""
    return HEAD + ROW * count + FOOT


def draw_bars(
    sheet: Sheet, bars: Sequence[Bar], box: tuple[float, float, float], *, unit: str, other: str = ""
) -> None:
    """Draw bars into (left, top, width), inches.

    Args:
        sheet: Where.
        bars: From top to bottom.
        box: left, top, width.
        unit: What the axis counts.
        other: What the rings are.
    """
    look = sheet.look
    left, top, width = box
    words = min(0.42 * width, max(0.9, 0.068 * max((len(bar.name) for bar in bars), default=1) * look.size / 9))
    room = width - words - 0.12
    ends = [
        value
        for bar in bars
        for value in (bar.value, bar.low, bar.high, bar.other)
        if value is not None and np.isfinite(value)
    ]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    span = (high - low) or 1.0
    axes = sheet.axes(
        left + words + 0.12,
        top + HEAD,
        room,
        ROW * len(bars),
        xlim=(low - 0.06 * span, high + 0.06 * span),
        ylim=(len(bars) - 0.5, -0.5),
    )
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.axvline(0, color=look.quiet, linewidth=0.9, zorder=2)
    axes.grid(axis="x", color=look.faint, linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    letters = max(6, int(words / (0.068 * look.size / 9)))
    for i, bar in enumerate(bars):
        colour = look.accent if bar.value > 0 else look.series
        axes.barh(i, bar.value, height=0.52, color=colour, alpha=0.35 if bar.is_quiet else 0.95, zorder=3, linewidth=0)
        if bar.low is not None and bar.high is not None:
            axes.plot([bar.low, bar.high], [i, i], color=look.ink, linewidth=1.2, zorder=4, solid_capstyle="butt")
        if bar.other is not None and np.isfinite(bar.other):
            axes.plot(
                [bar.other],
                [i],
                "o",
                markersize=5,
                markerfacecolor=look.paper,
                markeredgecolor=look.ink,
                markeredgewidth=1.1,
                zorder=5,
            )
        name = bar.name if len(bar.name) <= letters else bar.name[: letters - 1] + "…"
        sheet.write(
            left + words,
            top + HEAD + (i + 0.5) * ROW,
            name,
            ha="right",
            va="center",
            color=look.quiet if bar.is_quiet else look.ink,
        )
    axes.tick_params(axis="x", pad=2)
    axes.set_xlabel(unit, labelpad=3, color=look.quiet, fontsize=look.size - 0.5)
    if other:
        sheet.page.plot(
            [left + words + 0.2],
            [top + 0.12],
            "o",
            markersize=5,
            markerfacecolor=look.paper,
            markeredgecolor=look.ink,
            markeredgewidth=1.1,
        )
        sheet.write(left + words + 0.3, top + 0.155, other, size=-1.5, color=look.quiet)
