"""Bars from a zero line with intervals: effects and contributions, side by side with a second reading where there is one."""

__all__ = ["Bar", "BarPlan", "draw_bars", "plan_bars"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from gausscape.figures.key import Entry, dot, draw_key, key_height, stroke, swatch
from gausscape.figures.style import Look, Sheet
from gausscape.figures.text import LINE

LEAST_ROW = 0.27
THICK = 0.15
GAP = 0.12
MOST_LINES = 3


@dataclass(frozen=True)
class Bar:
    """One line.

    Args:
        name: What it is.
        value: Length of the bar.
        low, high: Interval; both None where there is none.
        other: A second reading, drawn as a ring; None where there is none.
        is_quiet: Whether it may be zero, and is drawn pale.
        noise: What counts as nothing, drawn as a band on both sides of zero.
        note: A few words at the right end of the line.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    other: float | None = None
    is_quiet: bool = False
    noise: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class BarPlan:
    """Where everything goes, in inches; made by `plan_bars`.

    Args:
        bars: From top to bottom.
        names: Lines of each bar's name.
        rows: Height of each row.
        above: Whether a name stands above its bar, and not on the left of it.
        left: Where the axis begins.
        room: Length of the axis.
        width: Of everything.
        key: What the marks are.
        unit: Lines that say what the axis counts.
    """

    bars: tuple[Bar, ...]
    names: tuple[list[str], ...]
    rows: tuple[float, ...]
    above: bool
    left: float
    room: float
    width: float
    key: tuple[Entry, ...]
    key_height: float
    unit: list[str]

    @property
    def height(self) -> float:
        """Of everything."""
        if not self.bars:
            return 0.0
        return self.key_height + sum(self.rows) + 0.24 + LINE * len(self.unit) + 0.06


def plan_bars(
    look: Look, bars: Sequence[Bar], width: float, *, unit: str, other: str = "", interval: str = "", noise: str = ""
) -> BarPlan:
    """Lay bars out; names that are too long for the left stand above their bars where the figure is narrow.

    Args:
        look: Size of the words.
        bars: From top to bottom.
        width: Inches.
        unit: What the axis counts.
        other: What the rings are.
        interval: What the dark lines are.
        noise: What the bands are.
    """
    longest = max((look.width_of(bar.name) for bar in bars), default=0.0)
    notes = max((look.width_of(bar.note, size=-1) for bar in bars), default=0.0)
    notes = min(notes + GAP, 0.35 * width) if notes else 0.0
    above = look.narrow and longest > 0.36 * width
    words = 0.0 if above else min(longest, 0.42 * width)
    names = tuple(look.wrap(bar.name, width if above else words, most=MOST_LINES) for bar in bars)
    if above:
        rows = tuple(LINE * len(lines) + THICK + 0.13 for lines in names)
    else:
        rows = tuple(max(LEAST_ROW, LINE * len(lines) + 0.08) for lines in names)
    left = 0.05 if above else words + GAP
    key = _key(look, bars, other, interval, noise)
    tall = key_height(look, key, width) + 0.06 if key else 0.0
    return BarPlan(
        tuple(bars), names, rows, above, left, width - left - notes - 0.05, width, key, tall, look.wrap(unit, width, size=-0.5)
    )  # fmt: skip


def draw_bars(sheet: Sheet, plan: BarPlan, left: float, top: float) -> None:
    """Draw bars with their left upper corner there, inches."""
    if not plan.bars:
        return
    look = sheet.look
    draw_key(sheet, plan.key, left, top, plan.width)
    top += plan.key_height
    ends = np.cumsum([0.0, *plan.rows])
    axes = sheet.axes(left + plan.left, top, plan.room, max(float(ends[-1]), 0.01))
    axes.set_xlim(*_reach(plan.bars))
    axes.set_ylim(max(float(ends[-1]), 0.01), 0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(nbins=max(2, min(8, int(plan.room / 0.6))), steps=[1, 2, 5, 10]))
    if not plan.above:
        axes.axvline(0, color=look.quiet, linewidth=0.9, zorder=2)
        axes.grid(axis="x", color=look.faint, linewidth=0.6, zorder=0)
        axes.set_axisbelow(True)
    axes.tick_params(axis="x", pad=2)
    for bar, lines, start, end in zip(plan.bars, plan.names, ends, ends[1:], strict=False):
        middle = float(end - 0.06 - THICK / 2) if plan.above else float(start + end) / 2
        _draw_bar(axes, bar, middle, look)
        tone = look.quiet if bar.is_quiet else look.ink
        if plan.above:
            # No line runs through the words.
            axes.plot([0, 0], [middle - 0.11, middle + 0.11], color=look.quiet, linewidth=0.9, zorder=2)
            sheet.paragraph((left, top + start + 0.15), lines, color=tone, zorder=8)
        else:
            first = top + middle + 0.045 - LINE * (len(lines) - 1) / 2
            sheet.paragraph((left + plan.left - GAP, first), lines, ha="right", color=tone)
        sheet.write(left + plan.width, top + middle + 0.04, bar.note, size=-1, color=look.quiet, ha="right")
    centre = left + plan.width / 2 if plan.above else left + plan.left + plan.room / 2
    half = max(look.width_of(line, size=-0.5) for line in plan.unit) / 2
    centre = min(max(centre, left + half), left + plan.width - half)
    sheet.paragraph((centre, top + ends[-1] + 0.36), plan.unit, size=-0.5, color=look.quiet, ha="center")


def _draw_bar(axes: Axes, bar: Bar, middle: float, look: Look) -> None:
    colour = look.accent if bar.value > 0 else look.series
    if bar.noise > 0:
        axes.add_patch(
            Rectangle((-bar.noise, middle - 0.1), 2 * bar.noise, 0.2, facecolor=look.faint, linewidth=0, zorder=1)
        )
    alpha = 0.35 if bar.is_quiet else 0.95
    axes.barh(middle, bar.value, height=THICK, color=colour, alpha=alpha, zorder=3, linewidth=0)
    if bar.low is not None and bar.high is not None:
        axes.plot([bar.low, bar.high], [middle] * 2, color=look.ink, linewidth=1.2, zorder=4, solid_capstyle="butt")
    if bar.other is not None and np.isfinite(bar.other):
        axes.plot(
            [bar.other], [middle], "o", markersize=5, markerfacecolor=look.paper, markeredgecolor=look.ink,
            markeredgewidth=1.1, zorder=5,
        )  # fmt: skip


def _reach(bars: Sequence[Bar]) -> tuple[float, float]:
    told = [value for bar in bars for value in (bar.value, bar.low, bar.high, bar.other, bar.noise, -bar.noise)]
    ends = [0.0, *(float(value) for value in told if value is not None and np.isfinite(value))]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    # Where all bars go one way the zero line is the edge.
    return low - (0.05 * span if low < 0 else 0.01 * span), high + (0.05 * span if high > 0 else 0.01 * span)


def _key(look: Look, bars: Sequence[Bar], other: str, interval: str, noise: str) -> tuple[Entry, ...]:
    entries = []
    if other and any(bar.other is not None and np.isfinite(bar.other) for bar in bars):
        entries.append(Entry(other, dot(look.paper, look.ink)))
    if interval and any(bar.low is not None for bar in bars):
        entries.append(Entry(interval, stroke(look.ink)))
    if noise and any(bar.noise > 0 for bar in bars):
        entries.append(Entry(noise, swatch(look.faint)))
    if interval and any(bar.is_quiet for bar in bars):
        entries.append(Entry("pale: may be zero", swatch(look.accent, alpha=0.35)))
    return tuple(entries)
