"""What do the marks of a figure mean? A key whose entries flow into lines, and a word in a chip."""

__all__ = ["Entry", "band", "dot", "draw_chip", "draw_key", "frame", "key_height", "stroke", "swatch"]

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.patches import FancyBboxPatch, Rectangle

from gausscape.figures.style import Look, Sheet
from gausscape.figures.text import text_width

Painter = Callable[[Sheet, float, float], None]
"""Draws a sample 0.18 inches broad whose left middle is at (x, y) inches."""

SAMPLE = 0.18
NEXT = 0.16
STEP = 0.19
SMALLER = -1.5


@dataclass(frozen=True)
class Entry:
    """One entry of a key.

    Args:
        word: What the mark means.
        paint: Draws a sample of the mark.
        colour: Of the word; None for that of notes.
    """

    word: str
    paint: Painter
    colour: str | None = None


def key_height(look: Look, entries: Sequence[Entry], width: float) -> float:
    """Inches that `draw_key` needs."""
    return STEP * (1 + max((line for line, _ in _places(look, entries, width)), default=-1))


def draw_key(sheet: Sheet, entries: Sequence[Entry], left: float, top: float, width: float) -> None:
    """Draw the entries from left to right, wrapping where the width ends."""
    for entry, (line, x) in zip(entries, _places(sheet.look, entries, width), strict=True):
        middle = top + STEP * (line + 0.5)
        entry.paint(sheet, left + x, middle)
        sheet.write(
            left + x + SAMPLE + 0.06, middle + 0.04, entry.word, size=SMALLER, color=entry.colour or sheet.look.quiet
        )


def _places(look: Look, entries: Sequence[Entry], width: float) -> list[tuple[int, float]]:
    places, line, x = [], 0, 0.0
    for entry in entries:
        broad = SAMPLE + 0.06 + text_width(entry.word, look.size + SMALLER)
        if x and x + broad > width:
            line, x = line + 1, 0.0
        places.append((line, x))
        x += broad + NEXT
    return places


def swatch(colour: str, *, alpha: float = 1.0) -> Painter:
    """A filled box."""
    return lambda sheet, x, y: _box(sheet, x, y, facecolor=colour, edgecolor="none", alpha=alpha)


def frame(colour: str, line: Any) -> Painter:
    """An empty box."""
    return lambda sheet, x, y: _box(sheet, x, y, fill=False, edgecolor=colour, linestyle=line, linewidth=1.2)


def band(colour: str, hatch: str) -> Painter:
    """A hatched box."""
    return lambda sheet, x, y: _box(sheet, x, y, facecolor="none", edgecolor=colour, hatch=hatch, linewidth=0.6)


def stroke(colour: str, *, width: float = 1.4, line: Any = "solid") -> Painter:
    """A line."""

    def paint(sheet: Sheet, x: float, y: float) -> None:
        sheet.page.plot([x, x + SAMPLE], [y, y], color=colour, linewidth=width, linestyle=line, solid_capstyle="butt")

    return paint


def dot(face: str, edge: str, marker: str = "o") -> Painter:
    """A marker."""

    def paint(sheet: Sheet, x: float, y: float) -> None:
        sheet.page.plot(
            [x + SAMPLE / 2], [y], marker, markersize=5, markerfacecolor=face, markeredgecolor=edge, markeredgewidth=1.1
        )

    return paint


def draw_chip(sheet: Sheet, word: str, left: float, middle: float, *, colour: str, strong: bool) -> float:
    """A word in a rounded box, filled where it is strong; gives the inches that it takes."""
    look = sheet.look
    broad = text_width(word, look.size - 1, bold=strong) + 0.14
    box = FancyBboxPatch(
        (left + 0.03, middle - 0.055), broad - 0.06, 0.11, boxstyle="round,pad=0.03", linewidth=0.8,
        facecolor=colour if strong else look.paper, edgecolor=colour, zorder=6,
    )  # fmt: skip
    sheet.page.add_patch(box)
    tone, weight = (look.paper, "bold") if strong else (colour, "normal")
    options = {"ha": "center", "va": "center_baseline", "color": tone, "fontweight": weight, "zorder": 7}
    sheet.write(left + broad / 2, middle + 0.005, word, size=-1, **options)
    return broad


def _box(sheet: Sheet, x: float, y: float, **options: Any) -> None:
    sheet.page.add_patch(Rectangle((x, y - 0.055), SAMPLE, 0.11, **options))
