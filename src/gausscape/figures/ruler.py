"""A ruler of distances: what is usual between random pairs, and landmarks that a reader knows."""

__all__ = ["draw_axis", "draw_landmarks", "draw_usual"]

from collections.abc import Sequence

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from scipy import stats

from gausscape.figures.style import Look, Sheet


def draw_axis(sheet: Sheet, box: tuple[float, float, float, float], reach: float) -> Axes:
    """Empty axes from 0 to `reach` standard deviations in (left, top, width, height), inches; heights run from 0 to 1."""
    look = sheet.look
    axes = sheet.axes(*box, xlim=(0, reach), ylim=(0, 1))
    for name in ("left", "top", "right"):
        axes.spines[name].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(axis="x", pad=2)
    words = "standard deviations of the whole population; shaded: distances of random pairs"
    words = "standard deviations; shaded: random pairs" if look.narrow else words
    axes.set_xlabel(words, labelpad=2, color=look.quiet, fontsize=look.size - 0.5)
    return axes


def draw_usual(axes: Axes, pairs: np.ndarray, reach: float, *, height: float, look: Look) -> None:
    """The distances of random pairs as a shaded hill, from their percentiles (101,)."""
    if float(np.ptp(pairs)) == 0:
        return
    x = np.linspace(0, reach, 300)
    density = stats.gaussian_kde(pairs)(x)
    axes.fill_between(x, 0, height * density / density.max(), color=look.faint, linewidth=0, zorder=1)


def draw_landmarks(
    sheet: Sheet,
    axes: Axes,
    marks: Sequence[tuple[float, str]],
    box: tuple[float, float, float, float],
    *,
    tall: float,
    line: float,
    room: float = 0.78,
) -> None:
    """Dashed lines at distances, with two lines of words above each that never lie on each other or on one line.

    Args:
        sheet: Where.
        axes: Of the ruler.
        marks: Distance and words ("a\\nb") of each.
        box: left, top, width, height of the axes, inches.
        tall: Height of the lines as a share of the axes.
        line: A distance whose place the words keep off.
        room: Inches for the words on one landmark.
    """
    look, (left, top, width, height) = sheet.look, box
    reach = axes.get_xlim()[1]
    places = [x / reach * width for x, _ in marks]
    at = _beside(places, line / reach * width, room, room / 2 - 0.05, width - room / 2 + 0.1)
    down = top + (1 - tall) * height
    # Where there is no room beside the line, it is broken behind the words.
    halo = {"path_effects": [patheffects.withStroke(linewidth=3, foreground=look.paper)]}
    for (x, words), place, shifted in zip(marks, places, at, strict=True):
        axes.plot([x, x], [0, tall], color=look.quiet, linewidth=1.0, linestyle=(0, (2, 2)), zorder=3)
        sheet.page.plot([left + place, left + shifted], [down, down - 0.06], color=look.quiet, linewidth=0.7, alpha=0.8)
        for i, text in enumerate(words.split("\n")):
            sheet.write(left + shifted, down - 0.22 + 0.13 * i, text, size=-1.5, color=look.quiet, ha="center", **halo)


def _beside(places: list[float], line: float, room: float, low: float, high: float) -> list[float]:
    """As `_apart`, and off a line as well where there is room enough on its two sides."""
    before, after = [x for x in places if x < line], [x for x in places if x >= line]
    left, right = line - room / 2, line + room / 2
    if len(before) * room > left - low + room or len(after) * room > high - right + room:
        return _apart(places, room, low, high)
    moved = iter(_apart(before, room, low, left)), iter(_apart(after, room, right, high))
    return [next(moved[int(x >= line)]) for x in places]


def _apart(places: list[float], room: float, low: float, high: float) -> list[float]:
    """Move sorted-by-place words apart to `room` inches between centres, within [low, high].

    Example:
        >>> [round(place, 1) for place in _apart([1.0, 1.2, 3.0], 1.0, 0.5, 4.0)]
        [0.6, 1.6, 3.0]
    """
    if not places:
        return []
    order = np.argsort(places, kind="stable")
    moved = np.clip(np.array(places, dtype=float)[order], low, high)
    for _ in range(60):
        gaps = np.diff(moved)
        for i in np.flatnonzero(gaps < room - 1e-6):
            push = (room - gaps[i]) / 2
            moved[i] -= push
            moved[i + 1] += push
        moved = np.clip(moved, low, high)
    back = np.empty_like(moved)
    back[order] = moved
    return back.tolist()
