"""How does an answer show itself in a notebook? As its figure, with its words folded away below; a figure as a picture."""

__all__ = ["lighten", "picture_of", "show"]

import base64
import html
import io
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageChops

from gausscape.figures.style import Look, to_bytes

DOTS_PER_INCH = 144
SCREEN = 96
COLOURS = (64, 256)
# Of 256 levels, in any pixel: drawings and grey pictures stay below, colour photographs do not.
MOST_ERROR = 20


def show(answer: Any, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
    """The answer as a MIME bundle, (data, metadata): figure, page fragment, and words.

    The root package registers this with a running notebook. `include` and `exclude` are those of the notebook's own
    protocol and change nothing.

    Args:
        answer: What `gausscape.plot` draws.
        include: Kinds that are wanted.
        exclude: Kinds that are not.
    """
    from gausscape.figures import plot

    look = Look(titled=True)
    figure = plot(answer, look=look)
    png, size = picture_of(figure)
    picture, width, height = base64.b64encode(png).decode(), size["width"], size["height"]
    words = str(answer)
    page = (
        f'<img src="data:image/png;base64,{picture}" width="{width}" height="{height}" style="max-width:100%;height:auto" '
        f'alt="{html.escape(words)}"><details><summary>in words</summary><pre>{html.escape(words)}</pre></details>'
    )
    # Twice, because not everything that shows or prints a notebook takes pictures from a page.
    data = {"text/plain": words, "text/html": page, "image/png": picture}
    return data, {"image/png": {"width": width, "height": height, "alt": words}}


def picture_of(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """(a light PNG of a figure, fine enough for any screen; its width and height on the page, in pixels).

    Args:
        figure: Any figure of this room.
    """
    width, height = figure.get_size_inches()
    png = lighten(to_bytes(figure, "png", dots_per_inch=DOTS_PER_INCH))
    return png, {"width": round(SCREEN * width), "height": round(SCREEN * height)}


def lighten(png: bytes) -> bytes:
    """The picture with few colours of its own, a third of the bytes; unchanged where that would be seen, or not be less.

    Args:
        png: A PNG file without transparency.

    Example:
        >>> from gausscape.figures.style import new_sheet
        >>> drawn = to_bytes(new_sheet(Look(), 2.0).figure, "png")
        >>> len(lighten(drawn)) < len(drawn)
        True
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in COLOURS:
        few = picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        if np.asarray(ImageChops.difference(picture, few.convert("RGB"))).max() <= MOST_ERROR:
            buffer = io.BytesIO()
            few.save(buffer, "png", optimize=True)
            return min(png, buffer.getvalue(), key=len)
    return png
