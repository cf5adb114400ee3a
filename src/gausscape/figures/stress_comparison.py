"""Two versions of a model under the same stress test: which levels got better or worse, and by how much?"""

__all__ = ["draw_comparison"]

import math
from collections.abc import Sequence

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gausscape.figures.key import Entry, dot, draw_key, key_height
from gausscape.figures.stress_objects import halo
from gausscape.figures.stress_values import number
from gausscape.figures.stress_words import percent, share_words
from gausscape.figures.style import Look, new_sheet, probability_words
from gausscape.figures.text import LINE
from gausscape.stress_testing.comparison import LevelComparison, StressComparison, share_with_interval

SMALL = -1.0
ROW = 0.44


def draw_comparison(comparison: StressComparison, *, old: str = "", new: str = "", look: Look | None = None) -> Figure:
    """Shares of failures, a pair of intervals a level, with how many scenarios got better and worse.

    Without a failure rule: how far y moved, level by level.

    Args:
        comparison: Of two stress tests.
        old, new: What the two models are called; "" for the names of their y, or "old" and "new" where these are equal.
        look: Width and theme.
    """
    look = look or Look()
    old, new = _names(comparison, old, new)
    rows = comparison.levels
    ruled = bool(comparison.rule)
    tails = list(dict.fromkeys(row.tail for row in rows))
    width = look.width - 0.2
    title = f"Is {new} safer than {old}?" if ruled else f"How far does {new} move away from {old}?"
    note = "share of failures among the objects that can be judged, with 90% intervals; the same scenarios for both"
    note = f"failure is {comparison.rule}; {note}" if ruled else "median change of y on the same scenarios"
    key = _key(rows, old, new, look) if ruled else []
    told = [line for words in _told(comparison) for line in look.wrap(words, width, size=-0.5)]
    names = max((look.width_of(_level(row), size=1, bold=True) for row in rows), default=0.0) + 0.16
    notes = 0.0 if look.narrow else max((look.width_of(_said(row), size=SMALL) for row in rows), default=0.0) + 0.2
    tall = ROW + (LINE if look.narrow else 0.0)
    gap = 0.3 if len(tails) > 1 else 0.04
    left, broad = 0.1 + names, width - names - notes - 0.06
    head, keys = look.head(title, note), key_height(look, key, width) + 0.08
    top, chart = head + keys, max(tall * len(rows) + gap * len(tails), 0.1)
    with rc_context(look.settings()):
        sheet = new_sheet(look, top + chart + 0.5 + LINE * len(told) + 0.06)
        sheet.head(title, note)
        draw_key(sheet, key, 0.1, head, width)
        axes = sheet.axes(left, top, broad, chart)
        _frame(axes, rows, chart, ruled, broad, look)
        down = 0.0
        for tail in tails:
            if len(tails) > 1:
                words = look.wrap(tail, width, bold=True, most=1)[0]
                sheet.write(0.1, top + down + 0.2, words, fontweight="bold", path_effects=halo(look))
            down += gap
            for row in (row for row in rows if row.tail == tail):
                middle = down + ROW / 2
                (_draw_pair if ruled else _draw_move)(axes, row, middle, look)
                sheet.write(0.1, top + middle + 0.05, _level(row), size=1, fontweight="bold")
                tone = look.accent if row.verdict == "worse" else look.quiet
                beside = (left, top + middle + 0.3) if look.narrow else (look.width - 0.1, top + middle + 0.045)
                side = "left" if look.narrow else "right"
                sheet.write(*beside, _said(row), size=SMALL, color=tone, ha=side, path_effects=halo(look))
                down += tall
        words = "share of failures" if ruled else "median change of y"
        sheet.write(left + broad / 2, top + chart + 0.38, words, size=-0.5, color=look.quiet, ha="center")
        sheet.paragraph((0.1, top + chart + 0.6), told, size=-0.5)
    return sheet.figure


def _names(comparison: StressComparison, old: str, new: str) -> tuple[str, str]:
    same = comparison.old == comparison.new
    return old or ("old" if same else comparison.old), new or ("new" if same else comparison.new)


def _level(row: LevelComparison) -> str:
    return probability_words(row.asked) if math.isfinite(row.asked) else "all"


def _said(row: LevelComparison) -> str:
    if not row.verdict:
        return number(row.moved) if math.isfinite(row.moved) else "no answer"
    if not row.n:
        return "no objects"
    told = [f"{count:,} {word}" for count, word in ((row.better, "better"), (row.worse, "worse")) if count]
    words = f"{', '.join(told)} of {row.n:,}" if told else f"all {row.n:,} as before"
    return f"{words}: {row.verdict}" if row.verdict in ("worse", "better") else words


def _told(comparison: StressComparison) -> list[str]:
    if comparison.probability_old is None or comparison.probability_new is None:
        return []
    before, after = (share_words(*each) for each in (comparison.probability_old, comparison.probability_new))
    return [f"probability of failure: {before} → {after}"]


def _frame(axes: Axes, rows: Sequence[LevelComparison], chart: float, ruled: bool, broad: float, look: Look) -> None:
    high = _reach(rows, ruled)
    axes.set_xlim(-0.015 * high, high)
    axes.set_ylim(chart, 0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=max(2, int(broad / 0.7)))
    if ruled:
        axes.xaxis.set_major_formatter(lambda value, _: percent(value) if value >= 0 else "")
    axes.tick_params(axis="x", pad=2)
    axes.grid(axis="x", color=look.faint, linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)


def _draw_pair(axes: Axes, row: LevelComparison, middle: float, look: Look) -> None:
    tone = look.accent if row.verdict == "worse" else look.series
    for share, at, colour, face in (
        (row.old, middle - 0.07, look.quiet, look.paper),
        (row.new, middle + 0.07, tone, tone),
    ):
        if not math.isfinite(share):
            continue
        _, low, high = share_with_interval(round(share * row.n), row.n)
        axes.plot([low, high], [at, at], color=colour, linewidth=2.0, solid_capstyle="butt", zorder=3)
        axes.plot([share], [at], "o", markersize=6, markerfacecolor=face, markeredgecolor=colour, markeredgewidth=1.3,
                  zorder=4, clip_on=False)  # fmt: skip


def _draw_move(axes: Axes, row: LevelComparison, middle: float, look: Look) -> None:
    if math.isfinite(row.moved):
        axes.barh(middle, row.moved, height=0.16, color=look.series, linewidth=0, zorder=3)


def _reach(rows: Sequence[LevelComparison], ruled: bool) -> float:
    if not ruled:
        return 1.06 * max([row.moved for row in rows if math.isfinite(row.moved)] + [1e-9])
    ends = [
        share_with_interval(round(share * row.n), row.n)[2]
        for row in rows
        for share in (row.old, row.new)
        if math.isfinite(share)
    ]
    return min(1.02, 1.06 * max([*ends, 0.02]))


def _key(rows: Sequence[LevelComparison], old: str, new: str, look: Look) -> list[Entry]:
    key = [Entry(old, dot(look.paper, look.quiet)), Entry(new, dot(look.series, look.series))]
    if any(row.verdict == "worse" for row in rows):
        key.append(Entry(f"{new}, clearly worse", dot(look.accent, look.accent)))
    return key
