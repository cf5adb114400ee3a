"""Tolerance: a stated limit that a stress test, or a comparison with an earlier model, must keep; for use as a test in CI.

    failures <= 5%            share of failures among the objects of every level
    failures <= 5% at 1%      the same at one level
    failures <= 5% of radial  the same in one tail (also "... of radial at 1%")
    probability <= 0.001      probability of failure
    errors <= 0               share of scenarios that the model could not answer
    worse <= 2%               share of scenarios that only the new model fails on (needs an earlier test)

A limit is broken when the evidence says so: the lower end of the 90% interval lies above it. Where the interval holds the limit
the matter is open: it is told, and counts as broken only for who asks for strictness.
"""

__all__ = ["Checked", "State", "Tolerance", "check_tolerances", "read_tolerance"]

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.stress_testing.answer import StressTest
from gausscape.stress_testing.comparison import StressComparison, share_with_interval
from gausscape.stress_testing.levels import LevelRow
from gausscape.stress_testing.words import percent

_FORM = re.compile(
    r"\s*(?P<what>failures|probability|errors|worse)\s*<=?\s*(?P<limit>[0-9.eE+-]+)\s*(?P<percent>%?)"
    r"(?:\s+of\s+(?P<tail>.+?))?(?:\s+at\s+(?P<level>[0-9.eE+-]+)\s*(?P<of>%?))?\s*"
)


class State(enum.StrEnum):
    """What became of a limit."""

    HOLDS = "holds"
    OPEN = "open"
    BROKEN = "broken"


@dataclass(frozen=True)
class Checked:
    """One limit and what was found.

    Args:
        tolerance: As it was stated.
        limit: In [0, 1].
        value, lower, upper: What was found, with its 90% interval.
        state: HOLDS, OPEN or BROKEN.
        where: Where the worst was found: "radial at 1%".
    """

    tolerance: str
    limit: float
    value: float
    lower: float
    upper: float
    state: State
    where: str = ""

    def is_broken(self, *, strict: bool = False) -> bool:
        """Whether a run should fail; with `strict` also where the matter is open."""
        return self.state is State.BROKEN or (strict and self.state is State.OPEN)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        if np.isnan(self.value):
            return f"{self.state.value.upper()}: {self.tolerance}: nothing could be judged{place}"
        return (
            f"{self.state.value.upper()}: {self.tolerance}: found {percent(self.value)}, 90% interval {percent(self.lower)} to "
            f"{percent(self.upper)}{place}"
        )


@dataclass(frozen=True)
class Tolerance:
    """A limit as it was stated.

    Args:
        text: In words.
        what: "failures", "probability", "errors" or "worse".
        limit: In [0, 1].
        tail, level: The only ones that are meant; None for all.
    """

    text: str
    what: str
    limit: float
    tail: str | None
    level: float | None


def read_tolerance(text: str) -> Tolerance:
    """Read a limit, before anything has been measured.

    Raises:
        ConfigurationError: If it cannot be read.

    Example:
        >>> read_tolerance("failures <= 5% of towards 7 at 1%")
        Tolerance(text='failures <= 5% of towards 7 at 1%', what='failures', limit=0.05, tail='towards 7', level=0.01)
    """
    found = _FORM.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        limit = float(found["limit"]) / (100 if found["percent"] else 1)
        level = None if found["level"] is None else float(found["level"]) / (100 if found["of"] else 1)
    except ValueError:
        raise ConfigurationError(
            f"A tolerance needs a form like 'failures <= 5% at 1%', 'probability <= 0.001', 'errors <= 0' or 'worse <= 2%', but got "
            f"{text!r}. Write it like one of these."
        ) from None
    if not 0 <= limit <= 1:
        raise ConfigurationError(
            f"A tolerance needs a limit from 0 to 1 (or 0% to 100%), but {text!r} has {limit:g}. Change it."
        )
    if found["what"] != "failures" and (level is not None or found["tail"]):
        raise ConfigurationError(
            f"Only 'failures' can be asked of one tail or at one level, but got {text!r}. Leave that away."
        )
    return Tolerance(text.strip(), found["what"], limit, found["tail"], level)


def check_tolerances(
    tolerances: Sequence[str], test: StressTest, comparison: StressComparison | None = None
) -> tuple[Checked, ...]:
    """Check each limit.

    Args:
        tolerances: In words, see the head of this file.
        test: The stress test.
        comparison: With an earlier model, for "worse".

    Raises:
        ConfigurationError: If one cannot be read, or speaks of what was not measured.
    """
    return tuple(_check(text, test, comparison) for text in tolerances)


def _check(text: str, test: StressTest, comparison: StressComparison | None) -> Checked:
    asked = read_tolerance(text)
    limit = asked.limit
    candidates = {
        "failures": lambda: _failures(asked, test),
        "probability": lambda: _probability(text, test),
        "errors": lambda: [(*share_with_interval(int(np.isnan(test.scenarios.y).sum()), len(test)), "")],
        "worse": lambda: _worse(text, comparison),
    }[asked.what]()
    value, lower, upper, where = max(candidates, key=lambda each: (each[1], each[0]))
    # A limit of 0 can be broken, never proven: then what was found decides.
    if lower > limit or (limit == 0 and value > 0):
        state = State.BROKEN
    elif upper <= limit or (limit == 0 and value == 0):
        state = State.HOLDS
    else:
        state = State.OPEN
    return Checked(asked.text, limit, value, lower, upper, state, where)


def _failures(asked: Tolerance, test: StressTest) -> list[tuple[float, float, float, str]]:
    if not test.rule:
        raise ConfigurationError(
            f"{asked.text!r} needs a failure rule, but the test has none. State one: fails='y < 0.2' (--fails)."
        )
    rows = [
        row
        for row in test.levels
        if (asked.tail is None or row.tail == asked.tail)
        and (asked.level is None or np.isclose(row.asked, asked.level, rtol=1e-6))
    ]
    if not rows:
        known = "; ".join(sorted({_place(row) for row in test.levels}))
        raise ConfigurationError(
            f"{asked.text!r} needs a level of the test, but there is none such. Known: {known or 'none'}. Choose one of these."
        )
    judged = [
        (row.fail_share, row.fail_lower, row.fail_upper, _place(row)) for row in rows if np.isfinite(row.fail_share)
    ]
    # Where nothing was an object there is no evidence, for or against.
    return judged or [(float("nan"), 0.0, 1.0, _place(rows[0]))]


def _place(row: LevelRow) -> str:
    return f"{row.tail} at {percent(row.asked)}" if np.isfinite(row.asked) else row.tail


def _probability(text: str, test: StressTest) -> list[tuple[float, float, float, str]]:
    found = test.failure_probability
    if found is None:
        raise ConfigurationError(
            f"{text!r} needs a failure probability, but the test has none. State a rule, and leave calls at 100 or more."
        )
    return [(found.value, found.lower, found.upper, "")]


def _worse(text: str, comparison: StressComparison | None) -> list[tuple[float, float, float, str]]:
    if comparison is None or not comparison.rule:
        raise ConfigurationError(
            f"{text!r} needs an earlier stress test with a failure rule to compare with, but none came. Pass --against."
        )
    return [(*comparison.worse_share, "")]
