"""The last windows of a watch, as a figure draws them."""

__all__ = ["WatchHistory"]

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscape.modality import Picture
from gausscape.watching.answers import WindowReport

KEPT = 2_000
KEPT_PICTURES = 6
COLUMNS = ("number", "distance", "lower", "upper", "p5", "p50", "p95", "limit", "p", "memory", "alarm")


@dataclass
class WatchHistory:
    """At most 2,000 windows that were tested, the oldest first, and the objects of the last alarms.

    Args:
        false_alarms: The stated rate.
        table: (n, 11), with the columns number, distance, lower, upper, p5, p50, p95, limit (of the distance), p, memory and
            alarm (0 none, 1 by the window, 2 by the memory, 3 by both).
        starts: Start of each as text, "" where the stream gave none.
        alarms: The last reports that are alarms, with the picture of the object that carries each; not kept on disk.
    """

    false_alarms: float
    table: np.ndarray = field(default_factory=lambda: np.zeros((0, len(COLUMNS))))
    starts: list[str] = field(default_factory=list)
    alarms: list[tuple[WindowReport, Picture]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.table)

    def column(self, name: str) -> np.ndarray:
        """One column by name, (n,)."""
        return self.table[:, COLUMNS.index(name)]

    def add(self, report: WindowReport, picture: Picture | None) -> None:
        """One more window that was tested."""
        if report.usual is None:
            return
        tests = () if report.alarm is None else report.alarm.by
        flag = ("window" in tests) + 2 * ("memory" in tests)
        numbers = (
            report.number,
            report.distance,
            report.lower,
            report.upper,
            *report.usual,
            report.probability,
            report.memory,
            flag,
        )
        self.table = np.vstack([self.table, np.array(numbers, dtype=np.float64)])[-KEPT:]
        self.starts = [*self.starts, report.start or ""][-KEPT:]
        if picture is not None:
            self.alarms = [*self.alarms, (report, picture)][-KEPT_PICTURES:]

    def document(self) -> dict[str, Any]:
        """JSON-able, without the table and the pictures."""
        return {"starts": self.starts}
