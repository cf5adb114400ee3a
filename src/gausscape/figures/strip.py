"""A row of objects, each framed by its support and with a few words below: what path and stress strips are made of."""

__all__ = ["Captioned", "draw_row", "pick_steps", "row_height"]

import math
from collections.abc import Sequence

import numpy as np

from gausscape.figures.columns import Captioned, columns_fitting, columns_height, draw_columns
from gausscape.figures.pictures import draw_frame, draw_picture, on_one_scale
from gausscape.figures.style import Look, Sheet
from gausscape.space.support import Support

GAP = 0.1
LINE = 0.16
LEAST = 0.66
MOST = 1.15


def row_height(objects: Sequence[Captioned], width: float, look: Look) -> float:
    """Inches that `draw_row` needs for these objects in that width."""
    if _are_rows(objects):
        return columns_height(objects, width, look)
    columns, cell = _columns(len(objects), width)
    return math.ceil(len(objects) / columns) * _line_height(cell, _lines(objects))


def draw_row(sheet: Sheet, objects: Sequence[Captioned], left: float, top: float, width: float, *, ink: bool) -> None:
    """Draw objects side by side, wrapping where the width ends; frame, colour and word tell the support of each.

    Rows of a table are drawn as one table, with an object in each column.
    """
    if _are_rows(objects):
        draw_columns(sheet, objects, left, top, width)
        return
    look = sheet.look
    columns, cell = _columns(len(objects), width)
    lines = _lines(objects)
    pictures = on_one_scale([each.picture for each in objects])
    for i, each in enumerate(objects):
        x, y = left + (i % columns) * cell, top + (i // columns) * _line_height(cell, lines)
        side = cell - GAP
        colour, line, word = look.of_support(each.support)
        weak = each.support == Support.UNSUPPORTED
        inner = (x + 0.03, y + 0.03, side - 0.06, side - 0.06)
        draw_picture(sheet, pictures[i], inner, ink=ink, strength=0.62 if weak else 1.0)
        draw_frame(sheet, (x, y, side, side), colour=colour, line=line)
        centre, base = x + side / 2, y + side + LINE
        sheet.write(centre, base, word, size=-1.5, color=colour, ha="center")
        if each.outcome:
            base += LINE
            tone, weight = (look.ink, "bold") if each.is_quotable else (look.quiet, "normal")
            shown = look.wrap(each.outcome, cell - 0.02, size=-1, bold=True, most=1)[0]
            sheet.write(centre, base, shown, size=-1, color=tone, ha="center", fontweight=weight)
        for j, text in enumerate(each.notes):
            shown = look.wrap(text, cell - 0.02, size=-1, most=1)[0]
            sheet.write(centre, base + (j + 1) * LINE, shown, size=-1, color=look.quiet, ha="center")


def pick_steps(objects: Sequence[Captioned], width: float, look: Look) -> list[Captioned]:
    """The objects of a way that are shown: all of them, or of rows of a table as many as stand side by side, ends included."""
    objects = list(objects)
    fitting = max(2, columns_fitting(objects, width, look)) if _are_rows(objects) else len(objects)
    if len(objects) <= fitting:
        return objects
    # An odd number keeps the middle of the way.
    fitting -= fitting > 2 and fitting % 2 == 0 and len(objects) % 2
    return [objects[i] for i in np.linspace(0, len(objects) - 1, fitting).round().astype(int)]


def _are_rows(objects: Sequence[Captioned]) -> bool:
    return bool(objects) and all(each.picture.kind == "rows" for each in objects)


def _lines(objects: Sequence[Captioned]) -> int:
    return max((bool(each.outcome) + len(each.notes) for each in objects), default=0)


def _columns(count: int, width: float) -> tuple[int, float]:
    count = max(count, 1)
    columns = count if width / count >= LEAST else max(1, int(width // LEAST))
    # Two lines of 5 and 4 look better than one of 8 and one of 1.
    columns = math.ceil(count / math.ceil(count / columns))
    return columns, min(MOST, width / columns)


def _line_height(cell: float, lines: int) -> float:
    return cell - GAP + (lines + 1) * LINE + 0.14
