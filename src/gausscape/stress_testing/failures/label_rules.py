"""Rules on classes: a label that is or is not given, a label that the referee calls wrong, two models that disagree."""

__all__ = ["Disagree", "LabelRule", "Wrong"]

import difflib
import re
from dataclasses import dataclass, replace
from typing import Any, Self, final

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.outcome import Outcome
from gausscape.outcome.answers import Answers
from gausscape.stress_testing.failures.answered_class import AnsweredClasses, read_classes
from gausscape.stress_testing.failures.referee import Referee
from gausscape.stress_testing.failures.rule import FailureRule, signed

_LABEL = re.compile(r"label\s*(==|!=)\s*(.+)", re.IGNORECASE)
_MOST_LISTED = 8


@final
@dataclass(frozen=True, repr=False)
class LabelRule(FailureRule):
    """The model gives a label ("label == 7"), or another one ("label != 7").

    With class probabilities the margin is the lead p(own) - max p(others) of the class, or that of the others; without, 1 or -1.

    Args:
        words: The rule.
        label: The class, as text.
        is_given: Whether giving it is the failure.
        graded: Whether the model gives probabilities; True until the rule is bound to one.

    Example:
        >>> y = Outcome.of(lambda x: np.stack([x, 1 - x], 1), classes=("cat", "dog"), target="cat")
        >>> x = np.array([0.9, 0.4])
        >>> LabelRule.read("label != cat").margin(x, y(x), y).round(2).tolist()
        [0.8, -0.2]
    """

    words: str
    label: str
    is_given: bool
    graded: bool = True
    about_classes = True

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The rule that a text means, None if it means none."""
        found = _LABEL.fullmatch(text.strip())
        if found is None:
            return None
        label = found[2].strip()
        if len(label) > 1 and label[0] == label[-1] and label[0] in "'\"":
            label = label[1:-1]
        return cls(text.strip(), label, is_given=found[1] == "==")

    def bind(self, outcome: Outcome, *, scale: float = 1.0, seen: Answers | None = None) -> Self:
        if outcome.kind is None:
            return self
        told = None if seen is None else read_classes(outcome, seen)
        given = told.names or tuple(sorted(set(told.said) - {""})) if told is not None else _names(outcome)
        _refuse_numbers(outcome, self.words)
        if given and self.label not in given:
            raise self._stranger(given)
        return replace(self, graded=outcome.kind == "probability")

    def excuses(
        self, values: Any, answers: Answers, outcome: Outcome, *, judged: np.ndarray, right: np.ndarray
    ) -> np.ndarray | None:
        return (judged == "") | ((judged == self.label) == self.is_given)

    def _margin(self, values: Any, answers: Answers, outcome: Outcome) -> np.ndarray:
        told = _classes(outcome, answers, self.words)
        if told.names and self.label not in told.names:
            raise self._stranger(told.names)
        lead = told.lead(self.label)
        return signed(-lead if self.is_given else lead, (told.said == self.label) == self.is_given)

    def _stranger(self, given: tuple[str, ...]) -> ConfigurationError:
        near = difflib.get_close_matches(self.label, given, n=1)
        listed = ", ".join(given[:_MOST_LISTED]) + (
            f" and {len(given) - _MOST_LISTED} more" if len(given) > _MOST_LISTED else ""
        )
        do = f"Did you mean {near[0]!r}?" if near else "Name one of these."
        return ConfigurationError(
            f"The rule {self.words!r} needs a label that the model gives, but it never gives {self.label!r}; it gives {listed}. {do}"
        )


@final
class Wrong(FailureRule):
    """The referee is sure of a class, and the model says another: "wrong label".

    The margin is the model's lead of the referee's class, p(that) - max p(others), 1 or -1 without probabilities, and 1 where
    the referee is not sure: an object that nobody can name proves nothing against a model.

    Args:
        referee: Names classes.
        graded: Whether the model gives probabilities; True until the rule is bound to one.
    """

    about_classes = True
    words = "wrong label"

    def __init__(self, referee: Referee, *, graded: bool = True):
        self.referee = referee
        self.graded = graded

    def bind(self, outcome: Outcome, *, scale: float = 1.0, seen: Answers | None = None) -> Self:
        if outcome.kind is None:
            return self
        _refuse_numbers(outcome, self.words)
        told = None if seen is None else read_classes(outcome, seen)
        given = set(told.names or tuple(told.said.tolist())) - {""} if told is not None else set()
        known = set(getattr(self.referee, "names", ()))
        if given and known and not given & known:
            some, others = ", ".join(sorted(given)[:3]), ", ".join(sorted(map(str, known))[:3])
            raise ConfigurationError(
                f"The rule {self.words!r} needs a model and a referee that speak of the same classes, but the model says {some} and "
                f"the referee {others}. Name the model's classes (classes=), or pass labels as the model says them."
            )
        return type(self)(self.referee, graded=outcome.kind == "probability")

    def excuses(
        self, values: Any, answers: Answers, outcome: Outcome, *, judged: np.ndarray, right: np.ndarray
    ) -> np.ndarray | None:
        return judged == ""

    def _margin(self, values: Any, answers: Answers, outcome: Outcome) -> np.ndarray:
        told = _classes(outcome, answers, self.words)
        judged = self.referee.judge(values)
        margin = np.ones(len(judged))
        for name in set(judged.tolist()) - {""}:
            rows = judged == name
            # A class that the model does not know is never its answer.
            known = told.probabilities is None or name in told.names
            lead = told.lead(name)[rows] if known else np.full(int(rows.sum()), -1.0)
            margin[rows] = signed(lead, told.said[rows] != name)
        return margin


@final
class Disagree(FailureRule):
    """Two models say different classes of one object.

    Where they agree, the margin is the smaller of their leads of that class; where they do not, minus the smaller of how far
    each prefers its own class to the other's; without probabilities 1 and -1.

    Args:
        other: The second model: an Outcome, or anything that makes one.
        graded: Whether both give probabilities; True until the rule is bound.

    Example:
        >>> both = {"classes": ("cat", "dog"), "target": "cat"}
        >>> y = Outcome.of(lambda x: np.stack([x, 1 - x], 1), **both)
        >>> stricter = Outcome.of(lambda x: np.stack([x**2, 1 - x**2], 1), name="stricter", **both)
        >>> x = np.array([0.9, 0.6])
        >>> Disagree(stricter).fails(x, y(x), y).tolist()
        [False, True]
    """

    about_classes = True

    def __init__(self, other: Any, *, graded: bool = True):
        self.other = Outcome.of(other)
        self.graded = graded
        self.words = f"another label than {'the other model' if self.other.name == 'y' else self.other.name}"

    def bind(self, outcome: Outcome, *, scale: float = 1.0, seen: Answers | None = None) -> Self:
        if outcome.kind is None:
            return self
        _refuse_numbers(outcome, self.words)
        return type(self)(self.other, graded={outcome.kind, self.other.kind} <= {"probability", None})

    def excuses(
        self, values: Any, answers: Answers, outcome: Outcome, *, judged: np.ndarray, right: np.ndarray
    ) -> np.ndarray | None:
        return (judged == "") | (judged == _classes(outcome, answers, self.words).said)

    def _margin(self, values: Any, answers: Answers, outcome: Outcome) -> np.ndarray:
        mine = _classes(outcome, answers, self.words)
        theirs = _classes(self.other, self.other(values), self.words)
        # No answer of the other model is no class that this one could agree with.
        differ = mine.said != theirs.said
        if mine.probabilities is None or theirs.probabilities is None or set(mine.names) != set(theirs.names):
            return np.where(differ, -1.0, 1.0)
        leads = [_lead_over(told, mine.said, theirs.said) for told in (mine, theirs)]
        margin = np.where(differ, -np.minimum(leads[0], -leads[1]), np.minimum(*leads))
        return np.where(np.isfinite(margin), signed(margin, differ), -1.0)


def _lead_over(told: AnsweredClasses, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Probability of the first class less that of the second, or where they are one, of the likeliest other; (n,)."""
    probabilities = np.asarray(told.probabilities)
    rows = np.arange(len(first))
    places = {name: k for k, name in enumerate(told.names)}
    own, other = (np.array([places.get(name, 0) for name in names]) for names in (first, second))
    others = probabilities.copy()
    others[rows, own] = -np.inf
    return probabilities[rows, own] - np.where(first == second, others.max(1), probabilities[rows, other])


def _names(outcome: Outcome) -> tuple[str, ...]:
    nothing = Answers(np.zeros(0), np.zeros((0, len(outcome.classes or ()))))
    told = read_classes(outcome, nothing) if outcome.classes else None
    return told.names if told is not None else ()


def _classes(outcome: Outcome, answers: Answers, words: str) -> AnsweredClasses:
    told = read_classes(outcome, answers)
    if told is None:
        raise _numbers_came(outcome, words)
    return told


def _refuse_numbers(outcome: Outcome, words: str) -> None:
    if outcome.kind == "number":
        raise _numbers_came(outcome, words)


def _numbers_came(outcome: Outcome, words: str) -> ConfigurationError:
    return ConfigurationError(
        f"The rule {words!r} needs a model that gives labels or class probabilities, but {outcome.name} gives numbers. "
        "Write a bound on y instead, 'y < 0.2', say, or pass kind='probability' to the Outcome if they are probabilities."
    )
