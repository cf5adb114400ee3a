"""Generated objects in rows, from usual to beyond everything seen, each with its support and what a model says of it."""

__all__ = ["StripRow", "draw_samples", "draw_stress_strip"]

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.figure import Figure

from gausscape.errors import ShapeError
from gausscape.figures.pictures import is_ink
from gausscape.figures.strip import Captioned, draw_row, row_height
from gausscape.figures.style import Look, new_sheet, probability_words
from gausscape.figures.text import LINE
from gausscape.modality import Modality, Picture
from gausscape.space.space import Samples
from gausscape.space.support import Support


@dataclass(frozen=True)
class StripRow:
    """One level of a stress strip.

    Args:
        name: The level in a few letters: "10%", "beyond".
        pictures: The objects; none if the level is refused.
        support: Their labels.
        outcomes: What a model says of each; empty if no model is asked.
        note: A few more words: "1 in 10", or why the level is refused.
    """

    name: str
    pictures: Sequence[Picture]
    support: Sequence[str]
    outcomes: Sequence[str] = ()
    note: str = ""

    def __post_init__(self):
        for what, column in (("support labels", self.support), ("outcomes", self.outcomes or self.pictures)):
            if len(column) != len(self.pictures):
                raise ShapeError(
                    f"The row {self.name!r} needs {len(self.pictures)} {what}, but {len(column)} came. Pass one for each picture."
                )


def draw_stress_strip(rows: Sequence[StripRow], *, look: Look | None = None) -> Figure:
    """The rows from top to bottom; words on UNSUPPORTED objects are set quietly, for they must not be quoted.

    Args:
        rows: From usual to beyond.
        look: Width and theme.
    """
    look = look or Look()
    ink = is_ink([picture for row in rows for picture in row.pictures])
    left = 0.1 if look.narrow else 1.15
    width = look.width - left - 0.05
    title = 0.5 if look.titled else 0.1
    heights = [_height(row, width, look) for row in rows]
    with rc_context(look.settings()):
        sheet = new_sheet(look, title + sum(heights) + 0.02)
        sheet.title("Further and further out")
        top = title
        for row, height in zip(rows, heights, strict=True):
            if top > title:
                sheet.page.plot([0.1, look.width - 0.1], [top - 0.09, top - 0.09], color=look.faint, linewidth=0.8)
            sheet.write(0.1, top + 0.2, row.name, size=2.5, fontweight="bold")
            if look.narrow:
                beside = 0.2 + look.width_of(row.name, size=2.5, bold=True)
                sheet.paragraph((beside, top + 0.2), _note(row, look), size=-1, color=look.quiet)
            else:
                sheet.paragraph((0.1, top + 0.38), _note(row, look), size=-1, color=look.quiet)
            if row.pictures:
                down = top + _above(row, look)
                draw_row(sheet, _captioned(row), left, down, width, ink=ink)
            top += height
    return sheet.figure


def draw_samples(
    samples: Samples, *, modality: Modality, outcomes: Sequence[str] = (), look: Look | None = None
) -> Figure:
    """Generated objects with the support of each.

    Args:
        samples: What `space.sample` gave.
        modality: The space's kind of data, which knows how to draw them.
        outcomes: What a model says of each.
        look: Width and theme.
    """
    rare, common = float(samples.exceedance.probability.min()), float(samples.exceedance.probability.max())
    one = rare > 0.98 * common
    name = probability_words(common) if one else "samples"
    note = "each exactly so rare" if one else f"{probability_words(rare)} to {probability_words(common)}"
    pictures = modality.pictures(samples.items)
    return draw_stress_strip([StripRow(name, pictures, samples.support.tolist(), outcomes, note)], look=look)


def _captioned(row: StripRow) -> list[Captioned]:
    return [
        Captioned(picture, str(label), row.outcomes[i] if row.outcomes else "", (), label != Support.UNSUPPORTED)
        for i, (picture, label) in enumerate(zip(row.pictures, row.support, strict=True))
    ]


def _note(row: StripRow, look: Look) -> list[str]:
    if look.narrow:
        return look.wrap(row.note, look.width - 0.3 - look.width_of(row.name, size=2.5, bold=True), size=-1)
    return look.wrap(row.note, 0.95 if row.pictures else look.width - 0.2, size=-1)


def _above(row: StripRow, look: Look) -> float:
    """Inches of words above the objects."""
    return 0.3 + LINE * (len(_note(row, look)) - 1) if look.narrow else 0.0


def _height(row: StripRow, width: float, look: Look) -> float:
    words = 0.35 + LINE * len(_note(row, look)) + 0.2
    if not row.pictures:
        return words
    return max(row_height(_captioned(row), width, look) + _above(row, look) + 0.08, 0.0 if look.narrow else words)
