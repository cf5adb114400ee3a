"""Rules on y as a number: bounds as text, functions of y, and functions of the object and y."""

__all__ = ["Bounds", "OnNumbers", "Predicate"]

import abc
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self, final

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.items import take
from gausscape.outcome import Outcome
from gausscape.outcome.answers import Answers
from gausscape.stress_testing.failures.rule import FailureRule, signed

_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?%?)"
_SIGN = r"(<=|>=|==|!=|<|>)"
_AFTER = re.compile(rf"y\s*{_SIGN}\s*{_NUMBER}")
_BEFORE = re.compile(rf"{_NUMBER}\s*{_SIGN}\s*y")
_BETWEEN = re.compile(rf"{_NUMBER}\s*(<=|<|>=|>)\s*y\s*(<=|<|>=|>)\s*{_NUMBER}")
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_HITS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "<": lambda y, bound: y < bound,
    "<=": lambda y, bound: y <= bound,
    ">": lambda y, bound: y > bound,
    ">=": lambda y, bound: y >= bound,
    "==": lambda y, bound: y == bound,
    "!=": lambda y, bound: y != bound,
}


class OnNumbers(FailureRule, abc.ABC):
    """A rule that a number decides, so that another number, the referee's, can be put to it as well."""

    def excuses(
        self, values: Any, answers: Answers, outcome: Outcome, *, judged: np.ndarray, right: np.ndarray
    ) -> np.ndarray | None:
        known = np.isfinite(right)
        if not known.any():
            return None
        # Where the referee gives no number it is not sure, and an unsure referee blames nobody.
        excused = ~known
        rows = np.flatnonzero(known)
        excused[rows] = self._of_numbers(take(values, rows), right[rows]) <= 0
        return excused

    def _margin(self, values: Any, answers: Answers, outcome: Outcome) -> np.ndarray:
        return self._of_numbers(values, answers.values)

    @abc.abstractmethod
    def _of_numbers(self, values: Any, y: np.ndarray) -> np.ndarray:
        """Margin of finite numbers y (n,)."""


@dataclass(frozen=True)
class _Bound:
    sign: str
    at: float

    def margin(self, y: np.ndarray) -> np.ndarray:
        hits = _HITS[self.sign](y, self.at)
        if self.sign in ("==", "!="):
            return np.where(hits, -1.0, 1.0)
        return signed(y - self.at if self.sign.startswith("<") else self.at - y, hits)


@final
@dataclass(frozen=True, repr=False)
class Bounds(OnNumbers):
    """Bounds on y: "y < 0.2", "0.2 < y <= 0.4", several joined by "or".

    The margin is the signed distance to the bound, in units of y divided by the scale; equality has no distance, only 1 or -1.

    Args:
        words: The rule.
        ranges: Each a group of bounds that hold together; one group suffices.
        graded: Whether every bound is an inequality.
        scale: Unit of the margin.

    Example:
        >>> rule = Bounds.read("0.2 < y <= 0.4")
        >>> y = Outcome.of(lambda x: x)
        >>> x = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
        >>> rule.fails(x, y(x), y).tolist()
        [False, False, True, True, False]
        >>> rule.margin(x, y(x), y).round(2).tolist()
        [0.1, 0.0, -0.1, 0.0, 0.1]
    """

    words: str
    ranges: tuple[tuple[_Bound, ...], ...]
    graded: bool
    scale: float = 1.0

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The rule that a text means, None if it means none."""
        groups = [_read_range(part.strip()) for part in re.split(r"\s+or\s+", text.strip())]
        found = tuple(group for group in groups if group is not None)
        if len(found) < len(groups):
            return None
        return cls(text.strip(), found, all(bound.sign not in ("==", "!=") for group in found for bound in group))

    def bind(self, outcome: Outcome, *, scale: float = 1.0, seen: Answers | None = None) -> Self:
        return replace(self, scale=scale if np.isfinite(scale) and scale > 0 else 1.0)

    def _of_numbers(self, values: Any, y: np.ndarray) -> np.ndarray:
        inside = [np.maximum.reduce([bound.margin(y) for bound in group]) for group in self.ranges]
        margin = np.minimum.reduce(inside)
        return signed(margin / self.scale, margin <= 0) if self.graded else margin


@final
class Predicate(OnNumbers):
    """A function of the objects and of y that says which are failures; 1 or -1, without grades.

    Args:
        hits: Receives n objects in native form and y (n,), finite; returns bool (n,).
        words: The rule for people; None for the function's own name.

    Example:
        >>> dark = Predicate(lambda x, y: (y > 0.5) & (x < 0), words="sure of a dark one")
        >>> y = Outcome.of(lambda x: abs(x))
        >>> x = np.array([-0.9, 0.9])
        >>> dark.fails(x, y(x), y).tolist()
        [True, False]
    """

    graded = False

    def __init__(self, hits: Callable[[Any, np.ndarray], Any], *, words: str | None = None):
        self._hits = hits
        self.words = words or name_of_function(hits)

    def _of_numbers(self, values: Any, y: np.ndarray) -> np.ndarray:
        found = np.asarray(self._hits(values, y))
        if found.shape != y.shape or found.dtype.kind != "b":
            raise ConfigurationError(
                f"A rule given as a function needs to return {len(y)} booleans, one an object, but got {found.dtype} of shape "
                f"{found.shape}. Write it with NumPy, lambda y: y < 0.2, say."
            )
        return np.where(found, -1.0, 1.0)


def name_of_function(function: Any) -> str:
    """Its name for people; a lambda has none."""
    name = getattr(function, "__name__", type(function).__name__)
    return "a rule of your own" if name == "<lambda>" else str(name).replace("_", " ")


def _read_range(text: str) -> tuple[_Bound, ...] | None:
    text = text.lower()
    if found := _AFTER.fullmatch(text):
        return (_Bound(found[1], _number(found[2])),)
    if found := _BEFORE.fullmatch(text):
        return (_Bound(_MIRRORED[found[2]], _number(found[1])),)
    if (found := _BETWEEN.fullmatch(text)) and found[2][0] == found[3][0]:
        low, high = _Bound(_MIRRORED[found[2]], _number(found[1])), _Bound(found[3], _number(found[4]))
        return (low, high)
    return None


def _number(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)
