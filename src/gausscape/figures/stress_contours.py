"""What share of all objects lies inside? Contours of the law on a plane of the space."""

__all__ = ["draw_contours"]

import numpy as np
from matplotlib.axes import Axes
from scipy.ndimage import gaussian_filter

from gausscape.figures.stress_objects import halo
from gausscape.figures.style import Look, probability_words
from gausscape.space.space import Space

LEVELS = (0.5, 0.1, 0.01, 0.001)
LINES = ("solid", "solid", (0, (5, 2)), (0, (1.5, 1.8)))
GRID = 161
DRAWS = 100_000


def draw_contours(axes: Axes, space: Space, vectors: np.ndarray, u: np.ndarray, look: Look) -> None:
    """Lines that hold 50, 90, 99 and 99.9% of all objects, with words where they hide little.

    In the own plane of a space of two live axes they are those of the calibrated exceedance; elsewhere those of the law's
    shadow on the plane.

    Args:
        axes: Of the plane, its limits set.
        space: A fitted space.
        vectors: Two orthonormal directions of the whitened space, (2, live).
        u: Marks on the plane that the words keep off, (n, 2).
        look: Theme.
    """
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    x, y = np.linspace(left, right, GRID), np.linspace(low, high, GRID)
    outside, levels = _outside(space, vectors, x, y)
    depth = -np.log10(np.maximum(outside, 1e-9))
    drawn = axes.contour(
        x, y, depth, levels=[-np.log10(level) for level in levels], colors=look.quiet, linewidths=0.9, zorder=2
    )
    drawn.set_linestyle(list(LINES[: len(levels)]))
    taken = u
    for level, pieces in zip(levels, drawn.allsegs, strict=True):
        line = np.concatenate(pieces) if len(pieces) else np.zeros((0, 2))
        line = line[(np.abs(line[:, 0]) < 0.93 * right) & (np.abs(line[:, 1]) < 0.95 * high)]
        if not len(line):
            continue
        # Where the words hide the fewest scenarios, and no other words.
        far = np.linalg.norm((line[:, None] - taken) / [2.2, 1.0], axis=2)
        place = line[int(np.exp(-((far / (0.045 * high)) ** 2)).sum(1).argmin())]
        taken = np.concatenate([taken, np.repeat(place[None], 30, 0)])
        axes.text(
            float(place[0]), float(place[1]), probability_words(1 - level), fontsize=look.size - 1.5, color=look.quiet,
            ha="center", va="center", zorder=6, path_effects=halo(look),
        )  # fmt: skip


def _outside(space: Space, vectors: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Share of all objects outside the contour through each place, (y, x), and the levels that it can tell."""
    live = len(space.live_axes)
    grid = np.stack(np.meshgrid(x, y), -1)
    if live == 2 and np.array_equal(vectors, np.eye(2)):
        surprise = space.aggregate.surprise(space.aggregate.unwhiten(grid.reshape(-1, 2)))
        outside = space.of_codes.exceedance(surprise).probability.reshape(grid.shape[:2])
        return outside, [level for level in LEVELS if level >= space.of_codes.floor]
    if space.aggregate.law.name == "gaussian":
        # The shadow of a standard normal is standard normal.
        return np.exp(-0.5 * (grid**2).sum(-1)), list(LEVELS)
    return _shadow(space, vectors, x, y), list(LEVELS[:-1])


def _shadow(space: Space, vectors: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Share of the law's draws that fall where they are thinner than here, (y, x): highest-density regions of the shadow."""
    draws = space.aggregate.law.whiten(space.aggregate.law.sample(DRAWS, np.random.default_rng(0))) @ vectors.T
    step = x[1] - x[0], y[1] - y[0]
    edges = [np.append(line - width / 2, line[-1] + width / 2) for line, width in zip((x, y), step, strict=True)]
    counts = np.histogram2d(draws[:, 0], draws[:, 1], bins=edges)[0].T
    density = gaussian_filter(counts, [0.25 / step[1], 0.25 / step[0]])
    order = np.argsort(density, axis=None)
    mass = np.empty(density.size)
    mass[order] = np.cumsum(density.ravel()[order]) / max(density.sum(), 1e-9)
    return mass.reshape(density.shape)
