"""How are columns of numbers kept: plain ones, those with one value that repeats, and those written as text?"""

__all__ = ["HurdleColumn", "NumericColumn", "TextNumberColumn"]

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gausscape.errors import DataError, SchemaError
from gausscape.modalities.tables.checks import as_array, decimals_of, parse_numbers, range_of, warn_of_rounding, whole
from gausscape.modalities.tables.column_kind import ColumnKind, Request
from gausscape.modalities.tables.frames import Column, Family
from gausscape.modalities.tables.parts import Flag, Part
from gausscape.modalities.tables.ruler import Ruler

ATOM_SHARE = 0.05


@dataclass(frozen=True)
class NumericColumn(ColumnKind):
    """Numbers on a scale of normal scores.

    Whole numbers of which none is negative are not given back below zero. Those that begin at zero or one are counts: their
    upper tail goes on, unless the data show its end beyond doubt.

    Args:
        ruler: Values to scores and back.
        integer: Whether the type of the column holds integers only.
        whole: Whether all values were whole, so that whole values are given back.
        low: Smallest value of the type; 0 where all are whole and none is negative.
        high: Largest.
        decimals: With how many all floats of the fit could be written, so that no more are given back; None for all.
    """

    ruler: Ruler
    integer: bool
    whole: bool
    low: float
    high: float
    decimals: int | None = None

    name = "numeric"
    contents = "numeric"

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
        entire = integer or bool(whole(values).all())
        least = float(values.min())
        ruler = Ruler.fit(values, counts=entire and 0 <= least <= 1)
        decimals = None if entire else decimals_of(values, single=high < 1e300)
        return cls(ruler, integer, entire, max(low, 0.0) if entire and least >= 0 else low, high, decimals)

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

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return {"": self.ruler.scores.inverse(cells[0][:, 0])}

    def restore(self, stored: np.ndarray) -> np.ndarray:
        values = np.clip(self.ruler.scores.inverse(stored[:, 0]), self.low, self.high)
        values = np.rint(values) if self.whole else self._rounded(values)
        if not self.integer:
            return values
        wide = np.dtype(np.uint64 if self.high > 2**63 else np.int64)
        # The largest int64 is no float64; the float64 below it is.
        return np.minimum(values, np.nextafter(float(np.iinfo(wide).max), 0)).astype(wide)

    def _rounded(self, values: np.ndarray) -> np.ndarray:
        if self.decimals is None:
            return values
        with np.errstate(over="ignore"):
            found = np.round(values, self.decimals)
        tails = (*self.ruler.scores.below, *self.ruler.scores.above)
        if any(tail.towards_zero for tail in tails):
            # A column that keeps one sign does not reach zero by rounding either.
            found = np.where(found == 0, np.copysign(10.0**-self.decimals, values), found)
        return np.where(np.isfinite(found), found, values)

    def about(self) -> str:
        low, high = self.ruler.scores.inverse(np.array([-2.326, 2.326])).tolist()
        low, high = (round(low), round(high)) if self.whole else (f"{low:.4g}", f"{high:.4g}")
        return f"{'whole numbers' if self.whole else 'numbers'}, 98% of them from {low} to {high}"

    def document(self) -> dict:
        return {"ruler": self.ruler.document()} | {
            name: getattr(self, name) for name in ("integer", "whole", "low", "high")
        } | ({} if self.decimals is None else {"decimals": self.decimals})

    @classmethod
    def from_document(cls, document: dict) -> "NumericColumn":
        limits = {name: document[name] for name in ("integer", "whole", "low", "high")}
        return cls(Ruler.from_document(document["ruler"]), **limits, decimals=document.get("decimals"))


@dataclass(frozen=True)
class HurdleColumn(ColumnKind):
    """Numbers of which 5 % or more are zero, or sit at one end: a flag for that value, a scale for the others."""

    atom: float
    rest: NumericColumn

    name = "hurdle"
    contents = "numeric"

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

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        at_atom = cells[0][:, 0]
        rest = self.rest.features(cells[1:])[""]
        # The expected value; where the atom is certain the rest is not there and has no say.
        expected = np.where(at_atom >= 1, self.atom, at_atom * self.atom + (1 - at_atom) * rest)
        return {"": expected, f" = {self.atom:g}": at_atom}

    def restore(self, stored: np.ndarray) -> np.ndarray:
        values = self.rest.restore(stored[:, 1:])
        values[stored[:, 0] > 0.5] = self.atom
        return values

    def note(self, name: Any) -> str | None:
        return f"column {name!r}: the value {self.atom:g} has a flag of its own, because it repeats too often for a density"

    def about(self) -> str:
        return f"often {self.atom:g}; else {self.rest.about()}"

    def document(self) -> dict:
        return {"atom": self.atom, "rest": self.rest.document()}

    @classmethod
    def from_document(cls, document: dict) -> "HurdleColumn":
        return cls(document["atom"], NumericColumn.from_document(document["rest"]))


@dataclass(frozen=True)
class TextNumberColumn(ColumnKind):
    """Numbers written as text, read as numbers because the caller asked; blank text is a missing value.

    Later tables may hold plain numbers there, as a file without blanks is read.
    """

    inner: ColumnKind
    decimals: int
    blank_text: str

    name = "text-number"
    contents = "numeric"
    also = (Family.NUMBER,)

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
        return column if column.family is Family.NUMBER else parse_numbers(column)

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        return self.inner.store(column)

    def retyped(self, column: Column, like: Column) -> Column:
        if like.family is not Family.NUMBER:
            return column
        numbers = parse_numbers(column)
        # A column of integers has no room for a fraction.
        return replace(numbers, values=np.rint(numbers.values).astype(np.int64)) if like.values.dtype.kind in "iu" else numbers

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return self.inner.features(cells)

    def restore(self, stored: np.ndarray) -> np.ndarray:
        numbers = np.asarray(self.inner.restore(stored), dtype=np.float64)
        return as_array([format(round(value, self.decimals), ".15g") for value in numbers.tolist()])

    def blank(self) -> Any:
        return self.blank_text

    def note(self, name: Any) -> str | None:
        return f"column {name!r}: text read as numbers, blank text as missing"

    def about(self) -> str:
        return f"text; {self.inner.about()}"

    def document(self) -> dict:
        inner = {"kind": self.inner.name, **self.inner.document()}
        return {"inner": inner, "decimals": self.decimals, "blank": self.blank_text}

    @classmethod
    def from_document(cls, document: dict) -> "TextNumberColumn":
        kinds = {kind.name: kind for kind in (HurdleColumn, NumericColumn)}
        inner = kinds[document["inner"]["kind"]].from_document(document["inner"])
        return cls(inner, document["decimals"], document["blank"])
