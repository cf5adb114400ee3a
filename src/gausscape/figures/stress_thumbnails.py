"""Decoded objects along a response, each below its own depth."""

__all__ = ["SIDE", "Thumbnail", "depth_limits", "draw_thumbnails", "labels_of", "place_thumbnails"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.figures.pictures import draw_frame, draw_picture, is_ink, on_one_scale
from gausscape.figures.stress_values import Digits
from gausscape.figures.style import Look, Sheet
from gausscape.modality import Picture
from gausscape.space.support import Support
from gausscape.stress_testing.response import Response

SIDE = 0.52
"""Inches."""


@dataclass(frozen=True)
class Thumbnail:
    """One object of the strip, with its left edge in inches."""

    left: float
    picture: Picture
    y: float
    support: str


def place_thumbnails(
    response: Response, pictures: list[Picture], place: tuple[float, float], width: float
) -> list[Thumbnail]:
    """As many as stand side by side below their own depths, evenly from the centre to the end."""
    (left, broad), (low, high) = place, depth_limits(response)
    if not pictures:
        return []
    middles = left + broad * (response.depths - low) / (high - low)
    lefts = np.clip(middles - SIDE / 2, 0.1, width - 0.08 - SIDE)
    chosen = np.array([0])
    for count in range(int((lefts[-1] - lefts[0]) / (SIDE + 0.04)) + 1, 1, -1):
        even = np.linspace(lefts[0], lefts[-1], count)
        chosen = np.abs(lefts[:, None] - even).argmin(0)
        if (np.diff(lefts[chosen]) >= SIDE + 0.02).all():
            break
    return [
        Thumbnail(float(lefts[i]), pictures[i], float(response.item_y[i]), str(response.item_support[i]))
        for i in chosen
    ]


def draw_thumbnails(sheet: Sheet, thumbs: list[Thumbnail], digits: Digits, top: float) -> None:
    """Pictures framed by their support, y below each; quiet where no data stand behind them."""
    look, side = sheet.look, SIDE
    ink = is_ink([each.picture for each in thumbs])
    pictures = on_one_scale([each.picture for each in thumbs])
    for each, picture in zip(thumbs, pictures, strict=True):
        colour, line, _ = look.of_support(each.support)
        weak = each.support == Support.UNSUPPORTED
        inner = (each.left + 0.03, top + 0.03, side - 0.06, side - 0.06)
        draw_picture(sheet, picture, inner, ink=ink, strength=0.62 if weak else 1.0)
        draw_frame(sheet, (each.left, top, side, side), colour=colour, line=line, width=1.2)
        tone, weight = (look.quiet, "normal") if weak else (look.ink, "bold")
        words = look.wrap(digits(each.y), side + 0.04, size=-1, bold=True, most=1)[0]
        sheet.write(each.left + side / 2, top + side + 0.16, words, size=-1, color=tone, ha="center", fontweight=weight)


def labels_of(thumbs: list[Thumbnail], look: Look) -> list[tuple[str, Any, str]]:
    """(colour, line style, word) of the support labels that occur."""
    shown = {each.support for each in thumbs}
    return [look.of_support(label) for label in Support if label in shown]


def depth_limits(response: Response) -> tuple[float, float]:
    """Ends of the axis of depth, standard deviations."""
    low, high = float(response.depths[0]), float(response.depths[-1])
    return low, high if high > low else low + 1.0
