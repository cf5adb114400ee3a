"""follow: the windows of a stream, one after the other, each with a place to go on from."""

__all__ = ["follow"]

from collections.abc import Callable, Iterator
from typing import Any

from gausscape.datasets.streams.open_windows import OpenWindows
from gausscape.datasets.streams.opening import open_source
from gausscape.datasets.streams.rule import Rule
from gausscape.datasets.streams.sources.event_source import EventSource
from gausscape.datasets.streams.taking import Taking
from gausscape.datasets.streams.window import Window
from gausscape.errors import ConfigurationError

FORMAT = 1
CHECK_EVERY = 16_384  # events between two looks at how much memory open windows take


def follow(source: Any, rule: Rule, *, cursor: dict | None = None, wait: bool = False) -> Iterator[Window]:
    """The windows of a stream in order, each as soon as no event can change it.

    Only open windows are kept, so memory does not grow with the stream. A run that is cut after any window and goes on
    with that window's cursor gives the very windows that an unbroken run gives.

    Args:
        source: The path of a file (.csv .tsv .jsonl .parquet, plain text if the rule has `lines`), or of a folder of
            such files, read in the order of their names; "-" for standard
            input, CSV or JSON lines; "redis://host:port/db?stream=name"; a data frame; an iterable of dicts; or an
            EventSource.
        rule: How events become objects.
        cursor: The `cursor` of the window to go on after; None begins at the beginning.
        wait: Whether to wait for more events where a growing file or a Redis stream ends now.

    Yields:
        The windows, by increasing number.

    Raises:
        ConfigurationError: If the cursor belongs to another rule, or the source cannot be followed.
        SchemaError: If the source has not the columns that the rule names.
        DataError: If an event cannot be used and the rule refuses it; names its place.

    Example:
        >>> rule = Rule.parse("{time: at, window: {every: 1d}, objects: {graph: {source: a, target: b, weight: count}}}")
        >>> events = [
        ...     {"at": "2024-05-01T09:00", "a": "ann", "b": "bob"},
        ...     {"at": "2024-05-01T17:30", "a": "ann", "b": "bob"},
        ...     {"at": "2024-05-02T08:00", "a": "bob", "b": "cem"},
        ... ]
        >>> for window in follow(events, rule):
        ...     print(window.items.ids[0], window.items.values[0].edges(data="weight"), window.complete)
        2024-05-01T00:00 [('ann', 'bob', 2)] True
        2024-05-02T00:00 [('bob', 'cem', 1)] False
    """
    return windows(open_source(source, rule), rule, cursor=cursor, wait=wait)


def windows(
    events: EventSource, rule: Rule, *, cursor: dict | None = None, wait: bool = False, with_cursors: bool = True
) -> Iterator[Window]:
    """The windows of a source that is open; without cursors where nothing goes on, for they cost time."""
    state = OpenWindows(rule)
    position = None
    if cursor is not None:
        position = read_cursor(cursor, rule, state)
    take = Taking(events, rule, state)
    place = events.position if with_cursors else None
    # What was due at the cursor comes before the source is touched, so the place is still the cursor's own.
    yield from give_due(state, events.name, state.horizon, place=(lambda: position) if with_cursors else None)
    checked = 0
    for cells in events.events(rule.needed, position=position, wait=wait):
        if take(cells):
            yield from give_due(state, events.name, state.horizon, place=place)
        checked += 1
        if checked == CHECK_EVERY:
            checked = 0
            state.refuse_too_many(events.name)
    if rule.give_open and state.open:
        yield from give_due(state, events.name, max(state.open) + 1, place=place)


def read_cursor(cursor: dict, rule: Rule, state: OpenWindows) -> dict:
    """Put the state back, and tell the position in the source."""
    if not isinstance(cursor, dict) or cursor.get("format") != FORMAT:
        raise ConfigurationError(
            f"A cursor needs to come from a window that follow gave (format {FORMAT}), but {str(cursor)[:60]!r} came. "
            "Pass window.cursor as it was saved."
        )
    if cursor["rule"] != rule.digest:
        raise ConfigurationError(
            f"A cursor goes on under the rule it was made with ({cursor['rule'][:12]}), but the rule now is another "
            f"({rule.digest[:12]}). Pass that rule, or begin without a cursor."
        )
    state.restore(cursor["state"])
    return cursor["position"]


def give_due(
    state: OpenWindows, name: str, horizon: int, *, place: Callable[[], dict | None] | None
) -> Iterator[Window]:
    """The windows below the horizon; with cursors if the place in the source can be asked for."""
    rule = state.rule
    over = -1 if state.newest is None else rule.grid.horizon(state.newest - rule.wait)
    while (number := state.next_number(horizon)) is not None:
        start, end = rule.grid.bounds(number)
        items, count = state.give(number, name)
        dropped = {"late": state.late, "bad": state.bad, "repeated": state.repeated}
        state.reset_counts()
        yield Window(
            number=number,
            start=start,
            end=end,
            items=items,
            events=count,
            cursor={} if place is None else new_cursor(state, place()),
            complete=number < over,
            **dropped,
        )


def new_cursor(state: OpenWindows, position: dict | None) -> dict:
    return {"format": FORMAT, "rule": state.rule.digest, "position": position, "state": state.document()}
