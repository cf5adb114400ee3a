"""OpenWindows: the windows that are not given yet, with all that a cursor must hold to go on exactly."""

__all__ = ["OpenWindow", "OpenWindows"]

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscape.datasets.memory import memory_limit, readable
from gausscape.datasets.streams.objects.dealings import copied
from gausscape.datasets.streams.objects.kind import Collector
from gausscape.datasets.streams.rule import Rule
from gausscape.errors import DataError
from gausscape.items import Items

BEFORE_ALL = -(1 << 63)  # below the number of every window
BYTES_AN_ENTRY = 400  # of a counted edge or a kept step, dict, list and texts together; measured, rounded up


@dataclass
class OpenWindow:
    """One window: its collectors and label states by key, its number of events, and the ids first seen in it."""

    events: int = 0
    parts: dict[str, tuple[Collector, list]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)


class OpenWindows:
    """The windows of a stream that are not given yet.

    Args:
        rule: What their events become.

    Attributes:
        newest: The latest time seen; None before the first event.
        horizon: The first number that is not over; windows below it are closed.
        suspect: Time of the event just before, if it was dropped for being too far ahead.
        following: The first number that may still be given; None before the first window was.
        late, bad, repeated: Events dropped since the last window was given.
        counted: Events taken in, which is the clock of windows of counts.
    """

    def __init__(self, rule: Rule):
        self.rule, self.label = rule, rule.label
        self.open: dict[int, OpenWindow] = {}
        self.newest: int | None = None
        self.suspect: int | None = None
        self.horizon = BEFORE_ALL
        self._turn = BEFORE_ALL
        self.following: int | None = None
        self.late = self.bad = self.repeated = self.counted = 0
        self.kept_ids: list[str] = []
        self.seen: set[str] = set()

    def tick(self, time: int) -> bool:
        """Move the newest time on; True if windows are over by that."""
        if self.newest is not None and time <= self.newest:
            return False
        self.newest = time
        if time < self._turn:
            return False
        grid, wait = self.rule.grid, self.rule.wait
        over = grid.horizon(time - wait)
        # When the next window is over: asked at every event, so it is not worked out anew.
        self._turn = grid.origin + grid.length + over * grid.every + wait
        self.horizon = max(over, self.horizon)
        return True

    def add(self, number: int, key: str, event: Any, label: Any, time: int) -> None:
        """Take an event into one window."""
        try:
            window = self.open[number]
            part = window.parts[key]
        except KeyError:
            window = self.open.setdefault(number, OpenWindow())
            part = window.parts.setdefault(key, self._part())
        window.events += 1
        part[0].add(event, time)
        if self.label is not None:
            self.label.add(part[1], label, time)

    def remember(self, identifier: str, number: int) -> None:
        """Keep the id of an event until the last window that it was in is closed."""
        self.seen.add(identifier)
        self.open[number].ids.append(identifier)

    def next_number(self, horizon: int) -> int | None:
        """The next window to give below this horizon; None if there is none."""
        first = min(self.open, default=None)
        if self.rule.keep_empty and self.following is not None and self.following < horizon:
            return self.following
        return first if first is not None and first < horizon else None

    def give(self, number: int, name: str) -> tuple[Items, int]:
        """Close a window: its objects, and how many events it had."""
        window = self.open.pop(number, None) or OpenWindow()
        self.following = number + 1
        self.horizon = max(self.horizon, number + 1)
        gone = window.ids
        if self.rule.grid.counts:  # repeats come soon after, and a window of counts has no time to wait
            gone, self.kept_ids = self.kept_ids, window.ids
        self.seen.difference_update(gone)
        parts = window.parts or ({} if self.rule.kind.by else {"": self._part()})
        title = self.rule.grid.title(number)
        ids, objects, labels = [], [], []
        for key in sorted(parts):
            collector, state = parts[key]
            for end, value in self.rule.kind.objects(collector):
                ids.append("/".join(text for text in (title, key, end) if text))
                objects.append(value)
                labels.append(None if self.rule.label is None else self.rule.label.answer(state))
        marks = None if self.rule.label is None else label_array(labels, self.rule.label.dtype)
        values = self.rule.kind.together(objects)
        items = Items(
            values, np.array(ids, dtype=str), marks, name=f"{name}, {title}", modality=self.rule.kind.modality
        )
        return items, window.events

    def reset_counts(self) -> None:
        """After a window was given with them."""
        self.late = self.bad = self.repeated = 0

    def refuse_too_many(self, name: str) -> None:
        """Refuse before memory runs out, which never happens unless windows are long, or many are open at once."""
        entries = sum(part[0].size() + 1 for window in self.open.values() for part in window.parts.values())
        needed, limit = (entries + len(self.seen)) * BYTES_AN_ENTRY, memory_limit() // 2
        if needed > limit:
            raise DataError(
                f"{name}: windows that are still open need to fit into {readable(limit)}, but the {len(self.open):,} open "
                f"now hold about {readable(needed)} ({entries:,} entries). Make 'window' or the 'wait' of 'late' shorter."
            )

    def document(self) -> dict:
        """All of it, JSON-able; nothing of it changes afterwards."""
        return {
            "newest": self.newest,
            "suspect": self.suspect,
            "following": self.following,
            "dropped": [self.late, self.bad, self.repeated],
            "counted": self.counted,
            "kept_ids": list(self.kept_ids),
            "open": [
                [
                    number,
                    window.events,
                    [[key, part.document(), copied(label)] for key, (part, label) in window.parts.items()],
                    list(window.ids),
                ]
                for number, window in self.open.items()
            ],
        }

    def restore(self, document: dict) -> None:
        """Take in what `document` gave."""
        self.following, self.counted, self.suspect = document["following"], document["counted"], document["suspect"]
        if self.following is not None:
            self.horizon = self.following
        if document["newest"] is not None:
            self.tick(document["newest"])
        self.late, self.bad, self.repeated = document["dropped"]
        self.kept_ids = list(document["kept_ids"])
        for number, events, parts, ids in document["open"]:
            window = self.open[number] = OpenWindow(events, ids=list(ids))
            for key, content, label in parts:
                collector = self.rule.kind.collector()
                collector.restore(content)
                window.parts[key] = (collector, copied(label))
        self.seen = set(self.kept_ids).union(*(window.ids for window in self.open.values()))

    def _part(self) -> tuple[Collector, list]:
        return self.rule.kind.collector(), [] if self.rule.label is None else self.rule.label.start()


def label_array(labels: list[Any], dtype: str | None) -> np.ndarray:
    """Labels as one plain array, of one type in every window; a missing one is NaN among numbers and "" among texts."""
    if dtype == "int64":
        return np.array(labels, dtype=np.int64)
    if dtype == "float64":
        return np.array([np.nan if label is None else label for label in labels], dtype=np.float64)
    return np.array(["" if label is None else str(label) for label in labels], dtype=str)
