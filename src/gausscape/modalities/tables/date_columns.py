"""How are dates and time stamps kept?"""

__all__ = ["DAY", "STEPS", "DateColumn"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gausscape.modalities.tables.column_kind import ColumnKind, Request
from gausscape.modalities.tables.frames import EPOCH_RANGE, Column, Family
from gausscape.modalities.tables.parts import Choice, Part, Score
from gausscape.modalities.tables.ruler import Ruler

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
YEAR = 365.2425 * DAY
STEPS = (DAY, HOUR, 60 * SECOND, SECOND, 1000, 1)
HOURS_AFTER = 7 * DAY
"""From this span on the hour of the day is kept apart from the day: the elapsed time is too coarse to tell it."""


@dataclass(frozen=True)
class DateColumn(ColumnKind):
    """Dates and time stamps: time elapsed, day of the week (beyond four weeks), season (beyond a year), hour of the day.

    Elapsed time and the day of the week come back: of the seven days around the elapsed time, the one that is such a day.
    Where the times of a day differ over a week or more, the elapsed time counts days, and the hour and what is left of it
    are kept apart, so that generated rows keep the pattern of working hours. The season lets objects near in the year be
    near in the space; elapsed time alone says which day it is. Days are those of UTC. Times are kept to the microsecond.

    Args:
        ruler: Of the elapsed time, in microseconds.
        origin: Where it counts from.
        step: Coarsest unit that all times are multiples of.
        weekday: Whether the day of the week is kept.
        season: Whether the season is shown to the encoder.
        low, high: Ends of the type.
        hour: Whether the hour of the day is kept apart.
        within: Of the time within the hour; None where it is always the same.
        minute: That same time, in microseconds.
    """

    ruler: Ruler
    origin: int
    step: int
    weekday: bool
    season: bool
    low: int
    high: int
    hour: bool = False
    within: Ruler | None = None
    minute: int = 0

    name = "date"
    contents = "date"

    @property
    def parts(self) -> tuple[Part, ...]:
        week = [Choice(7)] if self.weekday else []
        season = [Score(), Score()] if self.season else []
        day = [Choice(24)] if self.hour else []
        return (self.ruler.part, *week, *season, *day, *([self.within.part] if self.within else []))

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
        hour = step < DAY and span >= HOURS_AFTER
        within = instants % HOUR
        apart = Ruler.fit(within) if hour and within.min() < within.max() else None
        minute = int(within[0]) if hour and apart is None else 0
        elapsed = (instants // DAY * DAY if hour else instants) - origin
        return cls(Ruler.fit(elapsed), origin, step, span >= 28 * DAY, span > YEAR, low, high, hour, apart, minute)

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        instants = column.values
        day = instants // DAY * DAY
        stored = [self.ruler.scores.forward((day if self.hour else instants) - self.origin)]
        if self.weekday:
            stored.append(weekday_of(instants).astype(np.float64))
        if self.season:
            angle = 2 * np.pi * (instants % YEAR) / YEAR
            stored += [np.sin(angle), np.cos(angle)]
        if self.hour:
            stored.append(((instants - day) // HOUR).astype(np.float64))
        if self.within:
            stored.append(self.within.scores.forward(instants % HOUR))
        return np.stack(stored, 1), np.ones((len(column), len(stored)), dtype=bool)

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        told = {" (days since 1970)": (self.ruler.scores.inverse(cells[0][:, 0]) + self.origin) / DAY}
        if self.hour:
            told[" (hour of the day)"] = cells[1 + self.weekday + 2 * self.season] @ np.arange(24.0)
        return told

    def restore(self, stored: np.ndarray) -> np.ndarray:
        elapsed = np.clip(self.ruler.scores.inverse(stored[:, 0]), self.low - self.origin, self.high - self.origin)
        step = DAY if self.hour else self.step
        instants = np.rint(elapsed / step).astype(np.int64) * step + self.origin
        if self.weekday:
            turn = (stored[:, 1].astype(np.int64) - weekday_of(instants) + 3) % 7 - 3
            instants = instants + turn * DAY
        if self.hour:
            instants = instants + stored[:, 1 + self.weekday + 2 * self.season].astype(np.int64) * HOUR + self._within(stored)
        return np.clip(instants, self.low // DAY * DAY, self.high)

    def _within(self, stored: np.ndarray) -> np.ndarray:
        """Time within the hour, a multiple of the step."""
        if self.within is None:
            return np.full(len(stored), self.minute, dtype=np.int64)
        inside = self.within.scores.inverse(stored[:, -1])
        return np.clip(np.rint(inside / self.step), 0, HOUR // self.step - 1).astype(np.int64) * self.step

    def about(self) -> str:
        low, high = (self.ruler.scores.inverse(np.array([-2.326, 2.326])) + self.origin).astype("datetime64[us]")
        kept = ["day of the week"] * self.weekday + ["season"] * self.season + ["hour"] * self.hour
        return f"98% of them from {str(low)[:10]} to {str(high)[:10]}{'; with ' if kept else ''}{', '.join(kept)}"

    def document(self) -> dict:
        names = ("origin", "step", "weekday", "season", "low", "high", "hour", "minute")
        within = {"within": self.within.document()} if self.within else {}
        return {"ruler": self.ruler.document()} | {name: getattr(self, name) for name in names} | within

    @classmethod
    def from_document(cls, document: dict) -> "DateColumn":
        rest = {name: value for name, value in document.items() if name not in ("ruler", "kind", "within")}
        within = Ruler.from_document(document["within"]) if "within" in document else None
        return cls(Ruler.from_document(document["ruler"]), **rest, within=within)


def weekday_of(instants: np.ndarray) -> np.ndarray:
    """Day of the week in UTC, Monday 0; 1 January 1970 was a Thursday."""
    return (instants // DAY + 3) % 7
