"""Rows of a table side by side as one table: an object in each column, and only the lines that differ between them."""

__all__ = ["Captioned", "columns_fitting", "columns_height", "differing_lines", "draw_columns"]

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gausscape.figures.style import Look, Sheet
from gausscape.figures.text import LINE
from gausscape.modality import Picture

LEAST = 0.82
MOST = 1.6
MOST_ROWS = 8
SMALL = -1.0
GAP = 0.12


@dataclass(frozen=True)
class Captioned:
    """One object to draw.

    Args:
        picture: What it looks like.
        support: Its label.
        outcome: What a model says of it, in a few letters; "" if none is asked.
        notes: Further words.
        is_quotable: Whether the outcome may be quoted; it is set quietly otherwise.
    """

    picture: Picture
    support: str
    outcome: str = ""
    notes: tuple[str, ...] = ()
    is_quotable: bool = True


@dataclass(frozen=True)
class _Block:
    """Some columns of the table: its objects, their lines of text row by row, and the height of each row."""

    objects: Sequence[Captioned]
    names: list[list[str]]
    cells: list[list[list[str]]]
    heights: list[float]
    head: float

    @property
    def height(self) -> float:
        return self.head + sum(self.heights)


def columns_fitting(objects: Sequence[Captioned], width: float, look: Look) -> int:
    """How many objects stand side by side."""
    return max(1, int((width - _names_width(objects, width, look)) // LEAST))


def columns_height(objects: Sequence[Captioned], width: float, look: Look) -> float:
    """Inches that `draw_columns` needs."""
    blocks, rest = _blocks(objects, width, look)
    return sum(block.height + 0.12 for block in blocks) + (0.18 if rest else 0.0)


def draw_columns(sheet: Sheet, objects: Sequence[Captioned], left: float, top: float, width: float) -> None:
    """Draw the table with its left upper corner there; what stays from one column to the next is set quietly."""
    look = sheet.look
    names = _names_width(objects, width, look)
    cell = _cell(objects, width, look)
    blocks, rest = _blocks(objects, width, look)
    for block in blocks:
        right = left + names + cell * len(block.objects)
        for j, each in enumerate(block.objects):
            _draw_head(sheet, each, left + names + j * cell, top, cell - GAP)
        y = top + block.head
        for lines, cells, height in zip(block.names, block.cells, block.heights, strict=True):
            sheet.page.plot([left, right - GAP], [y, y], color=look.faint, linewidth=0.6, zorder=1)
            sheet.paragraph((left, y + 0.155), lines, size=SMALL, color=look.quiet)
            for j, told in enumerate(cells):
                stays = j > 0 and told == cells[j - 1]
                x = left + names + (j + 1) * cell - GAP
                sheet.paragraph((x, y + 0.155), told, size=SMALL, ha="right", color=look.quiet if stays else look.ink)
            y += height
        top += block.height + 0.12
    if rest:
        sheet.write(left, top + 0.06, rest, size=SMALL, color=look.quiet)


def _draw_head(sheet: Sheet, each: Captioned, left: float, top: float, width: float) -> None:
    look = sheet.look
    colour, line, word = look.of_support(each.support)
    sheet.page.plot([left, left + width], [top + 0.03] * 2, color=colour, linestyle=line, linewidth=2.4)
    right, base = left + width, top + 0.18
    sheet.write(right, base, word, size=-1.5, color=colour, ha="right")
    if each.outcome:
        base += LINE
        tone, weight = (look.ink, "bold") if each.is_quotable else (look.quiet, "normal")
        shown = look.wrap(each.outcome, width, size=-0.5, bold=True, most=1)[0]
        sheet.write(right, base, shown, size=-0.5, color=tone, ha="right", fontweight=weight)
    for j, text in enumerate(each.notes):
        shown = look.wrap(text, width, size=SMALL, most=1)[0]
        sheet.write(right, base + (j + 1) * LINE, shown, size=SMALL, color=look.quiet, ha="right")


def _names_width(objects: Sequence[Captioned], width: float, look: Look) -> float:
    longest = max(
        (look.width_of(str(name), size=SMALL) for each in objects for name, _ in each.picture.data), default=0
    )
    return min(longest + GAP, 0.27 * width)


def _cell(objects: Sequence[Captioned], width: float, look: Look) -> float:
    return min(MOST, (width - _names_width(objects, width, look)) / _side(objects, width, look))


def _side(objects: Sequence[Captioned], width: float, look: Look) -> int:
    """Objects side by side; two blocks of 3 and 3 look better than one of 5 and one of 1."""
    fitting = columns_fitting(objects, width, look)
    return math.ceil(len(objects) / math.ceil(len(objects) / fitting))


def _blocks(objects: Sequence[Captioned], width: float, look: Look) -> tuple[list[_Block], str]:
    rows, rest = _shown_lines(objects)
    fitting = _side(objects, width, look)
    names, cell = _names_width(objects, width, look) - GAP, _cell(objects, width, look) - GAP
    found = []
    for start in range(0, len(objects), fitting):
        shown = objects[start : start + fitting]
        told = [look.wrap(name, names, size=SMALL, most=2) for name, _ in rows]
        cells = [
            [look.wrap(text, cell, size=SMALL, most=2) for text in texts[start : start + fitting]] for _, texts in rows
        ]
        heights = [
            LINE * max(len(lines) for lines in [name, *row]) + 0.07 for name, row in zip(told, cells, strict=True)
        ]
        lines = 1 + max(bool(each.outcome) + len(each.notes) for each in shown)
        found.append(_Block(shown, told, cells, heights, 0.1 + LINE * lines))
    return found, rest


def differing_lines(pictures: Sequence[Picture]) -> list[tuple[str, list[str]]]:
    """Name and texts of the lines whose text is not the same in all pictures of rows, those that differ most first.

    Example:
        >>> rows = [("plan", "A"), ("age", "40"), ("city", "Oslo")], [("plan", "B"), ("age", "41"), ("city", "Oslo")]
        >>> differing_lines([Picture("rows", data) for data in rows])
        [('plan', ['A', 'B']), ('age', ['40', '41'])]
    """
    varying = [row for row in _lines(pictures) if len(set(row[1])) > 1]
    return sorted(varying, key=lambda row: -_difference(row[1]))


def _lines(pictures: Sequence[Picture]) -> list[tuple[str, list[str]]]:
    columns = [{str(name): str(text) for name, text in picture.data} for picture in pictures]
    names = list(dict.fromkeys(name for column in columns for name in column))
    return [(name, [column.get(name, "") for column in columns]) for name in names]


def _shown_lines(objects: Sequence[Captioned]) -> tuple[list[tuple[str, list[str]]], str]:
    """The lines that are shown, and what is left out, in words."""
    pictures = [each.picture for each in objects]
    rows = _lines(pictures)
    varying = differing_lines(pictures) if len(objects) > 1 else rows
    shown = (varying or rows)[:MOST_ROWS]
    words = []
    if varying and len(varying) > len(shown):
        words.append(f"{len(varying) - len(shown)} more {'differ' if len(objects) > 1 else 'are not shown'}")
    if len(rows) > len(varying):
        words.append(f"{len(rows) - len(varying)} are the same in all")
    return shown, "; ".join(words)


def _difference(texts: Sequence[str]) -> float:
    """1 for words that differ, and for numbers whose range is half their size; less for those that differ less."""
    try:
        values = [float(text.replace(",", "")) for text in texts]
    except ValueError:
        return 1.0
    size = max(abs(value) for value in values)
    return min(1.0, 2 * (max(values) - min(values)) / size) if math.isfinite(size) and size > 0 else 0.0
