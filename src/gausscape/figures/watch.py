"""A watch: the distance of each window over time among usual ones, the alarms, and the objects that carry them."""

__all__ = ["draw_watch"]

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gausscape.errors import ConfigurationError
from gausscape.figures.columns import Captioned
from gausscape.figures.pictures import is_ink
from gausscape.figures.strip import draw_row, row_height
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.modality import Picture
from gausscape.space.support import Support
from gausscape.watching.answers import WindowReport
from gausscape.watching.history import WatchHistory

PLOT = 2.1
MEMORY = 0.62
GAP = 0.2
AXIS = 0.42
LEFT = 0.62
MOST_TICKS = 5
BY_WINDOW, BY_MEMORY = 1, 2


def draw_watch(history: WatchHistory, *, most: int = 600, look: Look | None = None) -> Figure:
    """Distances of windows with their 90% intervals over the band of usual ones, the memory below, alarms marked.

    Args:
        history: `Watch.history`.
        most: Windows to show, the last ones.
        look: Width and theme.

    Raises:
        ConfigurationError: If no window was tested yet.
    """
    look = look or Look()
    if not len(history) or most < 1:
        raise ConfigurationError(
            f"A figure of a watch needs windows that were tested and room for one, but got {len(history)} and most={most!r}. "
            "Watch a while first."
        )
    rows = np.arange(len(history))[-most:]
    alarms = int((history.column("alarm")[rows] > 0).sum())
    expected = history.false_alarms * len(rows)
    title = f"{alarms:,} alarm{'s'[: alarms != 1]} in {len(rows):,} windows"
    note = (
        f"By chance alone {expected:.1f} are expected (1 in {1 / history.false_alarms:,.0f}). Band: 90% of windows of as many usual "
        f"objects; line: what 1 in {2 / history.false_alarms:,.0f} of them exceeds. Below it rarity, residual or a feature may be "
        "unusual."
    )
    numbers = history.column("number")[rows]
    shown = [each for each in history.alarms if each[0].number >= numbers[0]]
    objects = [_captioned(report, picture) for report, picture in shown]
    width = look.width - 0.2
    strip = 0.34 + row_height(objects, width, look) if objects else 0.0
    head, below = look.head(title, note), 0.28
    with rc_context(look.settings()):
        sheet = new_sheet(look, head + below + PLOT + GAP + MEMORY + AXIS + strip)
        sheet.head(title, note)
        _draw_key(sheet, head + 0.12)
        top = head + below
        axes = sheet.axes(LEFT, top, width - LEFT + 0.05, PLOT)
        _draw_distances(axes, history, rows, look)
        memory = sheet.axes(LEFT, top + PLOT + GAP, width - LEFT + 0.05, MEMORY)
        _draw_memory(memory, history, rows, look)
        for each in (axes, memory):
            each.set_xlim(numbers[0] - 0.7, numbers[-1] + 0.7)
        _label(memory, history, rows, look)
        if objects:
            y = top + PLOT + GAP + MEMORY + AXIS + 0.2
            sheet.write(0.1, y, "What carries the last alarms", fontweight="bold")
            ink = is_ink([each.picture for each in objects])
            draw_row(sheet, objects, 0.1, y + 0.1, width, ink=ink)
    return sheet.figure


def _draw_distances(axes: Axes, history: WatchHistory, rows: np.ndarray, look: Look) -> None:
    x, y = history.column("number")[rows], history.column("distance")[rows]
    low, high, limit = (history.column(name)[rows] for name in ("p5", "p95", "limit"))
    axes.fill_between(x, low, high, step="mid", color=look.faint, linewidth=0, zorder=1)
    few = len(rows) <= 150
    # Where windows differ in size the limit jumps; broken, it would be noise.
    line = (0, (4, 2)) if few or np.ptp(limit) < 0.05 * limit.max() else "solid"
    axes.plot(
        x, limit, drawstyle="steps-mid", color=look.quiet, linewidth=0.9 if few else 0.5, linestyle=line, zorder=2
    )
    axes.vlines(
        x,
        history.column("lower")[rows],
        history.column("upper")[rows],
        color=look.series,
        linewidth=0.8,
        alpha=0.5 if few else 0.22,
        zorder=3,
    )
    axes.plot(x, y, "o" if few else "-", color=look.series, markersize=3, linewidth=0.8, markeredgewidth=0, zorder=4)
    _mark_alarms(axes, x, y, history.column("alarm")[rows], look)
    axes.set_ylim(0, 1.08 * float(max(y.max(), limit.max(), np.quantile(history.column("upper")[rows], 0.98))))
    axes.set_ylabel("distance, sd")
    axes.tick_params(labelbottom=False)


def _draw_memory(axes: Axes, history: WatchHistory, rows: np.ndarray, look: Look) -> None:
    x, level = history.column("number")[rows], history.column("memory")[rows]
    axes.fill_between(x, 0, level, step="mid", color=look.series, alpha=0.35, linewidth=0)
    axes.axhline(1, color=look.quiet, linewidth=0.9, linestyle=(0, (4, 2)))
    by_memory = history.column("alarm")[rows] >= BY_MEMORY
    axes.plot(
        x[by_memory], np.ones(int(by_memory.sum())), "D", color=look.accent, markersize=4.5, zorder=5, clip_on=False
    )
    axes.set_ylim(0, 1.15)
    axes.set_yticks([0, 1])
    axes.set_ylabel("memory")


def _mark_alarms(axes: Axes, x: np.ndarray, y: np.ndarray, alarm: np.ndarray, look: Look) -> None:
    """A filled dot where the window alone is unusual, a diamond where the memory says so: shape tells, not only colour."""
    alone = (alarm == BY_WINDOW) | (alarm == BY_WINDOW + BY_MEMORY)
    axes.plot(
        x[alone],
        y[alone],
        "o",
        color=look.accent,
        markersize=6,
        markeredgecolor=look.paper,
        markeredgewidth=0.8,
        zorder=6,
    )
    kept = alarm == BY_MEMORY
    axes.plot(
        x[kept],
        y[kept],
        "D",
        color=look.accent,
        markersize=5,
        markerfacecolor=look.paper,
        markeredgewidth=1.4,
        zorder=6,
    )


def _label(axes: Axes, history: WatchHistory, rows: np.ndarray, look: Look) -> None:
    places = rows[np.unique(np.linspace(0, len(rows) - 1, 3 if look.narrow else MOST_TICKS).round().astype(int))]
    numbers = history.column("number")[places]
    starts = [history.starts[place] for place in places]
    axes.set_xticks(
        numbers, [_short(start) if start else f"{number:.0f}" for start, number in zip(starts, numbers, strict=True)]
    )
    axes.get_xticklabels()[0].set_horizontalalignment("left")
    if len(places) > 1:
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
    if not any(starts):
        axes.set_xlabel("window")


def _short(start: str) -> str:
    """A time without the parts that are zero.

    Example:
        >>> _short("2024-05-01T00:00:00.000000"), _short("2024-05-01T12:30:00"), _short("1200")
        ('2024-05-01', '2024-05-01 12:30', '1200')
    """
    day, mark, time = start.partition("T")
    time = time.partition(".")[0]
    time = time.removesuffix(":00") if time.count(":") == 2 else time
    return day if not mark or time in ("", "00:00") else f"{day} {time}"


def _captioned(report: WindowReport, picture: Picture) -> Captioned:
    support = report.alarm.objects[0].support if report.alarm is not None else Support.SUPPORTED.value
    where = _short(report.start) if report.start else f"window {report.number}"
    return Captioned(picture, support, outcome=f"{report.distance:.2f} sd", notes=(where,))


def _draw_key(sheet: Sheet, y: float) -> None:
    look, x = sheet.look, LEFT
    for marker, face, words in (("o", look.accent, "alarm by this window"), ("D", look.paper, "alarm by the memory")):
        sheet.page.plot([x + 0.06], [y - 0.03], marker, color=look.accent, markerfacecolor=face, markersize=5, zorder=5)
        sheet.write(x + 0.17, y, words, size=-0.5, color=look.quiet)
        x += 0.42 + look.width_of(words, size=-0.5)
