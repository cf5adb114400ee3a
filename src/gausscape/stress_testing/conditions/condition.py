"""Condition: what is asked of an object, judged on the object as the model receives it, and how far others are from it."""

__all__ = ["Condition"]

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.modality import Features
from gausscape.stress_testing.conditions.clauses import Clause, Labelled
from gausscape.stress_testing.conditions.measures import Measured, Measures


@final
@dataclass(frozen=True, eq=False)
class Condition:
    """What is asked of an object. Made by `parse_condition`.

    Args:
        words: As it was asked.
        clause: What it means.
        measures: Measures objects of the space.
    """

    words: str
    clause: Clause
    measures: Measures

    def __str__(self) -> str:
        return self.words

    @property
    def is_graded(self) -> bool:
        """Whether one can tell how far an object is from fulfilling it."""
        return self.clause.is_graded

    @property
    def asks_chances(self) -> bool:
        """Whether `violation` tells more with the expected objects and their noise (how near a level was)."""
        return self.clause.asks_chances

    @property
    def intended(self) -> str:
        """The one class that it asks for, "" for none."""
        asked = [
            {part.classes[0] for part in parts if isinstance(part, Labelled) and part.wanted and len(part.classes) == 1}
            for parts in self.clause.alternatives()
        ]
        common = set.intersection(*asked)
        return next(iter(common)) if len(common) == 1 else ""

    def holds(self, values: Any) -> np.ndarray:
        """Which objects fulfil it, (n,).

        Args:
            values: n objects in native form.
        """
        return self.clause.holds(self.measures.measure(values))

    def violation(self, values: Any, expected: Features | None = None, noise: np.ndarray | None = None) -> np.ndarray:
        """How far objects are from it, (n,): 0 exactly where it holds.

        In population standard deviations of the quantity; of clauses joined with "and" the farthest, with "or" the nearest. For a
        level, how far its log probability and its noise fall short of being taken, in standard deviations of the noise.

        Args:
            values: n objects in native form.
            expected: Features of the expected objects at their codes; without them a level counts 0 or 1.
            noise: Noise that they were drawn with, (n, cells), as in `Maker`; None or no columns for expected objects.
        """
        return self.clause.violation(self.measures.measure(values, expected, noise))

    def nearest(self, values: Any, row: int) -> tuple[str, str]:
        """(what the object of that row has instead, in words; a condition that it would fulfil, or "")."""
        of: Measured = self.measures.measure(values)
        return self.clause.nearest(of, row)
