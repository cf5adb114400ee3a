"""The levels of a stress test as a table: what is claimed, what passes, what stands behind it, y, and what fails."""

__all__ = ["draw_levels"]

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gausscape.figures.key import Entry, Painter, dot, draw_key, key_height, stroke, swatch
from gausscape.figures.stress_level_cells import draw_fails, draw_support, draw_y, face_of
from gausscape.figures.stress_marks import hit_entries
from gausscape.figures.stress_values import Digits, value_limits
from gausscape.figures.stress_words import claim_words, level_name, percent
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.figures.text import LINE
from gausscape.space.support import Support
from gausscape.stress_testing.levels import LevelRow

TALL = 0.42
SMALL = -1.0


@dataclass(frozen=True)
class _Places:
    """Left edge and width of each column, inches."""

    level: tuple[float, float]
    passing: tuple[float, float]
    support: tuple[float, float]
    y: tuple[float, float]
    fails: tuple[float, float]


def draw_levels(
    levels: Sequence[LevelRow], *, outcome: str = "y", floor: float = 0.0, look: Look | None = None
) -> Figure:
    """One line a level, from usual to beyond: a bar of the support labels, the spread of y, and the failures by kind.

    Args:
        levels: Of a stress test, tail by tail.
        outcome: What y is called.
        floor: Smallest exceedance that the calibration certifies; less is said to be uncertified.
        look: Width and theme.
    """
    look = look or Look()
    tails = list(dict.fromkeys(row.tail for row in levels))
    width, title = look.width - 0.2, "What happens at each level?"
    note = f"tail: {tails[0]}; " if len(tails) == 1 else ""
    note += "claims and shares with 90% intervals; failures are of the objects that can be judged"
    key = _key(levels, outcome, look)
    head, keys = look.head(title, note), key_height(look, key, width) + 0.1
    names = 0.0 if look.narrow else 0.24
    heights = {id(row): _height(row, look) for row in levels}
    several = len(tails) > 1
    headings = {tail: look.wrap(tail, width, size=0.5, bold=True, most=2) if several else [] for tail in tails}
    gaps = {tail: 0.32 + LINE * (len(lines) - 1) if several else 0.04 for tail, lines in headings.items()}
    tall = head + keys + names + sum(heights.values()) + sum(gaps.values()) + 0.4
    digits, limits = Digits.of([row.y for row in levels]), value_limits(*[(*row.y, row.real_y) for row in levels])
    places = _places(look)
    with rc_context(look.settings()):
        sheet = new_sheet(look, tall)
        sheet.head(title, note)
        draw_key(sheet, key, 0.1, head, width)
        top = head + keys
        if names:
            _draw_names(sheet, places, outcome, top)
            top += names
        for tail in tails:
            sheet.paragraph((0.1, top + 0.22), headings[tail], size=0.5, fontweight="bold")
            top += gaps[tail]
            for row in levels:
                if row.tail == tail:
                    sheet.page.plot([0.1, look.width - 0.1], [top] * 2, color=look.faint, linewidth=0.7)
                    _draw_row(sheet, row, claim_words(row, floor=floor), places, top, limits)
                    top += heights[id(row)]
        _draw_scale(sheet, places.y, top, limits, digits, outcome)
    return sheet.figure


def _places(look: Look) -> _Places:
    right = look.width - 0.1
    if look.narrow:
        half = (look.width - 0.34) / 2
        return _Places((0.1, right - 0.1), (0.1, half), (0.1, half), (0.24 + half, half), (0.1, right - 0.1))
    fails = 0.29 * look.width
    free = right - 0.1 - 1.62 - 0.72 - fails
    support = 0.45 * free - 0.2
    start = 0.1 + 1.62 + 0.72
    return _Places(
        (0.1, 1.56), (1.72, 0.6), (start, support), (start + support + 0.2, 0.55 * free - 0.2), (right - fails, fails)
    )


def _height(row: LevelRow, look: Look) -> float:
    if row.refused:
        return 0.3 + LINE * (len(_refused(row, look)) - (0 if look.narrow else 1)) + 0.06
    return 0.72 if look.narrow else TALL


def _refused(row: LevelRow, look: Look) -> list[str]:
    return look.wrap(row.refused, look.width - (0.2 if look.narrow else 1.0), size=SMALL)


def _draw_names(sheet: Sheet, places: _Places, outcome: str, top: float) -> None:
    look = sheet.look
    for (left, room), words in (
        (places.level, "level, claim"),
        (places.passing, "pass"),
        (places.support, "support"),
        (places.y, outcome),
        (places.fails, "failures"),
    ):
        sheet.write(left, top + 0.14, look.wrap(words, room, size=SMALL, most=1)[0], size=SMALL, color=look.quiet)


def _draw_row(
    sheet: Sheet, row: LevelRow, claim: str, places: _Places, top: float, limits: tuple[float, float]
) -> None:
    look = sheet.look
    name = level_name(row)
    sheet.write(0.1, top + 0.19, name, size=1.5, fontweight="bold")
    if row.refused:
        beside = (0.1, top + 0.36) if look.narrow else (0.9, top + 0.19)
        sheet.paragraph(beside, _refused(row, look), size=SMALL, color=look.quiet)
        return
    passing = percent(row.acceptance) if math.isfinite(row.acceptance) else "–"
    if look.narrow:
        beside = 0.18 + look.width_of(name, size=1.5, bold=True)
        words = look.wrap(f"{claim} · {passing} pass", look.width - 0.1 - beside, size=SMALL, most=1)[0]
        sheet.write(beside, top + 0.19, words, size=SMALL, color=look.quiet)
        middle, below = top + 0.37, top + 0.46
    else:
        sheet.write(
            0.1, top + 0.345, look.wrap(claim, places.level[1], size=SMALL, most=1)[0], size=SMALL, color=look.quiet
        )
        sheet.write(places.passing[0], top + 0.25, passing, size=-0.5)
        middle, below = top + TALL / 2, top
    draw_support(sheet, row, places.support, middle)
    draw_y(sheet, row, places.y, middle, limits)
    draw_fails(sheet, row, places.fails, below)


def _draw_scale(
    sheet: Sheet, place: tuple[float, float], top: float, limits: tuple[float, float], digits: Digits, outcome: str
) -> None:
    look, (left, broad), (low, high) = sheet.look, place, limits
    sheet.page.plot([left, left + broad], [top + 0.06] * 2, color=look.quiet, linewidth=0.7)
    for value, side in ((low, "left"), ((low + high) / 2, "center"), (high, "right")):
        x = left + broad * (value - low) / (high - low)
        sheet.page.plot([x, x], [top + 0.06, top + 0.1], color=look.quiet, linewidth=0.7)
        if side != "center" or broad > 1.2:
            sheet.write(x, top + 0.22, digits(value), size=SMALL, color=look.quiet, ha=side)
    if look.narrow:
        words = look.wrap(outcome, left - 0.3, size=SMALL, most=1)[0]
        sheet.write(left - 0.12, top + 0.1, words, size=SMALL, color=look.quiet, ha="right")


def _key(levels: Sequence[LevelRow], outcome: str, look: Look) -> list[Entry]:
    key = []
    for label in Support:
        if any(row.support.get(str(label), 0) for row in levels):
            colour, _, word = look.of_support(label)
            face, hatch = face_of(look, label)
            key.append(Entry(word, _box(face, colour, hatch), colour))
    key.append(Entry(f"{outcome}: median", stroke(look.ink, width=2)))
    key.append(Entry("middle half", swatch(look.series, alpha=0.55)))
    key.append(Entry("5 to 95%", stroke(look.series)))
    if any(math.isfinite(row.real_y) for row in levels):
        key.append(Entry("nearest real objects", dot(look.paper, look.ink)))
    return key + hit_entries(look, {kind for row in levels for kind, count in row.kinds.items() if count})


def _box(face: str, edge: str, hatch: str) -> Painter:
    def paint(sheet: Sheet, x: float, y: float) -> None:
        sheet.page.add_patch(
            Rectangle((x, y - 0.055), 0.18, 0.11, facecolor=face, edgecolor=edge, hatch=hatch, linewidth=0.7)
        )

    return paint
