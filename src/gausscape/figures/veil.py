"""Where do no data stand behind a painted plane? One smooth boundary, with paper and hatches over what lies beyond it."""

__all__ = ["draw_veil"]

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from scipy.ndimage import gaussian_filter, map_coordinates

from gausscape.explanation.overlay import Overlay
from gausscape.figures.style import Look
from gausscape.space.support import Support

FINE = 12
"""Points to a cell, along each side, on which the boundary is drawn."""

STRENGTH = 0.78
HATCHES = "////"


def draw_veil(axes: Axes, overlay: Overlay, extent: tuple[float, float, float, float], look: Look) -> bool:
    """Cover what no data stand behind, and thinly what is uncertain; gives whether anything is covered.

    Args:
        axes: Of the plane.
        overlay: What is painted.
        extent: left, right, bottom, top of the plane.
        look: Theme.
    """
    bare = (overlay.support == Support.UNSUPPORTED) | ~np.isfinite(overlay.y)
    paper = np.zeros((*overlay.y.shape, 4))
    paper[..., :3] = to_rgb(look.paper)
    paper[..., 3] = _doubt(overlay)
    axes.imshow(paper, extent=extent, aspect="auto", zorder=2, interpolation="bilinear")
    if not bare.any():
        return False
    x, y, field = _fine(bare, extent)
    # Paper, hatches and the line are cut from one field, so that they end at one boundary.
    axes.contourf(x, y, field, levels=[0.5, 2], colors=[look.paper], alpha=STRENGTH, zorder=2.4, antialiased=True)
    hatched = axes.contourf(x, y, field, levels=[0.5, 2], colors="none", hatches=[HATCHES], zorder=2.5)
    hatched.set_edgecolor(look.faint)
    hatched.set_linewidth(0)
    if field.min() < 0.5 < field.max():
        axes.contour(x, y, field, levels=[0.5], colors=[look.quiet], linewidths=0.9, linestyles="dashed", zorder=3)
    return True


def _doubt(overlay: Overlay) -> np.ndarray:
    known = overlay.y[np.isfinite(overlay.y)]
    span = float(np.ptp(known)) if len(known) else 0.0
    if span <= 0:
        return np.zeros(overlay.y.shape)
    # Few draws make a rough map: neighbours lend each other theirs.
    return gaussian_filter(np.nan_to_num(overlay.error / span), 1.0).clip(0, 0.6)


def _fine(bare: np.ndarray, extent: tuple[float, float, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mask on a fine grid that reaches to the rim, above a half where it is bare; every cell's middle keeps its side."""
    rows, columns = bare.shape
    down = (np.arange(rows * FINE + 1) / FINE - 0.5).clip(0, rows - 1)
    across = (np.arange(columns * FINE + 1) / FINE - 0.5).clip(0, columns - 1)
    field = map_coordinates(bare.astype(float), np.meshgrid(down, across, indexing="ij"), order=1, mode="nearest")
    field = gaussian_filter(field, 0.4 * FINE, mode="nearest")
    x = np.linspace(extent[0], extent[1], columns * FINE + 1)
    y = np.linspace(extent[3], extent[2], rows * FINE + 1)
    return x, y, field
