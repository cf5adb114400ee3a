"""What must one kind of column know? `ColumnKind`, and what the caller may ask of a column."""

__all__ = ["RARE_SHARE", "ColumnKind", "Request"]

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from gausscape.modalities.tables.frames import Column, Family
from gausscape.modalities.tables.parts import Part

RARE_SHARE = 0.005


@dataclass(frozen=True)
class Request:
    """What the caller asked for one column.

    Args:
        numeric: Read it as numbers, even text.
        categorical: Read it as categories, even numbers.
        drop_empty: Whether a column without any value may be set aside.
        order: Its levels in order, where they have one.
        rare: Share of the rows below which a level is rare; 0 to give each level a cell of its own.
        lenient: Whether a level that the fit had not seen is taken as a rare one, not refused.
    """

    numeric: bool = False
    categorical: bool = False
    drop_empty: bool = False
    order: tuple[Any, ...] | None = None
    rare: float = RARE_SHARE
    lenient: bool = False


class ColumnKind(abc.ABC):
    """What one kind of column knows. Values that arrive are never missing: `TableColumn` takes care of that."""

    name: ClassVar[str]
    contents: ClassVar[str]
    """What a schema calls it; several kinds may share a word."""
    also: ClassVar[tuple[Family, ...]] = ()
    """What the values of a later table may be, beside what they were in the fit."""

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

    def retyped(self, column: Column, like: Column) -> Column:
        """A generated column with values of the type that a later table has there."""
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

    @abc.abstractmethod
    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        """Numbers that people recognise, by what is added to the column's name ("", " = yes"), each (n,).

        Args:
            cells: Expected or observed cells of each part, (n, cells of the part); probabilities for flags and choices.
        """

    def blank(self) -> Any:
        """What stands for a missing value when text is built."""
        return None

    def note(self, name: Any) -> str | None:
        """What was decided for this column, if a reader should know."""
        return None

    def about(self) -> str:
        """What the values are, in a few words."""
        return ""

    def declared(self) -> dict[str, Any]:
        """What a schema must say beside `contents`, so that the column is read the same way again."""
        return {}

    @abc.abstractmethod
    def document(self) -> dict:
        """JSON-able state."""

    @classmethod
    @abc.abstractmethod
    def from_document(cls, document: dict) -> "ColumnKind":
        """The kind with that state."""
