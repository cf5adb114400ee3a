"""FailureRule: which answers count as failures, and how far are the others from it?"""

__all__ = ["BROKEN", "MISS", "FailureRule", "answers_at", "signed"]

import abc
from dataclasses import replace
from typing import Any, Self, final

import numpy as np

from gausscape.items import take
from gausscape.outcome import Outcome
from gausscape.outcome.answers import Answers

BROKEN = -1.0
"""Margin of an object that the model gives no answer for: a failure of any rule."""
MISS = 1e-12
"""Smallest margin of what does not hit the rule: "y < 0.2" is not hit at 0.2."""


class FailureRule(abc.ABC):
    """When an answer is a failure. Made by `gausscape.stress_testing.failures.failure_rule.find_rule`.

    The margin of an answer is at most 0 where the rule is hit and above 0 elsewhere. A model that gives no answer (an error,
    NaN, a time-out) fails whatever the rule is, with margin -1.

    Attributes:
        words: The rule for people: "y < 0.2".
        graded: Whether the margin tells near misses from far ones, which a search needs to get a hold; else it is 1 or -1.
        about_classes: Whether it is about classes, so that a referee has to name classes, not numbers, to judge it.
    """

    words: str
    graded: bool
    about_classes: bool = False

    def bind(self, outcome: Outcome, *, scale: float = 1.0, seen: Answers | None = None) -> Self:
        """The rule for one model.

        Args:
            outcome: y, which has been asked before.
            scale: Unit of the margin, in units of y: the spread of y over real objects, say.
            seen: Answers to real objects: where a model does not name its classes, the labels in them are all it gives.

        Raises:
            ConfigurationError: If the rule cannot be put to this model: it needs labels, or another label.
        """
        return self

    @final
    def margin(self, values: Any, answers: Answers, outcome: Outcome) -> np.ndarray:
        """How far each answer is from being a failure, (n,): 0 or below is one.

        Args:
            values: The n objects, in native form.
            answers: The model's answers to them.
            outcome: The model.
        """
        margin = np.full(len(answers), BROKEN)
        rows = np.flatnonzero(np.isfinite(answers.values))
        if len(rows):
            margin[rows] = self._margin(take(values, rows), answers_at(answers, rows), outcome)
        return margin

    @final
    def fails(self, values: Any, answers: Answers, outcome: Outcome) -> np.ndarray:
        """Whether each answer is a failure, bool (n,)."""
        return self.margin(values, answers, outcome) <= 0

    @abc.abstractmethod
    def _margin(self, values: Any, answers: Answers, outcome: Outcome) -> np.ndarray:
        """Margin of answers that are there, (n,)."""

    def excuses(
        self, values: Any, answers: Answers, outcome: Outcome, *, judged: np.ndarray, right: np.ndarray
    ) -> np.ndarray | None:
        """Which hits are no fault of the model, since the referee's own answer hits the rule as well.

        Args:
            values: The n objects that hit the rule.
            answers: The model's answers to them.
            outcome: The model.
            judged: Class that the referee gives each, (n,) text; "" where it is not sure.
            right: Number that the referee gives each, (n,); NaN where it gives none.

        Returns:
            bool (n,); None where a referee of this kind has nothing that the rule could be put to.
        """
        return None

    def __str__(self) -> str:
        return self.words

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.words})"


def signed(distance: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Margins (n,) from distances to the border (n,), given which are hits: at the border itself the rule decides.

    Example:
        >>> signed(np.array([0.0, 0.0, 0.5]), np.array([True, False, False])).tolist()
        [0.0, 1e-12, 0.5]
    """
    return np.where(hits, np.minimum(distance, 0.0), np.maximum(distance, MISS))


def answers_at(answers: Answers, rows: np.ndarray) -> Answers:
    """The answers at these positions, in this order."""
    place = {int(row): position for position, row in enumerate(rows)}
    lost = tuple(replace(failure, row=place[failure.row]) for failure in answers.failures if failure.row in place)
    return Answers(answers.values[rows], answers.raw[rows], lost)
