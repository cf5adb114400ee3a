"""How are columns kept that have no value, one, or two?"""

__all__ = ["ConstantColumn", "EmptyColumn", "TwoLevelColumn", "in_short"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import DataError, SchemaError
from gausscape.modalities.tables.checks import as_array, codes_of, few_counts, in_order, whole
from gausscape.modalities.tables.column_kind import ColumnKind, Request
from gausscape.modalities.tables.frames import Column, Family
from gausscape.modalities.tables.parts import Flag, Part


@dataclass(frozen=True)
class EmptyColumn(ColumnKind):
    """No value at all: set aside on request, and regenerated as missing."""

    name = "empty"
    contents = "empty"

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

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return {}

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
    contents = "constant"

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

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return {}

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
    lenient: bool = False

    name = "two-level"
    contents = "two-level"

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
        low, high = in_order(counts) if request.order is None else (level for level in request.order if level in counts)
        return cls((low, high), request.lenient)

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        codes = codes_of(column, self.values, taken="count as missing" if self.lenient else None)[:, None]
        return np.maximum(codes, 0).astype(np.float64), codes >= 0

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return {f" = {in_short(self.values[1])}": cells[0][:, 0]}

    def restore(self, stored: np.ndarray) -> np.ndarray:
        return as_array(self.values)[(stored[:, 0] > 0.5).astype(int)]

    def about(self) -> str:
        return f"{in_short(self.values[0])} or {in_short(self.values[1])}"

    def declared(self) -> dict[str, Any]:
        return {"unseen": "rare"} if self.lenient else {}

    def document(self) -> dict:
        return {"values": list(self.values)} | ({"lenient": True} if self.lenient else {})

    @classmethod
    def from_document(cls, document: dict) -> "TwoLevelColumn":
        low, high = document["values"]
        return cls((low, high), document.get("lenient", False))


def in_short(level: Any) -> str:
    """A level as a reader likes it.

    Example:
        >>> in_short(True), in_short(np.float64(2.0)), in_short("Graz")
        ('yes', '2', 'Graz')
    """
    if isinstance(level, bool | np.bool_):
        return "yes" if level else "no"
    return f"{level:g}" if isinstance(level, float | np.floating) else str(level)
