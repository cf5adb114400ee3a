"""Colours for a number: ramps that rank in grey print and for all eyes, and their keys."""

__all__ = ["diverging", "ramp", "second_ramp", "value_bar"]

import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb

from gausscape.figures.style import Look, Sheet


def ramp(look: Look) -> LinearSegmentedColormap:
    """From hardly there to strong, falling (or rising) steadily in lightness, so that grey prints and all eyes can rank."""
    light = ("#cfd8df", "#8fb3cf", "#4f7fb8", "#5a3f97", "#2a0a45")
    steps = ("#4a5868", "#6470b5", "#b768a3", "#f08a5b", "#ffe08a") if look.dark else light
    return LinearSegmentedColormap.from_list("ramp", [to_rgb(step) for step in steps])


def second_ramp(look: Look) -> LinearSegmentedColormap:
    """For marks on top of the first ramp, of another hue: from the paper's own colour to green."""
    steps = (look.paper, "#58c9ab", "#0f7a63") if look.dark else ("#ffffff", "#7fcfa0", "#0b5a2c")
    return LinearSegmentedColormap.from_list("second", [to_rgb(step) for step in steps])


def diverging(look: Look) -> LinearSegmentedColormap:
    """Less in blue, more in orange, nothing in the colour of the paper."""
    less, more = (look.series, look.accent)
    return LinearSegmentedColormap.from_list("diverging", [to_rgb(less), to_rgb(look.paper), to_rgb(more)])


def value_bar(sheet: Sheet, corner: tuple[float, float], name: str, colours: Colormap, low: float, high: float) -> None:
    """The key of a ramp, its right upper corner at that place in inches, its name on the left of it."""
    look = sheet.look
    right, top = corner
    width = min(1.8, 0.28 * look.width)
    bar = sheet.axes(right - width - 0.1, top + 0.06, width, 0.1)
    bar.imshow(np.linspace(0, 1, 128)[None], cmap=colours, aspect="auto", extent=(low, high, 0, 1))
    bar.set_yticks([])
    ticks = [low, (low + high) / 2, high]
    bar.set_xticks(ticks)
    bar.set_xticklabels([f"{tick:.3g}" for tick in ticks])
    bar.tick_params(length=2, labelsize=look.size - 1.5, pad=2)
    for spine in bar.spines.values():
        spine.set_visible(False)
    room = right - width - 0.3
    sheet.write(right - width - 0.2, top + 0.15, look.wrap(name, room, size=-0.5, most=1)[0], size=-0.5, ha="right")
