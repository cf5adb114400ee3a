"""A row of objects, each framed by its support and with a few words below: what path and stress strips are made of."""

__all__ = ["Captioned", "draw_row", "row_height"]

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gausscape.figures.pictures import draw_frame, draw_picture
from gausscape.figures.style import Sheet
from gausscape.modality import Picture
from gausscape.space.support import Support

GAP = 0.1
LINE = 0.16
LEAST = 0.7
MOST = 0.98


@dataclass(frozen=True)
class Captioned:
    """One object to draw.

    Args:
        picture: What it looks like.
        support: Its label.
        lines: Words below it, the most important first.
        is_quotable: Whether the words may be quoted; they are set quietly otherwise.
    """

    picture: Picture
    support: str
    lines: tuple[str, ...] = ()
    is_quotable: bool = True


def row_height(count: int, width: float, *, lines: int) -> float:
    """Inches that `draw_row` needs for that many objects with that many lines of words in that width."""
    columns, cell = _columns(count, width)
    return math.ceil(count / columns) * _line_height(cell, lines)


def draw_row(sheet: Sheet, objects: Sequence[Captioned], left: float, top: float, width: float, *, ink: bool) -> None:
    """Draw objects side by side, wrapping where the width ends; frame, colour and word tell the support of each."""
    look = sheet.look
    columns, cell = _columns(len(objects), width)
    lines = max((len(each.lines) for each in objects), default=0)
    for i, each in enumerate(objects):
        x, y = left + (i % columns) * cell, top + (i // columns) * _line_height(cell, lines)
        side = cell - GAP
        colour, line, word = look.of_support(each.support)
        weak = each.support == Support.UNSUPPORTED
        inner = (x + 0.03, y + 0.03, side - 0.06, side - 0.06)
        draw_picture(sheet, each.picture, inner, ink=ink, strength=0.62 if weak else 1.0)
        draw_frame(sheet, (x, y, side, side), colour=colour, line=line)
        centre, base = x + side / 2, y + side + LINE
        sheet.write(centre, base, word, size=-1.5, color=colour, ha="center")
        for j, text in enumerate(each.lines):
            tone = look.ink if j == 0 and each.is_quotable else look.quiet
            weight = "bold" if j == 0 and each.is_quotable else "normal"
            sheet.write(centre, base + (j + 1) * LINE, text, size=-1, color=tone, ha="center", fontweight=weight)


def _columns(count: int, width: float) -> tuple[int, float]:
    count = max(count, 1)
    columns = count if width / count >= LEAST else max(1, int(width // LEAST))
    # Two lines of 5 and 4 look better than one of 8 and one of 1.
    columns = math.ceil(count / math.ceil(count / columns))
    return columns, min(MOST, width / columns)


def _line_height(cell: float, lines: int) -> float:
    return cell - GAP + (lines + 1) * LINE + 0.2
