"""Which rule does a caller mean? Text, a function or a rule becomes a FailureRule; what is misspelt is told how to be right."""

__all__ = ["Disagree", "FailureRule", "Predicate", "Wrong", "find_rule"]

import difflib
import re
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.stress_testing.failures.label_rules import Disagree, LabelRule, Wrong
from gausscape.stress_testing.failures.number_rules import Bounds, Predicate, name_of_function
from gausscape.stress_testing.failures.referee import Referee
from gausscape.stress_testing.failures.rule import FailureRule

WRONG = "wrong label"
_FORMS = ("y < 0.2", "y >= 3", "0.2 < y < 0.4", "y < 0.2 or y > 0.8", "label != 7", WRONG)
_SIGNS_IN_WORDS = {
    "at least": ">=", "at most": "<=", "is not": "!=", "is": "==", "below": "<", "under": "<", "above": ">", "over": ">",
}  # fmt: skip


def find_rule(asked: Any, *, referee: Referee | None = None) -> FailureRule:
    """The rule that is meant.

    - Text: "y < 0.2", "y >= 3", "0.2 < y < 0.4", "y < 20% or y > 80%"; "label == 7", "label != 7"; "wrong label", which
      needs a referee.
    - A function of y (n,) that returns bool (n,).
    - A rule passes through: `Predicate` (a function of objects and y), `Disagree` (two models), `Wrong`.

    Args:
        asked: What the caller gave.
        referee: For "wrong label".

    Raises:
        ConfigurationError: If it means no rule; a near match is named.

    Example:
        >>> find_rule("y < 0.2"), find_rule(lambda y: y < 0.2)
        (Bounds(y < 0.2), Predicate(a rule of your own))
    """
    if isinstance(asked, FailureRule):
        return asked
    if isinstance(asked, str):
        return _read(asked, referee)
    if callable(asked):
        return Predicate(lambda _, y: np.asarray(asked(y)), words=name_of_function(asked))
    raise ConfigurationError(
        f"A failure rule needs to be text ('y < 0.2'), a function of y, or a rule, but a {type(asked).__name__} came. "
        "Pass fails='y < 0.2', say."
    )


def _read(text: str, referee: Referee | None) -> FailureRule:
    plain = _tidy(text)
    if plain.lower() == WRONG:
        if referee is None:
            raise ConfigurationError(
                "The rule 'wrong label' needs a referee that knows which label is right, but none came. "
                "Pass labelled data, or referee=, or a rule on one label: 'label != 7'."
            )
        return Wrong(referee)
    rule = Bounds.read(plain) or LabelRule.read(plain)
    if rule is not None:
        return rule
    near = next((guess for guess in _guesses(plain) if Bounds.read(guess) or LabelRule.read(guess)), None)
    if near is None:
        near = next(iter(difflib.get_close_matches(plain.lower(), _FORMS, n=1, cutoff=0.6)), None)
    do = f"Did you mean {near!r}?" if near else "Write 'y < 0.2' or 'label != 7', or pass a function of y."
    listed = ", ".join(repr(form) for form in _FORMS)
    raise ConfigurationError(f"A failure rule needs a form like {listed}, but got {text!r}. {do}")


def _tidy(text: str) -> str:
    return " ".join(text.replace("≤", "<=").replace("≥", ">=").replace("≠", "!=").split())


def _guesses(text: str) -> list[str]:
    """What might have been meant, from one slip of the pen to several."""
    signs = re.sub(r"(?<![<>=!])=(?!=)", "==", re.sub(r"=\s*([<>])", r"\1=", text))
    signs = re.sub(r"<>", "!=", signs)
    for words, sign in _SIGNS_IN_WORDS.items():
        signs = re.sub(rf"\b{words}\b", f" {sign} ", signs)
    signs = re.sub(r"(<=|>=|<|>)\s*==|==\s*(<=|>=|<|>)", lambda found: found[1] or found[2], " ".join(signs.split()))
    points = re.sub(r"(\d),(\d)", r"\1.\2", signs)
    ys = re.sub(r"^[^\W\d][^<>=!]*(?=[<>=!])", "y ", points)
    labels = re.sub(r"^[^\W\d][^<>=!]*(?=[=!])", "label ", points)
    between = re.sub(r"^([^\W\d][\w ]*?) (?:between|from) (\S+) (?:and|to) (\S+)$", r"\2 < y < \3", points)
    return [" ".join(guess.split()) for guess in (signs, points, between, ys, labels)]
