"""Why y is what it is in a patch: objects on the way on which y rises fastest, and the effect of each feature."""

__all__ = ["draw_explanation", "draw_patch_explanation"]

import textwrap

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from gausscape.explanation.answer import Explanation
from gausscape.explanation.patch_explanation import PatchExplanation
from gausscape.figures.bars import Bar, bars_height, draw_bars
from gausscape.figures.colour import diverging
from gausscape.figures.ledger import draw_ledger
from gausscape.figures.pictures import draw_frame, is_ink
from gausscape.figures.strip import Captioned, draw_row, row_height
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.modality import Picture
from gausscape.space.support import Support

MOST_BARS = 8


def draw_explanation(explanation: Explanation, *, look: Look | None = None) -> Figure:
    """The ledger if there is one, else the first patch.

    Args:
        explanation: The answer of `explain`.
        look: Width and theme.
    """
    if explanation.ledger is not None:
        return draw_ledger(explanation.ledger, outcome=explanation.outcome, look=look)
    return draw_patch_explanation(explanation.patches[0], outcome=explanation.outcome, look=look)


def draw_patch_explanation(patch: PatchExplanation, *, outcome: str = "y", look: Look | None = None) -> Figure:
    """Objects along the gradient with y below each, then the features' effects; or why nothing is explained.

    Args:
        patch: One patch of an Explanation.
        outcome: What y is called.
        look: Width and theme.
    """
    look = look or Look()
    if patch.withheld is not None or patch.climb is None:
        return _draw_withheld(patch, outcome, look)
    climb = patch.climb
    objects = [
        Captioned(
            picture,
            str(label),
            (f"{y:.2f}" if np.isfinite(y) else "failed", f"{offset:+.1f} sd"),
            label != Support.UNSUPPORTED,
        )
        for picture, y, label, offset in zip(climb.pictures, climb.y, climb.support, climb.offsets, strict=True)
    ]
    shown = [effect for effect in patch.effects if effect.on_manifold is not None][:MOST_BARS]
    bars = [
        Bar(
            effect.feature,
            own.value,
            own.low,
            own.high,
            None if effect.raw is None else effect.raw.value,
            not own.is_certain,
        )
        for effect in shown
        if (own := effect.on_manifold) is not None
    ]
    width = look.width - 0.1
    difference = _difference(climb.pictures)
    aside = 1.25 if difference is not None and not look.narrow else 0.0
    strip = row_height(len(objects), width - aside, lines=2)
    title = 0.78 if look.titled else 0.34
    with rc_context(look.settings()):
        sheet = new_sheet(look, title + strip + 0.3 + bars_height(len(bars)) + 0.28)
        sheet.title(f"What moves {outcome} around {patch.name}?")
        words = f"on the way on which {outcome} rises fastest; bold: {outcome}"
        sheet.write(0.1, title - 0.14, words, size=-0.5, color=look.quiet)
        draw_row(sheet, objects, 0.1, title, width - aside, ink=is_ink(climb.pictures))
        if aside and difference is not None:
            _draw_difference(sheet, difference, (look.width - aside + 0.1, title, aside - 0.25))
        place = (0.1, title + strip + 0.3, look.width - 0.25)
        sheet.write(0.1, title + strip + 0.2, "what each feature does", size=1, fontweight="bold")
        unit = f"change of {outcome} for one standard deviation more, with what comes along"
        draw_bars(
            sheet,
            bars,
            place,
            unit=unit,
            other="the input changed alone" if any(bar.other is not None for bar in bars) else "",
        )
        level = (
            f"explains {patch.r_squared:.0%} of unseen probes"
            if patch.is_linear
            else "no linear statement: averages over the patch"
        )
        said = f"{level}; fidelity {patch.agreement.agreement:.2f}; pale: may be zero"
        sheet.write(0.1, sheet.height - 0.1, said, size=-1, color=look.quiet)
    return sheet.figure


def _draw_withheld(patch: PatchExplanation, outcome: str, look: Look) -> Figure:
    lines = textwrap.wrap(patch.withheld or "Nothing was asked here.", int((look.width - 0.3) / 0.072))
    with rc_context(look.settings()):
        title = 0.45 if look.titled else 0.1
        sheet = new_sheet(look, title + 0.55 + 0.2 * len(lines))
        sheet.title(f"What moves {outcome} around {patch.name}?")
        sheet.write(0.15, title + 0.2, "withheld", size=1, fontweight="bold", color=look.accent)
        for i, line in enumerate(lines):
            sheet.write(0.15, title + 0.45 + 0.2 * i, line)
    return sheet.figure


def _difference(pictures: list[Picture]) -> np.ndarray | None:
    if any(picture.kind != "raster" for picture in pictures):
        return None
    change = np.asarray(pictures[-1].data, dtype=float) - np.asarray(pictures[0].data, dtype=float)
    return change if change.ndim == 2 else change.mean(-1)


def _draw_difference(sheet: Sheet, change: np.ndarray, box: tuple[float, float, float]) -> None:
    look = sheet.look
    left, top, side = box
    reach = float(np.abs(change).max()) or 1.0
    height = side * change.shape[0] / change.shape[1]
    colours = diverging(look)((change / reach + 1) / 2)
    sheet.page.imshow(colours, extent=(left, left + side, top + height, top), aspect="auto", zorder=2)
    draw_frame(sheet, (left, top, side, height), colour=look.faint, width=0.8)
    sheet.write(left + side / 2, top + height + 0.16, "last less first", size=-1.5, color=look.quiet, ha="center")
    sheet.write(left + side / 2, top + height + 0.32, "orange: added", size=-1.5, color=look.accent, ha="center")
    sheet.write(left + side / 2, top + height + 0.46, "blue: taken away", size=-1.5, color=look.series, ha="center")
