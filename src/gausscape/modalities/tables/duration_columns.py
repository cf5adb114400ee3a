"""How are durations kept?"""

__all__ = ["LONGEST", "SECOND", "DurationColumn"]

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gausscape.modalities.tables.column_kind import ColumnKind, Request
from gausscape.modalities.tables.date_columns import DAY, STEPS
from gausscape.modalities.tables.frames import Column, Family
from gausscape.modalities.tables.number_columns import HurdleColumn, NumericColumn
from gausscape.modalities.tables.parts import Part

SECOND = 1_000_000
LONGEST = 10_000_000 * DAY
PLAIN = {"dtype": "float64"}


@dataclass(frozen=True)
class DurationColumn(ColumnKind):
    """Spans of time, kept like numbers of seconds: with a hurdle where one value repeats, and tails beyond the data.

    Args:
        inner: The numbers.
        step: Coarsest unit that all spans are multiples of, in microseconds.
        signed: Whether some span is negative; else none is given back.
    """

    inner: NumericColumn | HurdleColumn
    step: int
    signed: bool

    name = "duration"
    contents = "duration"

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.inner.parts

    @classmethod
    def infer(cls, column: Column, request: Request) -> "DurationColumn | None":
        if column.family is not Family.DURATION:
            return None
        step = next(step for step in STEPS if not (column.present % step).any())
        seconds = _in_seconds(column)
        inner = HurdleColumn.infer(seconds, request) or NumericColumn.fit(seconds.present, PLAIN)
        return cls(inner, step, bool(column.present.min() < 0))

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        return self.inner.store(_in_seconds(column))

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        told = self.inner.features(cells)
        return {f" (seconds){name}": values for name, values in told.items()}

    def restore(self, stored: np.ndarray) -> np.ndarray:
        seconds = np.asarray(self.inner.restore(stored), dtype=np.float64)
        spans = np.clip(seconds * SECOND, -LONGEST if self.signed else 0, LONGEST)
        return np.rint(spans / self.step).astype(np.int64) * self.step

    def about(self) -> str:
        return f"seconds: {self.inner.about()}"

    def document(self) -> dict:
        inner = {"kind": self.inner.name, **self.inner.document()}
        return {"inner": inner, "step": self.step, "signed": self.signed}

    @classmethod
    def from_document(cls, document: dict) -> "DurationColumn":
        kinds = {kind.name: kind for kind in (HurdleColumn, NumericColumn)}
        inner = kinds[document["inner"]["kind"]].from_document(document["inner"])
        return cls(inner, document["step"], document["signed"])


def _in_seconds(column: Column) -> Column:
    return replace(column, family=Family.NUMBER, values=column.values / SECOND, dtype=PLAIN)
