"""The ledger as a picture: for each feature, how many patches go which way, what is proven, and the verdict."""

__all__ = ["draw_ledger"]

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gausscape.explanation.claim import Claim
from gausscape.explanation.ledger import Ledger
from gausscape.explanation.verdict import LedgerEntry, Verdict
from gausscape.figures.key import Entry, draw_chip, draw_key, key_height, stroke, swatch
from gausscape.figures.style import Look, Sheet, new_sheet
from gausscape.figures.text import LINE

MOST_ROWS = 20
THICK = 0.2
CHIP = 0.85
"""Inches for the verdict beside a sentence."""

ORDER = (Verdict.GLOBAL, Verdict.MIXED, Verdict.LOCAL, Verdict.UNDETERMINED)


def draw_ledger(
    ledger: Ledger, *, outcome: str = "y", most: int = MOST_ROWS, claims: Sequence[Claim] = (), look: Look | None = None
) -> Figure:
    """Bars of the patches that show a rise, a fall, or nothing decided; the proven share marked; the verdict in a word.

    Args:
        ledger: Of an Explanation.
        outcome: What y is called.
        most: Features to show, the clearest verdicts first.
        claims: What became of claims that were made elsewhere, from averages (see `Ledger.judge_claim`).
        look: Width and theme.
    """
    look = look or Look()
    entries = sorted(ledger, key=lambda entry: (ORDER.index(entry.verdict), -entry.leading.count))
    entries, left_out = entries[:most], entries[most:]
    width = look.width - 0.2
    chips = max((look.width_of(_verdict(entry), size=-1, bold=True) for entry in entries), default=0.5) + 0.2
    longest = max((look.width_of(entry.feature) for entry in entries), default=0.5)
    # A phone has no room for names beside the bars.
    names = 0.0 if look.narrow else min(longest + 0.12, 0.36 * width)
    bars = width if look.narrow else width - names - chips
    told = [look.wrap(entry.feature, (width - chips) if look.narrow else names - 0.12, most=3) for entry in entries]
    rows = [
        (LINE * len(lines) + THICK + 0.18) if look.narrow else max(0.34, LINE * len(lines) + 0.12) for lines in told
    ]
    key = _key(look, outcome, entries)
    title = f"What moves {outcome}, and does it hold in general?"
    note = f"in how many of {len(ledger.ids)} patches {outcome} rises or falls with one standard deviation more of the feature"
    head, keys = look.head(title, note), key_height(look, key, width) + 0.06
    foot = _sayings(look, entries, claims, len(left_out), width)
    below = sum(saying.height for saying in foot)
    with rc_context(look.settings()):
        sheet = new_sheet(look, head + keys + sum(rows) + 0.3 + below + 0.1)
        sheet.head(title, note)
        draw_key(sheet, key, 0.1, head, width)
        top = start = head + keys
        for entry, lines, row in zip(entries, told, rows, strict=True):
            _draw_entry(sheet, entry, lines, (0.1, top, width, row), (0.1 + names, bars))
            top += row
        middle = 0.1 + names + bars / 2
        for first, last in _gaps(start, rows, look.narrow):
            sheet.page.plot(
                [middle] * 2, [first, last], color=look.ink, linewidth=0.9, linestyle=(0, (2, 1.5)), zorder=6
            )
        sheet.write(middle, top + 0.15, "half of the patches", size=-1.5, color=look.quiet, ha="center")
        _draw_sayings(sheet, foot, top + 0.3)
    return sheet.figure


def _draw_entry(
    sheet: Sheet,
    entry: LedgerEntry,
    lines: list[str],
    box: tuple[float, float, float, float],
    bars: tuple[float, float],
) -> None:
    look, (left, top, broad, row), (start, width) = sheet.look, box, bars
    middle = top + row - 0.1 - THICK / 2 if look.narrow else top + row / 2
    n = max(entry.up.patches, 1)
    up, down = entry.up.count / n * width, entry.down.count / n * width
    parts = (
        (start, up, look.accent, entry.up.count, "left"),
        (start + up, width - up - down, look.faint, 0, "left"),
        (start + width - down, down, look.series, entry.down.count, "right"),
    )
    for x, wide, colour, count, side in parts:
        sheet.page.add_patch(
            Rectangle((x, middle - THICK / 2), wide, THICK, facecolor=colour, edgecolor="none", zorder=3)
        )
        if count and wide > look.width_of(str(count), size=-1, bold=True) + 0.12:
            # At the outer end, off the line through the half.
            at = x + 0.06 if side == "left" else x + wide - 0.06
            options = {"ha": side, "va": "center_baseline", "color": look.paper, "fontweight": "bold", "zorder": 7}
            sheet.write(at, middle, str(count), size=-1, **options)
    proven = entry.leading.share_at_least * width
    if proven > 0:
        ends = (start, start + proven) if entry.leading.sign > 0 else (start + width - proven, start + width)
        sheet.page.plot(
            ends, [middle + THICK / 2 + 0.025] * 2, color=look.ink, linewidth=2, solid_capstyle="butt", zorder=5
        )
    strong = entry.verdict is Verdict.GLOBAL
    word = _verdict(entry)
    chip = look.width_of(word, size=-1, bold=strong) + 0.14
    tone = {Verdict.GLOBAL: look.ink, Verdict.MIXED: look.ink}.get(entry.verdict, look.quiet)
    if look.narrow:
        draw_chip(sheet, word, left + broad - chip, top + 0.13, colour=tone, strong=strong)
        sheet.paragraph((left, top + 0.165), lines)
    else:
        draw_chip(sheet, word, start + width + 0.1, middle, colour=tone, strong=strong)
        sheet.paragraph((start - 0.12, middle + 0.045 - LINE * (len(lines) - 1) / 2), lines, ha="right")


def _verdict(entry: LedgerEntry) -> str:
    proven = entry.leading.share_at_least
    general = entry.verdict is Verdict.GLOBAL and proven > 0.5
    return f"{entry.verdict} ≥ {math.floor(100 * proven)}%" if general else str(entry.verdict)


def _gaps(start: float, rows: list[float], narrow: bool) -> list[tuple[float, float]]:
    """Where the line through the half of the patches runs: through the bars, but not through names above them."""
    ends = [start]
    for row in rows:
        ends.append(ends[-1] + row)
    if not narrow:
        return [(start - 0.02, ends[-1])]
    return [(end - 0.13 - THICK, end - 0.07) for end in ends[1:]]


def _key(look: Look, outcome: str, entries: Sequence[LedgerEntry]) -> list[Entry]:
    key = [
        Entry(f"{outcome} rises", swatch(look.accent)),
        Entry("not decided", swatch(look.faint)),
        Entry(f"{outcome} falls", swatch(look.series)),
    ]
    if any(entry.leading.share_at_least > 0 for entry in entries):
        key.append(Entry("proven share of the population", stroke(look.ink, width=2)))
    return key


@dataclass(frozen=True)
class _Saying:
    """What stands below the bars: lines, the inches left above them, and a verdict in a chip beside them ("" for none)."""

    lines: list[str]
    gap: float
    verdict: str = ""
    is_refused: bool = False
    is_heading: bool = False

    @property
    def height(self) -> float:
        return LINE * len(self.lines) + self.gap


def _sayings(
    look: Look, entries: Sequence[LedgerEntry], claims: Sequence[Claim], left_out: int, width: float
) -> list[_Saying]:
    """General findings, then claims made elsewhere."""
    found: list[_Saying] = []
    if left_out:
        found.append(_Saying(look.wrap(f"{left_out} more features are not shown.", width, size=-0.5), 0.06))
    for entry in entries:
        if entry.verdict is Verdict.GLOBAL:
            found.append(_Saying(look.wrap(entry.sentence, width - CHIP, size=-0.5), 0.07, str(entry.verdict)))
    if claims:
        found.append(_Saying(["claims made from averages"], 0.14, is_heading=True))
    for claim in claims:
        word = "UPHELD" if claim.upheld else "REFUSED"
        found.append(_Saying(look.wrap(claim.reason, width - CHIP, size=-0.5), 0.07, word, not claim.upheld))
    return found


def _draw_sayings(sheet: Sheet, sayings: list[_Saying], top: float) -> None:
    look = sheet.look
    for saying in sayings:
        base = top + saying.gap + 0.1
        if saying.is_heading:
            sheet.paragraph((0.1, base), saying.lines, size=1, fontweight="bold")
        elif saying.verdict:
            tone = look.accent if saying.is_refused else look.ink
            draw_chip(sheet, saying.verdict, 0.1, base - 0.035, colour=tone, strong=True)
            sheet.paragraph((0.1 + CHIP, base), saying.lines, size=-0.5)
        else:
            sheet.paragraph((0.1, base), saying.lines, size=-0.5, color=look.quiet)
        top += saying.height
