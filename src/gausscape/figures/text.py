"""How broad are words on paper? Measured with the font itself, so that they wrap and are neither cut nor overlapping."""

__all__ = ["LINE", "family", "text_width", "wrap"]

import functools
import re

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from gausscape.printable import printable

FAMILIES = (
    "Inter",
    "Source Sans 3",
    "Source Sans Pro",
    "Helvetica Neue",
    "Helvetica",
    "Arial",
    "Liberation Sans",
    "DejaVu Sans",
)

BREAKS = re.compile(r"[-/_.,;:)=](?=\w)|[a-z](?=[A-Z])")
"""Where a word that is too long is broken best: after this letter."""

LINE = 0.155
"""Inches from one line of ordinary words to the next."""

HINTING = 1.05
"""Letters that are moved to whole pixels may take a little more room than drawn outlines."""


@functools.cache
def family() -> str:
    """The first font of the list that this machine has."""
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((name for name in FAMILIES if name in known), "DejaVu Sans")


@functools.lru_cache(maxsize=16384)
def text_width(text: str, points: float, *, bold: bool = False) -> float:
    """Inches that a line of words takes.

    Example:
        >>> text_width("wide", 9) < text_width("wider", 9) < text_width("wider", 9, bold=True)
        True
    """
    font = FontProperties(family=family(), size=points, weight="bold" if bold else "normal")
    return (
        HINTING * float(text_to_path.get_text_width_height_descent(printable(text), font, ismath=False)[0]) / 72 if text else 0.0
    )


def wrap(text: str, width: float, points: float, *, bold: bool = False, most: int | None = None) -> list[str]:
    """Lines of at most that many inches; a word that is broader by itself is broken.

    Args:
        text: What to say.
        width: Inches.
        points: Size of the font.
        bold: Whether it is set in bold.
        most: Lines at most; the last one ends in an ellipsis where words are left out.

    Example:
        >>> lines = wrap("more slant, less width", 0.7, 9)
        >>> " ".join(lines), max(text_width(line, 9) for line in lines) <= 0.7
        ('more slant, less width', True)
        >>> wrap("more slant, less width", 0.7, 9, most=1)[0][-1]
        '…'
    """

    def fits(words: str) -> bool:
        return text_width(words, points, bold=bold) <= width + 1e-6

    lines: list[str] = []
    for word in text.split():
        if lines and fits(f"{lines[-1]} {word}"):
            lines[-1] += " " + word
            continue
        while not fits(word) and len(word) > 1:
            fitting = [k for k in range(1, len(word)) if fits(word[:k])] or [1]
            cut = max((k for k in fitting if BREAKS.match(word, k - 1)), default=fitting[-1])
            lines.append(word[:cut])
            word = word[cut:]
        lines.append(word)
    if most is None or len(lines) <= most:
        return lines or [""]
    last = " ".join(lines[most - 1 :])
    while last and not fits(last.rstrip(" ,;") + "…"):
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip(" ,;") + "…"]
