"""How do the levels read as text, at 100 to 120 columns?"""

__all__ = ["level_table"]

import math
from collections.abc import Sequence

from gausscape.space.support import Support
from gausscape.stress_testing.levels import LevelRow
from gausscape.stress_testing.words import number, percent

HEADING = ("P (90% interval)", "sd", "n", "kept", "S/R/E/U", "y median (5% to 95%)", "failed (90% interval)")
RIGHT = frozenset({"sd", "n", "kept"})


def level_table(levels: Sequence[LevelRow], *, with_rule: bool) -> list[str]:
    """Lines: a heading, a block for each tail, and what the columns are.

    Args:
        levels: The rows; those of one tail stand together.
        with_rule: Whether there is a failure rule to tell of.
    """
    columns = HEADING if with_rule else HEADING[:-1]
    cells = [None if row.refused else _cells(row)[: len(columns)] for row in levels]
    known = [columns, *(each for each in cells if each is not None)]
    widths = [max(len(each[k]) for each in known) for k in range(len(columns))]
    lines = ["  " + _joined(columns, columns, widths)]
    last = None
    for row, own in zip(levels, cells, strict=True):
        if row.tail != last:
            lines.append(row.tail)
            last = row.tail
        told = f"{percent(row.asked)}  refused: {row.refused}" if own is None else _joined(own, columns, widths)
        lines.append(f"  {told}")
    lines += [
        "P: probability, by the calibrated law, of anything so far out (or of the condition). sd: standard deviations outwards.",
        f"kept: share of the draws that are objects (pass the support gates). S/R/E/U: {', '.join(Support)}.",
    ]
    return lines + (["failed: among objects that did not change class."] if with_rule else [])


def _joined(cells: Sequence[str], columns: Sequence[str], widths: Sequence[int]) -> str:
    told = [
        f"{cell:>{width}}" if name in RIGHT else f"{cell:<{width}}"
        for cell, name, width in zip(cells, columns, widths, strict=True)
    ]
    return "  ".join(told).rstrip()


def _cells(row: LevelRow) -> tuple[str, ...]:
    low, _, middle, _, high = row.y
    return (
        _probability(row),
        f"{row.depth:.1f}",
        f"{row.n:,}",
        f"{row.acceptance:.0%}" if math.isfinite(row.acceptance) else "-",
        "/".join(f"{row.support.get(label, 0)}" for label in Support),
        f"{number(middle)} ({number(low)} to {number(high)})" if math.isfinite(middle) else "no answer",
        _failed(row),
    )


def _probability(row: LevelRow) -> str:
    told = f"{percent(row.exceedance)} ({percent(row.lower)} to {percent(row.upper)})"
    if not math.isfinite(row.asked):
        return told
    # "At least as rare" draws scenarios beyond the level; their median is not what was asked for.
    return told if math.isclose(row.asked, row.exceedance, rel_tol=1e-6) else f"<= {percent(row.asked)}, median {told}"


def _failed(row: LevelRow) -> str:
    if not math.isfinite(row.fail_share):
        return "nothing to judge" if not row.hits else f"nothing to judge among {row.hits} hits"
    return f"{row.failed}/{row.judged} = {percent(row.fail_share)} ({percent(row.fail_lower)} to {percent(row.fail_upper)})"
