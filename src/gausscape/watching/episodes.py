"""Which alarms belong together? Those a few windows apart are one episode with a start and an end."""

__all__ = ["Episode", "Episodes"]

from dataclasses import asdict, dataclass
from typing import Any

KEPT = 100


@dataclass
class Episode:
    """Alarms that belong together.

    Args:
        number: From 1.
        first, last: Numbers of its first and last window that was an alarm.
        start, end: Start of the first and end of the last, as text; None if the stream gave none.
        alarms: How many windows of it were alarms.
        largest: Largest distance of these, in standard deviations.
    """

    number: int
    first: int
    last: int
    start: str | None
    end: str | None
    alarms: int
    largest: float

    def __str__(self) -> str:
        where = f"windows {self.first} to {self.last}" if self.last > self.first else f"window {self.first}"
        when = "" if self.start is None else f" [{self.start}, {self.end})"
        return (
            f"Episode {self.number}: {where}{when}, {self.alarms} alarm{'s'[: self.alarms != 1]}, "
            f"at most {self.largest:.2f} sd from usual"
        )


class Episodes:
    """All episodes of a watch: how many there were, and the last 100 of them.

    Example:
        >>> episodes = Episodes(merge=5)
        >>> [episodes.alarm(number, None, None, 1.0) for number in (3, 5, 30)]
        [(1, True), (1, False), (2, True)]
    """

    def __init__(self, *, merge: int, count: int = 0, kept: list[Episode] | None = None):
        self.merge, self.count, self.kept = merge, count, kept or []

    def alarm(self, number: int, start: str | None, end: str | None, distance: float) -> tuple[int, bool]:
        """Take in an alarm; (number of its episode, whether it opens it)."""
        last = self.kept[-1] if self.kept else None
        if last is not None and number - last.last <= self.merge:
            last.last, last.end, last.alarms, last.largest = number, end, last.alarms + 1, max(last.largest, distance)
            return last.number, False
        self.count += 1
        self.kept = [*self.kept, Episode(self.count, number, number, start, end, 1, distance)][-KEPT:]
        return self.count, True

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {"merge": self.merge, "count": self.count, "kept": [asdict(each) for each in self.kept]}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Episodes":
        """The episodes with that document."""
        kept = [Episode(**each) for each in document["kept"]]
        return cls(merge=document["merge"], count=document["count"], kept=kept)
