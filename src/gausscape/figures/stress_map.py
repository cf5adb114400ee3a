"""Failure map: where in the space the failure rule is hit, over what is usual there, with the most likely failures."""

__all__ = ["draw_failure_map"]

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gausscape.figures.key import Entry, Painter, dot, draw_key, key_height
from gausscape.figures.pictures import is_ink
from gausscape.figures.stress_contours import draw_contours
from gausscape.figures.stress_marks import hit_entries, mark_of
from gausscape.figures.stress_modes import captioned_modes, shown_modes
from gausscape.figures.stress_objects import draw_shown, halo, shown_height
from gausscape.figures.stress_plane import Plane, find_plane
from gausscape.figures.stress_values import Digits
from gausscape.figures.style import Look, new_sheet
from gausscape.figures.text import LINE
from gausscape.space.space import Space
from gausscape.stress_testing.probability.failure_probability import Mode
from gausscape.stress_testing.scenarios import Kind, Scenarios

MOST_CODES = 1500
ORDER = (Kind.NOT_AN_OBJECT, Kind.UNJUDGED, Kind.CHANGED_CLASS, Kind.MODEL_FAILURE)


def draw_failure_map(
    space: Space,
    scenarios: Scenarios,
    *,
    modes: Sequence[Mode] = (),
    directions: np.ndarray | None = None,
    outcome: str = "y",
    look: Look | None = None,
) -> Figure:
    """Scenarios by what they hit, over the fitted codes and the contours of the law, on a plane of the space.

    Args:
        space: A fitted space. Of two live axes its own plane is shown, with the calibrated contours; of more a shadow: the
            plane through the middle of the law that the hits lie along, with what the law's shadow holds.
        scenarios: Of a stress test in that space.
        modes: Most likely failure points; numbered stars, with their objects below.
        directions: Two directions of the whitened space, (2, live), in place of that plane.
        outcome: What y is called.
        look: Width and theme.

    Raises:
        ConfigurationError: If the space has one live axis only, or the directions span no plane of it.
    """
    look = look or Look()
    plane = find_plane(space, scenarios, directions)
    pictures = captioned_modes(modes, space.modality)
    digits = Digits.of(scenarios.y, [mode.y for mode in modes])
    title = "Where does it fail?"
    own = len(space.live_axes) == 2 and np.array_equal(plane.vectors, np.eye(2))
    note = "standard deviations of the population; lines: what share of all objects lies inside"
    note += "" if own else ", seen on this plane"
    key = _key(scenarios, modes, look)
    head, keys = look.head(title, note), key_height(look, key, look.width - 0.2) + 0.06
    right = 0.1
    tall = min(look.width - 0.6 - right, 5.6) * (1.0 if look.narrow else 0.8)
    upright = look.wrap(plane.names[1], tall)
    left = 0.42 + LINE * len(upright)
    side = look.width - right - left
    across = look.wrap(plane.names[0], side)
    shown = shown_modes(modes, pictures, digits, look.width - 0.15, look)
    foot = (0.36 + shown_height(shown, look.width - 0.15, look)) if shown else 0.0
    top = head + keys
    down = top + tall + 0.36 + LINE * len(across)
    with rc_context(look.settings()):
        sheet = new_sheet(look, down + foot)
        sheet.head(title, note)
        draw_key(sheet, key, 0.1, head, look.width - 0.2)
        axes = sheet.axes(left, top, side, tall)
        _draw_plane(axes, space, scenarios, plane, look, side / tall)
        _draw_modes(axes, space, modes[: len(shown)], plane, look)
        for i, line in enumerate(upright):
            sheet.write(0.2 + LINE * i, top + tall / 2, line, ha="center", va="center", rotation=90)
        sheet.paragraph((left + side / 2, top + tall + 0.38), across, ha="center")
        if shown:
            sheet.write(0.1, down + 0.16, "most likely failures", size=1, fontweight="bold")
            draw_shown(sheet, shown, 0.1, down + 0.3, look.width - 0.15, ink=is_ink(pictures))
    return sheet.figure


def _draw_plane(axes: Axes, space: Space, scenarios: Scenarios, plane: Plane, look: Look, ratio: float) -> None:
    codes = space.aggregate.full(space.aggregate.codes)
    codes = plane.of(space, codes[:: max(1, len(codes) // MOST_CODES)])
    u = plane.of(space, scenarios.z)
    # Single strays would shrink everything else: they stand at the rim.
    furthest = (np.abs(u) / [ratio, 1.0]).max(1)
    reach = float(np.clip(np.quantile(furthest, 0.98) * 1.04 + 0.2, 3.5, 9.0)) if len(u) else 3.5
    axes.set_xlim(-reach * ratio, reach * ratio)
    axes.set_ylim(-reach, reach)
    for axis, most in ((axes.xaxis, reach * ratio), (axes.yaxis, reach)):
        step = 2 if most < 7 else 4
        axis.set_ticks([tick for tick in range(-20, 21) if tick % step == 0 and abs(tick) <= most])
    axes.scatter(codes[:, 0], codes[:, 1], s=5, color=look.quiet, alpha=0.17, linewidths=0, zorder=1)
    draw_contours(axes, space, plane.vectors, u, look)
    inside = [(-reach * ratio * 0.985, reach * ratio * 0.985), (-reach * 0.98, reach * 0.98)]
    u = np.column_stack([u[:, i].clip(*inside[i]) for i in (0, 1)])
    size = 12 if look.narrow else 20
    quiet = ~scenarios.fails
    axes.scatter(u[quiet, 0], u[quiet, 1], s=0.55 * size, color=look.series, alpha=0.55, linewidths=0, zorder=3)
    for kind in ORDER:
        rows, mark = scenarios.fails & (scenarios.kind == kind), mark_of(look, kind)
        axes.scatter(u[rows, 0], u[rows, 1], s=size * (1.8 if mark.is_filled else 1.2), marker=mark.marker,
                     facecolors=mark.face(look), edgecolors=mark.colour if not mark.is_filled else look.paper,
                     linewidths=0.4 if mark.is_filled else 1.1, zorder=5 if mark.is_filled else 4)  # fmt: skip


def _draw_modes(axes: Axes, space: Space, modes: Sequence[Mode], plane: Plane, look: Look) -> None:
    if not modes:
        return
    at = plane.of(space, np.stack([mode.z for mode in modes]))
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    at = np.column_stack([at[:, 0].clip(0.97 * left, 0.97 * right), at[:, 1].clip(0.96 * low, 0.96 * high)])
    axes.scatter(
        at[:, 0], at[:, 1], s=150, marker="*", color=look.accent, edgecolors=look.paper, linewidths=0.9, zorder=8
    )
    for i, (x, y) in enumerate(at):
        axes.annotate(
            str(i + 1), (x, y), xytext=(8 if x < 0.9 * right else -8, -1), textcoords="offset points", va="center",
            ha="left" if x < 0.9 * right else "right", color=look.accent, fontweight="bold", fontsize=look.size + 1, zorder=9,
            path_effects=halo(look),
        )  # fmt: skip


def _key(scenarios: Scenarios, modes: Sequence[Mode], look: Look) -> list[Entry]:
    key = [Entry("fitted objects", dot(look.faint, look.faint))]
    if (~scenarios.fails).any():
        key.append(Entry("scenario, no hit" if scenarios.fails.any() else "scenario", dot(look.series, look.paper)))
    key += hit_entries(look, set(scenarios.kind[scenarios.fails].tolist()))
    if modes:
        key.append(Entry("most likely failure", _star(look)))
    return key


def _star(look: Look) -> Painter:
    def paint(sheet: Any, x: float, y: float) -> None:
        sheet.page.plot([x + 0.09], [y], "*", markersize=9, color=look.accent, markeredgewidth=0)

    return paint
