"""How is the ledger laid out? An aligned table for people, flat rows for data frames."""

__all__ = ["flatten", "write_table"]

import math
from typing import Any

from gausscape.explanation.conditions import Conditions
from gausscape.explanation.verdict import LedgerEntry

HEAD = ("feature", "verdict", "direction", "proven share", "up", "down", "neither", "net/gross", "adjusted p")
WORDS = 3


def write_table(entries: tuple[LedgerEntry, ...], conditions: Conditions) -> str:
    """A line a feature, and one about all patches; "proven share" and "adjusted p" are those of the leading direction."""
    cells = [HEAD, *(_cells(entry) for entry in entries)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    lines = [
        "  ".join(
            text.ljust(width) if column < WORDS else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
    lines.append(
        f"{entries[0].up.patches} patches; {conditions.coverage:.0%} of {conditions.wording.population} lie in one with a good "
        f"local fit; errors of patches {'SHARED' if conditions.errors_are_shared else 'not seen to be shared'} "
        f"(p {conditions.shared_errors_p:.2g})."
    )
    return "\n".join(lines)


def flatten(entry: LedgerEntry) -> dict[str, Any]:
    """One flat row, for a data frame."""
    main = entry.leading
    return {
        "feature": entry.feature,
        "verdict": str(entry.verdict),
        "direction": entry.direction,
        "share_at_least_up": entry.up.share_at_least,
        "share_at_least_down": entry.down.share_at_least,
        "patches": main.patches,
        "up": entry.up.count,
        "down": entry.down.count,
        "undecided": entry.undecided,
        "net_to_gross": entry.up.net_to_gross,
        "p_adjusted": main.adjusted,
        "sentence": entry.sentence,
    }


def _cells(entry: LedgerEntry) -> tuple[str, ...]:
    main = entry.leading
    neither = main.patches - entry.up.count - entry.down.count
    return (
        entry.feature,
        str(entry.verdict),
        {1: "up", -1: "down", 0: "-"}[entry.direction],
        f"{math.floor(100 * main.share_at_least)}%",
        str(entry.up.count),
        str(entry.down.count),
        str(neither),
        f"{entry.up.net_to_gross:+.2f}",
        f"{main.adjusted:.2g}",
    )
