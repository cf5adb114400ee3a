"""A patch as a grid of decoded objects on the plane in which they change most, framed by what data stand behind them."""

__all__ = ["draw_patch"]

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from gausscape.figures.pictures import draw_frame, draw_picture, is_ink
from gausscape.figures.style import Look, new_sheet
from gausscape.space.patch import Patch
from gausscape.space.support import Support

SIDE = 7
GAP = 0.06


def draw_patch(patch: Patch, *, side: int = SIDE, directions=None, look: Look | None = None) -> Figure:
    """The patch enlarged: the centre in the middle, one step of the same real size from object to object.

    Args:
        patch: A patch of a space.
        side: Objects along each side.
        directions: Two of `patch.directions()`; None for those that change most.
        look: Width and theme.
    """
    look = look or Look()
    grid = patch.grid(side, directions=directions)
    rows, columns = grid.shape
    pictures = patch.space.modality.pictures(grid.samples.items)
    kind = pictures[0].kind
    left, right, bottom = 0.42, 0.1, 1.0
    title = 0.72 if look.titled else 0.32
    broad = look.width - left - right
    cell = broad / columns
    tall = cell * rows if kind != "rows" else 1.1 * cell * rows
    down = tall / rows
    with rc_context(look.settings()):
        sheet = new_sheet(look, title + tall + bottom)
        name = (
            f"object {patch.id}"
            if patch.id is not None
            else "this object"
            if patch.object is not None
            else "this place"
        )
        sheet.title(f"Around {name}")
        sheet.write(
            left,
            title - 0.14,
            f"within {patch.radius:.2g} standard deviations; the centre is bold",
            size=-0.5,
            color=look.quiet,
        )
        ink = is_ink(pictures)
        labels = grid.samples.support.reshape(grid.shape)
        inside = np.asarray(grid.inside)
        centre = (rows // 2, columns // 2) if rows % 2 and columns % 2 else None
        for i in range(rows):
            for j in range(columns):
                box = (left + j * cell + GAP / 2, title + i * down + GAP / 2, cell - GAP, down - GAP)
                weak = labels[i, j] == Support.UNSUPPORTED
                strength = (0.45 if weak else 1.0) * (1.0 if inside[i, j] else 0.6)
                draw_picture(sheet, pictures[i * columns + j], box, ink=ink, strength=strength)
                colour, line, _ = look.of_support(labels[i, j])
                is_centre = (i, j) == centre
                draw_frame(
                    sheet,
                    box,
                    colour=look.accent if is_centre else colour,
                    line="solid" if is_centre else line,
                    width=2.6 if is_centre else 1.0,
                )
        if rows > 1:
            middle = (left + broad / 2, title + tall / 2)
            sheet.page.add_patch(
                Ellipse(
                    middle,
                    broad - cell + 0.04,
                    tall - down + 0.04,
                    fill=False,
                    edgecolor=look.quiet,
                    linewidth=0.8,
                    linestyle=(0, (2, 3)),
                    zorder=6,
                )
            )
            sheet.write(
                0.22, title + tall / 2, f"→ {grid.directions[1].name}", size=-0.5, ha="center", va="center", rotation=90
            )
        sheet.write(left + broad / 2, title + tall + 0.2, f"→ {grid.directions[0].name}", size=-0.5, ha="center")
        _key(sheet, np.unique(labels), left, title + tall + 0.5)
        members = patch.members()
        said = f"{len(members):,} of the fitted objects lie inside; dotted: the rim of the patch"
        sheet.write(left, title + tall + 0.78, said, size=-1, color=look.quiet)
    return sheet.figure


def _key(sheet, labels: np.ndarray, left: float, top: float) -> None:
    look = sheet.look
    x = left
    for label in (Support.SUPPORTED, Support.RARE_OBSERVED, Support.EXTRAPOLATED, Support.UNSUPPORTED):
        if label not in labels:
            continue
        colour, line, word = look.of_support(label)
        draw_frame(sheet, (x, top - 0.1, 0.16, 0.12), colour=colour, line=line, width=1.2)
        sheet.write(x + 0.22, top, word, size=-1.5, color=colour)
        x += 0.22 + 0.085 * len(word) + 0.2
