"""A change on a ruler with landmarks, the path from the one object to the other, and what changed."""

__all__ = ["draw_change"]

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from gausscape.errors import ShapeError
from gausscape.figures.bars import Bar, BarPlan, draw_bars, plan_bars
from gausscape.figures.comparison import plan_parts
from gausscape.figures.difference import difference_height, draw_difference
from gausscape.figures.key import draw_chip
from gausscape.figures.pictures import is_ink
from gausscape.figures.ruler import draw_axis, draw_landmarks, draw_usual
from gausscape.figures.strip import Captioned, draw_row, pick_steps, row_height
from gausscape.figures.style import Look, Sheet, new_sheet, probability_words
from gausscape.figures.text import LINE
from gausscape.local_change.change import Change
from gausscape.local_change.verdict import Verdict
from gausscape.space.support import Support

RULER = 2.05
MOST_BARS = 7
SIDE = 1.2
MEANING = {
    Verdict.CHANGED: "more than measuring one object again would show",
    Verdict.NOISE: "measuring one object again could show as much",
    Verdict.SAME: "the two objects are equal",
    Verdict.WITHHELD: "an object lies outside the data: the distance is an extrapolation",
}


def draw_change(
    change: Change,
    *,
    outcomes: Sequence[str] | None = None,
    outcome_name: str = "",
    details: bool = True,
    look: Look | None = None,
) -> Figure:
    """Where the change stands among distances that are usual, what lies between the two objects, and what changed.

    Args:
        change: The answer of `measure_change`.
        outcomes: What a model says of each object on the path, as a few letters each.
        outcome_name: What that is.
        details: Whether the parts and features that changed, and for images where, are drawn below.
        look: Width and theme.

    Raises:
        ShapeError: If there are more or fewer outcomes than objects on the path.
    """
    look = look or Look()
    path, width = change.path, look.width - 0.2
    if outcomes is not None and len(outcomes) != len(path):
        raise ShapeError(
            f"A path of {len(path)} steps needs {len(path)} outcomes, but {len(outcomes)} came. Pass one for each."
        )
    objects = pick_steps(_objects(change, outcomes), width, look)
    strip = row_height(objects, width, look)
    title, note = "How big is this change?", ""
    if change.a_id is not None and change.b_id is not None:
        note = f"from object {change.a_id} to object {change.b_id}"
    words = f"along the {path.route} path in the space; below each: share of objects at least as unusual"
    words = look.wrap(words + (f"; bold: {outcome_name}" if outcome_name else ""), width, size=-0.5)
    verdict = look.wrap(MEANING[change.verdict], width - 0.9, size=-0.5)
    head = look.head(title, note)
    told, ruler = LINE * len(verdict) + 0.08, LINE * len(words) + 0.1
    lower = _Lower(change, look) if details and not change.identical else None
    parts = plan_parts(look, change.comparison, width) if details and change.comparison is not None else None
    with rc_context(look.settings()):
        below = head + told + RULER + ruler + strip
        parted = parts.height + 0.1 if parts else 0.0
        sheet = new_sheet(look, below + parted + (lower.height if lower else 0.0))
        sheet.head(title, note)
        strong = change.verdict == Verdict.CHANGED
        chip = draw_chip(sheet, str(change.verdict), 0.1, head + 0.06, colour=look.accent, strong=strong)
        sheet.paragraph((0.18 + chip, head + 0.1), verdict, size=-0.5)
        _draw_ruler(sheet, change, head + told, RULER)
        top = head + told + RULER
        sheet.paragraph((0.1, top + 0.13), words, size=-0.5, color=look.quiet)
        draw_row(sheet, objects, 0.1, top + ruler, width, ink=is_ink(path.pictures))
        if parts:
            parts.draw(sheet, 0.1, below + 0.1)
        if lower:
            lower.draw(sheet, below + parted)
    return sheet.figure


def _objects(change: Change, outcomes: Sequence[str] | None) -> list[Captioned]:
    path = change.path
    return [
        Captioned(
            picture,
            str(path.support[i]),
            "" if outcomes is None else outcomes[i],
            (probability_words(float(path.exceedance.probability[i])),),
            path.support[i] != Support.UNSUPPORTED,
        )
        for i, picture in enumerate(path.pictures)
    ]


def _draw_ruler(sheet: Sheet, change: Change, top: float, height: float) -> None:
    look = sheet.look
    low, high = (float(end) for end in change.distance_interval)
    ends = (float(change.pairs[-2]), change.distance, high, change.landmark_neighbour, change.landmark_again, 1e-9)
    reach = 1.04 * max(ends)
    box = (0.15, top + 0.4, look.width - 0.35, height - 0.4 - 0.52)
    axes = draw_axis(sheet, box, reach)
    draw_usual(axes, change.pairs, reach, height=0.48, look=look)
    marks = [
        (change.landmark_again, "same object,\nmeasured again"),
        (change.landmark_neighbour, "nearest other\nobject"),
        (float(change.pairs[50]), "two random\nobjects"),
    ]
    draw_landmarks(sheet, axes, marks, box, tall=0.58, line=change.distance)
    axes.plot([low, high], [0.035, 0.035], color=look.accent, linewidth=5, alpha=0.45, zorder=4, solid_capstyle="butt")
    axes.plot([change.distance] * 2, [0, 1.0], color=look.accent, linewidth=2.4, zorder=4, solid_capstyle="butt")
    axes.plot([change.distance], [0.02], "^", color=look.accent, markersize=8, zorder=5, clip_on=False)
    share, (least, most) = change.percentile, change.interval
    lines = (
        (f"{change.distance:.2f} sd ({low:.2f} to {high:.2f})", "bold"),
        (f"{share:.0f}% of random pairs are closer ({least:.0f}% to {most:.0f}%)", "normal"),
    )
    for i, (words, weight) in enumerate(lines):
        half = look.width_of(words, bold=weight == "bold") / 2
        x = min(max(box[0] + change.distance / reach * box[2], 0.1 + half), look.width - 0.1 - half)
        sheet.write(x, top + 0.2 + 0.16 * i, words, color=look.accent, ha="center", fontweight=weight)


class _Lower:
    """What changed, as bars, and for images where."""

    def __init__(self, change: Change, look: Look):
        self.change, self.look = change, look
        self.map = change.difference if change.difference is not None else None
        self.aside = SIDE + 0.3 if self.map is not None and not look.narrow else 0.0
        self.plan = _plan(change, look, look.width - 0.2 - self.aside)
        stayed = [feature.name for feature in sorted(change.stayed, key=lambda feature: -feature.typical)]
        words = (
            f"stayed: {', '.join(stayed[:4])}{f' and {len(stayed) - 4} more' if len(stayed) > 4 else ''}"
            if stayed
            else ""
        )
        self.stayed = look.wrap(words, look.width - 0.2 - self.aside, size=-0.5) if words else []
        tall = (self.plan.height if self.plan else 0.1) + LINE * len(self.stayed) + 0.1
        mapped = 0.0 if self.map is None else difference_height(self.map, SIDE)
        self.bars, self.mapped = tall, mapped
        self.height = 0.4 + (max(tall, mapped) if self.aside else tall + mapped) + 0.08

    def draw(self, sheet: Sheet, top: float) -> None:
        look = self.look
        sheet.write(
            0.1,
            top + 0.2,
            "what changed" if self.plan else "no feature changed by more than noise",
            size=1,
            fontweight="bold",
        )
        top += 0.36
        if self.plan:
            draw_bars(sheet, self.plan, 0.1, top)
        below = top + (self.plan.height if self.plan else 0.0) + 0.14
        sheet.paragraph((0.1, below), self.stayed, size=-0.5, color=look.quiet)
        if self.map is not None:
            left = look.width - 0.1 - SIDE if self.aside else (look.width - SIDE) / 2
            draw_difference(
                sheet, self.map, (left, top if self.aside else top + self.bars, SIDE), name="second less first"
            )


def _plan(change: Change, look: Look, width: float) -> BarPlan | None:
    bars = [
        Bar(
            feature.name,
            feature.size,
            other=feature.observed_size if np.isfinite(feature.observed_size) else None,
            noise=feature.noise,
            note=_pair(feature.before, feature.after),
        )
        for feature in change.changed[:MOST_BARS]
    ]
    if not bars:
        return None
    more = len(change.changed) - len(bars)
    unit = "standard deviations of the feature in the population" + (f"; {more} more changed" if more else "")
    return plan_bars(look, bars, width, unit=unit, other="on the objects themselves", noise="noise of measuring again")


def _pair(before: float, after: float) -> str:
    # Beside a number a thousand times as large the other is nothing, and its digits would only be noise.
    nothing = max(abs(before), abs(after)) / 1000
    return " → ".join("0" if abs(value) < nothing else _short(value) for value in (before, after))


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) >= 1 else f"{value:.2g}"
