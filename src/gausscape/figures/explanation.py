"""Why y is what it is in a patch: objects on the way on which y rises fastest, and the effect of each feature."""

__all__ = ["draw_explanation", "draw_patch_explanation"]

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from gausscape.explanation.answer import Explanation
from gausscape.explanation.claim import Claim
from gausscape.explanation.climb import Climb
from gausscape.explanation.patch_explanation import PatchExplanation
from gausscape.figures.bars import Bar, BarPlan, draw_bars, plan_bars
from gausscape.figures.difference import difference_height, draw_difference, raster_difference
from gausscape.figures.ledger import draw_ledger
from gausscape.figures.pictures import is_ink
from gausscape.figures.strip import Captioned, draw_row, pick_steps, row_height
from gausscape.figures.style import Look, new_sheet
from gausscape.figures.text import LINE
from gausscape.space.support import Support

MOST_BARS = 8
ASIDE = 1.3
"""Inches on the right of the objects for the map of what is added and taken away."""


def draw_explanation(explanation: Explanation, *, claims: Sequence[Claim] = (), look: Look | None = None) -> Figure:
    """The ledger if there is one, else the first patch.

    Args:
        explanation: The answer of `explain`.
        claims: With a ledger: what became of claims that were made elsewhere (see `Ledger.judge_claim`).
        look: Width and theme.
    """
    if explanation.ledger is not None:
        return draw_ledger(explanation.ledger, outcome=explanation.outcome, claims=claims, look=look)
    return draw_patch_explanation(explanation.patches[0], outcome=explanation.outcome, look=look)


def draw_patch_explanation(
    patch: PatchExplanation, *, outcome: str = "y", most: int = MOST_BARS, look: Look | None = None
) -> Figure:
    """Objects along the gradient with y below each, then the features' effects; or why nothing is explained.

    Args:
        patch: One patch of an Explanation.
        outcome: What y is called.
        most: Features to show.
        look: Width and theme.
    """
    look = look or Look()
    if patch.withheld is not None or patch.climb is None:
        return _draw_withheld(patch, outcome, look)
    width = look.width - 0.2
    difference = raster_difference(patch.climb.pictures)
    aside = ASIDE if difference is not None and not look.narrow else 0.0
    objects = pick_steps(_objects(patch.climb), width - aside, look)
    strip = row_height(objects, width - aside, look)
    side = 1.05
    mapped = 0.0 if difference is None else difference_height(difference, side)
    strip = max(strip, mapped) if aside or difference is None else strip + mapped + 0.1
    plan = _plan(patch, outcome, most, look)
    said = look.wrap(_standing(patch), width, size=-0.5)
    title = f"What moves {outcome} around {patch.name}?"
    note = f"on the way on which {outcome} rises fastest; bold: {outcome}"
    head = look.head(title, note)
    heading = 0.34
    with rc_context(look.settings()):
        sheet = new_sheet(look, head + strip + heading + plan.height + 0.1 + LINE * len(said) + 0.08)
        sheet.head(title, note)
        draw_row(sheet, objects, 0.1, head, width - aside, ink=is_ink(patch.climb.pictures))
        if difference is not None:
            down = head if aside else head + strip - mapped
            left = look.width - 0.1 - side if aside else (look.width - side) / 2
            draw_difference(sheet, difference, (left, down, side), name="last less first")
        top = head + strip + heading
        sheet.write(0.1, top - 0.12, "what each feature does", size=1, fontweight="bold")
        draw_bars(sheet, plan, 0.1, top)
        sheet.paragraph((0.1, top + plan.height + 0.17), said, size=-0.5, color=look.quiet)
    return sheet.figure


def _objects(climb: Climb) -> list[Captioned]:
    return [
        Captioned(
            picture,
            str(label),
            f"{y:.2f}" if np.isfinite(y) else "failed",
            ("here" if abs(offset) < 0.05 else f"{offset:+.1f} sd".replace("-", "−"),),
            label != Support.UNSUPPORTED,
        )
        for picture, y, label, offset in zip(climb.pictures, climb.y, climb.support, climb.offsets, strict=True)
    ]


def _plan(patch: PatchExplanation, outcome: str, most: int, look: Look) -> BarPlan:
    bars = [
        Bar(
            effect.feature,
            own.value,
            own.low,
            own.high,
            None if effect.raw is None else effect.raw.value,
            not own.is_certain,
        )
        for effect in [effect for effect in patch.effects if effect.on_manifold is not None][:most]
        if (own := effect.on_manifold) is not None
    ]
    unit = f"change of {outcome} for one standard deviation more of the feature, with what usually comes along"
    return plan_bars(look, bars, look.width - 0.2, unit=unit, other="the input changed alone", interval="90% interval")


def _standing(patch: PatchExplanation) -> str:
    """How far the statement may be trusted."""
    if patch.is_linear:
        # Where objects are drawn, y also hangs on the draws, which no statement about the code can explain.
        what = "what the code decides of y" if patch.rendering.drawn else "y"
        level = f"a linear statement holds: it explains {patch.r_squared:.0%} of {what} on probes it did not see"
    else:
        level = "no linear statement holds here: these are averages over the patch"
    return f"{level}; fidelity of decoded objects {patch.agreement.agreement:.2f}"


def _draw_withheld(patch: PatchExplanation, outcome: str, look: Look) -> Figure:
    title = f"What moves {outcome} around {patch.name}?"
    lines = look.wrap(
        patch.withheld or "y has no gradient here, so there is no way on which it rises.", look.width - 0.2
    )
    head = look.head(title)
    with rc_context(look.settings()):
        sheet = new_sheet(look, head + 0.32 + LINE * len(lines) + 0.15)
        sheet.head(title)
        sheet.write(
            0.1,
            head + 0.12,
            "withheld" if patch.withheld else "nothing to show",
            size=1,
            fontweight="bold",
            color=look.accent,
        )
        sheet.paragraph((0.1, head + 0.36), lines)
    return sheet.figure
