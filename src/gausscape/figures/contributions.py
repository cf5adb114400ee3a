"""Why y differs between two objects, or is what it is at one: the way with y on it, and what each part adds."""

__all__ = ["draw_attribution", "draw_change_explanation"]

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from gausscape.explanation.attribution import Attribution
from gausscape.explanation.telescoping import ChangeExplanation
from gausscape.figures.bars import Bar, draw_bars, plan_bars
from gausscape.figures.pictures import is_ink
from gausscape.figures.strip import Captioned, draw_row, pick_steps, row_height
from gausscape.figures.style import Look, new_sheet
from gausscape.space.support import Support

MOST_BARS = 9


def draw_change_explanation(
    explanation: ChangeExplanation, *, most: int = MOST_BARS, look: Look | None = None
) -> Figure:
    """Objects on the way from a to b with y below each, and what each direction adds to the difference.

    Args:
        explanation: The answer of `explain_change`.
        most: Bars to show; the others are added up in one.
        look: Width and theme.
    """
    look = look or Look()
    objects = [
        Captioned(picture, str(label), f"{y:.2f}" if np.isfinite(y) else "failed", (), label != Support.UNSUPPORTED)
        for picture, y, label in zip(explanation.pictures, explanation.y, explanation.support, strict=True)
    ]
    width = look.width - 0.2
    objects = pick_steps(objects, width, look)
    shown, rest = explanation.contributions[:most], explanation.contributions[most:]
    bars = [Bar(each.name, each.amount) for each in shown]
    if rest:
        bars.append(Bar(f"{len(rest)} smaller ones together", sum(each.amount for each in rest), is_quiet=True))
    name = explanation.outcome
    ends = "from the one object to the other"
    if explanation.a_id is not None and explanation.b_id is not None:
        ends = f"from object {explanation.a_id} to object {explanation.b_id}"
    title, note = f"Why does {name} go from {explanation.y[0]:.2f} to {explanation.y[-1]:.2f}?", f"{ends}; bold: {name}"
    unit = f"adds to {name}; together exactly {explanation.difference:+.3g}".replace("-", "−")
    plan = plan_bars(look, bars, width, unit=unit)
    head, strip = look.head(title, note), row_height(objects, width, look)
    with rc_context(look.settings()):
        sheet = new_sheet(look, head + strip + 0.1 + plan.height)
        sheet.head(title, note)
        draw_row(sheet, objects, 0.1, head, width, ink=is_ink(explanation.pictures))
        draw_bars(sheet, plan, 0.1, head + strip + 0.1)
    return sheet.figure


def draw_attribution(attribution: Attribution, *, most: int = MOST_BARS + 3, look: Look | None = None) -> Figure:
    """What each input of one object adds to y, on the manifold (bars) and by intervention (rings).

    Args:
        attribution: The answer of `explain_object`.
        most: Bars to show, the largest first.
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
        for credit in attribution.credits[:most]
    ]
    left_out = attribution.credits[most:]
    unit = f"adds to {attribution.outcome}, with what usually comes along"
    if left_out:
        total = sum(credit.on_manifold.value for credit in left_out)
        unit += f"; {len(left_out)} more inputs together {total:+.2g}".replace("-", "−")
    plan = plan_bars(
        look, bars, look.width - 0.2, unit=unit, other="the input exchanged alone", interval="90% interval"
    )
    here = "here" if attribution.object_id is None else f"for object {attribution.object_id}"
    title = f"Why is {attribution.outcome} {attribution.y:.2f} {here}, and not {attribution.usual:.2f} as usual?"
    head = look.head(title)
    with rc_context(look.settings()):
        sheet = new_sheet(look, head + plan.height)
        sheet.head(title)
        draw_bars(sheet, plan, 0.1, head)
    return sheet.figure
