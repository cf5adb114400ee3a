"""How are dates and time stamps kept?"""

__all__ = ["DateColumn"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gausscape.modalities.tables.column_kind import ColumnKind, Request
from gausscape.modalities.tables.frames import EPOCH_RANGE, Column, Family
from gausscape.modalities.tables.parts import Choice, Part, Score
from gausscape.modalities.tables.ruler import Ruler

SECOND = 1_000_000
DAY = 86_400 * SECOND
YEAR = 365.2425 * DAY
STEPS = (DAY, 3600 * SECOND, 60 * SECOND, SECOND, 1000, 1)


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

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return {" (days since 1970)": (self.ruler.scores.inverse(cells[0][:, 0]) + self.origin) / DAY}

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


def weekday_of(instants: np.ndarray) -> np.ndarray:
    """Day of the week in UTC, Monday 0; 1 January 1970 was a Thursday."""
    return (instants // DAY + 3) % 7
