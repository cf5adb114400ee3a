"""How do clauses of a condition join, and which exclude each other?"""

__all__ = ["AnyOf", "Both", "contradiction"]

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np

from gausscape.stress_testing.conditions.clauses import Among, Bound, Clause, Labelled, Relation, There
from gausscape.stress_testing.conditions.measures import Measured


@dataclass(frozen=True)
class _Several(Clause):
    parts: tuple[Clause, ...]
    is_graded: bool = field(init=False, default=True)
    asks_chances: bool = field(init=False, default=False)

    def __post_init__(self):
        object.__setattr__(self, "is_graded", any(part.is_graded for part in self.parts))
        object.__setattr__(self, "asks_chances", any(part.asks_chances for part in self.parts))

    def nearest(self, of: Measured, row: int) -> tuple[str, str]:
        broken = [part.nearest(of, row) for part in self.parts if not part.holds(of)[row]]
        return " and ".join(what for what, _ in broken if what), " and ".join(eased for _, eased in broken if eased)


@final
class Both(_Several):
    """All of these hold; as far away as the farthest."""

    def holds(self, of: Measured) -> np.ndarray:
        return np.logical_and.reduce([part.holds(of) for part in self.parts])

    def distance(self, of: Measured) -> np.ndarray:
        return np.maximum.reduce([part.violation(of) for part in self.parts])

    def opposite(self) -> Clause:
        return AnyOf(tuple(part.opposite() for part in self.parts))

    def alternatives(self) -> list[list[Clause]]:
        found: list[list[Clause]] = [[]]
        for part in self.parts:
            found = [one + other for one in found for other in part.alternatives()]
            if len(found) > 256:
                return [[self]]
        return found

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.parts)


@final
class AnyOf(_Several):
    """At least one of these holds; as far away as the nearest."""

    def holds(self, of: Measured) -> np.ndarray:
        return np.logical_or.reduce([part.holds(of) for part in self.parts])

    def distance(self, of: Measured) -> np.ndarray:
        return np.minimum.reduce([part.violation(of) for part in self.parts])

    def nearest(self, of: Measured, row: int) -> tuple[str, str]:
        distances = [float(part.violation(of)[row]) for part in self.parts]
        return self.parts[int(np.argmin(distances))].nearest(of, row)

    def opposite(self) -> Clause:
        return Both(tuple(part.opposite() for part in self.parts))

    def alternatives(self) -> list[list[Clause]]:
        return [each for part in self.parts for each in part.alternatives()]

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


def contradiction(clauses: Sequence[Clause]) -> tuple[Clause, Clause] | None:
    """Two simple clauses that can never hold together, if there are any.

    Example:
        >>> one, other = Bound("x", ">", 5, 1.0, "5"), Bound("x", "<", 3, 1.0, "3")
        >>> print(*contradiction([one, other]))
        x > 5 x < 3
    """
    for k, one in enumerate(clauses):
        for other in clauses[k + 1 :]:
            if _exclude(one, other):
                return one, other
    return None


def _exclude(one: Clause, other: Clause) -> bool:
    match one, other:
        case Bound(), Bound() if one.name == other.name:
            lows = [(part.number, part.sign == ">") for part in (one, other) if part.sign in (">", ">=", "==")]
            highs = [(part.number, part.sign == "<") for part in (one, other) if part.sign in ("<", "<=", "==")]
            different = {one.sign, other.sign} == {"==", "!="} and one.number == other.number
            empty = any(
                low > high or (low == high and (above or below)) for low, above in lows for high, below in highs
            )
            return empty or different
        case Among(), Among() if one.name == other.name:
            inside = [set(part.levels) for part in (one, other) if part.wanted]
            outside = [set(part.levels) for part in (one, other) if not part.wanted]
            return bool(inside) and not set.intersection(*inside).difference(*outside)
        case Labelled(), Labelled():
            inside = [set(part.classes) for part in (one, other) if part.wanted]
            return len(inside) == 2 and not inside[0] & inside[1]
        case There(), There():
            return one.name == other.name and one.known != other.known
        case There(name, False), (Bound() | Among() | Relation()):
            return name == other.name
        case ((Bound() | Among() | Relation()), There(name, False)):
            return name == one.name
    return False
