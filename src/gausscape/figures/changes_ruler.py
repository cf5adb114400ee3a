"""Many changes on one ruler: all of them as dots among usual distances, the largest and the smallest by name."""

__all__ = ["draw_changes"]

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gausscape.errors import ConfigurationError
from gausscape.figures.key import draw_chip
from gausscape.figures.ruler import draw_axis, draw_landmarks, draw_usual
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.local_change.changes import Changes
from gausscape.local_change.ruler import Ruler, ruler_of
from gausscape.local_change.verdict import Verdict

MOST_ROWS = 12
ROW = 0.26
TOP = 1.35
"""Inches of the landmarks and of the dots of all changes."""


def draw_changes(changes: Changes, *, most: int = MOST_ROWS, look: Look | None = None) -> Figure:
    """All distances on one ruler, and the changes one by one with 90% intervals: all, or the largest and the smallest.

    Args:
        changes: The answer of `measure_change` for many pairs.
        most: Changes to show one by one, at least 2.
        look: Width and theme.

    Raises:
        ConfigurationError: If fewer than 2 are to be shown, or there are no changes.
    """
    look = look or Look()
    if most < 2 or not len(changes):
        raise ConfigurationError(
            f"A figure of changes needs at least one change and room for 2, but got {len(changes)} and most={most!r}. "
            "Pass most=12, say."
        )
    order = changes.order()[::-1]
    largest, smallest = (order, order[:0]) if len(order) <= most else (order[: most - most // 2], order[-(most // 2) :])
    shown = [*largest, *smallest]
    names = [_name(changes, int(row)) for row in shown]
    percents = [f"{changes.percentile[row]:.0f}%" for row in shown]
    verdicts = changes.verdict[shown]
    words = min(max(look.width_of(name) for name in names) + 0.15, 0.34 * look.width)
    chips = 0.3 + max(look.width_of(str(word), size=-1, bold=True) for word in verdicts)
    percent = 0.12 + look.width_of("100%", size=-0.5)
    gap = 0.3 if len(smallest) else 0.0
    noisy = int((~changes.distinguishable).sum())
    title = f"How big are these {len(changes):,} changes?"
    note = (
        f"median {np.median(changes.distance):.2f} standard deviations; {noisy:,} cannot be told from noise. On the right: "
        "percent of random pairs that are closer"
    )
    head = look.head(title, note)
    body = ROW * len(shown) + gap
    width = look.width - 0.2 - words - chips - percent
    with rc_context(look.settings()):
        sheet = new_sheet(look, head + TOP + body + 0.55)
        sheet.head(title, note)
        box = (0.1 + words, head, width, TOP + body)
        axes = _draw_all(sheet, changes, box, body)
        for i, (row, name, percentage, verdict) in enumerate(zip(shown, names, percents, verdicts, strict=True)):
            y = head + TOP + (i + 0.5) * ROW + (gap if i >= len(largest) else 0.0)
            _draw_row(axes, changes, int(row), (head + TOP + body - y) / (TOP + body), look)
            told = look.wrap(name, words - 0.12, most=1)[0]
            sheet.write(0.1 + words - 0.12, y + 0.04, told, ha="right")
            sheet.write(0.1 + words + width + percent, y + 0.04, percentage, size=-0.5, ha="right", color=look.quiet)
            right = look.width - 0.1 - chips + 0.12
            changed = verdict == Verdict.CHANGED.value
            draw_chip(sheet, str(verdict), right, y, colour=look.ink if changed else look.quiet, strong=changed)
        if gap:
            y = head + TOP + len(largest) * ROW + gap / 2
            between = f"… {len(order) - len(shown):,} between …"
            sheet.write(0.1 + words + width / 2, y + 0.04, between, size=-1, ha="center", color=look.quiet)
    return sheet.figure


def _draw_all(sheet: Sheet, changes: Changes, box: tuple[float, float, float, float], body: float) -> Axes:
    look, ruler = sheet.look, ruler_of(changes.space)
    usual = np.quantile(ruler.pairs, np.linspace(0, 1, 101))
    reach = 1.04 * max(
        float(usual[-2]), float(changes.distance_interval[:, 1].max()), float(changes.distance.max()), 1e-9
    )
    axes = draw_axis(sheet, box, reach)
    if look.narrow:
        axes.set_xlabel("")
        words = "standard deviations; grey: random pairs"
        sheet.write(look.width / 2, box[1] + box[3] + 0.36, words, size=-0.5, color=look.quiet, ha="center")
    height, left, top, width = box[3], *box[:3]
    # The hill and all dots stand on a line of their own, above the single changes.
    base = body / height
    shelf = sheet.axes(left, top, width, TOP, xlim=(0, reach), ylim=(0, 1))
    shelf.set_axis_off()
    shelf.set_zorder(1)
    draw_usual(shelf, usual, reach, height=0.42, look=look)
    _draw_dots(shelf, changes.distance, reach, look)
    axes.plot([0, reach], [base, base], color=look.quiet, linewidth=0.7)
    marks = _marks(ruler, look)
    room = 0.52 if look.narrow else 0.78
    draw_landmarks(sheet, shelf, marks, (left, top, width, TOP), tall=0.62, line=-2 * reach, room=room)
    for x, _ in marks:
        axes.plot([x, x], [0, base], color=look.quiet, linewidth=0.7, linestyle=(0, (2, 2)), alpha=0.5, zorder=1)
    return axes


def _marks(ruler: Ruler, look: Look) -> list[tuple[float, str]]:
    if look.narrow:
        return [(ruler.again, "same,\nagain"), (ruler.neighbour, "nearest\nother"), (ruler.median, "random\npair")]
    return [
        (ruler.again, "same object,\nmeasured again"),
        (ruler.neighbour, "nearest other\nobject"),
        (ruler.median, "two random\nobjects"),
    ]


def _draw_dots(axes: Axes, distance: np.ndarray, reach: float, look: Look) -> None:
    """A dot for each change, piled up where many are alike."""
    bins = np.floor(distance / reach * 90).astype(int)
    level = np.zeros(len(distance))
    for value in np.unique(bins):
        rows = np.flatnonzero(bins == value)
        level[rows] = np.arange(len(rows))
    step = min(0.055, 0.5 / max(float(level.max(initial=0)), 1.0))
    axes.plot(
        distance, 0.05 + step * level, "o", color=look.accent, markersize=3.2, alpha=0.8, markeredgewidth=0, zorder=4
    )


def _draw_row(axes: Axes, changes: Changes, row: int, height: float, look: Look) -> None:
    low, high = changes.distance_interval[row]
    axes.plot([low, high], [height] * 2, color=look.accent, linewidth=1.6, alpha=0.75, zorder=4, solid_capstyle="butt")
    face = look.accent if changes.distinguishable[row] else look.paper
    # An empty dot: not to be told from noise.
    axes.plot(
        [changes.distance[row]],
        [height],
        "o",
        color=look.accent,
        markersize=6,
        markerfacecolor=face,
        zorder=5,
        clip_on=False,
    )


def _name(changes: Changes, row: int) -> str:
    ids = [
        str(side.rows[row]) if named is None else str(named[row])
        for side, named in ((changes.ends.a, changes.a_ids), (changes.ends.b, changes.b_ids))
    ]
    return f"{ids[0]} → {ids[1]}"
