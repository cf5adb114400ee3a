"""What can be demanded of a row? A constraint, told by a sentence, that can be checked and can rule values out."""

__all__ = ["Constraint", "Rows", "as_rows", "read_rows"]

import abc
from typing import Any

import numpy as np

from gausscape.modalities.tables.domains import Domains
from gausscape.modalities.tables.frames import Column, find_library
from gausscape.modalities.tables.legal_values import LegalValues

Rows = dict[str, np.ndarray]
"""Columns by name as numbers (n,), NaN where missing."""


class Constraint(abc.ABC):
    """One demand on every row. It is told by its text, which `parse_constraint` reads back.

    A missing value breaks nothing and is left alone, unless the column is fixed or required.

    Attributes:
        text: As a sentence.
    """

    text: str

    @property
    @abc.abstractmethod
    def columns(self) -> tuple[LegalValues, ...]:
        """The columns that it may change."""

    @property
    def read(self) -> tuple[LegalValues, ...]:
        """The columns that it looks at."""
        return self.columns

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that may not be missing where it applies."""
        return ()

    @abc.abstractmethod
    def broken_rows(self, rows: Rows) -> np.ndarray:
        """Where it does not hold, (n,)."""

    @abc.abstractmethod
    def narrow(self, domains: Domains, rows: np.ndarray) -> None:
        """Close all values that it rules out, in the rows of a mask (n,); the others stay as they are."""

    def applies(self, rows: Rows) -> np.ndarray:
        """Where it demands something at all, (n,)."""
        return np.ones(len(next(iter(rows.values()))), dtype=bool)

    def broken(self, frame: Any) -> np.ndarray:
        """Where it does not hold in a pandas, polars or pyarrow frame or a 2-D array, (n,)."""
        return self.broken_rows(read_rows(frame, self.read))

    def mend(self, frame: Any) -> Any:
        """The frame with the rows that broke it changed as little as it takes; the same library, a fresh index."""
        from gausscape.modalities.tables.constraints import Constraints

        return Constraints((self,)).mend(frame)

    def __str__(self) -> str:
        return self.text


def read_rows(frame: Any, columns: tuple[LegalValues, ...]) -> Rows:
    """These columns of a frame as numbers."""
    library = find_library(frame)
    names = {str(name): name for name in library.names(frame)}
    return {legal.name: legal.read(library.read(frame, names[legal.name])) for legal in columns}


def as_rows(columns: dict[str, Column], legal: tuple[LegalValues, ...]) -> Rows:
    """These columns as numbers."""
    return {each.name: each.read(columns[each.name]) for each in legal}
