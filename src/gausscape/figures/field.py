"""y over a plane of the space: painted, hatched where no data stand behind it, with objects to read it by."""

__all__ = ["draw_overlay"]

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from gausscape.explanation.overlay import Overlay
from gausscape.figures.colour import ramp, value_bar
from gausscape.figures.pictures import draw_ink, draw_picture, is_ink
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.space.support import Support

THUMBNAILS = 7
MARKERS = "os^DvPX<>h"


def draw_overlay(
    overlay: Overlay, *, colour_by: str = "y", values: object = None, value_name: str = "", look: Look | None = None
) -> Figure:
    """The painted plane with thumbnails of decoded objects, and real objects in the colour of their own y.

    Args:
        overlay: The answer of `paint_outcome`.
        colour_by: What the real objects are coloured by: "y", "labels", or "values".
        values: With "values": a number for each object of the overlay, (n,): a column, a cluster's score.
        value_name: What these are.
        look: Width and theme.
    """
    look = look or Look()
    rows, columns = overlay.y.shape
    left, right, bottom, key = 0.62, 0.12, 0.6, 0.44
    title = 0.45 if look.titled else 0.1
    broad = look.width - left - right
    tall = broad * max(rows, 3) / columns if rows > 1 else 1.2
    with rc_context(look.settings()):
        sheet = new_sheet(look, title + key + tall + bottom)
        sheet.title(f"{overlay.outcome} over {'the space' if overlay.whole else 'a plane of the space'}")
        plane = sheet.axes(left, title + key, broad, tall)
        x, y = overlay.positions[0, :, 0], overlay.positions[:, 0, 1]
        half = (x[1] - x[0]) / 2
        low, high = (y[-1] - half, y[0] + half) if rows > 1 else (-half, half)
        plane.set_xlim(x[0] - half, x[-1] + half)
        plane.set_ylim(low, high)
        scale = _scale(overlay)
        colours = ramp(look)
        painted = np.ma.masked_invalid(overlay.y)
        extent = (x[0] - half, x[-1] + half, low, high)
        plane.imshow(
            painted, cmap=colours, norm=scale, extent=extent, aspect="auto", zorder=1, interpolation="bilinear"
        )
        _veil(plane, overlay, extent, look)
        _thumbnails(sheet, overlay, (left, title + key, broad, tall), scale)
        _objects(plane, overlay, colour_by, values, scale, look)
        plane.set_xlabel(f"→ {overlay.directions[0].name}", color=look.ink)
        if rows > 1:
            plane.set_ylabel(f"→ {overlay.directions[1].name}", color=look.ink)
        else:
            plane.set_yticks([])
        low, high = float(scale.vmin or 0), float(1 if scale.vmax is None else scale.vmax)
        value_bar(sheet, (left + broad, title + 0.08), overlay.outcome, colours, low, high)
        note = (
            "hatched: no data behind it"
            if look.narrow
            else "hatched: no data stand behind it, y means nothing there; standard deviations from the centre"
        )
        sheet.write(left, title + key - 0.08, note, size=-1.5, color=look.quiet)
    return sheet.figure


def _scale(overlay: Overlay) -> Normalize:
    backed = overlay.support != Support.UNSUPPORTED
    known = overlay.y[backed & np.isfinite(overlay.y)]
    known = known if len(known) else overlay.y[np.isfinite(overlay.y)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if low >= 0 and high <= 1 and high - low > 0.3:
        low, high = 0.0, 1.0
    return Normalize(low, high if high > low else low + 1, clip=True)


def _veil(plane, overlay: Overlay, extent: tuple, look: Look) -> None:
    """Paper over y where no data stand behind it, in hatches, and a thinner veil where y is uncertain."""
    bare = (overlay.support == Support.UNSUPPORTED) | ~np.isfinite(overlay.y)
    span = float(np.nanmax(overlay.y) - np.nanmin(overlay.y)) if np.isfinite(overlay.y).any() else 0.0
    # Few draws make a rough map: neighbours lend each other theirs.
    doubt = gaussian_filter(np.nan_to_num(overlay.error / span if span > 0 else np.zeros_like(overlay.error)), 1.0)
    for strength, how in ((doubt.clip(0, 0.6), "bilinear"), (np.where(bare, 0.72, 0.0), "nearest")):
        paper = np.zeros((*overlay.y.shape, 4))
        paper[..., :3] = to_rgb(look.paper)
        paper[..., 3] = strength
        plane.imshow(paper, extent=extent, aspect="auto", zorder=2, interpolation=how)
    if bare.any() and min(bare.shape) > 1:
        columns, rows = np.meshgrid(overlay.positions[0, :, 0], overlay.positions[:, 0, 1])
        plane.contourf(
            columns, rows, bare.astype(float), levels=[0.5, 1.5], colors="none", hatches=["////"], zorder=2.5
        ).set_edgecolor(look.faint)
        plane.contour(
            columns,
            rows,
            bare.astype(float),
            levels=[0.5],
            colors=[look.quiet],
            linewidths=0.8,
            linestyles="dashed",
            zorder=3,
        )


def _thumbnails(sheet: Sheet, overlay: Overlay, box: tuple[float, float, float, float], scale: Normalize) -> None:
    left, top, broad, tall = box
    rows, columns = overlay.y.shape
    across = np.unique(np.linspace(0, columns - 1, min(THUMBNAILS, columns)).round().astype(int))
    down = np.unique(np.linspace(0, rows - 1, min(THUMBNAILS, rows)).round().astype(int))
    if overlay.pictures and overlay.pictures[0].kind == "rows":
        return
    size = 0.62 * min(broad / max(len(across), 1), tall / max(len(down), 1))
    ink = is_ink(overlay.pictures)
    for i in down:
        for j in across:
            at = left + (j + 0.5) / columns * broad, top + (i + 0.5) / rows * tall
            inner = (
                min(max(at[0] - size / 2, left), left + broad - size),
                min(max(at[1] - size / 2, top), top + tall - size),
                size,
                size,
            )
            strength = 0.3 if overlay.support[i, j] == Support.UNSUPPORTED else 1.0
            picture = overlay.pictures[i * columns + j]
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


def _objects(plane, overlay: Overlay, colour_by: str, values: object, scale: Normalize, look: Look) -> None:
    if not len(overlay.objects):
        return
    x, y = overlay.objects.T
    common = {"s": 13, "linewidths": 0.5, "edgecolors": look.paper, "zorder": 6}
    if colour_by == "labels" and overlay.labels is not None:
        names, counts = np.unique(overlay.labels.astype(str), return_counts=True)
        for k, name in enumerate(names[np.argsort(-counts, kind="stable")][:10]):
            rows = overlay.labels.astype(str) == name
            plane.scatter(x[rows], y[rows], color=look.classes[k], marker=MARKERS[k], label=name, **common)
        plane.legend(
            loc="upper right", fontsize=look.size - 1.5, framealpha=0.85, labelcolor=look.ink, facecolor=look.paper
        )
        return
    shown = overlay.object_y if colour_by != "values" else np.asarray(values, dtype=float)
    norm = scale if colour_by != "values" else Normalize(float(np.nanmin(shown)), float(np.nanmax(shown)))
    plane.scatter(x, y, c=shown, cmap=ramp(look), norm=norm, **common)
