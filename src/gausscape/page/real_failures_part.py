"""Which real objects does a model fail on, what did it say of them, and what are they? The objects themselves, at most two dozen."""

__all__ = ["write_real_failures"]

from collections import Counter
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.items import Items
from gausscape.outcome import Outcome
from gausscape.outcome.answers import Answers
from gausscape.page.asked import Asked
from gausscape.page.pack import singles
from gausscape.page.pictures_part import write_pictures
from gausscape.stress_testing import StressTest
from gausscape.stress_testing.failures.answered_class import name_of_class, read_classes
from gausscape.stress_testing.failures.failure_rule import WRONG, find_rule

MOST_SHOWN = 24
MOST_ASKED = 2_000
MOST_PAIRS = 12


def write_real_failures(test: StressTest, items: Items | None, asked: Asked) -> dict[str, Any] | None:
    """The objects of a page that hit the rule of a test, the commonest confusions first.

    Args:
        test: Whose rule it is.
        items: Real objects of the page; None where it shows codes.
        asked: Models; the one of the test's name is asked, within what it may still be asked.

    Returns:
        None where nothing can be said: no rule or no objects, no such model, or a rule that cannot be read from its words.
    """
    outcome = next((each for each in asked.outcomes if each.name == test.outcome), None)
    if items is None or outcome is None or not test.rule:
        return None
    many = min(len(items), MOST_ASKED, max(asked.left[outcome.name], 0))
    rows = np.unique(np.linspace(0, len(items) - 1, many).round().astype(int)) if many else np.zeros(0, dtype=int)
    if not len(rows):
        return None
    own = items.take(rows)
    before = outcome.calls
    answers = outcome(own)
    asked.left[outcome.name] -= outcome.calls - before
    told = read_classes(outcome, answers)
    said = np.full(len(own), "") if told is None else told.said.astype(str)
    labels = np.array([name_of_class(each) for each in own.labels]) if own.labels is not None else np.full(len(own), "")
    fails = _fails(test.rule, own, outcome, answers, said=said, labels=labels)
    if fails is None:
        return None
    failed = np.flatnonzero(fails)
    pairs = Counter(zip(labels[failed].tolist(), said[failed].tolist(), strict=True))
    shown = np.array(_mixed(failed.tolist(), labels, said, pairs), dtype=int)
    pictures = test.space.modality.pictures(own.take(shown).values) if len(shown) else []
    return {
        "asked": len(own),
        "failed": len(failed),
        "pairs": [
            {"label": label, "said": answer, "count": count} for (label, answer), count in pairs.most_common(MOST_PAIRS)
        ],
        "ids": [str(each) for each in own.ids[shown]],
        "said": said[shown].tolist(),
        "label": labels[shown].tolist(),
        "y": singles(answers.values[shown]),
        "pictures": write_pictures(pictures),
    }


def _fails(
    rule: str, own: Items, outcome: Outcome, answers: Answers, *, said: np.ndarray, labels: np.ndarray
) -> np.ndarray | None:
    if rule == WRONG:
        # Real objects have labels of their own, which know more than any referee.
        return (labels != said) & (labels != "") if (labels != "").any() and (said != "").any() else None
    try:
        found = find_rule(rule).bind(outcome, seen=answers)
        return found.fails(own.values, answers, outcome)
    except ConfigurationError:
        return None


def _mixed(failed: list[int], labels: np.ndarray, said: np.ndarray, pairs: Counter) -> list[int]:
    """At most two dozen rows, confusions in turn, the commonest first: of many alike no more than of each other one.

    Example:
        >>> names = np.array(["4", "4", "4", "7"])
        >>> told = np.array(["9", "9", "9", "1"])
        >>> _mixed([0, 1, 2, 3], names, told, Counter({("4", "9"): 3, ("7", "1"): 1}))
        [0, 3, 1, 2]
    """
    groups = {pair: [row for row in failed if (labels[row], said[row]) == pair] for pair, _ in pairs.most_common()}
    longest = max((len(group) for group in groups.values()), default=0)
    turns = [group[k] for k in range(longest) for group in groups.values() if k < len(group)]
    return turns[:MOST_SHOWN]
