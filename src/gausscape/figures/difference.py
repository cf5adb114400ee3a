"""Where one image has more and where it has less than another: a signed map, and how to read it in words."""

__all__ = ["difference_height", "draw_difference", "raster_difference"]

from collections.abc import Sequence

import numpy as np

from gausscape.figures.colour import diverging
from gausscape.figures.pictures import draw_frame
from gausscape.figures.style import Sheet
from gausscape.modality import Picture

WORDS = 0.62


def raster_difference(pictures: Sequence[Picture]) -> np.ndarray | None:
    """Last less first, (h, w), channels averaged; None where these are no rasters.

    Example:
        >>> raster_difference([Picture("raster", np.zeros((2, 3))), Picture("raster", np.ones((2, 3)))]).tolist()
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    if len(pictures) < 2 or any(picture.kind != "raster" for picture in pictures):
        return None
    change = np.asarray(pictures[-1].data, dtype=float) - np.asarray(pictures[0].data, dtype=float)
    return change if change.ndim == 2 else change.mean(-1)


def difference_height(change: np.ndarray, side: float) -> float:
    """Inches that `draw_difference` needs for that width."""
    return side * change.shape[0] / change.shape[1] + WORDS


def draw_difference(sheet: Sheet, change: np.ndarray, box: tuple[float, float, float], *, name: str) -> None:
    """Draw a signed map (h, w) or (h, w, 3) into (left, top, width), inches: orange where it is more, blue where less."""
    look = sheet.look
    left, top, side = box
    change = np.nan_to_num(change if change.ndim == 2 else change.mean(-1))
    reach = float(np.abs(change).max()) or 1.0
    height = side * change.shape[0] / change.shape[1]
    colours = diverging(look)((change / reach + 1) / 2)
    sheet.page.imshow(colours, extent=(left, left + side, top + height, top), aspect="auto", zorder=2)
    draw_frame(sheet, (left, top, side, height), colour=look.quiet, width=0.6)
    words = ((name, look.quiet), ("orange: added", look.accent), ("blue: taken away", look.series))
    for i, (text, colour) in enumerate(words):
        sheet.write(left + side / 2, top + height + 0.17 + 0.15 * i, text, size=-1.5, color=colour, ha="center")
