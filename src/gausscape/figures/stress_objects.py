"""A line of generated objects, each with its support, y and the sign of a hit; what strips and cards are made of."""

__all__ = ["Shown", "draw_shown", "halo", "shown_fitting", "shown_height"]

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib import patheffects

from gausscape.figures.columns import columns_fitting
from gausscape.figures.pictures import draw_frame, draw_picture
from gausscape.figures.stress_marks import draw_hit, mark_of
from gausscape.figures.strip import Captioned, draw_row, row_height
from gausscape.figures.style import Look, Sheet
from gausscape.modality import Picture
from gausscape.space.support import Support

LEAST = 0.68
MOST = 1.0
GAP = 0.1
LINE = 0.15
SMALL = -1.5
NEAREST = 0.44
"""Side of the nearest real object as a share of the object's own."""


@dataclass(frozen=True)
class Shown:
    """One object with its caption.

    Args:
        object: Picture, support, y and further words.
        kind: What its hit of the failure rule is; "" for none.
        nearest: The nearest real object, drawn small below; None for none.
        nearest_y: y of that, in a few letters.
        sign: A letter or number at the corner, to find the object elsewhere in the figure.
    """

    object: Captioned
    kind: str = ""
    nearest: Picture | None = None
    nearest_y: str = ""
    sign: str = ""


def shown_fitting(pictures: Sequence[Picture], width: float, look: Look) -> int:
    """How many objects stand in one line; of table rows as many as stand side by side."""
    if _are_rows(pictures):
        return max(2, columns_fitting([Captioned(picture, Support.SUPPORTED) for picture in pictures], width, look))
    return max(2, int((width + 0.02) // (LEAST if look.narrow else 0.5 * (LEAST + MOST))))


def shown_height(objects: Sequence[Shown], width: float, look: Look) -> float:
    """Inches that `draw_shown` needs."""
    if not objects:
        return 0.0
    if _are_rows([each.object.picture for each in objects]):
        return row_height([_told(each, look) for each in objects], width, look)
    side = _cell(objects, width, look) - GAP
    return side + LINE * _lines(objects) + (NEAREST * side + 0.08 if _has_nearest(objects) else 0.0) + 0.14


def draw_shown(sheet: Sheet, objects: Sequence[Shown], left: float, top: float, width: float, *, ink: bool) -> None:
    """Draw the objects side by side; rows of a table as one table, with the kind of a hit in words."""
    if not objects:
        return
    if _are_rows([each.object.picture for each in objects]):
        draw_row(sheet, [_told(each, sheet.look) for each in objects], left, top, width, ink=ink)
        return
    cell, lines = _cell(objects, width, sheet.look), _lines(objects)
    for i, each in enumerate(objects):
        _draw_one(sheet, each, (left + i * cell, top, cell), lines, ink=ink)


def halo(look: Look) -> list[Any]:
    """Paper around letters, so that they can be read on anything."""
    return [patheffects.withStroke(linewidth=2.5, foreground=look.paper)]


def _draw_one(sheet: Sheet, each: Shown, place: tuple[float, float, float], lines: int, *, ink: bool) -> None:
    look, (x, y, cell), shown = sheet.look, place, each.object
    side = cell - GAP
    colour, line, word = look.of_support(shown.support)
    weak = shown.support == Support.UNSUPPORTED
    draw_picture(
        sheet, shown.picture, (x + 0.03, y + 0.03, side - 0.06, side - 0.06), ink=ink, strength=0.62 if weak else 1.0
    )
    draw_frame(sheet, (x, y, side, side), colour=colour, line=line)
    if each.sign:
        sheet.write(x + 0.06, y + 0.155, each.sign, size=-0.5, fontweight="bold", zorder=8, path_effects=halo(look))
    if each.kind:
        draw_hit(sheet, each.kind, x + side - 0.03, y + 0.03)
    tone, weight = (look.ink, "bold") if shown.is_quotable else (look.quiet, "normal")
    told = [(word, colour, "normal", SMALL)]
    if shown.outcome:
        told.append((shown.outcome, tone, weight, -1.0))
    told += [(note, look.quiet, "normal", SMALL) for note in shown.notes]
    if each.kind:
        told.append((each.kind, mark_of(look, each.kind).colour, "normal", SMALL))
    for j, (text, tint, heavy, size) in enumerate(told):
        cut = look.wrap(text, cell - 0.02, size=size, bold=heavy == "bold", most=1)[0]
        sheet.write(x + side / 2, y + side + LINE * (j + 1), cut, size=size, color=tint, ha="center", fontweight=heavy)
    if each.nearest is not None:
        small = NEAREST * side
        words = look.width_of(each.nearest_y, size=SMALL) + 0.05 if each.nearest_y else 0.0
        start, below = x + max((side - small - words) / 2, 0.0), y + side + LINE * lines + 0.08
        draw_picture(sheet, each.nearest, (start, below, small, small), ink=ink, strength=0.8)
        sheet.write(start + small + 0.05, below + small / 2 + 0.04, each.nearest_y, size=SMALL, color=look.quiet)


def _told(each: Shown, look: Look) -> Captioned:
    sign = f"{each.sign} · " if each.sign else ""
    outcome = f"{sign}{each.object.outcome}" if sign else each.object.outcome
    notes = (*each.object.notes, f"× {mark_of(look, each.kind).short}") if each.kind else each.object.notes
    return replace(each.object, outcome=outcome, notes=notes)


def _are_rows(pictures: Sequence[Picture]) -> bool:
    return bool(pictures) and all(picture.kind == "rows" for picture in pictures)


def _has_nearest(objects: Sequence[Shown]) -> bool:
    return any(each.nearest is not None for each in objects)


def _cell(objects: Sequence[Shown], width: float, look: Look) -> float:
    return min(MOST, width / max(len(objects), shown_fitting([each.object.picture for each in objects], width, look)))


def _lines(objects: Sequence[Shown]) -> int:
    return max(1 + bool(each.object.outcome) + len(each.object.notes) + bool(each.kind) for each in objects)
