"""The latent map: what the space decodes to, on a grid of equally probable cells."""

__all__ = ["draw_latent_map", "map_points"]

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from scipy import stats

from gausscape.errors import ConfigurationError
from gausscape.figures.pictures import draw_grid
from gausscape.figures.style import Look, new_sheet
from gausscape.space.aggregate import Aggregate
from gausscape.space.space import Space

SIDE = 21
DRAWS = 20_000
TICKS = (0.1, 0.25, 0.5, 0.75, 0.9)


def map_points(aggregate: Aggregate, *, side: int = SIDE, axes: tuple[int, int] | None = None) -> np.ndarray:
    """Latent points of the map, row by row from the top left, (rows * columns, latent).

    An even grid in (0, 1) goes through the quantiles of the law's own whitened coordinates (the normal quantile where the
    law is Gaussian), so that every column, and every row, holds the same share; the other coordinates stay at 0.

    Args:
        aggregate: Law of the codes.
        side: Cells along each side.
        axes: The two whitened coordinates to show; None for the first two.

    Raises:
        ConfigurationError: If there are no such axes.
    """
    live = len(aggregate.live)
    axes = axes or (0, min(1, live - 1))
    if side < 2 or not all(0 <= axis < live for axis in axes):
        raise ConfigurationError(
            f"A map needs at least 2 cells a side and axes from 0 to {live - 1}, but got {side} and {axes}."
        )
    across, up = (_quantiles(aggregate, axis, (np.arange(side) + 0.5) / side) for axis in axes)
    u = np.zeros((side if live == 1 else side * side, live))
    if live == 1:
        u[:, 0] = across
    else:
        u[:, axes[0]] = np.tile(across, side)
        u[:, axes[1]] = np.repeat(up[::-1], side)
    return aggregate.unwhiten(u)


def _quantiles(aggregate: Aggregate, axis: int, shares: np.ndarray) -> np.ndarray:
    if aggregate.law.name == "gaussian":
        return stats.norm.ppf(shares)
    draws = aggregate.law.whiten(aggregate.law.sample(DRAWS, np.random.default_rng(0)))
    return np.quantile(draws[:, axis], shares)


def draw_latent_map(
    space: Space, *, side: int = SIDE, axes: tuple[int, int] | None = None, look: Look | None = None
) -> Figure:
    """Decoded objects over the latent plane, spaced by probability: equally broad bands hold equally many objects.

    Args:
        space: A fitted space; of more than two live axes two whitened directions are shown.
        side: Cells along each side.
        axes: The two whitened coordinates; None for the first two.
        look: Width and theme.
    """
    look = look or Look()
    pictures = space.modality.pictures(space.decode(map_points(space.aggregate, side=side, axes=axes)))
    rows = len(pictures) // side
    left, right, bottom = 0.52, 0.1, 0.52
    broad = look.width - left - right
    tall = broad * rows / side
    title = 0.45 if look.titled else 0.1
    with rc_context(look.settings()):
        sheet = new_sheet(look, title + tall + bottom)
        sheet.title(f"What the space of {space.record.get('name', 'the data')} holds")
        draw_grid(sheet, pictures, (left, title, broad, tall), columns=side)
        for tick in TICKS:
            x = left + tick * broad
            sheet.page.plot([x, x], [title + tall + 0.03, title + tall + 0.08], color=look.quiet, linewidth=0.7)
            sheet.write(x, title + tall + 0.22, f"{tick:.0%}", size=-1, color=look.quiet, ha="center")
            if rows > 1:
                y = title + (1 - tick) * tall
                sheet.page.plot([left - 0.08, left - 0.03], [y, y], color=look.quiet, linewidth=0.7)
                sheet.write(left - 0.12, y, f"{tick:.0%}", size=-1, color=look.quiet, ha="right", va="center")
        words = "of all objects lie further left" if look.narrow else "share of all objects further left"
        sheet.write(left + broad / 2, title + tall + 0.42, words, size=-0.5, color=look.quiet, ha="center")
        if rows > 1:
            sheet.write(
                0.12, title + tall / 2, "share of all objects further down", size=-0.5, color=look.quiet,
                ha="center", va="center", rotation=90,
            )  # fmt: skip
    return sheet.figure
