"""Why y differs between two objects, or is what it is at one: the way with y on it, and what each part adds."""

__all__ = ["draw_attribution", "draw_change_explanation"]

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from gausscape.explanation.attribution import Attribution
from gausscape.explanation.telescoping import ChangeExplanation
from gausscape.figures.bars import Bar, bars_height, draw_bars
from gausscape.figures.pictures import is_ink
from gausscape.figures.strip import Captioned, draw_row, row_height
from gausscape.figures.style import Look, new_sheet
from gausscape.space.support import Support

MOST_BARS = 9


def draw_change_explanation(explanation: ChangeExplanation, *, look: Look | None = None) -> Figure:
    """Objects on the way from a to b with y below each, and what each direction adds to the difference.

    Args:
        explanation: The answer of `explain_change`.
        look: Width and theme.
    """
    look = look or Look()
    objects = [
        Captioned(picture, str(label), (f"{y:.2f}" if np.isfinite(y) else "failed",), label != Support.UNSUPPORTED)
        for picture, y, label in zip(explanation.pictures, explanation.y, explanation.support, strict=True)
    ]
    shown = explanation.contributions[:MOST_BARS]
    bars = [Bar(each.name, each.amount) for each in shown]
    if len(explanation.contributions) > len(shown):
        rest = explanation.contributions[len(shown) :]
        bars.append(Bar(f"{len(rest)} smaller ones", sum(each.amount for each in rest), is_quiet=True))
    strip = row_height(len(objects), look.width - 0.1, lines=1)
    title = 0.78 if look.titled else 0.34
    name = explanation.outcome
    with rc_context(look.settings()):
        sheet = new_sheet(look, title + strip + 0.15 + bars_height(len(bars)))
        sheet.title(f"Why does {name} go from {explanation.y[0]:.2f} to {explanation.y[-1]:.2f}?")
        sheet.write(0.1, title - 0.14, f"from the one object to the other; bold: {name}", size=-0.5, color=look.quiet)
        draw_row(sheet, objects, 0.1, title, look.width - 0.1, ink=is_ink(explanation.pictures))
        place = (0.1, title + strip + 0.1, look.width - 0.25)
        draw_bars(sheet, bars, place, unit=f"adds to {name}; the bars sum to {explanation.difference:+.3g} exactly")
    return sheet.figure


def draw_attribution(attribution: Attribution, *, look: Look | None = None) -> Figure:
    """What each input of one object adds to y, on the manifold (bars) and by intervention (rings).

    Args:
        attribution: The answer of `explain_object`.
        look: Width and theme.
    """
    look = look or Look()
    bars = [
        Bar(
            credit.part,
            credit.on_manifold.value,
            credit.on_manifold.low,
            credit.on_manifold.high,
            credit.interventional.value,
            not credit.on_manifold.is_certain,
        )
        for credit in attribution.credits[: MOST_BARS + 3]
    ]
    title = 0.5 if look.titled else 0.1
    with rc_context(look.settings()):
        sheet = new_sheet(look, title + bars_height(len(bars)))
        sheet.title(f"Why is {attribution.outcome} {attribution.y:.2f} here, and not {attribution.usual:.2f} as usual?")
        unit = f"adds to {attribution.outcome}, with what comes along (90% interval)"
        draw_bars(sheet, bars, (0.1, title, look.width - 0.25), unit=unit, other="the input exchanged alone")
    return sheet.figure
