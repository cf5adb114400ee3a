"""Scenario strips: for each tail and level, generated objects from the safest to the nearest to failing."""

__all__ = ["draw_scenario_strips"]

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from gausscape.figures.key import draw_key, key_height
from gausscape.figures.pictures import is_ink
from gausscape.figures.stress_marks import hit_entries
from gausscape.figures.stress_objects import Shown, draw_shown, shown_fitting, shown_height
from gausscape.figures.stress_values import Digits
from gausscape.figures.stress_words import claim_words, level_name, percent
from gausscape.figures.strip import Captioned
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.figures.text import LINE
from gausscape.items import Items, take
from gausscape.modality import Modality, Picture
from gausscape.space.support import Support
from gausscape.stress_testing.levels import LevelRow
from gausscape.stress_testing.scenarios import Kind, Scenarios

HEAD = 1.3
SMALL = -1.0


@dataclass(frozen=True)
class _Row:
    """One level: its words, and the objects that are shown of it."""

    name: str
    notes: tuple[str, ...]
    objects: list[Shown]


def draw_scenario_strips(
    scenarios: Scenarios,
    levels: Sequence[LevelRow],
    modality: Modality,
    *,
    outcome: str = "y",
    rule: str = "",
    neighbours: Items | None = None,
    most: int | None = None,
    look: Look | None = None,
) -> Figure:
    """Objects of each tail and level, evenly picked from all scenarios there: on the left the safest, on the right the worst.

    A hit of the failure rule carries a sign and a word for what it is. Pictures and words are one line a level; rows of a
    table are told side by side with the lines that differ.

    Args:
        scenarios: Of a stress test.
        levels: Its levels, in the order to draw.
        modality: The space's kind of data, which knows how to draw objects.
        outcome: What y is called.
        rule: The failure rule in words; "" without one.
        neighbours: Real objects, found by id, to draw the nearest one below each; None for none.
        most: Objects in a line at most; None for as many as fit.
        look: Width and theme.
    """
    look = look or Look()
    left = 0.1 if look.narrow else HEAD
    width = look.width - left - 0.05
    blocks = {tail: [row for row in levels if row.tail == tail] for tail in dict.fromkeys(row.tail for row in levels)}
    drawn = {
        tail: [_row(scenarios, row, modality, neighbours, width, most, look) for row in rows]
        for tail, rows in blocks.items()
    }
    shown = [each for rows in drawn.values() for row in rows for each in row.objects]
    ink = is_ink([each.object.picture for each in shown])
    title, note = f"{outcome} further and further out", _note(list(drawn), outcome, rule, scenarios, shown)
    # In a table words tell the kind.
    are_rows = any(each.object.picture.kind == "rows" for each in shown)
    key = [] if are_rows else hit_entries(look, {each.kind for each in shown})
    head, keys = look.head(title, note), key_height(look, key, look.width - 0.2) + 0.06 if key else 0.0
    heights = {tail: [_height(row, width, look) for row in rows] for tail, rows in drawn.items()}
    several = len(drawn) > 1
    headings = {tail: look.wrap(tail, look.width - 0.2, size=1.5, most=2) if several else [] for tail in drawn}
    above = {tail: 0.34 + 1.2 * LINE * (len(lines) - 1) if several else 0.0 for tail, lines in headings.items()}
    tall = head + keys + sum(sum(each) for each in heights.values()) + sum(above.values())
    with rc_context(look.settings()):
        sheet = new_sheet(look, tall + 0.02)
        sheet.head(title, note)
        draw_key(sheet, key, 0.1, head, look.width - 0.2)
        top = head + keys
        for tail, rows in drawn.items():
            for i, line in enumerate(headings[tail]):
                sheet.write(0.1, top + 0.2 + 1.2 * LINE * i, line, size=1.5)
            top += above[tail]
            for i, (row, height) in enumerate(zip(rows, heights[tail], strict=True)):
                if i or several:
                    sheet.page.plot([0.1, look.width - 0.1], [top - 0.06] * 2, color=look.faint, linewidth=0.8)
                _draw_row(sheet, row, (left, top, width), ink=ink)
                top += height
    return sheet.figure


def _row(
    scenarios: Scenarios,
    row: LevelRow,
    modality: Modality,
    neighbours: Items | None,
    width: float,
    most: int | None,
    look: Look,
) -> _Row:
    """The level with the objects that fit in one line."""
    notes = [row.refused] if row.refused else _told(row, scenarios)
    there = rows_of_level(scenarios, row)
    if row.refused or not len(there):
        return _Row(level_name(row), tuple(notes), [])
    # The pictures of one object tell how many fit; drawing all scenarios of a test would be slow.
    first = modality.pictures(take(scenarios.items, there[:8]))
    chosen = spread_out(scenarios, there, min(most or len(there), shown_fitting(first, width, look)))
    pictures = modality.pictures(take(scenarios.items, chosen))
    nearest = _nearest(scenarios, chosen, modality, neighbours) if first[0].kind != "rows" else [None] * len(chosen)
    return _Row(level_name(row), tuple(notes), [
        _shown(scenarios, int(i), picture, real) for i, picture, real in zip(chosen, pictures, nearest, strict=True)
    ])  # fmt: skip


def rows_of_level(scenarios: Scenarios, row: LevelRow) -> np.ndarray:
    """Positions of the scenarios of a level; levels without an exceedance are told apart by their depth."""
    ours = scenarios.tail == row.tail
    if math.isfinite(row.asked):
        return np.flatnonzero(ours & np.isclose(scenarios.asked, row.asked, rtol=1e-9, atol=0.0))
    ours &= ~np.isfinite(scenarios.asked)
    spread = np.abs(scenarios.depth - row.depth)
    near = np.flatnonzero(ours)
    return near[np.argsort(spread[near], kind="stable")[: row.n]] if math.isfinite(row.depth) else near


def spread_out(scenarios: Scenarios, rows: np.ndarray, count: int) -> np.ndarray:
    """Evenly spaced among these rows in the order of the margin (of y without a rule), both ends included."""
    by = scenarios.margin[rows]
    order = rows[np.argsort(-by if np.isfinite(by).any() else scenarios.y[rows], kind="stable")]
    return order[np.unique(np.linspace(0, len(order) - 1, max(min(count, len(order)), 1)).round().astype(int))]


def _nearest(
    scenarios: Scenarios, chosen: np.ndarray, modality: Modality, neighbours: Items | None
) -> Sequence[Picture | None]:
    if neighbours is None:
        return [None] * len(chosen)
    rows = {str(name): row for row, name in enumerate(neighbours.ids)}
    places = [rows.get(str(name)) for name in scenarios.nearest[chosen]]
    known = [place for place in places if place is not None]
    pictures = iter(modality.pictures(take(neighbours.values, np.array(known))) if known else [])
    return [None if place is None else next(pictures) for place in places]


def _shown(scenarios: Scenarios, i: int, picture: Picture, nearest: Picture | None) -> Shown:
    digits = Digits.of(scenarios.y)
    support, y = str(scenarios.support[i]), float(scenarios.y[i])
    answer, judged = str(scenarios.answer[i]), str(scenarios.judged[i])
    notes = (f"says {answer}",) if answer else ()
    # A judgement that agrees says nothing new.
    notes += (f"judged {judged}",) if judged and judged != answer else ()
    is_unsure = scenarios.rests_on_referee and not judged and support != Support.UNSUPPORTED
    notes += ("referee unsure",) if is_unsure and answer else ()
    kind = str(scenarios.kind[i]) if scenarios.fails[i] else Kind.NONE
    real = y - float(scenarios.from_nearest[i])
    real_y = digits(real) if nearest is not None and math.isfinite(real) else ""
    return Shown(
        Captioned(picture, support, digits(y), notes, support != Support.UNSUPPORTED), kind, nearest, real_y
    )  # fmt: skip


def _told(row: LevelRow, scenarios: Scenarios) -> list[str]:
    notes = [claim_words(row, floor=scenarios.exceedance.floor)]
    if math.isfinite(row.acceptance):
        notes.append(f"{percent(row.acceptance)} of draws pass")
    if row.kinds:
        notes.append(f"{row.hits} of {row.n} hit the rule" if row.hits else f"none of {row.n} hits")
    return notes


def _note(tails: list[str], outcome: str, rule: str, scenarios: Scenarios, shown: Sequence[Shown]) -> str:
    ruled = bool(np.isfinite(scenarios.margin).any())
    order = "from the safest to the worst" if ruled else "sorted by it"
    small = "; small: the nearest real object" if any(each.nearest is not None for each in shown) else ""
    failure = f"; failure is {rule}" if rule else ""
    tail = f"tail: {tails[0]}; " if len(tails) == 1 else ""
    return f"{tail}bold: {outcome}{failure}; {order}{small}"


def _draw_row(sheet: Sheet, row: _Row, place: tuple[float, float, float], *, ink: bool) -> None:
    look, (left, top, width) = sheet.look, place
    sheet.write(0.1, top + 0.16, row.name, size=2.5, fontweight="bold")
    if look.narrow:
        beside = 0.2 + look.width_of(row.name, size=2.5, bold=True)
        sheet.paragraph((beside, top + 0.16), _lines(row, look), size=SMALL, color=look.quiet)
        top += _above(row, look)
    else:
        sheet.paragraph((0.1, top + 0.34), _lines(row, look), size=SMALL, color=look.quiet)
    draw_shown(sheet, row.objects, left, top + 0.04, width, ink=ink)


def _lines(row: _Row, look: Look) -> list[str]:
    if look.narrow:
        return look.wrap(
            " · ".join(row.notes), look.width - 0.3 - look.width_of(row.name, size=2.5, bold=True), size=SMALL
        )
    if not row.objects:
        return look.wrap(". ".join(row.notes), look.width - 0.2, size=SMALL)
    return [line for note in row.notes for line in look.wrap(note, HEAD - 0.15, size=SMALL)]


def _above(row: _Row, look: Look) -> float:
    """Inches of words above the objects."""
    return 0.26 + LINE * (len(_lines(row, look)) - 1) if look.narrow else 0.0


def _height(row: _Row, width: float, look: Look) -> float:
    words = 0.34 + LINE * len(_lines(row, look)) + 0.12
    if not row.objects:
        return words
    tall = _above(row, look) + shown_height(row.objects, width, look) + 0.14
    return tall if look.narrow else max(tall, words)
