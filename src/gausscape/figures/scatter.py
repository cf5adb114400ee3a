"""Objects over the latent plane, coloured by group or by a value, with contours of the calibrated exceedance."""

__all__ = ["draw_objects"]

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import patheffects, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.figures.colour import ramp, value_bar
from gausscape.figures.style import Look, Sheet, new_sheet, probability_words
from gausscape.figures.text import LINE
from gausscape.items import Items
from gausscape.space.patch_directions import Direction, Directions
from gausscape.space.space import Space

LEVELS = (0.5, 0.1, 0.01, 0.001)
GRID = 181
REACH = 3.0
MOST_GROUPS = 10
MARKERS = "os^DvPX<>h"


def draw_objects(
    space: Space,
    data: Any,
    *,
    labels: Any = None,
    values: Any = None,
    value_name: str = "value",
    axes: tuple[int, int] | None = None,
    directions: Sequence[Direction | np.ndarray] | np.ndarray | Directions | None = None,
    look: Look | None = None,
) -> Figure:
    """Objects at their posterior means, in standard deviations of the aggregate law.

    Args:
        space: A fitted space. Contours are drawn where it has exactly two live axes; elsewhere a plane cuts too little.
        data: n objects, or Items.
        labels: Group of each object, (n,); None takes those of the Items. At most ten are told apart.
        values: A number for each object, (n,), in place of groups: what a model says, say. In [0, 1] or any range.
        value_name: What the values are.
        axes: Two whitened coordinates to show.
        directions: In their place, two directions through the middle of the space, such as two of
            `space.patch(middle).directions()`. None for both: the two coordinates of a plane, else the two directions in
            which decoded objects change most. Axes are named by what changes along them in the middle of the space.
        look: Width and theme.

    Raises:
        ShapeError: If labels or values are not one for each object, or the directions span no plane.
        ConfigurationError: If there are no such axes, or both axes and directions are given.
    """
    look = look or Look()
    items = Items.of(data)
    labels = items.labels if labels is None else np.asarray(labels)
    for name, column in (("labels", labels), ("values", values)):
        if column is not None and len(column) != len(items):
            raise ShapeError(
                f"{len(items)} objects need {len(items)} {name}, but {len(column)} came. Pass one for each."
            )
    vectors, names = _plane(space, axes, directions)
    u = space.aggregate.whiten(space.embed(items).mean) @ vectors.T
    live = len(space.live_axes)
    if live == 1:
        u = np.column_stack([u[:, 0], np.random.default_rng(0).uniform(-0.5, 0.5, len(u))])
    heading, note = "Objects in the space", "standard deviations of the population"
    title = look.head(heading, note)
    key = 0.42 if values is not None else 0.0
    right, upright = 0.1, list[str]()
    side = look.width - 0.6 - right
    tall = min(side, 6.2) * (0.86 if not look.narrow else 1.0)
    if live > 1:
        upright = look.wrap(names[1], tall)
        side = look.width - right - 0.42 - LINE * len(upright)
        tall = min(tall, side) if look.narrow else tall
    left = look.width - right - side
    across = look.wrap(names[0], side)
    with rc_context(look.settings()):
        sheet = new_sheet(look, title + key + tall + 0.36 + LINE * len(across))
        sheet.head(heading, note)
        plane = sheet.axes(left, title + key, side, tall)
        contoured = live == 2 and np.array_equal(vectors, np.eye(2))
        _frame_plane(plane, side / tall, u, least=3.4 if contoured else 2.2)
        # Names keep a line of their own size apart.
        apart = (0.24) * float(np.ptp(plane.get_ylim())) / tall
        if contoured:
            # The words on the contours keep off the names of the groups more than off single objects.
            groups = (
                np.repeat(_group_centres(u, labels, apart)[1], 40, 0)
                if values is None and labels is not None
                else u[:0]
            )
            _draw_contours(plane, space, np.concatenate([u, groups]), look)
        size = 9 if look.narrow else 15
        if values is not None:
            _draw_values(sheet, plane, u, np.asarray(values, dtype=np.float64), value_name, size, (left, title, side))
        elif labels is not None:
            _draw_groups(plane, u, labels, size, look=look, apart=apart)
        else:
            plane.scatter(u[:, 0], u[:, 1], s=size, color=look.series, alpha=0.75, linewidths=0, zorder=3)
        for i, line in enumerate(upright):
            sheet.write(0.2 + LINE * i, title + key + tall / 2, line, ha="center", va="center", rotation=90)
        sheet.paragraph((left + side / 2, title + key + tall + 0.38), across, ha="center")
        if live == 1:
            plane.set_yticks([])
    return sheet.figure


def _plane(space: Space, axes: tuple[int, int] | None, directions: Any) -> tuple[np.ndarray, list[str]]:
    """Vectors (2, live) that are shown (one in a space of one live axis), and what changes along them in the middle."""
    live = len(space.live_axes)
    if axes is not None and directions is not None:
        raise ConfigurationError("A scatter needs axes or directions, but both came. Leave one of them away.")
    if axes is not None and (len(axes) != 2 or not all(0 <= axis < live for axis in axes)):
        raise ConfigurationError(f"A scatter needs axes from 0 to {live - 1}, but got {axes}. Choose others.")
    middle = space.patch(space.aggregate.unwhiten(np.zeros((1, live)))[0], REACH)
    coordinates = directions is None and (axes is not None or live <= 2)
    if coordinates:
        directions = np.eye(live)[list(axes or (0, 1))[: min(2, live)]]
    told = middle.grid(2, directions=directions).directions
    # Coordinates keep their sign, as on the latent map; the arrow points to where the named features rise.
    vectors = np.asarray(directions) if coordinates else told.vectors
    forward = (vectors * told.vectors).sum(1) > 0
    return vectors, [f"{'→' if right else '←'} {name}" for right, name in zip(forward, told.names, strict=True)]


def _frame_plane(plane: Axes, ratio: float, u: np.ndarray, *, least: float) -> None:
    # Far strays would shrink everything else: they are drawn at the rim.
    reach = float(np.clip(np.abs(u).max(initial=0) + 0.3, least, 4.6))
    u.clip(-reach + 0.05, reach - 0.05, out=u)
    # One standard deviation is as long across as it is up.
    plane.set_xlim(-reach * max(ratio, 1.0), reach * max(ratio, 1.0))
    plane.set_ylim(-reach, reach)
    ticks = np.arange(-4, 5, 2)
    plane.set_xticks(ticks[np.abs(ticks) <= reach * max(ratio, 1.0)])
    plane.set_yticks(ticks[np.abs(ticks) <= reach])


def _draw_contours(plane: Axes, space: Space, u: np.ndarray, look: Look) -> None:
    (left, right), (low, high) = plane.get_xlim(), plane.get_ylim()
    x, y = np.linspace(left, right, GRID), np.linspace(low, high, GRID)
    grid = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    probability = space.of_codes.exceedance(space.aggregate.surprise(space.aggregate.unwhiten(grid))).probability
    depth = -np.log10(probability).reshape(GRID, GRID)
    levels = [level for level in LEVELS if level >= space.of_codes.floor]
    at = -np.log10(levels)
    drawn = plane.contour(x, y, depth, levels=at, colors=look.quiet, linewidths=0.9, zorder=2)
    drawn.set_linestyle(["solid", "solid", (0, (5, 2)), (0, (1.5, 1.8))][: len(levels)])
    words = {float(height): f"{probability_words(1 - level)} inside" for height, level in zip(at, levels, strict=True)}
    lines = {
        float(height): np.concatenate(pieces) for height, pieces in zip(at, drawn.allsegs, strict=True) if len(pieces)
    }
    for place, height in zip(_label_places(plane, u, list(lines.values()), look), lines, strict=True):
        plane.text(
            *place, words[height], fontsize=look.size - 1.5, color=look.quiet, ha="center", va="center", zorder=6,
            bbox={"facecolor": look.paper, "edgecolor": "none", "pad": 1.0, "alpha": 0.9},
        )  # fmt: skip


def _label_places(plane: Axes, u: np.ndarray, lines: list[np.ndarray], look: Look) -> list[tuple[float, float]]:
    """A place on each line, from the outermost inwards, where its words hide few objects and no other words."""
    low, high = np.array([plane.get_xlim(), plane.get_ylim()]).T
    # Half the size of the words, in the plane's units.
    half = (
        np.array([0.4, 0.09]) / np.array([look.width - 0.65, 0.8 * (look.width - 0.65)]) * (high - low) * look.size / 9
    )
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    places: list[np.ndarray] = []
    for line in lines[::-1]:
        centred = line / np.maximum(np.linalg.norm(line, axis=1, keepdims=True), 1e-9)
        best, cost = line[0], np.inf
        for angle in angles:
            place = line[int(np.argmax(centred @ [np.cos(angle), np.sin(angle)]))]
            hidden = float((np.abs(u - place) < half).all(1).sum())
            hidden += 1e6 * float(((place - half < low) | (place + half > high)).any())
            hidden += sum(1e3 for other in places if (np.abs(place - other) < 2.1 * half).all())
            # Upright rows of words read best, all else equal.
            hidden += 0.5 * abs(np.cos(angle))
            if hidden < cost:
                best, cost = place, hidden
        places.append(best)
    return [(float(x), float(y)) for x, y in places[::-1]]


def _draw_groups(plane: Axes, u: np.ndarray, labels: np.ndarray, size: float, *, look: Look, apart: float) -> None:
    shown, centres = _group_centres(u, labels, apart)
    rest = ~np.isin(labels.astype(str), shown)
    plane.scatter(u[rest, 0], u[rest, 1], s=size * 0.6, color=look.quiet, alpha=0.4, linewidths=0, zorder=3)
    for i, name in enumerate(shown):
        rows = labels.astype(str) == name
        colour = look.classes[i % 10]
        # Colour and shape both tell the group, and its name stands on it.
        plane.scatter(
            u[rows, 0], u[rows, 1], s=size, color=colour, marker=MARKERS[i % 10], alpha=0.8, linewidths=0, zorder=3
        )
    for i, (name, centre) in enumerate(zip(shown, centres, strict=True)):
        plane.text(
            float(centre[0]), float(centre[1]), name if len(name) <= 16 else name[:15] + "…",
            color=look.classes[i % 10], fontsize=look.size + 6 if len(name) < 3 else look.size + 1, fontweight="bold",
            ha="center", va="center", zorder=7, parse_math=False,
            path_effects=[patheffects.withStroke(linewidth=3.5, foreground=look.paper)],
        )  # fmt: skip


def _group_centres(u: np.ndarray, labels: np.ndarray, apart: float) -> tuple[list[str], np.ndarray]:
    """The largest groups, and where their names stand, (groups, 2)."""
    names, counts = np.unique(labels.astype(str), return_counts=True)
    shown = sorted(names[np.argsort(-counts, kind="stable")][:MOST_GROUPS])
    centres = np.array([np.median(u[labels.astype(str) == name], axis=0) for name in shown]).reshape(-1, 2)
    return shown, _pushed_apart(centres, apart)


def _pushed_apart(places: np.ndarray, least: float) -> np.ndarray:
    """Move places (n, 2) until none is nearer than `least` to another, so that names stay legible."""
    places = places + 1e-6 * np.arange(len(places))[:, None]
    for _ in range(100):
        gap = places[:, None] - places[None]
        distance = np.linalg.norm(gap, axis=-1) + np.eye(len(places)) * 1e3
        push = np.where(distance < least, (least - distance) / 4, 0.0)
        if not push.any():
            break
        places = places + (gap / distance[..., None] * push[..., None]).sum(1)
    return places


def _draw_values(
    sheet: Sheet,
    plane: Axes,
    u: np.ndarray,
    values: np.ndarray,
    name: str,
    size: float,
    place: tuple[float, float, float],
) -> None:
    look = sheet.look
    low, high = (
        (0.0, 1.0) if np.nanmin(values) >= 0 and np.nanmax(values) <= 1 else (np.nanmin(values), np.nanmax(values))
    )
    colours = ramp(look)
    order = np.argsort(values, kind="stable")
    plane.scatter(
        u[order, 0],
        u[order, 1],
        c=values[order],
        cmap=colours,
        vmin=low,
        vmax=high,
        s=size,
        linewidths=0,
        alpha=0.9,
        zorder=3,
    )
    left, top, side = place
    value_bar(sheet, (left + side, top), name, colours, low, high)
