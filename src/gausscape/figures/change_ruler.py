"""A change on a ruler with landmarks, and the path from the one object to the other."""

__all__ = ["draw_change"]

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from scipy import stats

from gausscape.errors import ShapeError
from gausscape.figures.pictures import is_ink
from gausscape.figures.strip import Captioned, draw_row, row_height
from gausscape.figures.style import Look, Sheet, new_sheet, probability_words
from gausscape.local_change.change import Change
from gausscape.space.support import Support


def draw_change(
    change: Change, *, outcomes: Sequence[str] | None = None, outcome_name: str = "", look: Look | None = None
) -> Figure:
    """Where the change stands among distances that are usual, and what lies between the two objects.

    Args:
        change: The answer of `measure_change`.
        outcomes: What a model says of each object on the path, as a few letters each.
        outcome_name: What that is.
        look: Width and theme.
    """
    look = look or Look()
    path = change.path
    if outcomes is not None and len(outcomes) != len(path):
        raise ShapeError(
            f"A path of {len(path)} steps needs {len(path)} outcomes, but {len(outcomes)} came. Pass one for each."
        )
    objects = [
        Captioned(
            picture,
            str(path.support[i]),
            (() if outcomes is None else (outcomes[i],))
            + (f"rarer: {probability_words(float(path.exceedance.probability[i]))}",),
            path.support[i] != Support.UNSUPPORTED,
        )
        for i, picture in enumerate(path.pictures)
    ]
    title = 0.5 if look.titled else 0.1
    ruler = 2.05
    lines = max(len(each.lines) for each in objects)
    strip = row_height(len(objects), look.width - 0.1, lines=lines)
    with rc_context(look.settings()):
        sheet = new_sheet(look, title + ruler + 0.3 + strip)
        sheet.title("How big is this change?")
        _draw_ruler(sheet, change, title, ruler)
        words = "along the straight path in the space"
        if outcome_name:
            words += f"; bold: {outcome_name}"
        sheet.write(0.1, title + ruler + 0.18, words, size=-0.5, color=look.quiet)
        draw_row(sheet, objects, 0.1, title + ruler + 0.3, look.width - 0.1, ink=is_ink(path.pictures))
    return sheet.figure


def _draw_ruler(sheet: Sheet, change: Change, top: float, height: float) -> None:
    look = sheet.look
    reach = 1.04 * max(float(change.pairs[-2]), change.distance, change.landmark_neighbour, change.landmark_again, 1e-9)
    base = top + height - 0.62
    left, width = 0.15, look.width - 0.35
    axes = sheet.axes(left, top, width, base - top, xlim=(0, reach), ylim=(0, 1))
    for name in ("left", "top", "right"):
        axes.spines[name].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(axis="x", pad=2)
    axes.set_xlabel(
        "standard deviations of the whole population", labelpad=2, color=look.quiet, fontsize=look.size - 0.5
    )
    _draw_usual(sheet, axes, change.pairs, reach)
    marks = [
        (change.landmark_again, "same object,\nmeasured again", look.quiet, 0.55),
        (change.landmark_neighbour, "nearest other\nobject", look.quiet, 0.55),
        (float(change.pairs[50]), "two random\nobjects", look.quiet, 0.55),
    ]
    for x, _, colour, tall in marks:
        axes.plot([x, x], [0, tall], color=colour, linewidth=1.0, linestyle=(0, (2, 2)), zorder=3)
    # Words beside the landmarks are moved apart, in inches, and never lie on each other.
    room = 0.74
    at = _beside([x / reach * width for x, *_ in marks], change.distance / reach * width, room, 0.38, width - 0.38)
    for (x, text, colour, tall), shifted in zip(marks, at, strict=True):
        down = top + (1 - tall) * (base - top)
        sheet.page.plot(
            [left + x / reach * width, left + shifted], [down, down - 0.06], color=colour, linewidth=0.7, alpha=0.8
        )
        for i, line in enumerate(text.split("\n")):
            sheet.write(left + shifted, down - 0.22 + 0.13 * i, line, size=-1.5, color=colour, ha="center")
    axes.plot(
        [change.distance, change.distance], [0, 0.86], color=look.accent, linewidth=2.4, zorder=4, solid_capstyle="butt"
    )
    axes.plot([change.distance], [0.02], "^", color=look.accent, markersize=8, zorder=5, clip_on=False)
    x = left + change.distance / reach * width
    side = "left" if change.distance < 0.5 * reach else "right"
    shift = 0.08 if side == "left" else -0.08
    words = f"this change: {change.distance:.2f} sd; {change.percentile:.0f}% of random pairs are closer"
    if look.narrow:
        words = f"{change.distance:.2f} sd; {change.percentile:.0f}% of pairs are closer"
    sheet.write(x + shift, top + 0.14 * (base - top) + 0.08, words, color=look.accent, ha=side, fontweight="bold")


def _draw_usual(sheet: Sheet, axes, pairs: np.ndarray, reach: float) -> None:
    look = sheet.look
    if float(np.ptp(pairs)) == 0:
        return
    x = np.linspace(0, reach, 300)
    density = stats.gaussian_kde(pairs)(x)
    height = 0.42 * density / density.max()
    axes.fill_between(x, 0, height, color=look.faint, linewidth=0, zorder=1)
    low, high = np.quantile(pairs, [0.9, 1.0])
    at = min(float(low + high) / 2, 0.93 * reach)
    if not look.narrow:
        axes.annotate("distances of\nrandom pairs", (at, float(np.interp(at, x, height))), xytext=(0, 5), textcoords="offset points",
                      ha="center", fontsize=look.size - 1.5, color=look.quiet, linespacing=1.1)  # fmt: skip


def _beside(places: list[float], line: float, room: float, low: float, high: float) -> list[float]:
    """As `_apart`, and off a line as well where there is room enough on its two sides."""
    before, after = [x for x in places if x < line], [x for x in places if x >= line]
    left, right = line - room / 2, line + room / 2
    if len(before) * room > left - low + room or len(after) * room > high - right + room:
        return _apart(places, room, low, high)
    moved = iter(_apart(before, room, low, left)), iter(_apart(after, room, right, high))
    return [next(moved[x >= line]) for x in places]


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
