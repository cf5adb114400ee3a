"""How do constraints join? Several at once, or one where a condition holds."""

__all__ = ["Every", "IfThen"]

from dataclasses import dataclass
from typing import final

import numpy as np

from gausscape.modalities.tables.constraint import Constraint, Rows
from gausscape.modalities.tables.domains import Domains
from gausscape.modalities.tables.legal_values import LegalValues
from gausscape.modalities.tables.row_sentences import sentence_holds
from gausscape.space.comparisons import Sentence


@final
@dataclass(frozen=True)
class Every(Constraint):
    """Several constraints at once: age >= 18 and age <= 95."""

    text: str
    parts: tuple[Constraint, ...]

    @property
    def columns(self) -> tuple[LegalValues, ...]:
        return tuple({column.name: column for part in self.parts for column in part.columns}.values())

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(name for part in self.parts for name in part.required)

    def broken_rows(self, rows: Rows) -> np.ndarray:
        return np.logical_or.reduce([part.broken_rows(rows) for part in self.parts])

    def narrow(self, domains: Domains, rows: np.ndarray) -> None:
        for part in self.parts:
            part.narrow(domains, rows)


@final
@dataclass(frozen=True)
class IfThen(Constraint):
    """Where a sentence holds, another constraint does too: if Contract == 'Month-to-month' then tenure <= 72.

    A row is mended by its second half: the contract stays, the tenure gives way.
    """

    text: str
    condition: Sentence
    condition_columns: tuple[LegalValues, ...]
    then: Constraint
    demands: tuple[Constraint, ...] = ()
    """What makes the condition hold, so far as constraints can state it; to try it out."""

    @property
    def columns(self) -> tuple[LegalValues, ...]:
        return self.then.columns

    @property
    def required(self) -> tuple[str, ...]:
        return self.then.required

    @property
    def read(self) -> tuple[LegalValues, ...]:
        return (*self.condition_columns, *self.then.columns)

    def applies(self, rows: Rows) -> np.ndarray:
        legal = {column.name: column for column in self.condition_columns}
        return sentence_holds(self.condition, rows, legal)

    def broken_rows(self, rows: Rows) -> np.ndarray:
        return self.applies(rows) & self.then.broken_rows(rows)

    def narrow(self, domains: Domains, rows: np.ndarray) -> None:
        self.then.narrow(domains, rows)
