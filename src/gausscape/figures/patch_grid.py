"""A patch as decoded objects on the plane in which they change most, framed by what data stand behind them."""

__all__ = ["draw_patch"]

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from gausscape.figures.columns import Captioned, columns_fitting, columns_height, draw_columns
from gausscape.figures.key import Entry, draw_key, frame, key_height
from gausscape.figures.pictures import draw_frame, draw_picture, is_ink, on_one_scale
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.figures.text import LINE
from gausscape.modality import Picture
from gausscape.space.patch import Patch
from gausscape.space.patch_directions import Direction, Directions
from gausscape.space.patch_grid import PatchGrid
from gausscape.space.support import Support

SIDE = 7
GAP = 0.06


def draw_patch(
    patch: Patch,
    *,
    side: int = SIDE,
    directions: Sequence[Direction | np.ndarray] | np.ndarray | Directions | None = None,
    look: Look | None = None,
) -> Figure:
    """The patch enlarged: the centre in the middle, one step of the same real size from object to object.

    Rows of a table are told as one table for each direction, with the columns that change most.

    Args:
        patch: A patch of a space.
        side: Objects along each side.
        directions: Two of `patch.directions()`; None for those that change most.
        look: Width and theme.
    """
    look = look or Look()
    grid = patch.grid(side, directions=directions)
    pictures = patch.space.modality.pictures(grid.samples.items)
    with rc_context(look.settings()):
        if pictures[0].kind == "rows":
            return _draw_tables(patch, grid, pictures, look)
        return _draw_grid(patch, grid, pictures, look)


def _draw_grid(patch: Patch, grid: PatchGrid, pictures: list[Picture], look: Look) -> Figure:
    rows, columns = grid.shape
    labels = grid.samples.support.reshape(grid.shape)
    title, note, said = _words(patch, rows % 2 == 1 or columns % 2 == 1)
    head = look.head(title, note)
    # Too long a name on the upright axis would stick out: it wraps along the side.
    broad = look.width - 0.2
    upright: list[str] = []
    for _ in range(3 if rows > 1 else 0):
        upright = look.wrap(f"→ {grid.directions[1].name}", broad * rows / columns, size=-0.5)
        broad = look.width - 0.2 - LINE * len(upright) - 0.05
    left, cell = look.width - 0.1 - broad, broad / columns
    tall = cell * rows
    across = look.wrap(f"→ {grid.directions[0].name}", broad, size=-0.5)
    key = _key(look, labels)
    said = look.wrap(said + ("; dotted: its rim" if rows > 1 else ""), broad, size=-1)
    down = head + tall + LINE * len(across) + 0.12
    keys = key_height(look, key, broad)
    sheet = new_sheet(look, down + keys + 0.05 + LINE * len(said) + 0.08)
    sheet.head(title, note)
    _draw_cells(sheet, grid, pictures, (left, head, cell))
    if rows > 1:
        middle = (left + broad / 2, head + tall / 2)
        ring = (broad - cell, tall - cell)
        sheet.page.add_patch(
            Ellipse(middle, *ring, fill=False, edgecolor=look.quiet, linewidth=0.8, linestyle=(0, (2, 3)), zorder=6)
        )
        for i, line in enumerate(upright):
            sheet.write(0.19 + LINE * i, middle[1], line, size=-0.5, ha="center", va="center", rotation=90)
    sheet.paragraph((left + broad / 2, head + tall + 0.16), across, size=-0.5, ha="center")
    draw_key(sheet, key, left, down, broad)
    sheet.paragraph((left, down + keys + 0.15), said, size=-1, color=look.quiet)
    return sheet.figure


def _draw_cells(sheet: Sheet, grid: PatchGrid, pictures: list[Picture], place: tuple[float, float, float]) -> None:
    look, (left, top, cell) = sheet.look, place
    rows, columns = grid.shape
    labels = grid.samples.support.reshape(grid.shape)
    centre = _centre(grid)
    ink, pictures = is_ink(pictures), on_one_scale(pictures)
    for i in range(rows):
        for j in range(columns):
            box = (left + j * cell + GAP / 2, top + i * cell + GAP / 2, cell - GAP, cell - GAP)
            weak = labels[i, j] == Support.UNSUPPORTED
            strength = (0.45 if weak else 1.0) * (1.0 if grid.inside[i, j] else 0.6)
            draw_picture(sheet, pictures[i * columns + j], box, ink=ink, strength=strength)
            colour, line, _ = look.of_support(labels[i, j])
            bold = (i, j) == centre
            draw_frame(
                sheet,
                box,
                colour=look.accent if bold else colour,
                line="solid" if bold else line,
                width=2.6 if bold else 1.0,
            )


def _draw_tables(patch: Patch, grid: PatchGrid, pictures: list[Picture], look: Look) -> Figure:
    rows, columns = grid.shape
    title, note, said = _words(patch, columns % 2 == 1)
    width = look.width - 0.2
    lines = [(grid.directions[0].name, [(rows // 2, j) for j in range(columns)], 0)]
    if rows > 1:
        lines.append((grid.directions[1].name, [(i, columns // 2) for i in range(rows - 1, -1, -1)], 1))
    tables: list[tuple[list[str], list[Captioned]]] = []
    for name, cells, axis in lines:
        objects = [_captioned(grid, pictures, cell, axis) for cell in cells]
        fitting = max(3, columns_fitting(objects, width, look))
        fitting -= 1 - fitting % 2
        kept = np.unique(np.linspace(0, len(objects) - 1, min(fitting, len(objects))).round().astype(int))
        tables.append((look.wrap(f"→ {name}", width, size=0.5, bold=True), [objects[k] for k in kept]))
    head = look.head(title, note)
    said = look.wrap(said, width, size=-1)
    heights = [LINE * len(words) + 0.12 + columns_height(objects, width, look) + 0.1 for words, objects in tables]
    sheet = new_sheet(look, head + sum(heights) + LINE * len(said) + 0.12)
    sheet.head(title, note)
    top = head
    for (words, objects), height in zip(tables, heights, strict=True):
        sheet.paragraph((0.1, top + 0.13), words, size=0.5, fontweight="bold")
        draw_columns(sheet, objects, 0.1, top + LINE * len(words) + 0.12, width)
        top += height
    sheet.paragraph((0.1, top + 0.12), said, size=-1, color=look.quiet)
    return sheet.figure


def _captioned(grid: PatchGrid, pictures: list[Picture], cell: tuple[int, int], axis: int) -> Captioned:
    i, j = cell
    label = str(grid.samples.support.reshape(grid.shape)[i, j])
    offset = float(grid.positions[i, j, axis])
    is_centre = cell == _centre(grid)
    words = "centre" if is_centre else f"{offset:+.1f} sd".replace("-", "−")
    return Captioned(pictures[i * grid.shape[1] + j], label, words, (), is_quotable=is_centre)


def _centre(grid: PatchGrid) -> tuple[int, int] | None:
    rows, columns = grid.shape
    return (rows // 2, columns // 2) if rows % 2 and columns % 2 else None


def _words(patch: Patch, centred: bool) -> tuple[str, str, str]:
    """Title, note and small print."""
    name = "this object" if patch.object is not None else "this place"
    name = f"object {patch.id}" if patch.id is not None else name
    where = "; the centre is bold" if centred else ""
    members = len(patch.members())
    count = f"{members:,} of the fitted objects lie" if members != 1 else "1 of the fitted objects lies"
    return f"Around {name}", f"within {patch.radius:.2g} standard deviations{where}", f"{count} inside the patch"


def _key(look: Look, labels: np.ndarray) -> list[Entry]:
    told = [look.of_support(label) for label in Support if label in np.unique(labels)]
    return [Entry(word, frame(colour, line), colour) for colour, line, word in told]
