"""How does an answer show itself in a notebook? As its figure, with its words folded away below."""

__all__ = ["show"]

import base64
import html
from typing import Any

from gausscape.figures.style import Look, to_bytes

DOTS_PER_INCH = 192
SCREEN = 96


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
    picture = base64.b64encode(to_bytes(figure, "png", dots_per_inch=DOTS_PER_INCH)).decode()
    inches, tall = figure.get_size_inches()
    width, height = round(SCREEN * inches), round(SCREEN * tall)
    words = str(answer)
    page = (
        f'<img src="data:image/png;base64,{picture}" width="{width}" height="{height}" style="max-width:100%;height:auto" '
        f'alt="{html.escape(words)}"><details><summary>in words</summary><pre>{html.escape(words)}</pre></details>'
    )
    data = {"text/plain": words, "text/html": page, "image/png": picture}
    return data, {"image/png": {"width": width, "height": height}}
