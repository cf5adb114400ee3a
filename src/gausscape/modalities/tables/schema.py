"""A column of a fitted table: its kind, how its library stored it, and whether it may have gaps."""

__all__ = ["TableColumn", "in_words"]

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import SchemaError
from gausscape.modalities.tables.checks import refuse_infinite
from gausscape.modalities.tables.columns import ColumnKind, Request, infer_kind, kind_from_document
from gausscape.modalities.tables.frames import Column, Family
from gausscape.modalities.tables.parts import Flag, Part


@dataclass(frozen=True)
class TableColumn:
    """A column of the fitted table: its kind, how it was stored, and whether values may be missing in what is generated.

    Args:
        name: Its name.
        family: What its values are.
        dtype: How its library stores it.
        kind: What it is.
        gaps: Whether the fit had missing values; then a last part says "is missing".
    """

    name: Any
    family: Family
    dtype: dict
    kind: ColumnKind
    gaps: bool

    @classmethod
    def infer(cls, column: Column, request: Request) -> "TableColumn":
        """Learn a column.

        Raises:
            DataError: If it cannot be used.
        """
        refuse_infinite(column)
        kind = infer_kind(column, request)
        gaps = bool(kind.read(column).missing.any()) and column.family is not Family.NOTHING
        return cls(column.name, column.family, column.dtype, kind, gaps)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All stored numbers of the column."""
        return (*self.kind.parts, Flag()) if self.gaps else self.kind.parts

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        """A column -> stored numbers and which are observed, each (n, parts)."""
        if column.family not in (self.family, Family.NOTHING, *self.kind.also):
            raise SchemaError(
                f"Column {self.name!r} held {self.family.value} in the fit, but came with {column.family.value}. "
                "Convert it to the type it had."
            )
        refuse_infinite(column)
        if column.family is not Family.NOTHING:
            column = self.kind.read(column)
        stored = np.zeros((len(column), len(self.parts)))
        observed = np.zeros((len(column), len(self.parts)), dtype=bool)
        here, width = ~column.missing, len(self.kind.parts)
        if here.any():
            stored[here, :width], observed[here, :width] = self.kind.store(column.at(here))
        if self.gaps:
            stored[:, -1], observed[:, -1] = column.missing, True
        return stored, observed

    def plain(self, column: Column) -> np.ndarray:
        """Values as they stand, (n,): float64 (of durations seconds) with NaN, datetime64[us] with NaT, or objects with None."""
        if column.family is not Family.NOTHING:
            column = self.kind.read(column)
        if self.family is Family.DATE:
            return np.where(column.missing, np.datetime64("NaT"), column.values.astype("datetime64[us]"))
        if self.family is Family.DURATION:
            return np.where(column.missing, np.nan, column.values / 1e6)
        if column.values.dtype.kind in "iuf" and column.family is not Family.TEXT:
            return np.where(column.missing, np.nan, column.values.astype(np.float64))
        values = column.values.astype(object)
        values[column.missing] = None
        return values

    def restore(self, stored: np.ndarray) -> Column:
        """Stored numbers (n, parts) -> a column."""
        values = self.kind.restore(stored[:, : len(self.kind.parts)])
        missing = stored[:, -1] > 0.5 if self.gaps else np.full(len(stored), self.family is Family.NOTHING)
        blank = self.kind.blank()
        if blank is not None and missing.any():
            values[missing] = blank
            missing = np.zeros(len(stored), dtype=bool)
        return Column(self.name, self.family, values, missing, self.dtype)

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        """Numbers that people recognise, by name, each (n,), from the cells of each part."""
        told = {f"{self.name}{suffix}": values for suffix, values in self.kind.features(cells).items()}
        return told | ({f"{self.name} is missing": cells[-1][:, 0]} if self.gaps and self.kind.parts else {})

    def document(self) -> dict:
        """JSON-able state."""
        kind = {"kind": self.kind.name, **self.kind.document()}
        return {"name": self.name, "family": self.family.name, "dtype": self.dtype, "gaps": self.gaps, "kind": kind}

    @classmethod
    def from_document(cls, document: dict) -> "TableColumn":
        """The column with that state."""
        kind = kind_from_document(document["kind"])
        return cls(document["name"], Family[document["family"]], document["dtype"], kind, document["gaps"])


def in_words(column: Column, row: int) -> str:
    """One value as a reader likes it.

    Example:
        >>> column = Column("a", Family.NUMBER, np.array([1234567.0, 0.5]), np.array([False, True]), {})
        >>> in_words(column, 0), in_words(column, 1)
        ('1,234,567', 'missing')
    """
    if column.missing[row]:
        return "missing"
    value = column.values[row]
    if column.family is Family.DATE:
        instant = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=int(value))
        return instant.isoformat(" ").removesuffix(" 00:00:00")
    if column.family is Family.DURATION:
        return str(datetime.timedelta(microseconds=int(value)))
    if column.family is Family.BOOLEAN:
        return "yes" if value else "no"
    if column.family is not Family.NUMBER:
        text = str(value)
        return text if len(text) <= 60 else text[:57] + "..."
    size = abs(float(value))
    if size != 0 and not 1e-4 <= size < 1e9:
        return f"{float(value):.4g}"
    if float(value).is_integer():
        return f"{int(value):,}"
    decimals = max(0, 3 - int(np.floor(np.log10(size)))) if size else 0
    return f"{float(value):,.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{float(value):,.0f}"
