"""What a column can be: each kind infers itself from the data, turns values into stored numbers, and turns them back.

A kind stores its values in `parts`: a part is one number an object and becomes one cell, or one cell a level. Kinds are
asked in the order of `KINDS`; the first that takes a column has it. A new kind is a new class in that tuple.
"""

__all__ = ["KINDS", "ColumnKind", "Request", "infer_kind", "kind_from_document"]

import abc
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from gausscape.errors import DataError, SchemaError
from gausscape.modalities.tables.checks import (
    LEVEL_CAP,
    as_array,
    codes_of,
    few_counts,
    in_order,
    parse_numbers,
    range_of,
    too_many_levels,
    warn_of_rounding,
    whole,
)
from gausscape.modalities.tables.frames import EPOCH_RANGE, Column, Family
from gausscape.modalities.tables.parts import Choice, Flag, Grade, Part, Score
from gausscape.modalities.tables.transforms import NormalScores

POOL_ABOVE = 50
POOL_SHARE = 0.005
ATOM_SHARE = 0.05
SECOND = 1_000_000
DAY = 86_400 * SECOND
YEAR = 365.2425 * DAY
STEPS = (DAY, 3600 * SECOND, 60 * SECOND, SECOND, 1000, 1)


@dataclass(frozen=True)
class Request:
    """What the caller asked for one column.

    Args:
        numeric: Read it as numbers, even text.
        categorical: Read it as categories, even numbers.
        drop_empty: Whether a column without any value may be set aside.
    """

    numeric: bool = False
    categorical: bool = False
    drop_empty: bool = False


class ColumnKind(abc.ABC):
    """What one kind of column knows. Values that arrive are never missing: `TableColumn` takes care of that."""

    name: ClassVar[str]

    @property
    @abc.abstractmethod
    def parts(self) -> tuple[Part, ...]:
        """The stored numbers of the column."""

    @classmethod
    @abc.abstractmethod
    def infer(cls, column: Column, request: Request) -> "ColumnKind | None":
        """This kind for that column, or None if the column is of another kind.

        Raises:
            DataError: If the column is of this kind but cannot be used.
        """

    def read(self, column: Column) -> Column:
        """The column as this kind reads it (text as numbers, say)."""
        return column

    @abc.abstractmethod
    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        """A column without missing values -> stored numbers and which of them are observed, each (n, parts).

        Raises:
            SchemaError: If a value does not fit what was learned.
        """

    @abc.abstractmethod
    def restore(self, stored: np.ndarray) -> np.ndarray:
        """Stored numbers (n, parts) -> values (n,), as `Column.values` holds them."""

    def blank(self) -> Any:
        """What stands for a missing value when text is built."""
        return None

    def note(self, name: Any) -> str | None:
        """What was decided for this column, if a reader should know."""
        return None

    @abc.abstractmethod
    def document(self) -> dict:
        """JSON-able state."""

    @classmethod
    @abc.abstractmethod
    def from_document(cls, document: dict) -> "ColumnKind":
        """The kind with that state."""


@dataclass(frozen=True)
class EmptyColumn(ColumnKind):
    """No value at all: set aside on request, and regenerated as missing."""

    name = "empty"

    @property
    def parts(self) -> tuple[Part, ...]:
        return ()

    @classmethod
    def infer(cls, column: Column, request: Request) -> "EmptyColumn | None":
        if column.family is not Family.NOTHING:
            return None
        if not request.drop_empty:
            raise DataError(
                f"Column {column.name!r} needs at least one value, but all {len(column):,} are missing. "
                "Drop it, or pass drop_empty=True to set it aside and give it back empty."
            )
        return cls()

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        if len(column):
            raise SchemaError(
                f"Column {column.name!r} had no value in the fit, but {len(column):,} came. Drop them, or fit again."
            )
        return np.zeros((0, 0)), np.zeros((0, 0), dtype=bool)

    def restore(self, stored: np.ndarray) -> np.ndarray:
        return np.zeros(len(stored))

    def note(self, name: Any) -> str | None:
        return f"column {name!r}: set aside, because it holds missing values only; given back empty"

    def document(self) -> dict:
        return {}

    @classmethod
    def from_document(cls, document: dict) -> "EmptyColumn":
        return cls()


@dataclass(frozen=True)
class ConstantColumn(ColumnKind):
    """One distinct value, which is regenerated exactly and needs no cell."""

    value: Any

    name = "constant"

    @property
    def parts(self) -> tuple[Part, ...]:
        return ()

    @classmethod
    def infer(cls, column: Column, request: Request) -> "ConstantColumn | None":
        values = column.present.tolist()
        return cls(values[0]) if all(value == values[0] for value in values) else None

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        codes_of(column, [self.value])
        return np.zeros((len(column), 0)), np.zeros((len(column), 0), dtype=bool)

    def restore(self, stored: np.ndarray) -> np.ndarray:
        return as_array([self.value] * len(stored))

    def note(self, name: Any) -> str | None:
        return f"column {name!r}: constant {self.value!r}, given back as it is"

    def document(self) -> dict:
        return {"value": self.value}

    @classmethod
    def from_document(cls, document: dict) -> "ConstantColumn":
        return cls(document["value"])


@dataclass(frozen=True)
class TwoLevelColumn(ColumnKind):
    """Exactly two values (true and false, yes and no, 0 and 1): one Bernoulli cell.

    Numbers count as two levels only if they are whole and each value came at least twice.
    """

    values: tuple[Any, Any]

    name = "two-level"

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Flag(),)

    @classmethod
    def infer(cls, column: Column, request: Request) -> "TwoLevelColumn | None":
        if column.family is Family.DATE or request.numeric:
            return None
        if column.family is Family.NUMBER and not request.categorical and not whole(column.present).all():
            return None
        counts = few_counts(column, 2)
        if counts is None or len(counts) != 2 or (column.family is Family.NUMBER and min(counts.values()) < 2):
            return None
        low, high = in_order(counts)
        return cls((low, high))

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        codes = codes_of(column, self.values)[:, None]
        return codes.astype(np.float64), np.ones(codes.shape, dtype=bool)

    def restore(self, stored: np.ndarray) -> np.ndarray:
        return as_array(self.values)[(stored[:, 0] > 0.5).astype(int)]

    def document(self) -> dict:
        return {"values": list(self.values)}

    @classmethod
    def from_document(cls, document: dict) -> "TwoLevelColumn":
        low, high = document["values"]
        return cls((low, high))


@dataclass(frozen=True)
class CategoricalColumn(ColumnKind):
    """Text, categories, or numbers that were asked to be read as categories: one cell a level.

    Above 50 levels, those with a share below 0.5 % become one level, "(other)", which is given back as its commonest
    member: whatever comes back is a category that the data had.
    """

    levels: tuple[Any, ...]
    pooled: tuple[Any, ...] = ()

    name = "categorical"

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Choice(len(self.levels) + bool(self.pooled)),)

    @classmethod
    def infer(cls, column: Column, request: Request) -> "CategoricalColumn | None":
        if column.family is not Family.TEXT and not request.categorical:
            return None
        counts = Counter(column.present.tolist())
        if len(counts) > LEVEL_CAP:
            raise DataError(too_many_levels(column, counts))
        rare = [level for level, count in counts.items() if count < POOL_SHARE * counts.total()]
        if len(counts) <= POOL_ABOVE or len(rare) < 2:
            return cls(tuple(in_order(counts)))
        commonest_first = sorted(in_order(rare), key=lambda level: -counts[level])
        return cls(tuple(level for level in in_order(counts) if level not in set(rare)), tuple(commonest_first))

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        codes = np.minimum(codes_of(column, self.levels + self.pooled), len(self.levels))[:, None]
        return codes.astype(np.float64), np.ones(codes.shape, dtype=bool)

    def restore(self, stored: np.ndarray) -> np.ndarray:
        return as_array(self.levels + self.pooled[:1])[stored[:, 0].astype(int)]

    def note(self, name: Any) -> str | None:
        if not self.pooled:
            return None
        return (
            f"column {name!r}: {len(self.pooled)} levels below {POOL_SHARE:.1%} of the rows are pooled as (other), "
            f"given back as {self.pooled[0]!r}, the commonest of them; {len(self.levels)} levels stay"
        )

    def document(self) -> dict:
        return {"levels": list(self.levels), "pooled": list(self.pooled)}

    @classmethod
    def from_document(cls, document: dict) -> "CategoricalColumn":
        return cls(tuple(document["levels"]), tuple(document["pooled"]))


@dataclass(frozen=True)
class Ruler:
    """Numbers as normal scores, and the part that holds them: a grade where few distinct values repeat, else a score."""

    scores: NormalScores
    part: Part

    @classmethod
    def fit(cls, values: np.ndarray) -> "Ruler":
        scores = NormalScores.fit(values)
        distinct = np.unique(np.asarray(values, dtype=np.float64))
        if len(distinct) > 200 or len(values) < 5 * len(distinct):
            return cls(scores, Score())
        return cls(scores, Grade(tuple(scores.forward(distinct[:-1] / 2 + distinct[1:] / 2).tolist())))

    def document(self) -> dict:
        return {"scores": self.scores.document(), "cuts": list(getattr(self.part, "cuts", ()))}

    @classmethod
    def from_document(cls, document: dict) -> "Ruler":
        part = Grade(tuple(document["cuts"])) if document["cuts"] else Score()
        return cls(NormalScores.from_document(document["scores"]), part)


@dataclass(frozen=True)
class NumericColumn(ColumnKind):
    """Numbers on a scale of normal scores.

    Args:
        ruler: Values to scores and back.
        integer: Whether the type of the column holds integers only.
        whole: Whether all values were whole, so that whole values are given back.
        low: Smallest value of the type.
        high: Largest.
    """

    ruler: Ruler
    integer: bool
    whole: bool
    low: float
    high: float

    name = "numeric"

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.ruler.part,)

    @classmethod
    def infer(cls, column: Column, request: Request) -> "NumericColumn | None":
        if column.family is not Family.NUMBER:
            return None
        warn_of_rounding(column)
        return cls.fit(column.present, column.dtype)

    @classmethod
    def fit(cls, values: np.ndarray, dtype: dict) -> "NumericColumn":
        """Numbers (n,), not all the same, stored as `dtype`."""
        low, high, integer = range_of(dtype)
        return cls(Ruler.fit(values), integer, integer or bool(whole(values).all()), low, high)

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        warn_of_rounding(column)
        broken = ~whole(column.values) if self.integer else np.zeros(len(column), dtype=bool)
        if broken.any():
            raise SchemaError(
                f"Column {column.name!r} held integers in the fit, but {int(broken.sum()):,} values have a fraction, first "
                f"{column.values[broken][0]!s:.40} at {column.first(broken)}. Round them, or fit again with a column of floats."
            )
        stored = self.ruler.scores.forward(column.values)[:, None]
        return stored, np.ones(stored.shape, dtype=bool)

    def restore(self, stored: np.ndarray) -> np.ndarray:
        values = np.clip(self.ruler.scores.inverse(stored[:, 0]), self.low, self.high)
        values = np.rint(values) if self.whole else values
        if not self.integer:
            return values
        wide = np.dtype(np.uint64 if self.high > 2**63 else np.int64)
        # The largest int64 is no float64; the float64 below it is.
        return np.minimum(values, np.nextafter(float(np.iinfo(wide).max), 0)).astype(wide)

    def document(self) -> dict:
        return {"ruler": self.ruler.document()} | {
            name: getattr(self, name) for name in ("integer", "whole", "low", "high")
        }

    @classmethod
    def from_document(cls, document: dict) -> "NumericColumn":
        limits = {name: document[name] for name in ("integer", "whole", "low", "high")}
        return cls(Ruler.from_document(document["ruler"]), **limits)


@dataclass(frozen=True)
class HurdleColumn(ColumnKind):
    """Numbers of which 5 % or more are zero, or sit at one end: a flag for that value, a scale for the others."""

    atom: float
    rest: NumericColumn

    name = "hurdle"

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Flag(), *self.rest.parts)

    @classmethod
    def infer(cls, column: Column, request: Request) -> "HurdleColumn | None":
        if column.family is not Family.NUMBER:
            return None
        values, counts = np.unique(column.present, return_counts=True)
        top = int(counts.argmax())
        at_an_end = top in (0, len(values) - 1) or values[top] == 0
        if not at_an_end or len(values) < 12 or counts[top] < ATOM_SHARE * len(column.present):
            return None
        warn_of_rounding(column)
        rest = NumericColumn.fit(column.present[column.present != values[top]], column.dtype)
        return cls(values[top].item(), replace(rest, whole=rest.whole and float(values[top]).is_integer()))

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        stored, _ = self.rest.store(column)
        at_atom = column.values == self.atom
        stored = np.stack([at_atom, np.where(at_atom, 0, stored[:, 0])], 1).astype(np.float64)
        return stored, np.stack([np.ones(len(column), dtype=bool), ~at_atom], 1)

    def restore(self, stored: np.ndarray) -> np.ndarray:
        values = self.rest.restore(stored[:, 1:])
        values[stored[:, 0] > 0.5] = self.atom
        return values

    def note(self, name: Any) -> str | None:
        return f"column {name!r}: the value {self.atom:g} has a flag of its own, because it repeats too often for a density"

    def document(self) -> dict:
        return {"atom": self.atom, "rest": self.rest.document()}

    @classmethod
    def from_document(cls, document: dict) -> "HurdleColumn":
        return cls(document["atom"], NumericColumn.from_document(document["rest"]))


@dataclass(frozen=True)
class TextNumberColumn(ColumnKind):
    """Numbers written as text, read as numbers because the caller asked; blank text is a missing value."""

    inner: ColumnKind
    decimals: int
    blank_text: str

    name = "text-number"

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.inner.parts

    @classmethod
    def infer(cls, column: Column, request: Request) -> "TextNumberColumn | None":
        if column.family is not Family.TEXT or not request.numeric:
            return None
        texts = [str(value).strip() for value in column.present.tolist()]
        decimals = max(
            (len(text.partition(".")[2]) for text in texts if re.fullmatch(r"[-+]?\d*\.\d+", text)), default=0
        )
        exponents = any("e" in text.lower() for text in texts)
        blanks = [value for value in column.present.tolist() if not str(value).strip()]
        numbers = parse_numbers(column)
        if len(np.unique(numbers.present)) < 2:
            raise DataError(
                f"Column {column.name!r} needs at least two different numbers to be read as numbers, but has "
                f"{len(np.unique(numbers.present))}. Leave it out of numeric=[...]."
            )
        inner = HurdleColumn.infer(numbers, request) or NumericColumn.fit(numbers.present, numbers.dtype)
        return cls(inner, 17 if exponents else decimals, blanks[0] if blanks else "")

    def read(self, column: Column) -> Column:
        return parse_numbers(column)

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        return self.inner.store(column)

    def restore(self, stored: np.ndarray) -> np.ndarray:
        numbers = np.asarray(self.inner.restore(stored), dtype=np.float64)
        return as_array([format(round(value, self.decimals), ".15g") for value in numbers.tolist()])

    def blank(self) -> Any:
        return self.blank_text

    def note(self, name: Any) -> str | None:
        return f"column {name!r}: text read as numbers, blank text as missing"

    def document(self) -> dict:
        inner = {"kind": self.inner.name, **self.inner.document()}
        return {"inner": inner, "decimals": self.decimals, "blank": self.blank_text}

    @classmethod
    def from_document(cls, document: dict) -> "TextNumberColumn":
        return cls(kind_from_document(document["inner"]), document["decimals"], document["blank"])


@dataclass(frozen=True)
class DateColumn(ColumnKind):
    """Dates and time stamps: time elapsed, the day of the week (beyond four weeks) and the season (beyond a year).

    Elapsed time and the day of the week come back: of the seven days around the elapsed time, the one that is such a day.
    The season lets objects near in the year be near in the space; elapsed time alone says which day it is. Days are those
    of UTC. Times are kept to the microsecond.
    """

    ruler: Ruler
    origin: int
    step: int
    weekday: bool
    season: bool
    low: int
    high: int

    name = "date"

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.ruler.part, *([Choice(7)] if self.weekday else []), *([Score(), Score()] if self.season else []))

    @classmethod
    def infer(cls, column: Column, request: Request) -> "DateColumn | None":
        if column.family is not Family.DATE:
            return None
        instants = column.present
        step = next(step for step in STEPS if not (instants % step).any())
        span = int(instants.max()) - int(instants.min())
        nanoseconds = any("ns" in str(word) for word in column.dtype.values())
        low, high = (-(2**63) // 1000 + DAY, 2**63 // 1000 - DAY) if nanoseconds else EPOCH_RANGE
        # Counted from the middle: 1970 is no bound of the data.
        origin = int(np.sort(instants)[len(instants) // 2]) // DAY * DAY
        return cls(Ruler.fit(instants - origin), origin, step, span >= 28 * DAY, span > YEAR, low, high)

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        stored = [self.ruler.scores.forward(column.values - self.origin)]
        if self.weekday:
            stored.append(weekday_of(column.values).astype(np.float64))
        if self.season:
            angle = 2 * np.pi * (column.values % YEAR) / YEAR
            stored += [np.sin(angle), np.cos(angle)]
        return np.stack(stored, 1), np.ones((len(column), len(stored)), dtype=bool)

    def restore(self, stored: np.ndarray) -> np.ndarray:
        elapsed = np.clip(self.ruler.scores.inverse(stored[:, 0]), self.low - self.origin, self.high - self.origin)
        instants = np.rint(elapsed / self.step).astype(np.int64) * self.step + self.origin
        if self.weekday:
            turn = (stored[:, 1].astype(np.int64) - weekday_of(instants) + 3) % 7 - 3
            instants = instants + turn * DAY
        return np.clip(instants, self.low // DAY * DAY, self.high)

    def document(self) -> dict:
        names = ("origin", "step", "weekday", "season", "low", "high")
        return {"ruler": self.ruler.document()} | {name: getattr(self, name) for name in names}

    @classmethod
    def from_document(cls, document: dict) -> "DateColumn":
        rest = {name: value for name, value in document.items() if name not in ("ruler", "kind")}
        return cls(Ruler.from_document(document["ruler"]), **rest)


KINDS: tuple[type[ColumnKind], ...] = (
    EmptyColumn,
    ConstantColumn,
    TextNumberColumn,
    TwoLevelColumn,
    CategoricalColumn,
    DateColumn,
    HurdleColumn,
    NumericColumn,
)


def infer_kind(column: Column, request: Request) -> ColumnKind:
    """The first kind that takes the column.

    Raises:
        DataError: If the column cannot be used; the message names it.
    """
    for kind in KINDS:
        found = kind.infer(column, request)
        if found is not None:
            return found
    raise DataError(f"Column {column.name!r} holds {column.family.value}, which no kind of column takes. Leave it out.")


def kind_from_document(document: dict) -> ColumnKind:
    """The kind with that state."""
    return {kind.name: kind for kind in KINDS}[document["kind"]].from_document(document)


def weekday_of(instants: np.ndarray) -> np.ndarray:
    """Day of the week in UTC, Monday 0; 1 January 1970 was a Thursday."""
    return (instants // DAY + 3) % 7
