"""Which columns determine others? Copies, functions of another column, and columns that give a label away."""

__all__ = ["Dependency", "dependencies"]

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from gausscape.modalities.tables.frames import Column, Family

MOST_ROWS = 5000
GLANCE = 300
MOST_COLUMNS = 80
FEWEST_ROWS = 50
CHANCE = 14.0
"""A pattern that chance brings with a probability above e^-14 (1e-6) is no finding."""
NEAR = 0.95
"""Share of the errors of the best guess that a column must take away to be told of."""
FEW_LEVELS = 50


@dataclass(frozen=True)
class Dependency:
    """One column that says what another holds.

    Args:
        cause: Name of the column that says it.
        effect: Name of the column that is said.
        how: "copy", "each other", "function", "threshold" or "nearly".
        share: Share of the rows in which it holds.
    """

    cause: Any
    effect: Any
    how: str
    share: float = 1.0

    def __str__(self) -> str:
        told = {
            "copy": f"column {self.effect!r} is a copy of {self.cause!r}",
            "each other": f"columns {self.cause!r} and {self.effect!r} determine each other",
            "function": f"column {self.cause!r} determines {self.effect!r}",
            "threshold": f"column {self.cause!r} determines {self.effect!r} by thresholds",
            "nearly": f"column {self.cause!r} tells {self.effect!r} in {self.share:.1%} of the rows",
        }
        return f"{told[self.how]}; if {self.effect!r} is what a model predicts, that is a leak"


def dependencies(columns: Sequence[Column]) -> list[Dependency]:
    """What columns say of each other, over at most 5,000 evenly spread rows; nothing for more than 80 columns.

    Exact functions are told where chance would bring them with a probability below 1e-6: m rows that repeat a level of the
    cause agree by chance with probability (sum of p^2)^m, p the shares of the levels of the effect.

    Example:
        >>> here = np.zeros(400, dtype=bool)
        >>> town = np.array(["Graz", "Porto", "Lima", "Bergen"] * 100, dtype=object)
        >>> land = np.array(["AT", "PT", "PE", "NO"] * 100, dtype=object)
        >>> both = [Column("town", Family.TEXT, town, here, {}), Column("land", Family.TEXT, land, here, {})]
        >>> [found.how for found in dependencies(both)]
        ['each other']
    """
    n = len(columns[0]) if columns else 0
    if n < FEWEST_ROWS or len(columns) > MOST_COLUMNS:
        return []
    rows = np.unique(np.linspace(0, n - 1, min(n, MOST_ROWS)).round().astype(int))
    coded = [found for column in columns if (found := _coded(column, rows)) is not None]
    links: list[Dependency] = []
    said: set[tuple[Any, Any]] = set()
    for cause, effect in permutations(coded, 2):
        if (effect.name, cause.name) in said:
            continue
        link = _link(cause, effect)
        if link is not None:
            links.append(link)
            if link.how in ("copy", "each other"):
                said.add((cause.name, effect.name))
    return links


@dataclass(frozen=True)
class _Coded:
    """A column as whole numbers from 0, in the order of its values; a missing value has the last."""

    name: Any
    codes: np.ndarray
    levels: int
    values: np.ndarray
    ordered: bool
    evenness: float
    """-log sum of p^2 over the levels: what one agreement by chance costs, nats."""

    @property
    def repeats(self) -> bool:
        return self.levels <= len(self.codes) / 2


def _coded(column: Column, rows: np.ndarray) -> _Coded | None:
    values, missing = column.values[rows], column.missing[rows]
    if column.family is Family.NOTHING or missing.all():
        return None
    codes = np.zeros(len(rows), dtype=np.int64)
    found = values[~missing].astype(str) if values.dtype == object else values[~missing]
    levels, codes[~missing] = np.unique(found, return_inverse=True)
    codes[missing] = len(levels)
    counts = np.bincount(codes)
    if (counts > 0).sum() < 2:
        return None
    share = counts / counts.sum()
    ordered = column.family in (Family.NUMBER, Family.DATE) and not missing.any()
    shown = values.astype(object)
    shown[missing] = None
    return _Coded(column.name, codes, len(counts), shown, ordered, float(-np.log((share**2).sum())))


def _link(cause: _Coded, effect: _Coded) -> Dependency | None:
    if not cause.repeats:
        return _of_a_measure(cause, effect)
    n = len(cause.codes)
    joint = cause.codes * effect.levels + effect.codes
    # Few rows rule most pairs out.
    contradicted = len(np.unique(joint[:GLANCE])) > len(np.unique(cause.codes[:GLANCE]))
    if not contradicted and len(np.unique(joint)) == (known := len(np.unique(cause.codes))):
        if (n - known) * effect.evenness < CHANCE:
            return None
        if len(np.unique(effect.codes)) < known:
            return Dependency(cause.name, effect.name, "function")
        same = bool((cause.values == effect.values).all())
        return Dependency(cause.name, effect.name, "copy" if same else "each other")
    if max(cause.levels, effect.levels) > FEW_LEVELS:
        return None
    table = np.bincount(joint, minlength=cause.levels * effect.levels).reshape(cause.levels, effect.levels)
    right, guess = table.max(1).sum(), table.sum(0).max()
    if n - guess < FEWEST_ROWS or (n - right) > (1 - NEAR) * (n - guess):
        return None
    return Dependency(cause.name, effect.name, "nearly", float(right / n))


def _of_a_measure(cause: _Coded, effect: _Coded) -> Dependency | None:
    """What a column whose values hardly repeat says of another."""
    if not cause.ordered:
        return None
    n = len(cause.codes)
    if not effect.repeats:
        if not effect.ordered:
            return None
        # Codes are ranks already.
        if abs(np.corrcoef(cause.codes, effect.codes)[0, 1]) < 0.99995:
            return None
        same = bool((cause.values == effect.values).all())
        return Dependency(cause.name, effect.name, "copy" if same else "each other")
    counts = np.bincount(effect.codes)
    if effect.levels > FEW_LEVELS or counts[counts > 0].min() < 10:
        return None
    ranked = effect.codes[np.lexsort((effect.codes, cause.codes))]
    runs = 1 + int((ranked[1:] != ranked[:-1]).sum())
    return Dependency(cause.name, effect.name, "threshold") if runs == int((counts > 0).sum()) and n >= FEWEST_ROWS else None
