"""y over a plane of the space: painted, hatched where no data stand behind it, with objects to read it by."""

__all__ = ["draw_overlay"]

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from scipy.ndimage import distance_transform_edt

from gausscape.explanation.overlay import Overlay
from gausscape.figures.colour import ramp, value_bar
from gausscape.figures.colouring import read_colouring
from gausscape.figures.key import Entry, band, draw_key, key_height
from gausscape.figures.pictures import draw_ink, draw_picture, is_ink, on_one_scale
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.figures.text import LINE
from gausscape.figures.veil import draw_veil
from gausscape.space.support import Support

MOST_THUMBNAILS = 7


def draw_overlay(overlay: Overlay, *, colour_by: Any = "y", value_name: str = "", look: Look | None = None) -> Figure:
    """The painted plane with thumbnails of decoded objects, and the real objects on it.

    Args:
        overlay: The answer of `paint_outcome`.
        colour_by: What the real objects are coloured by: "y" (on the scale of the painting), "labels", or a column with an
            entry for each of `overlay.objects`: numbers make a scale; words, truth values and at most ten whole numbers
            (clusters, say) make groups, told by shape and colour.
        value_name: What the entries of the column are.
        look: Width and theme.

    Raises:
        ConfigurationError: If colour_by is another word, or the overlay has no labels.
        ShapeError: If the column has another length.
    """
    look = look or Look()
    scale = _scale(overlay)
    colouring = read_colouring(overlay, colour_by, value_name, look)
    rows, columns = overlay.y.shape
    title = f"{overlay.outcome} over {'the space' if overlay.whole else 'a plane of the space'}"
    note = (
        "standard deviations from the centre; thumbnails: what the space decodes there"
        if _has_thumbnails(overlay)
        else ""
    )
    note = note or "standard deviations from the centre"
    bare = bool(((overlay.support == Support.UNSUPPORTED) | ~np.isfinite(overlay.y)).any())
    words = (
        "no data behind it: y means nothing there" if np.isfinite(overlay.y).all() else "no data behind it, or y failed"
    )
    key = ([Entry(words, band(look.quiet, "//////"))] if bare else []) + list(colouring.entries)
    right, head = 0.12, look.head(title, note)
    upright: list[str] = []
    broad = look.width - 0.62 - right
    for _ in range(3 if rows > 1 else 0):
        upright = look.wrap(f"→ {overlay.directions[1].name}", broad * rows / columns)
        broad = look.width - right - 0.42 - LINE * len(upright)
    left = look.width - right - broad
    tall = broad * rows / columns if rows > 1 else 1.2
    across = look.wrap(f"→ {overlay.directions[0].name}", broad)
    bars = 0.42 * (2 if colouring.norm is not None else 1)
    names = f"painted: {overlay.outcome}", f"objects: {colouring.name}"
    # The key stands beside the scales where there is room, else below them.
    aside = look.width - 0.9 - min(1.8, 0.28 * look.width) - max(look.width_of(name, size=-0.5) for name in names)
    beside = bool(key) and not look.narrow and key_height(look, key, aside) <= bars
    keys = 0.0 if beside or not key else key_height(look, key, look.width - 0.2) + 0.06
    top = head + bars + keys
    with rc_context(look.settings()):
        sheet = new_sheet(look, top + tall + 0.3 + LINE * len(across) + 0.06)
        sheet.head(title, note)
        low, high = float(scale.vmin or 0), float(1 if scale.vmax is None else scale.vmax)
        value_bar(sheet, (left + broad, head), names[0], ramp(look), low, high)
        if colouring.norm is not None:
            ends = float(colouring.norm.vmin or 0), float(colouring.norm.vmax or 0)
            value_bar(sheet, (left + broad, head + 0.42), names[1], colouring.colours, *ends)
        draw_key(sheet, key, 0.1, head + (0.02 if beside else bars), aside if beside else look.width - 0.2)
        plane = sheet.axes(left, top, broad, tall)
        _paint(plane, overlay, scale, look)
        _thumbnails(sheet, overlay, (left, top, broad, tall), scale)
        colouring.draw(plane, overlay.objects, scale)
        for i, line in enumerate(upright):
            sheet.write(0.2 + LINE * i, top + tall / 2, line, ha="center", va="center", rotation=90)
        sheet.paragraph((left + broad / 2, top + tall + 0.36), across, ha="center")
    return sheet.figure


def _scale(overlay: Overlay) -> Normalize:
    backed = overlay.support != Support.UNSUPPORTED
    known = overlay.y[backed & np.isfinite(overlay.y)]
    known = known if len(known) else overlay.y[np.isfinite(overlay.y)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if low >= 0 and high <= 1 and high - low > 0.3:
        low, high = 0.0, 1.0
    return Normalize(low, high if high > low else low + 1, clip=True)


def _paint(plane: Axes, overlay: Overlay, scale: Normalize, look: Look) -> None:
    x, y = overlay.positions[0, :, 0], overlay.positions[:, 0, 1]
    half = (x[1] - x[0]) / 2
    low, high = (y[-1] - half, y[0] + half) if len(y) > 1 else (-half, half)
    extent = (x[0] - half, x[-1] + half, low, high)
    if np.isfinite(overlay.y).any():
        # Gaps lie under the veil; filled from beside, they do not fray the colours around them.
        nearest = distance_transform_edt(~np.isfinite(overlay.y), return_distances=False, return_indices=True)
        filled = overlay.y[tuple(np.asarray(nearest))]
        plane.imshow(
            filled, cmap=ramp(look), norm=scale, extent=extent, aspect="auto", zorder=1, interpolation="bilinear"
        )
    draw_veil(plane, overlay, extent, look)
    plane.set_xlim(extent[:2])
    plane.set_ylim(extent[2:])
    ticks = [tick for tick in range(-9, 10) if extent[0] <= tick <= extent[1]]
    if len(ticks) > 2:
        plane.set_xticks(ticks)
        plane.set_yticks([tick for tick in ticks if low <= tick <= high])
    if len(y) == 1:
        plane.set_yticks([])


def _has_thumbnails(overlay: Overlay) -> bool:
    return bool(overlay.pictures) and overlay.pictures[0].kind != "rows"


def _even(count: int, most: int) -> range:
    """Evenly spaced positions, as far from the one end as from the other."""
    step = -(-count // most)
    return range((count - 1) % step // 2, count, step)


def _thumbnails(sheet: Sheet, overlay: Overlay, box: tuple[float, float, float, float], scale: Normalize) -> None:
    if not _has_thumbnails(overlay):
        return
    left, top, broad, tall = box
    rows, columns = overlay.y.shape
    most = 5 if sheet.look.narrow else MOST_THUMBNAILS
    across, down = _even(columns, most), _even(rows, most)
    size = 0.66 * min(broad * across.step / columns, tall * down.step / rows)
    ink, pictures = is_ink(overlay.pictures), on_one_scale(overlay.pictures)
    for i in down:
        for j in across:
            x, y = left + (j + 0.5) / columns * broad, top + (i + 0.5) / rows * tall
            x, y = min(max(x - size / 2, left), left + broad - size), min(max(y - size / 2, top), top + tall - size)
            strength = 0.3 if overlay.support[i, j] == Support.UNSUPPORTED else 1.0
            picture, inner = pictures[i * columns + j], (x, y, size, size)
            if ink:
                draw_ink(sheet, picture, inner, colour=_ink(overlay, i, j, scale, sheet.look), strength=strength)
            else:
                draw_picture(sheet, picture, inner, strength=strength)


def _ink(overlay: Overlay, i: int, j: int, scale: Normalize, look: Look) -> str:
    """Ink that stands out from the colour of y below it."""
    y = overlay.y[i, j]
    if overlay.support[i, j] == Support.UNSUPPORTED or not np.isfinite(y):
        return look.ink
    red, green, blue, _ = ramp(look)(float(scale(y)))
    return "#ffffff" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 else "#10161c"
