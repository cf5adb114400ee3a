"""Goal: which of two answers near an object is the worse one?"""

__all__ = ["GOALS", "Change", "Failure", "Fall", "Goal", "Rise", "find_goal"]

import abc
from typing import Any, ClassVar, final

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.stress_testing.failures.rule import FailureRule


class Goal(abc.ABC):
    """What a search looks for.

    Attributes:
        name: What users call it.
    """

    name: ClassVar[str]

    @final
    def badness(self, y: np.ndarray, start: float, margin: np.ndarray) -> np.ndarray:
        """How bad answers are, (n,): the larger the worse; infinite where the model gave none, which nothing exceeds.

        Args:
            y: Answers, (n,).
            start: y of the object in the centre.
            margin: Of the failure rule, (n,); anything without a rule.
        """
        return np.where(np.isfinite(y), self._badness(y, start, margin), np.inf)

    @abc.abstractmethod
    def _badness(self, y: np.ndarray, start: float, margin: np.ndarray) -> np.ndarray: ...


@final
class Fall(Goal):
    """The lower y the worse."""

    name = "fall"

    def _badness(self, y: np.ndarray, start: float, margin: np.ndarray) -> np.ndarray:
        return start - y


@final
class Rise(Goal):
    """The higher y the worse."""

    name = "rise"

    def _badness(self, y: np.ndarray, start: float, margin: np.ndarray) -> np.ndarray:
        return y - start


@final
class Change(Goal):
    """The farther from y at the start the worse, either way."""

    name = "change"

    def _badness(self, y: np.ndarray, start: float, margin: np.ndarray) -> np.ndarray:
        return np.abs(y - start)


@final
class Failure(Goal):
    """The smaller the margin of the failure rule the worse."""

    name = "failure"

    def _badness(self, y: np.ndarray, start: float, margin: np.ndarray) -> np.ndarray:
        return -margin


GOALS: dict[str, type[Goal]] = {kind.name: kind for kind in (Fall, Rise, Change, Failure)}


def find_goal(asked: Any, rule: FailureRule | None) -> Goal:
    """The goal of that name; None for "failure" where there is a rule, else "change".

    Raises:
        ConfigurationError: If there is none of that name, or it needs a rule.

    Example:
        >>> find_goal("fall", None).badness(np.array([0.2, np.nan]), 0.5, np.zeros(2)).tolist()
        [0.3, inf]
    """
    name = ("change" if rule is None else "failure") if asked is None else asked
    if not isinstance(name, str) or name not in GOALS:
        raise ConfigurationError(f"A goal needs one of the names {', '.join(GOALS)}, but got {asked!r}. Choose one.")
    if name == "failure" and rule is None:
        raise ConfigurationError(
            "The goal 'failure' needs a failure rule, but none came. Pass rule='y < 0.2', say, or goal='fall'."
        )
    return GOALS[name]()
