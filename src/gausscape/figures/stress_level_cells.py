"""The cells of a levels table that are drawn: support as a bar, the spread of y, and what fails."""

__all__ = ["draw_fails", "draw_support", "draw_y", "face_of"]

import math

from matplotlib.patches import Rectangle

from gausscape.figures.stress_marks import mark_of
from gausscape.figures.stress_words import between, percent
from gausscape.figures.style import Look, Sheet
from gausscape.space.support import Support
from gausscape.stress_testing.levels import LevelRow
from gausscape.stress_testing.scenarios import Kind

SMALL = -1.0
THICK = 0.15
KINDS = (Kind.MODEL_FAILURE, Kind.CHANGED_CLASS, Kind.UNJUDGED, Kind.NOT_AN_OBJECT)


def draw_support(sheet: Sheet, row: LevelRow, place: tuple[float, float], middle: float) -> None:
    """Counts as one bar; the weaker the backing, the paler and the more hatched."""
    look, (x, broad) = sheet.look, place
    n = max(sum(row.support.values()), 1)
    for label in Support:
        count = row.support.get(str(label), 0)
        wide = broad * count / n
        if not count:
            continue
        colour = look.of_support(label)[0]
        face, hatch = face_of(look, label)
        sheet.page.add_patch(
            Rectangle(
                (x, middle - THICK / 2),
                wide,
                THICK,
                facecolor=face,
                edgecolor=colour,
                hatch=hatch,
                linewidth=0.7,
                zorder=3,
            )
        )
        words = f"{count:,}"
        if wide > look.width_of(words, size=SMALL, bold=True) + 0.08:
            solid = face == colour
            sheet.write(
                x + wide / 2, middle, words, size=SMALL, ha="center", va="center_baseline", zorder=7, fontweight="bold",
                color=look.paper if solid else colour,
                bbox={"facecolor": face if solid else look.paper, "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
        x += wide


def face_of(look: Look, label: str) -> tuple[str, str]:
    """Fill and hatches of a label in a bar."""
    colour = look.of_support(label)[0]
    faces = {
        Support.SUPPORTED: (colour, ""),
        Support.RARE_OBSERVED: (colour, ""),
        Support.EXTRAPOLATED: (look.paper, "////"),
        Support.UNSUPPORTED: (look.paper, "...."),
    }
    return faces[Support(label)]


def draw_y(sheet: Sheet, row: LevelRow, place: tuple[float, float], middle: float, limits: tuple[float, float]) -> None:
    """5 to 95% as a thin line, 25 to 75% as a thick one, the median and the median of the nearest real objects."""
    look, (left, broad), (low, high) = sheet.look, place, limits
    if not all(math.isfinite(value) for value in row.y):
        sheet.write(left, middle + 0.04, "no answer", size=SMALL, color=look.quiet)
        return
    x = [left + broad * (value - low) / (high - low) for value in row.y]
    sheet.page.plot([left, left + broad], [middle] * 2, color=look.faint, linewidth=0.7, zorder=1)
    sheet.page.plot([x[0], x[4]], [middle] * 2, color=look.series, linewidth=1.2, zorder=3, solid_capstyle="butt")
    sheet.page.plot(
        [x[1], x[3]], [middle] * 2, color=look.series, linewidth=6, alpha=0.55, zorder=3, solid_capstyle="butt"
    )
    sheet.page.plot([x[2]] * 2, [middle - 0.08, middle + 0.08], color=look.ink, linewidth=2, zorder=5)
    if math.isfinite(row.real_y):
        at = left + broad * (row.real_y - low) / (high - low)
        sheet.page.plot([at], [middle], "o", markersize=5, markerfacecolor=look.paper, markeredgecolor=look.ink,
                        markeredgewidth=1.1, zorder=6)  # fmt: skip


def draw_fails(sheet: Sheet, row: LevelRow, place: tuple[float, float], top: float) -> None:
    """The share of model failures with its interval, and the hits by kind: below it, or beside it where the look is narrow."""
    look, (left, broad) = sheet.look, place
    if not row.kinds:
        sheet.write(left, top + (0.17 if look.narrow else 0.25), "no rule", size=SMALL, color=look.quiet)
        return
    x = left
    if math.isfinite(row.fail_share):
        share = percent(row.fail_share)
        tone = mark_of(look, Kind.MODEL_FAILURE).colour if row.fail_lower > 0 else look.ink
        sheet.write(left, top + 0.17, share, size=0.5, fontweight="bold", color=tone)
        x += look.width_of(share, size=0.5, bold=True) + 0.06
        words = f"of {row.judged:,} fail ({between(row.fail_lower, row.fail_upper)})"
    else:
        words = "nothing could be judged"
    words = look.wrap(words, left + broad - x, size=SMALL, most=1)[0]
    sheet.write(x, top + 0.17, words, size=SMALL, color=look.quiet)
    x, y = (x + look.width_of(words, size=SMALL) + 0.16, top + 0.17) if look.narrow else (left, top + 0.335)
    for kind in KINDS:
        count = row.kinds.get(str(kind), 0)
        if count:
            mark = mark_of(look, kind)
            sheet.page.plot([x + 0.05], [y - 0.035], mark.marker, markersize=5, markerfacecolor=mark.face(look),
                            markeredgecolor=mark.colour, markeredgewidth=0.5 if mark.is_filled else 1.1)  # fmt: skip
            sheet.write(x + 0.14, y, f"{count:,}", size=SMALL, color=mark.colour)
            x += 0.26 + look.width_of(f"{count:,}", size=SMALL)
