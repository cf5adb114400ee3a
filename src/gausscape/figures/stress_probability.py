"""How likely is failure? The answer with its interval, what each way of estimating says, and the likeliest failures."""

__all__ = ["draw_failure_probability"]

import math
from dataclasses import dataclass

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gausscape.figures.pictures import is_ink
from gausscape.figures.stress_modes import captioned_modes, shown_modes
from gausscape.figures.stress_objects import draw_shown, shown_height
from gausscape.figures.stress_values import Digits
from gausscape.figures.stress_words import between, percent
from gausscape.figures.style import Look, Sheet, new_sheet, probability_words
from gausscape.figures.text import LINE
from gausscape.modality import Modality
from gausscape.stress_testing.probability.failure_probability import Estimate, FailureProbability
from gausscape.stress_testing.words import probability_in_words

ROW = 0.3
LARGE = 13.0
"""Points that the answer is larger than ordinary text."""


@dataclass(frozen=True)
class _Line:
    """One interval of the chart."""

    name: str
    value: float
    lower: float
    upper: float
    note: str = ""
    is_answer: bool = False


def draw_failure_probability(
    probability: FailureProbability, *, modality: Modality | None = None, look: Look | None = None
) -> Figure:
    """The estimate large and in words, intervals of its parts on a logarithmic axis, and the most likely failure points.

    Args:
        probability: Of a stress test.
        modality: The space's kind of data, which knows how to draw objects; None to draw none.
        look: Width and theme.
    """
    look = look or Look()
    width = look.width - 0.2
    pictures = captioned_modes(probability.modes, modality) if modality is not None else []
    digits = Digits.of([mode.y for mode in probability.modes])
    shown = shown_modes(probability.modes[: len(pictures)], pictures, digits, width, look)
    title = f"How likely is {probability.rule}?"
    note = f"for an object drawn from the calibrated law; 90% intervals; {probability.calls:,} calls of the model"
    told = _told(probability)
    answer = _answer(probability)
    lines = _lines(probability)
    said = [line for text in told for line in look.wrap(text, width, size=-0.5)]
    notes = [look.wrap(text, width - 0.14, size=-0.5) for text in _notes(probability)]
    head = look.head(title, note)
    chart = 0.08 + ROW * len(lines) + 0.54
    below = sum(LINE * len(each) + 0.05 for each in notes) + (0.1 if notes else 0.0)
    foot = 0.4 + shown_height(shown, width, look) if shown else 0.0
    middle = head + 0.42 + LINE * len(said) + 0.1
    with rc_context(look.settings()):
        sheet = new_sheet(look, middle + chart + below + foot + 0.06)
        sheet.head(title, note)
        size = LARGE - 4 if look.narrow else LARGE
        sheet.write(0.1, head + 0.28, answer, size=size, fontweight="bold", color=look.accent)
        sheet.paragraph((0.1, head + 0.52), said, size=-0.5)
        _draw_lines(sheet, lines, middle)
        top = middle + chart
        for each in notes:
            sheet.page.plot([0.12], [top + 0.065], "o", color=look.quiet, markersize=2.5)
            sheet.paragraph((0.24, top + 0.1), each, size=-0.5, color=look.quiet)
            top += LINE * len(each) + 0.05
        if shown:
            top = middle + chart + below
            sheet.write(0.1, top + 0.16, "most likely failures", size=1, fontweight="bold")
            draw_shown(sheet, shown, 0.1, top + 0.34, width, ink=is_ink(pictures))
    return sheet.figure


def _answer(probability: FailureProbability) -> str:
    if probability.value <= 0:
        return f"below {percent(probability.upper)}"
    return f"above {percent(probability.lower)}" if probability.bound else percent(probability.value)


def _told(probability: FailureProbability) -> list[str]:
    said = []
    if probability.bound:
        said.append(probability.bound)
    else:
        often = probability_in_words(probability.value)
        said.append(f"about {often}; 90% interval {between(probability.lower, probability.upper)}")
    if math.isfinite(probability.objects):
        said.append(
            f"{percent(probability.objects)} of these failures pass the support gates; the rest are not an object"
        )
    return said


def _lines(probability: FailureProbability) -> list[_Line]:
    found = [_line("answer", probability.estimate, is_answer=True)]
    parts = (
        ("subset simulation", probability.subset),
        ("refined", probability.refined),
        ("plain draws", probability.plain),
    )
    found += [_line(name, part) for name, part in parts if part is not None]
    if probability.observed is not None:
        hits, objects = probability.observed
        share = hits / objects if objects else math.nan
        note = f"{hits:,} of {objects:,}"
        found.append(_Line("real objects", share, probability.observed_lower, probability.observed_upper, note))
    return found


def _line(name: str, estimate: Estimate, *, is_answer: bool = False) -> _Line:
    note = f"{estimate.calls:,} calls" if estimate.calls else ""
    return _Line(name, estimate.value, estimate.lower, estimate.upper, note, is_answer)


def _notes(probability: FailureProbability) -> list[str]:
    return [text for text in (probability.agreement, *probability.notes) if text]


def _draw_lines(sheet: Sheet, lines: list[_Line], top: float) -> None:
    look = sheet.look
    names = max(look.width_of(line.name, bold=line.is_answer) for line in lines) + 0.14
    notes = max(look.width_of(line.note, size=-1) for line in lines) + 0.12
    left, broad = 0.1 + names, look.width - 0.2 - names - notes
    axes = sheet.axes(left, top, broad, 0.08 + ROW * len(lines), xscale="log")
    low, high = _reach(lines)
    axes.set_xlim(low, high)
    axes.set_ylim(0.08 + ROW * len(lines), 0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    _decades(axes, low, high, max(2, int(broad / 0.75)))
    axes.minorticks_off()
    axes.grid(axis="x", color=look.faint, linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", pad=2)
    answer = lines[0]
    ends = [max(answer.lower, low), max(answer.upper, low)]
    if all(math.isfinite(end) for end in ends):
        axes.axvspan(*ends, color=look.accent, alpha=0.12, linewidth=0, zorder=1)
    for i, line in enumerate(lines):
        middle = 0.06 + ROW * (i + 0.5)
        _draw_line(axes, line, middle, low, look)
        weight = "bold" if line.is_answer else "normal"
        sheet.write(left - 0.14, top + middle + 0.04, line.name, ha="right", fontweight=weight)
        sheet.write(look.width - 0.1, top + middle + 0.04, line.note, size=-1, color=look.quiet, ha="right")
    sheet.write(
        left + broad / 2, top + 0.08 + ROW * len(lines) + 0.36, "probability", size=-0.5, color=look.quiet, ha="center"
    )


def _draw_line(axes: Axes, line: _Line, middle: float, low: float, look: Look) -> None:
    colour, broad = (look.accent, 3.4) if line.is_answer else (look.series, 2.2)
    if not (math.isfinite(line.lower) and math.isfinite(line.upper)):
        return
    axes.plot([max(line.lower, low), max(line.upper, low)], [middle] * 2, color=colour, linewidth=broad,
              solid_capstyle="butt", zorder=3)  # fmt: skip
    if line.lower < low:
        # Nothing was hit: the interval goes on to zero.
        axes.plot([low], [middle], "<", color=colour, markersize=6, clip_on=False, zorder=4)
    if line.value > low:
        axes.plot([line.value], [middle], "o", color=colour, markersize=7 if line.is_answer else 5.5, zorder=5,
                  markerfacecolor=colour if line.is_answer else look.paper, markeredgewidth=1.4)  # fmt: skip


def _reach(lines: list[_Line]) -> tuple[float, float]:
    told = np.array([end for line in lines for end in (line.value, line.lower, line.upper)], dtype=np.float64)
    told = told[np.isfinite(told) & (told > 1e-12)]
    low, high = (float(told.min()), float(told.max())) if len(told) else (1e-3, 1.0)
    # Room for an interval that goes on to zero.
    low /= 10 if any(line.lower <= 1e-12 for line in lines) and high < 30 * low else 1
    return 10 ** math.floor(math.log10(low / 1.5)), min(
        10 ** math.ceil(math.log10(min(high * 1.3, 1.0)) - 1e-9), 1.0
    ) * 1.12


def _decades(axes: Axes, low: float, high: float, most: int) -> None:
    first, last = round(math.log10(low)), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / most))
    ticks = [10.0**power for power in range(last, first - 1, -step)]
    axes.set_xticks(ticks, [probability_words(tick) if tick >= 1e-7 else f"{tick:.0e}" for tick in ticks])
