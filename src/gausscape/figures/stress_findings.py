"""Weak regions: what failing objects share, how much more often they fail there than elsewhere, and what they look like."""

__all__ = ["draw_findings"]

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from gausscape.errors import ShapeError
from gausscape.figures.key import Entry, dot, draw_key, key_height, stroke
from gausscape.figures.pictures import is_ink
from gausscape.figures.stress_marks import mark_of
from gausscape.figures.stress_objects import Shown, draw_shown, shown_fitting, shown_height
from gausscape.figures.stress_values import Digits
from gausscape.figures.stress_words import percent, share_words
from gausscape.figures.strip import Captioned
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.figures.text import LINE
from gausscape.items import take
from gausscape.modality import Modality
from gausscape.space.support import Support
from gausscape.stress_testing.failures.finding import Finding
from gausscape.stress_testing.scenarios import Kind, Scenarios

MOST = 6
SCALE = 0.3
ENDS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
SMALL = -0.5


@dataclass(frozen=True)
class _Region:
    """One finding, laid out."""

    finding: Finding
    title: list[str]
    said: list[str]
    examples: list[Shown]
    height: float


def draw_findings(
    findings: Sequence[Finding],
    *,
    scenarios: Scenarios | None = None,
    modality: Modality | None = None,
    most: int = MOST,
    look: Look | None = None,
) -> Figure:
    """Regions below each other: the share that fails inside with its interval, that elsewhere, and a few objects.

    Args:
        findings: Of a stress test, ranked.
        scenarios: Of the same test, and
        modality: the space's kind of data, to draw the examples; None for both to draw none.
        most: Regions to show.
        look: Width and theme.

    Raises:
        ShapeError: If there is no finding.
    """
    look = look or Look()
    if not findings:
        raise ShapeError("A figure of weak regions needs at least one, but got none. The test has found no region.")
    regions = [_plan(each, scenarios, modality, look) for each in findings[:most]]
    width, title = look.width - 0.2, "Where is it weak?"
    note = "regions found on one half of the scenarios, shares measured on the other, with 90% intervals"
    note += f"; {len(findings) - most} more not shown" if len(findings) > most else ""
    red = mark_of(look, Kind.MODEL_FAILURE).colour
    key = [Entry("share that fails inside", dot(red, red)), Entry("elsewhere", stroke(look.ink, width=2.0))]
    head, keys = look.head(title, note), key_height(look, key, width) + 0.06
    pictures = [shown.object.picture for region in regions for shown in region.examples]
    most_told = max(max(region.finding.upper, region.finding.elsewhere) for region in regions)
    high = next((end for end in ENDS if end >= most_told), 1.0)
    with rc_context(look.settings()):
        sheet = new_sheet(look, head + keys + sum(region.height for region in regions) + 0.32)
        sheet.head(title, note)
        draw_key(sheet, key, 0.1, head, width)
        top = head + keys
        for region in regions:
            sheet.page.plot([0.1, look.width - 0.1], [top + 0.02] * 2, color=look.faint, linewidth=0.8)
            _draw_region(sheet, region, top, high, ink=is_ink(pictures))
            top += region.height
        for share, side in ((0.0, "left"), (high / 2, "center"), (high, "right")):
            x = 0.1 + width * share / high
            sheet.page.plot([x, x], [top, top + 0.05], color=look.quiet, linewidth=0.7)
            sheet.write(x, top + 0.18, percent(share), size=-0.5, color=look.quiet, ha=side)
        sheet.page.plot([0.1, 0.1 + width], [top, top], color=look.quiet, linewidth=0.7)
    return sheet.figure


def _plan(finding: Finding, scenarios: Scenarios | None, modality: Modality | None, look: Look) -> _Region:
    width = look.width - 0.2
    title = look.wrap(" and ".join(str(each) for each in finding.conditions), width, bold=True, size=0.5)
    said = look.wrap(_said(finding), width, size=SMALL)
    examples = _examples(finding, scenarios, modality, width, look)
    pictures = shown_height(examples, width, look) + 0.08 if examples else 0.0
    return _Region(finding, title, said, examples, 0.14 + LINE * (len(title) + len(said)) + SCALE + pictures + 0.1)


def _said(finding: Finding) -> str:
    times = f", {finding.lift:.2g} times as many" if math.isfinite(finding.lift) and finding.lift >= 1 else ""
    return (
        f"{finding.hits:,} of {finding.n:,} fail: {share_words(finding.share, finding.lower, finding.upper)}; elsewhere "
        f"{percent(finding.elsewhere)}{times}. {percent(finding.covers)} of all failures lie here"
    )


def _examples(
    finding: Finding, scenarios: Scenarios | None, modality: Modality | None, width: float, look: Look
) -> list[Shown]:
    if scenarios is None or modality is None:
        return []
    place = {str(name): row for row, name in enumerate(scenarios.ids)}
    names = dict.fromkeys((finding.worst, *finding.examples))
    rows = np.array([place[name] for name in names if name in place], dtype=np.int64)
    if not len(rows):
        return []
    pictures, digits = modality.pictures(take(scenarios.items, rows)), Digits.of(scenarios.y)
    fitting = shown_fitting(pictures, width, look)
    return [
        Shown(
            Captioned(
                picture,
                str(scenarios.support[row]),
                digits(float(scenarios.y[row])),
                (),
                scenarios.support[row] != Support.UNSUPPORTED,
            ),
            str(scenarios.kind[row]) if scenarios.fails[row] else "",
        )
        for row, picture in zip(rows[:fitting], pictures, strict=False)
    ]


def _draw_region(sheet: Sheet, region: _Region, top: float, high: float, *, ink: bool) -> None:
    look, finding, width = sheet.look, region.finding, sheet.look.width - 0.2
    sheet.paragraph((0.1, top + 0.2), region.title, size=0.5, fontweight="bold")
    top += 0.14 + LINE * len(region.title)
    red = mark_of(look, Kind.MODEL_FAILURE).colour
    middle = top + 0.14

    def at(share: float) -> float:
        return 0.1 + width * min(share, high) / high

    sheet.page.plot([0.1, 0.1 + width], [middle] * 2, color=look.faint, linewidth=0.8, zorder=1)
    sheet.page.plot(
        [at(finding.lower), at(finding.upper)], [middle] * 2, color=red, linewidth=2.6, zorder=3, solid_capstyle="butt"
    )
    sheet.page.plot([at(finding.share)], [middle], "o", color=red, markersize=7, zorder=4)
    sheet.page.plot(
        [at(finding.elsewhere)] * 2, [middle - 0.08, middle + 0.08], color=look.ink, linewidth=2.0, zorder=5
    )
    sheet.paragraph((0.1, top + SCALE + 0.1), region.said, size=SMALL, color=look.quiet)
    draw_shown(sheet, region.examples, 0.1, top + SCALE + LINE * len(region.said) + 0.08, width, ink=ink)
