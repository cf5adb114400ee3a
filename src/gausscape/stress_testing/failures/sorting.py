"""What is a hit of the failure rule: a fault of the model, an object that changed its class, or no object at all?

Riccio & Tonella (2023) let people look at failures that test generators had found in image classifiers: of those of one
generator nearly all had lost their label or were no digits. So a hit counts as a fault only after three questions, in order:

| question about a hit                                                        | if so            |
|-----------------------------------------------------------------------------|------------------|
| Is a support gate below .01?                                                | not an object    |
| Did the model give no answer (an error, NaN, a time-out)?                   | model failure    |
| Is there a referee, and either an intended class or a rule to put to it? No | unjudged         |
| Is the referee unsure, or does it name another class than the intended one? | changed class    |
| No class intended: does the referee's own answer hit the rule as well?      | changed class    |
| None of these                                                               | model failure    |

The intended class is what the object was made to be: the class of the object in the centre of a patch, or 7 for "towards 7".
For "wrong label" it is what the referee says, so its hits are faults wherever the referee is sure. "label == 7" without an
intended class: the referee says 7 too, so 7 was right. "y < 0.2" with a referee that gives numbers: its number is below 0.2
as well. "Two models disagree": the referee sides with the model under test.

References:
    Riccio & Tonella 2023, When and why test generators for deep learning produce invalid inputs, ICSE.
"""

__all__ = ["Judged", "judge_hits", "sort_hits"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.items import take
from gausscape.outcome import Outcome
from gausscape.outcome.answers import Answers
from gausscape.space.gated import ACCEPTED
from gausscape.stress_testing.failures.failure_rule import FailureRule, Wrong
from gausscape.stress_testing.failures.referee import Referee
from gausscape.stress_testing.failures.rule import answers_at
from gausscape.stress_testing.scenarios import Kind


@dataclass(frozen=True, eq=False)
class Judged:
    """What became of n answers.

    Args:
        kind: A `Kind` each, (n,); "" for what is no hit.
        judged: Class that the referee gives each hit that is an object, (n,); "" elsewhere.
    """

    kind: np.ndarray
    judged: np.ndarray


def sort_hits(
    fails: np.ndarray,
    gates: np.ndarray,
    *,
    broke: np.ndarray | None = None,
    judged: np.ndarray | None = None,
    intended: np.ndarray | None = None,
    excused: np.ndarray | None = None,
) -> np.ndarray:
    """The kind of each hit; see the table in this module's first lines.

    Args:
        fails: Whether the rule is hit, bool (n,).
        gates: Smallest p-value of the support gates, (n,).
        broke: Whether the model gave no answer, bool (n,); None for never.
        judged: Class that the referee gives each, (n,); "" where it is not sure; None without a referee.
        intended: Class that each was made to be, (n,); "" where it was none; None for nowhere.
        excused: Whether the referee's own answer hits the rule, or it is not sure, bool (n,); None where that cannot be asked.

    Returns:
        (n,) text, a `Kind` each.

    Example:
        >>> sort_hits(
        ...     np.array([False, True, True, True]), np.array([0.5, 0.001, 0.5, 0.5]),
        ...     judged=np.array(["7", "7", "1", "7"]), intended=np.array(["7", "7", "7", "7"]),
        ... ).tolist()
        ['', 'not an object', 'changed class', 'model failure']
    """
    n = len(fails)
    nobody = np.zeros(n, dtype=bool)
    names = np.full(n, "") if intended is None else np.asarray(intended)
    is_meant = nobody if judged is None else names != ""
    has_changed = nobody if judged is None else is_meant & (judged != names)
    if excused is not None:
        has_changed = has_changed | (~is_meant & excused)
    is_judged = is_meant | (np.ones(n, dtype=bool) if excused is not None else nobody)
    conditions = [
        ~np.asarray(fails, dtype=bool),
        gates < ACCEPTED,
        nobody if broke is None else broke,
        ~is_judged,
        has_changed,
    ]
    kinds = [Kind.NONE, Kind.NOT_AN_OBJECT, Kind.MODEL_FAILURE, Kind.UNJUDGED, Kind.CHANGED_CLASS]
    return np.select(conditions, [kind.value for kind in kinds], default=Kind.MODEL_FAILURE.value)


def judge_hits(
    rule: FailureRule,
    referee: Referee | None,
    *,
    outcome: Outcome,
    values: Any,
    z: np.ndarray,
    answers: Answers,
    fails: np.ndarray,
    gates: np.ndarray,
    intended: np.ndarray | None = None,
) -> Judged:
    """Sorts n answers, asking the referee about hits that are objects only.

    Args:
        rule: What a failure is.
        referee: Who says what is right; None for nobody.
        outcome: The model under test.
        values: The objects, in native form.
        z: Their latent points, (n, latent).
        answers: The model's answers.
        fails: Whether the rule is hit, bool (n,).
        gates: Smallest p-value of the support gates, (n,).
        intended: Class that each was made to be, (n,) text, "" for none; None for nowhere.
    """
    n = len(fails)
    broke = ~np.isfinite(answers.values)
    judged = np.full(n, "", dtype=object)
    rows = np.flatnonzero(fails & (gates >= ACCEPTED) & ~broke)
    if referee is None or not len(rows):
        return Judged(sort_hits(fails, gates, broke=broke), judged.astype(str))
    own, codes = take(values, rows), z[rows]
    named = referee.judge(own, codes)
    judged[rows] = named
    right = np.full(len(rows), np.nan) if rule.about_classes else referee.numbers(own, codes)
    found = rule.excuses(own, answers_at(answers, rows), outcome, judged=named, right=right)
    excused = None if found is None else np.ones(n, dtype=bool)
    if excused is not None and found is not None:
        excused[rows] = found
    meant = None if isinstance(rule, Wrong) else intended
    # A referee that names nobody at all, such as a regression, has no class to compare with the intended one.
    has_names = bool((named != "").any()) or rule.about_classes
    kinds = sort_hits(
        fails,
        gates,
        broke=broke,
        judged=judged.astype(str) if has_names else None,
        intended=meant,
        excused=excused,
    )
    return Judged(kinds, judged.astype(str))
