"""Draws the neutral pictures of any kind of data: the one place in the figures that asks which kind it is."""

__all__ = ["draw_frame", "draw_grid", "draw_ink", "draw_picture", "is_ink", "on_one_scale"]

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from gausscape.errors import ConfigurationError
from gausscape.figures.columns import differing_lines
from gausscape.figures.lines import draw_line, on_one_scale
from gausscape.figures.node_link import draw_node_link
from gausscape.figures.style import Look, Sheet
from gausscape.modality import Picture

Box = tuple[float, float, float, float]
"""left, top, width, height, in inches of a sheet."""

MOST_ROWS = 8
LEAST_CELL = 0.7
"""Inches that a graph or a line needs in a grid."""


def is_ink(pictures: Sequence[Picture]) -> bool:
    """Whether these are grey rasters on an empty (black) ground, so that they may be drawn as ink on paper.

    Handwriting is; a photograph is not, and must not be turned into its negative.

    Example:
        >>> is_ink([Picture("raster", np.pad(np.ones((2, 2)), 3))])
        True
    """
    rasters = [np.asarray(picture.data) for picture in pictures if picture.kind == "raster"]
    if not rasters or any(raster.ndim != 2 for raster in rasters):
        return False
    edges = [np.concatenate([raster[0], raster[-1], raster[:, 0], raster[:, -1]]) for raster in rasters]
    return float(np.median(np.concatenate(edges))) < 0.1


def draw_picture(sheet: Sheet, picture: Picture, box: Box, *, ink: bool = False, strength: float = 1.0) -> None:
    """Draw one picture into a box of a sheet.

    Args:
        sheet: Where.
        picture: What.
        box: left, top, width, height in inches.
        ink: Draw a grey raster as ink on paper (see `is_ink`).
        strength: 1 for plain, less for pale.

    Raises:
        ConfigurationError: If the kind of picture is unknown.
    """
    draw: dict[str, Callable[..., None]] = {
        "raster": _draw_raster,
        "rows": _draw_rows,
        "line": lambda *given: draw_line(*given[:3], strength=given[4]),
        "node-link": lambda *given: draw_node_link(*given[:3], strength=given[4]),
    }
    if picture.kind not in draw:
        raise ConfigurationError(
            f"A picture needs one of the kinds {', '.join(draw)}, but got {picture.kind!r}. Use one."
        )
    draw[picture.kind](sheet, picture.data, box, ink, strength)


def draw_ink(sheet: Sheet, picture: Picture, box: Box, *, colour: str, strength: float = 1.0) -> None:
    """Draw a grey raster as ink alone, so that what lies below it stays to be seen (see `is_ink`)."""
    left, top, width, height = box
    raster = np.clip(np.nan_to_num(np.asarray(picture.data, dtype=np.float64)), 0, 1)
    drawn = np.empty((*raster.shape, 4))
    drawn[..., :3] = to_rgb(colour)
    drawn[..., 3] = strength * raster
    scale = min(width / raster.shape[1], height / raster.shape[0])
    w, h = raster.shape[1] * scale, raster.shape[0] * scale
    _show(sheet.page, drawn, (left + (width - w) / 2, top + (height - h) / 2, w, h))


def draw_grid(sheet: Sheet, pictures: Sequence[Picture], box: Box, *, columns: int) -> None:
    """Draw pictures row by row into a box, seamlessly; kinds that need room leave some out.

    Args:
        sheet: Where.
        pictures: rows * columns of them, the top row first.
        box: left, top, width, height in inches.
        columns: How many in a row.
    """
    left, top, width, height = box
    rows = len(pictures) // columns
    ink = is_ink(pictures)
    if all(picture.kind == "raster" for picture in pictures):
        tiles = np.stack([_colours(picture.data, sheet.look, ink) for picture in pictures])
        h, w = tiles.shape[1:3]
        mosaic = tiles.reshape(rows, columns, h, w, 3).swapaxes(1, 2).reshape(rows * h, columns * w, 3)
        _show(sheet.page, mosaic, box)
        return
    cell = min(width / columns, height / rows)
    step = 7 if pictures[0].kind == "rows" else max(1, math.ceil(LEAST_CELL / cell))
    down, across = (range(min(step // 2, n - 1), n, step) for n in (rows, columns))
    w, h = width / len(across), height / len(down)
    shown = on_one_scale(_telling([pictures[row * columns + column] for row in down for column in across]))
    for k, picture in enumerate(shown):
        i, j = divmod(k, len(across))
        draw_picture(sheet, picture, (left + (j + 0.06) * w, top + (i + 0.06) * h, 0.88 * w, 0.88 * h))


def _telling(pictures: list[Picture]) -> list[Picture]:
    """Pictures of rows with the lines that differ between them first; others as they are."""
    if any(picture.kind != "rows" for picture in pictures):
        return pictures
    first = [name for name, _ in differing_lines(pictures)]
    rank = {name: k for k, name in enumerate(first)}
    return [
        Picture("rows", sorted(picture.data, key=lambda row: rank.get(str(row[0]), len(rank)))) for picture in pictures
    ]


def draw_frame(sheet: Sheet, box: Box, *, colour: str, line: Any = "solid", width: float = 1.4) -> None:
    """A frame around a box."""
    left, top, w, h = box
    sheet.page.add_patch(
        Rectangle((left, top), w, h, fill=False, edgecolor=colour, linewidth=width, linestyle=line, zorder=5)
    )


def _show(axes: Axes, pixels: np.ndarray, box: Box) -> None:
    left, top, width, height = box
    axes.imshow(pixels, extent=(left, left + width, top + height, top), aspect="auto", zorder=2)


def _colours(raster: Any, look: Look, ink: bool, strength: float = 1.0) -> np.ndarray:
    """Red, green and blue of a raster, (h, w, 3)."""
    raster = np.clip(np.nan_to_num(np.asarray(raster, dtype=np.float64)), 0, 1)
    if raster.ndim == 2 and ink:
        paper, drawn = np.array(to_rgb(look.paper)), np.array(to_rgb(look.ink))
        return paper + strength * raster[..., None] * (drawn - paper)
    colour = np.repeat(raster[..., None], 3, -1) if raster.ndim == 2 else raster
    return np.array(to_rgb(look.paper)) * (1 - strength) + colour * strength


def _draw_raster(sheet: Sheet, data: Any, box: Box, ink: bool, strength: float) -> None:
    left, top, width, height = box
    pixels = _colours(data, sheet.look, ink, strength)
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    w, h = pixels.shape[1] * scale, pixels.shape[0] * scale
    _show(sheet.page, pixels, (left + (width - w) / 2, top + (height - h) / 2, w, h))


def _draw_rows(sheet: Sheet, data: Any, box: Box, ink: bool, strength: float) -> None:
    left, top, width, height = box
    rows = list(data)
    shown = rows[: min(MOST_ROWS, max(1, int(height / 0.13)))]
    line = height / max(len(shown), 1)
    size = min(sheet.look.size - 2, 0.75 * line * 72)
    smaller = size - sheet.look.size
    for i, (name, text) in enumerate(shown):
        y = top + (i + 0.7) * line
        last = i == len(shown) - 1 and len(rows) > len(shown)
        name, text = ("…", f"{len(rows) - i} more") if last else (str(name), str(text))
        options = {"size": smaller, "alpha": strength}
        # The value gets what the name leaves, but half of the line at least.
        text = sheet.look.wrap(
            text, max(width / 2, width - 0.08 - sheet.look.width_of(name, size=smaller)), size=smaller, most=1
        )[0]
        room = width - 0.08 - sheet.look.width_of(text, size=smaller)
        sheet.write(left, y, sheet.look.wrap(name, room, size=smaller, most=1)[0], color=sheet.look.quiet, **options)
        sheet.write(left + width, y, text, ha="right", **options)
