"""Worst cases: each object beside the worst one near it, with what changed, and what random draws nearby would have shown."""

__all__ = ["draw_worst_pairs"]

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from gausscape.errors import ShapeError
from gausscape.figures.bars import Bar, BarPlan, draw_bars, plan_bars
from gausscape.figures.key import Entry, dot, draw_key, key_height, stroke
from gausscape.figures.pictures import draw_frame, draw_picture, is_ink
from gausscape.figures.stress_marks import draw_hit, mark_of
from gausscape.figures.stress_values import Digits, value_limits
from gausscape.figures.stress_words import percent
from gausscape.figures.strip import Captioned, draw_row, row_height
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.figures.text import LINE
from gausscape.modality import Modality
from gausscape.space.support import Support
from gausscape.stress_testing.nearby.worst_case import WorstCase

SIDE = 1.05
ARROW = 0.42
SMALL = -1.0
SCALE = 0.5
MOST_BARS = 4


@dataclass(frozen=True, eq=False)
class _Pair:
    """One worst case, laid out."""

    case: WorstCase
    objects: list[Captioned]
    heading: list[str]
    said: list[str]
    bars: BarPlan
    left: float
    below: float
    height: float


def draw_worst_pairs(
    worst_cases: Sequence[WorstCase],
    modality: Modality | None = None,
    *,
    outcome: str = "y",
    most: int = 6,
    look: Look | None = None,
) -> Figure:
    """Start and worst object side by side, the largest change first.

    Args:
        worst_cases: Of a stress test.
        modality: The space's kind of data, which knows how to draw objects; None to draw none.
        outcome: What y is called.
        most: Pairs to show.
        look: Width and theme.

    Raises:
        ShapeError: If there is no worst case.
    """
    look = look or Look()
    if not worst_cases:
        raise ShapeError(
            "A figure of worst cases needs at least one, but got none. Ask the stress test for worst cases."
        )
    # Where the model broke, that is the worst there is.
    cases = sorted(worst_cases, key=lambda case: -abs(case.change) if math.isfinite(case.change) else -math.inf)[:most]
    digits = Digits.of([[case.y, case.start_y] for case in cases])
    limits = value_limits(*[np.append(case.random_y, [case.y, case.start_y]) for case in cases])
    names = {case.outcome for case in cases} - {"y"}
    several = "P(own class)" if all(case.own_class for case in cases) else "y"
    outcome = (next(iter(names)) if len(names) == 1 else several) if names else outcome
    pairs = [_plan(case, modality, outcome, digits, look) for case in cases]
    title = f"The worst that small changes do to {outcome}"
    left_out = len(worst_cases) - len(cases)
    note = "found by search: a lower bound of what is there" + (f"; {left_out} more not shown" if left_out else "")
    key = _key(look, outcome)
    head, keys = look.head(title, note), key_height(look, key, look.width - 0.2) + 0.08
    with rc_context(look.settings()):
        sheet = new_sheet(look, head + keys + sum(pair.height for pair in pairs))
        sheet.head(title, note)
        draw_key(sheet, key, 0.1, head, look.width - 0.2)
        ink = is_ink([picture for pair in pairs for picture in [each.picture for each in pair.objects]])
        top = head + keys
        for pair in pairs:
            sheet.page.plot([0.1, look.width - 0.1], [top] * 2, color=look.faint, linewidth=0.8)
            _draw_pair(sheet, pair, top, digits, limits, ink=ink)
            top += pair.height
    return sheet.figure


def _plan(case: WorstCase, modality: Modality | None, outcome: str, digits: Digits, look: Look) -> _Pair:
    width, objects = look.width - 0.2, _objects(case, modality, digits)
    # Pictures stand on the left, words and bars beside them; on a phone everything is below each other.
    aside, pictures = 0.0, 0.0
    if _are_rows(objects):
        aside = 0.0 if look.narrow else 0.46 * width + 0.25
        pictures = row_height(objects, aside - 0.25 if aside else width, look)
    elif objects:
        aside = 0.0 if look.narrow else 2 * SIDE + ARROW + 0.25
        pictures = SIDE + 0.5
    left = 0.1 + aside
    room = look.width - 0.1 - left
    heading = look.wrap(
        _heading(case, outcome, digits, bare=not objects), room if aside else width, bold=True, size=0.5
    )
    said = look.wrap(_said(case, digits), room, size=SMALL)
    bars = plan_bars(
        look, [Bar(name, change) for name, change in case.features[:MOST_BARS]], room, unit=_unit(room, look)
    )
    words = LINE * len(said) + SCALE + 0.08 + bars.height
    titled = 0.1 + LINE * len(heading) + 0.08
    below = titled + (0.0 if aside else pictures)
    return _Pair(
        case,
        objects,
        heading,
        said,
        bars,
        left,
        below,
        max(below + words, pictures + 0.14 if aside else 0.0) + 0.16,
    )


def _unit(room: float, look: Look) -> str:
    words = "change in standard deviations of the feature in the population"
    return words if look.width_of(words, size=-0.5) < room else "change in standard deviations of the feature"


def _heading(case: WorstCase, outcome: str, digits: Digits, *, bare: bool) -> str:
    name = outcome if case.outcome == "y" else case.outcome
    words = f"around {case.centre}: {name} {digits(case.start_y)} → {digits(case.y)}, {case.distance:.2g} sd away"
    # What pictures would show is said where there are none.
    told = (Look().of_support(case.support)[2], case.kind if case.fails else "") if bare else ()
    return ", ".join([words, *[each for each in told if each]])


def _said(case: WorstCase, digits: Digits) -> str:
    words, m = f"{case.search[:1].upper()}{case.search[1:]}; within {case.radius:.2g} sd.", len(case.random_y)
    if not m:
        return f"{words} None of {case.draws:,} random draws is an object."
    share = "" if m == case.draws else f"; {m:,} of {case.draws:,} are objects"
    return (
        f"{words} The worst of {m:,} random draws has {digits(case.random_worst)}{share}: with 95% confidence at most "
        f"{percent(case.worse_share)} of the objects within are worse than that."
    )


def _draw_pair(
    sheet: Sheet, pair: _Pair, top: float, digits: Digits, limits: tuple[float, float], *, ink: bool
) -> None:
    look, case = sheet.look, pair.case
    narrow = look.narrow
    sheet.paragraph((0.1 if narrow else pair.left, top + 0.2), pair.heading, size=0.5, fontweight="bold")
    place = (0.1, top + (0.18 + LINE * len(pair.heading) if narrow else 0.14))
    if _are_rows(pair.objects):
        draw_row(sheet, pair.objects, *place, look.width - 0.2 if narrow else pair.left - 0.35, ink=ink)
    elif pair.objects:
        _draw_pictures(sheet, pair, place, digits, ink=ink)
    down = top + pair.below
    room = look.width - 0.1 - pair.left
    _draw_scale(sheet, case, (pair.left, down, room), digits, limits)
    down += SCALE + 0.02
    sheet.paragraph((pair.left, down + 0.1), pair.said, size=SMALL, color=look.quiet)
    draw_bars(sheet, pair.bars, pair.left, down + LINE * len(pair.said) + 0.06)


def _draw_pictures(sheet: Sheet, pair: _Pair, place: tuple[float, float], digits: Digits, *, ink: bool) -> None:
    look, case, (left, top) = sheet.look, pair.case, place
    start, worst = (each.picture for each in pair.objects)
    weak = case.support == Support.UNSUPPORTED
    draw_picture(sheet, start, (left + 0.03, top + 0.03, SIDE - 0.06, SIDE - 0.06), ink=ink)
    draw_frame(sheet, (left, top, SIDE, SIDE), colour=look.faint, width=1.0)
    x = left + SIDE + ARROW
    draw_picture(
        sheet, worst, (x + 0.03, top + 0.03, SIDE - 0.06, SIDE - 0.06), ink=ink, strength=0.62 if weak else 1.0
    )
    colour, line, word = look.of_support(case.support)
    draw_frame(sheet, (x, top, SIDE, SIDE), colour=colour, line=line)
    sheet.page.annotate(
        "", (x - 0.07, top + SIDE / 2), (left + SIDE + 0.07, top + SIDE / 2),
        arrowprops={"arrowstyle": "-|>", "color": look.quiet, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
    if case.fails and case.kind:
        draw_hit(sheet, case.kind, x + SIDE - 0.03, top + 0.03)
    base = top + SIDE + 0.16
    sheet.write(left + SIDE / 2, base, "the object", size=-1.5, color=look.quiet, ha="center")
    sheet.write(left + SIDE / 2, base + 0.16, digits(case.start_y), size=-0.5, ha="center", fontweight="bold")
    sheet.write(x + SIDE / 2, base, word, size=-1.5, color=colour, ha="center")
    tone, weight = (look.quiet, "normal") if weak else (look.ink, "bold")
    sheet.write(x + SIDE / 2, base + 0.16, digits(case.y), size=-0.5, color=tone, ha="center", fontweight=weight)
    if case.fails and case.kind:
        sheet.write(x + SIDE / 2, base + 0.31, case.kind, size=-1.5, color=mark_of(look, case.kind).colour, ha="center")


def _objects(case: WorstCase, modality: Modality | None, digits: Digits) -> list[Captioned]:
    """The object and the worst one; nothing without a modality."""
    if modality is None:
        return []
    start, worst = modality.pictures(case.start)[0], modality.pictures(case.item)[0]
    hit = (f"× {mark_of(Look(), case.kind).short}",) if case.fails and case.kind else ()
    return [
        Captioned(start, Support.SUPPORTED, digits(case.start_y), ("the object",)),
        Captioned(worst, case.support, digits(case.y), hit, case.support != Support.UNSUPPORTED),
    ]


def _are_rows(objects: Sequence[Captioned]) -> bool:
    return bool(objects) and objects[0].picture.kind == "rows"


def _draw_scale(
    sheet: Sheet, case: WorstCase, place: tuple[float, float, float], digits: Digits, limits: tuple[float, float]
) -> None:
    """y of the random draws as ticks, of the object as a ring, of the worst found as a sign, on one line."""
    look, (left, top, room), (low, high) = sheet.look, place, limits
    middle = top + 0.14

    def at(y: float) -> float:
        return left + 0.06 + (room - 0.12) * (y - low) / (high - low)

    sheet.page.plot([left, left + room], [middle] * 2, color=look.quiet, linewidth=0.7, zorder=1)
    for y in case.random_y[np.isfinite(case.random_y)]:
        sheet.page.plot(
            [at(float(y))] * 2, [middle - 0.06, middle + 0.06], color=look.series, linewidth=0.8, alpha=0.6, zorder=2
        )
    if math.isfinite(case.start_y):
        sheet.page.plot([at(case.start_y)], [middle], "o", markersize=6.5, markerfacecolor=look.paper,
                        markeredgecolor=look.ink, markeredgewidth=1.3, zorder=4)  # fmt: skip
    if math.isfinite(case.y):
        sheet.page.plot([at(case.y)], [middle], "v", markersize=8, color=look.accent, zorder=5)
    for value, side in ((low, "left"), (high, "right")):
        sheet.write(
            left if side == "left" else left + room, middle + 0.22, digits(value), size=-1.5, color=look.quiet, ha=side
        )


def _key(look: Look, outcome: str) -> list[Entry]:
    return [
        Entry(f"{outcome} of the object", dot(look.paper, look.ink)),
        Entry("of random draws nearby", stroke(look.series, width=0.8)),
        Entry("of the worst found", dot(look.accent, look.accent, "v")),
    ]
