"""The ledger as a picture: for each feature, how many patches go which way, what is proven, and the verdict."""

__all__ = ["draw_ledger"]

import math
import textwrap

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gausscape.explanation.ledger import Ledger
from gausscape.explanation.verdict import LedgerEntry, Verdict
from gausscape.figures.style import Look, Sheet, new_sheet

MOST_ROWS = 14
ROW = 0.36
ORDER = (Verdict.GLOBAL, Verdict.MIXED, Verdict.LOCAL, Verdict.UNDETERMINED)


def draw_ledger(ledger: Ledger, *, outcome: str = "y", most: int = MOST_ROWS, look: Look | None = None) -> Figure:
    """Bars of the patches that show a rise, a fall, or nothing decided; the proven share marked; the verdict in a word.

    Args:
        ledger: Of an Explanation.
        outcome: What y is called.
        most: Features to show, the clearest verdicts first.
        look: Width and theme.
    """
    look = look or Look()
    entries = sorted(ledger, key=lambda entry: (ORDER.index(entry.verdict), -entry.leading.count))[:most]
    names = 0.34 * look.width if not look.narrow else 0.36 * look.width
    verdicts = 1.15 if not look.narrow else 0.9
    bars = look.width - names - verdicts - 0.35
    title = 0.98 if look.titled else 0.55
    sentences = [
        line
        for entry in entries
        if entry.verdict is Verdict.GLOBAL
        for line in textwrap.wrap("• " + entry.sentence, int((look.width - 0.3) / 0.071), subsequent_indent="  ")
    ]
    foot = 0.5 + 0.18 * len(sentences)
    with rc_context(look.settings()):
        sheet = new_sheet(look, title + ROW * len(entries) + foot)
        sheet.title(f"What moves {outcome}, and does it hold in general?")
        left = 0.15 + names
        _key(sheet, left, title - 0.3, outcome)
        middle = left + bars / 2
        for i, entry in enumerate(entries):
            top = title + i * ROW
            _draw_entry(sheet, entry, (left, top, bars), names)
        bottom = title + ROW * len(entries)
        sheet.page.plot(
            [middle, middle], [title - 0.06, bottom], color=look.ink, linewidth=0.8, linestyle=(0, (2, 2)), zorder=6
        )
        sheet.write(middle, bottom + 0.16, "half of the patches", size=-1.5, color=look.quiet, ha="center")
        for i, line in enumerate(sentences):
            sheet.write(0.15, bottom + 0.42 + 0.18 * i, line, size=-0.5)
    return sheet.figure


def _draw_entry(sheet: Sheet, entry: LedgerEntry, box: tuple[float, float, float], names: float) -> None:
    look = sheet.look
    left, top, width = box
    n = max(entry.up.patches, 1)
    up, down = entry.up.count / n * width, entry.down.count / n * width
    height = ROW - 0.14
    for x, wide, colour in (
        (left, up, look.accent),
        (left + up, width - up - down, look.faint),
        (left + width - down, down, look.series),
    ):
        sheet.page.add_patch(Rectangle((x, top + 0.07), wide, height, facecolor=colour, edgecolor="none", zorder=3))
    for x, wide, count in ((left, up, entry.up.count), (left + width - down, down, entry.down.count)):
        if wide > 0.22:
            sheet.write(
                x + wide / 2,
                top + ROW / 2,
                str(count),
                size=-1,
                color=look.paper,
                ha="center",
                va="center",
                zorder=7,
                fontweight="bold",
            )
    letters = max(8, int(names / (0.072 * look.size / 9)))
    name = entry.feature if len(entry.feature) <= letters else entry.feature[: letters - 1] + "…"
    sheet.write(left - 0.1, top + ROW / 2, name, ha="right", va="center")
    general = entry.verdict is Verdict.GLOBAL
    tone = look.ink if general else look.quiet
    proven = entry.leading.share_at_least
    share = f" ≥ {math.floor(100 * proven)}%" if general and proven > 0.5 and not look.narrow else ""
    sheet.write(
        left + width + 0.1,
        top + ROW / 2,
        f"{entry.verdict}{share}",
        size=-0.5,
        va="center",
        color=tone,
        fontweight="bold" if general else "normal",
    )


def _key(sheet: Sheet, left: float, top: float, outcome: str) -> None:
    look = sheet.look
    parts = ((look.accent, f"{outcome} rises"), (look.faint, "not decided"), (look.series, f"{outcome} falls"))
    x = left
    for colour, word in parts:
        sheet.page.add_patch(Rectangle((x, top - 0.09), 0.14, 0.11, facecolor=colour, edgecolor="none"))
        sheet.write(x + 0.19, top, word, size=-1.5, color=look.quiet)
        x += 0.19 + 0.07 * len(word) + 0.22
    sheet.write(0.15, top, "patches in which, with one", size=-1.5, color=look.quiet)
    sheet.write(0.15, top + 0.15, "standard deviation more,", size=-1.5, color=look.quiet)
