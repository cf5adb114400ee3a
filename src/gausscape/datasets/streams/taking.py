"""Taking: one event after the other into the windows that are open, and what becomes of those that do not fit."""

__all__ = ["Taking"]

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from gausscape.datasets.streams.faults import BadCell, BadEvent
from gausscape.datasets.streams.open_windows import OpenWindows
from gausscape.datasets.streams.rule import Rule
from gausscape.datasets.streams.sources.event_source import EventSource
from gausscape.errors import ConfigurationError, DataError

LONGEST_GAP = 1_000_000  # empty windows in a row, beyond which a clock has jumped or the rule is wrong


class Taking:
    """Takes one event after the other into the open windows; True if windows are over by that.

    Args:
        events: The source, which knows the place of the event that it gave last.
        rule: What is dropped and what is refused.
        state: The open windows.
    """

    def __init__(self, events: EventSource, rule: Rule, state: OpenWindows):
        self.events, self.rule, self.state = events, rule, state
        places = {column: place for place, column in enumerate(rule.needed)}
        self.made: list[Callable[[tuple], Any]] = []
        for field in rule.fields:
            for column in field.columns:
                if column not in places:
                    raise ConfigurationError(
                        f"The field {field.name!r} needs columns of the source or fields above it, but names {column!r}. "
                        "Change the order of the fields."
                    )
            self.made.append(field.maker(places))
            places[field.name] = len(places)
        self.time = None if rule.clock is None else rule.clock.reader(places)
        self.numbers = rule.grid.numbers
        self.watches_jumps = rule.ahead is not None or rule.keep_empty
        self.read = rule.kind.reader(places)
        self.key = None if rule.kind.by is None else places[rule.kind.by]
        self.label = None if rule.label is None else rule.label.reader(places)
        self.once = None if rule.once is None else places[rule.once]

    def __call__(self, cells: tuple | BadEvent) -> bool:
        state, rule = self.state, self.rule
        try:
            if isinstance(cells, BadEvent):
                raise BadCell(cells.reason)
            for make in self.made:
                cells = (*cells, make(cells))
            time = state.counted if self.time is None else self.time(cells)
            event = self.read(cells)
            key = "" if self.key is None else named(cells[self.key], str(rule.kind.by))
            label = None if self.label is None else self.label(cells)
            identifier = "" if self.once is None else named(cells[self.once], str(rule.once))
        except BadCell as fault:
            if rule.refuse_bad:
                self.refuse(f"{fault}. Mend it, or say 'bad: drop' in the rule to drop and count such events")
            state.bad += 1
            return False
        numbers = self.numbers(time)
        newest = state.newest
        if newest is not None:
            if self.watches_jumps and time > newest and not self.believes(time, newest, numbers[0]):
                return False
            if numbers[0] < state.horizon:
                self.late(time, newest)
                numbers = [number for number in numbers if number >= state.horizon]
                if not numbers:
                    return False
        if identifier and identifier in state.seen:
            state.repeated += 1
            return False
        for number in numbers:
            state.add(number, key, event, label, time)
        if identifier:
            state.remember(identifier, numbers[-1])
        if self.time is None:
            state.counted += 1
            return state.tick(state.counted)
        return state.tick(time)

    def late(self, time: int, newest: int) -> None:
        """Refuse or count an event that misses a window."""
        if self.rule.refuse_late:
            past = (
                f"it happened {(newest - time) / 1e6:,.6g} s before the newest event"
                if time < newest
                else "the source had ended"
            )
            self.refuse(
                f"is late: {past}, and its window was given. Say a longer 'wait' under 'late' in the rule, 'end: hold' for a "
                "source that grows between two runs, or 'then: drop'"
            )
        self.state.late += 1

    def believes(self, time: int, newest: int, number: int) -> bool:
        """Whether an event ahead of the newest is taken; else it is counted, or refused."""
        rule, state = self.rule, self.state
        ahead = rule.ahead is not None and time - newest > rule.ahead
        # Two in a row that agree are no jump of one clock but a gap of the stream, or it would never be heard again.
        agreed = ahead and state.suspect is not None and abs(time - state.suspect) <= (rule.ahead or 0)
        state.suspect = time if ahead and not agreed else None
        if ahead and not agreed:
            if rule.refuse_ahead:
                self.refuse(
                    f"has the time {np.datetime64(time, 'us')}, which is {(time - newest) / 1e6:,.6g} s after the newest event: a "
                    "clock that jumped? Say a longer 'most' under 'ahead' in the rule, or 'then: drop'"
                )
            state.bad += 1
            return False
        if rule.keep_empty and number - state.horizon > LONGEST_GAP:
            self.refuse(
                f"is {number - state.horizon:,} windows after the ones before, and empty windows should be given. Say 'ahead' in "
                "the rule to drop events of a clock that jumped, or 'empty: skip'"
            )
        return True

    def refuse(self, what: str) -> NoReturn:
        raise DataError(f"{self.events.name}, {self.events.where()}, {what}.")


def named(cell: Any, column: str) -> str:
    if cell is None or cell == "":
        raise BadCell(f"needs a value in {column!r}, but has none")
    return str(cell)
