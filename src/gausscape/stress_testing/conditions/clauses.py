"""What can one clause of a condition ask of an object, and how far is an object from it?"""

__all__ = ["Among", "Bound", "Clause", "Labelled", "Predicate", "Relation", "There"]

import abc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.space.comparisons import OPPOSITE, quoted, told
from gausscape.stress_testing.conditions.measures import Measured

LEAST = 1e-6
MISSING = 1.0
"""Distance of an object whose value is missing: that of one standard deviation."""

SIGNS: dict[str, Callable[[np.ndarray, Any], np.ndarray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


class Clause(abc.ABC):
    """One demand, judged on objects as they stand. Nothing holds of a missing value."""

    is_graded: bool = True
    asks_chances: bool = False
    """Whether it is told better with the features of the expected object and its noise."""

    @abc.abstractmethod
    def holds(self, of: Measured) -> np.ndarray:
        """Where it holds, (n,)."""

    @abc.abstractmethod
    def distance(self, of: Measured) -> np.ndarray:
        """How far objects are from it where it does not hold, (n,): above 0, in population standard deviations."""

    def violation(self, of: Measured) -> np.ndarray:
        """0 exactly where it holds, otherwise its distance, at least a millionth, (n,)."""
        distance = np.nan_to_num(self.distance(of), nan=MISSING, posinf=1e12)
        return np.where(self.holds(of), 0.0, np.maximum(distance, LEAST))

    @abc.abstractmethod
    def nearest(self, of: Measured, row: int) -> tuple[str, str]:
        """(what the object of that row has instead, in words; a clause that it would fulfil, or "" if none is known)."""

    @abc.abstractmethod
    def opposite(self) -> "Clause":
        """What holds where this does not (but for missing values)."""

    def alternatives(self) -> list[list["Clause"]]:
        """The same as alternatives, each a list of simple clauses that all hold."""
        return [[self]]


@final
@dataclass(frozen=True)
class Bound(Clause):
    """A quantity against a number: age > 70.

    Args:
        name: Of the quantity.
        sign: "<", "<=", ">", ">=", "==" or "!=".
        number: To compare with; microseconds since 1970 for dates.
        spread: Population standard deviation of the quantity.
        words: The number as it was written.
        date: Whether the quantity is a date.
    """

    name: str
    sign: str
    number: float
    spread: float
    words: str
    date: bool = False

    def holds(self, of: Measured) -> np.ndarray:
        values = of.numbers(self.name)
        return ~np.isnan(values) & SIGNS[self.sign](values, self.number)

    def distance(self, of: Measured) -> np.ndarray:
        return np.abs(of.numbers(self.name) - self.number) / self.spread

    def nearest(self, of: Measured, row: int) -> tuple[str, str]:
        value = float(of.numbers(self.name)[row])
        if np.isnan(value):
            return f"no {self.name}", ""
        if self.sign not in ("<", "<=", ">", ">="):
            return (
                f"{self.name} {self._told(value)}",
                f"{quoted(self.name)} == {self._told(value)}" if self.sign == "==" else "",
            )
        step = 86_400e6 if self.date else 10.0 ** np.floor(np.log10(max(self.spread, 1e-300) / 5))
        upwards = self.sign[0] == ">"
        eased = (np.ceil(value / step) - 1 if upwards else np.floor(value / step) + 1) * step
        return f"{self.name} {self._told(value)}", f"{quoted(self.name)} {self.sign[0]} {self._told(eased)}"

    def _told(self, value: float) -> str:
        return str(np.datetime64(int(value), "us").astype("datetime64[D]")) if self.date else f"{value:.6g}"

    def opposite(self) -> "Bound":
        return Bound(self.name, OPPOSITE[self.sign], self.number, self.spread, self.words, self.date)

    def __str__(self) -> str:
        return f"{quoted(self.name)} {self.sign} {self.words}"


@final
@dataclass(frozen=True)
class Relation(Clause):
    """A quantity against another, or against a sum of others: min_price <= price.

    Args:
        name: Of the quantity.
        sign: As in `Bound`.
        others: Names of what is added on the right.
        spread: Population standard deviation of the quantity.
    """

    name: str
    sign: str
    others: tuple[str, ...]
    spread: float

    def _gap(self, of: Measured) -> np.ndarray:
        return of.numbers(self.name) - np.sum([of.numbers(other) for other in self.others], axis=0)

    def holds(self, of: Measured) -> np.ndarray:
        gap = self._gap(of)
        return ~np.isnan(gap) & SIGNS[self.sign](gap, 0.0)

    def distance(self, of: Measured) -> np.ndarray:
        return np.abs(self._gap(of)) / self.spread

    def nearest(self, of: Measured, row: int) -> tuple[str, str]:
        right = " + ".join(self.others)
        return (
            f"{self.name} {of.numbers(self.name)[row]:.4g}, a difference of {self._gap(of)[row]:.4g} from {right}",
            "",
        )

    def opposite(self) -> "Relation":
        return Relation(self.name, OPPOSITE[self.sign], self.others, self.spread)

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {' + '.join(self.others)}"


@final
@dataclass(frozen=True)
class Among(Clause):
    """A column of levels takes one of some, or none of them: Contract == 'Two year'.

    Args:
        name: Of the column.
        levels: As lower-case text.
        wanted: Whether it is one of these.
        words: As they were written.
    """

    name: str
    levels: tuple[str, ...]
    wanted: bool
    words: str

    asks_chances = True

    def holds(self, of: Measured) -> np.ndarray:
        found = of.levels(self.name)
        return (found != "") & (np.isin(found, self.levels) == self.wanted)

    def distance(self, of: Measured) -> np.ndarray:
        away = of.away_from_levels(self.name, self.levels)
        return np.ones(len(of)) if away is None else away if self.wanted else -away

    def nearest(self, of: Measured, row: int) -> tuple[str, str]:
        level = next((value for value in [of.columns[self.name][row]] if value is not None), "nothing")
        return (
            f"{self.name} {level}",
            f"{quoted(self.name)} == {told(level)}" if self.wanted and level != "nothing" else "",
        )

    def opposite(self) -> "Among":
        return Among(self.name, self.levels, not self.wanted, self.words)

    def __str__(self) -> str:
        many = len(self.levels) > 1
        return f"{self.name} {('in' if self.wanted else 'not in') if many else ('==' if self.wanted else '!=')} {self.words}"


@final
@dataclass(frozen=True)
class There(Clause):
    """A column is known, or missing: age is missing."""

    name: str
    known: bool

    asks_chances = True

    def holds(self, of: Measured) -> np.ndarray:
        values = of.columns[self.name]
        gone = (
            np.array([value is None for value in values.tolist()])
            if values.dtype == object
            else np.isnan(of.numbers(self.name))
        )
        return gone != self.known

    def distance(self, of: Measured) -> np.ndarray:
        away = of.away_from_missing(self.name)
        return np.ones(len(of)) if away is None else -away if self.known else away

    def nearest(self, of: Measured, row: int) -> tuple[str, str]:
        return f"{self.name} {'missing' if self.known else 'known'}", ""

    def opposite(self) -> "There":
        return There(self.name, not self.known)

    def __str__(self) -> str:
        return f"{self.name} is {'known' if self.known else 'missing'}"


@final
@dataclass(frozen=True)
class Labelled(Clause):
    """An object lies among those of some classes, or not among them: 4 of its 5 nearest labelled objects say so.

    Args:
        name: "label" or "class", as it was written.
        classes: As text.
        wanted: Whether it lies among them. Otherwise at least 2 of the 5 nearest are of other classes.
    """

    name: str
    classes: tuple[str, ...]
    wanted: bool

    def holds(self, of: Measured) -> np.ndarray:
        return (self._away(of) < 0) == self.wanted

    def _away(self, of: Measured) -> np.ndarray:
        return of.away_from_classes(self.classes)

    def distance(self, of: Measured) -> np.ndarray:
        return np.abs(self._away(of))

    def nearest(self, of: Measured, row: int) -> tuple[str, str]:
        return "neighbours of other classes" if self.wanted else "neighbours of that class only", ""

    def opposite(self) -> "Labelled":
        return Labelled(self.name, self.classes, not self.wanted)

    def __str__(self) -> str:
        many = len(self.classes) > 1
        sign = ("in" if self.wanted else "not in") if many else ("==" if self.wanted else "!=")
        return f"{self.name} {sign} {', '.join(self.classes)}"


@final
@dataclass(frozen=True)
class Predicate(Clause):
    """A function of the objects themselves that says True or False for each; nothing says how far it is from True."""

    judge: Callable[[Any], Any]
    words: str = ""
    wanted: bool = True

    is_graded = False

    def holds(self, of: Measured) -> np.ndarray:
        try:
            said = np.asarray(self.judge(of.values))
        except Exception as error:
            raise ConfigurationError(
                f"A condition needs a function of a batch of objects, but {self} failed on {len(of)}: {error!r}. Mend it."
            ) from error
        if said.shape != (len(of),) or said.dtype.kind not in "b":
            raise ConfigurationError(
                f"A condition needs one True or False an object, ({len(of)},), but {self} gave {said.dtype} of shape {said.shape}. "
                "Return a boolean array."
            )
        return said == self.wanted

    def distance(self, of: Measured) -> np.ndarray:
        return np.ones(len(of))

    def nearest(self, of: Measured, row: int) -> tuple[str, str]:
        return "", ""

    def opposite(self) -> "Predicate":
        return Predicate(self.judge, self.words, not self.wanted)

    def __str__(self) -> str:
        name = self.words or getattr(self.judge, "__name__", type(self.judge).__name__)
        return name if self.wanted else f"not {name}"
