"""Methods side by side as a figure: one strip a measure, every fit a dot, the mean with its interval."""

__all__ = ["draw_method_comparison"]

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gausscape.figures.key import Entry, dot, draw_key, key_height, stroke
from gausscape.figures.style import Look, new_sheet
from gausscape.figures.text import LINE
from gausscape.method_comparison.measures import MEASURES, Estimate, Measure
from gausscape.method_comparison.report import MethodComparison

ROW = 0.25
HEADING, SCALE, GAP = 0.3, 0.26, 0.16
SHARES = ("recall", "precision", "agreement")


def draw_method_comparison(comparison: MethodComparison, *, look: Look | None = None) -> Figure:
    """A strip for each measure with a row for each method, and the sentences below.

    Args:
        comparison: Made by `compare_methods`.
        look: Width and theme.
    """
    look = look or Look()
    methods = comparison.methods
    *most, last = methods
    title = f"{', '.join(most)} and {last} on {comparison.name}" if most else f"{last} on {comparison.name}"
    note = (
        f"{comparison.objects['fitted']:,} fitted and {comparison.objects['unseen']:,} unseen {comparison.kind}; "
        f"{comparison.seeds} fits a method"
    )
    columns = 1 if look.narrow else 2
    names = max(look.width_of(method, bold=True) for method in methods) + 0.14
    broad = (look.width - 0.2 - 0.35 * (columns - 1)) / columns
    tall = HEADING + ROW * len(methods) + SCALE + GAP
    rows = -(-len(MEASURES) // columns)
    key = [Entry("one fit", dot(look.paper, look.series)), Entry("mean of the fits", dot(look.ink, look.ink))]
    key += [Entry("its 95% interval", stroke(look.ink, width=2.0))] * (comparison.seeds > 1)
    told = [look.wrap(sentence, look.width - 0.2, size=-0.5) for sentence in comparison.sentences()]
    head, keys = look.head(title, note), key_height(look, key, look.width - 0.2) + 0.06
    words = sum(LINE * len(lines) + 0.05 for lines in told)
    with rc_context(look.settings()):
        sheet = new_sheet(look, head + keys + rows * tall + words + 0.16)
        sheet.head(title, note)
        draw_key(sheet, key, 0.1, head, look.width - 0.2)
        for place, measure in enumerate(MEASURES):
            left = 0.1 + (place % columns) * (broad + 0.35)
            top = head + keys + (place // columns) * tall
            way = "more is better" if measure.more_is_better else "less is better"
            sheet.write(left, top + 0.2, look.wrap(measure.label, broad, bold=True, most=1)[0], fontweight="bold")
            axes = sheet.axes(left + names, top + HEADING, broad - names - 0.05, ROW * len(methods))
            found = [comparison.estimate(method, measure) for method in methods]
            _draw_strip(axes, found, measure, look)
            for row, method in enumerate(methods):
                sheet.write(left, top + HEADING + ROW * (row + 0.5) + 0.045, method, color=look.ink)
            below = top + HEADING + ROW * len(methods) + 0.29
            sheet.write(left + broad - 0.05, below, way, size=-1.5, color=look.quiet, ha="right")
        down = head + keys + rows * tall + 0.16
        for lines in told:
            sheet.paragraph((0.1, down), lines, size=-0.5)
            down += LINE * len(lines) + 0.05
    return sheet.figure


def _draw_strip(axes: Axes, found: list[Estimate], measure: Measure, look: Look) -> None:
    axes.set_ylim(len(found), 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    told = [value for each in found for value in (*each.values, each.lower, each.upper) if np.isfinite(value)]
    most = max(told, default=1.0)
    # Shares have ends that mean something; other figures start at nothing.
    axes.set_xlim((min(0.0, *told), 1.0) if measure.name in SHARES and told else (0.0, 1.06 * most or 1.0))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    axes.grid(axis="x", color=look.faint, linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", pad=2)
    for row, each in enumerate(found):
        middle = row + 0.5
        if not each.values:
            axes.text(0.02, middle, "no fit", transform=axes.get_yaxis_transform(), va="center", color=look.quiet)
            continue
        axes.plot(
            each.values, [middle] * len(each.values), "o", markersize=5, markerfacecolor=look.paper,
            markeredgecolor=look.series, markeredgewidth=1.0, zorder=3, clip_on=False,
        )  # fmt: skip
        if np.isfinite(each.lower):
            ends = [each.lower, each.upper]
            axes.plot(ends, [middle] * 2, color=look.ink, linewidth=2.0, zorder=4, solid_capstyle="butt")
        axes.plot([each.mean], [middle], "o", markersize=4.5, color=look.ink, zorder=5, clip_on=False)
