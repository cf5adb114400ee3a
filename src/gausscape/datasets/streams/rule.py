r"""Rule: how the events of a stream become objects, declared in YAML.

A rule names where an event's time stands, how the windows lie, and what the events of a window become. Column names are
those of the source: a CSV header, the keys of JSON lines, the fields of a Redis stream, the groups of a log pattern.

Who dealt with whom in each week, one graph a week, edges weighted by the mean rating:

    time: {column: TIME, unit: s}
    window: {every: 1w}
    objects:
      graph: {source: SOURCE, target: TARGET, weight: {mean: RATING}, largest: 50}

Which log template followed which on each machine, in windows of 200 lines, read from the raw log:

    lines: '^(?P<alert>\S+) (?P<seconds>\d+) \S+ (?P<node>\S+) \S+ \S+ \w+ \w+ (?P<level>[A-Z]+) (?P<message>.*)$'
    window: {count: 200}
    fields:
      template: {template: message}
    objects:
      follows: {item: template, within: node, node_type: level}
    label: {any: {alert: {not: "-"}}}

One row for every user and hour, hours overlapping by half, events up to 5 minutes late:

    time: at
    window: {every: 30m, length: 1h}
    late: {wait: 5m, then: drop}
    once: event_id
    objects:
      rows:
        by: user
        columns: {n: count, total: {sum: amount}, failed: {share: {status: failed}}, kinds: {distinct: type}}

What holds, entry by entry:

time      A column in ISO 8601, or {column | columns, unit: s|ms|us, format: as strptime, year, zone}. Without a zone
          of its own a time is UTC, or in `zone`. Needed by windows of time, refused by windows of counts.
window    {every: 1d, length, from} or {count: 200}. Windows are [start, end). They lie on a fixed grid (from 1970-01-01
          UTC, whole weeks from a Monday, or `from`), so the same event is always in the same windows.
late      {wait: 0s, then: drop | refuse}. A window is given when an event comes whose time is at least its end plus
          `wait`, never by the clock on the wall: a stream that falls silent keeps its last windows open. Within `wait`
          the order of events moves nothing (but the last digits of sums). An event that misses a window is late: dropped from
          it and counted, or refused.
ahead     {most: 30d, then: drop | refuse}: an event that is further than this ahead of the newest one before it is
          taken for a clock that jumped, unless the event just before it was so too and both agree to within `most`:
          then it is a gap of the stream. Without it every time from 1900 to 2300 is believed.
once      Column with the id of an event: a second event with an id is dropped and counted, as long as a window that
          the first was in is open (and, in windows of counts, through the window after).
bad       refuse (named with its row) or drop (counted): events without time or key, with text for a number, lines that
          cannot be read.
lines     A regular expression for plain text, whose named groups are the columns; makes any file plain text.
fields    Columns made from others: {template: COLUMN} masks numbers, addresses and paths of a message;
          {pattern: REGEX, from: COLUMN} takes the first group; {join: [COLUMN, ...]} joins by a blank.
objects   One of graph, follows and rows. graph: source, target, directed (true), weight (a statistic that is a number),
          edge_type, source_type, target_type. follows: item, within, node_type, weight (count | none). Both:
          by (a graph for each value of a column), split (components | neighbourhoods), largest (the nodes with most
          events stay, what went is told in graph attributes), smallest. rows: by, columns.
label     A statistic of a window's events (of a key's events, with `by`) that labels its objects.
empty     skip (no window is given) or object (an empty graph or row, or no object at all with `by` and `split`).
end       give (windows still open when a source ends are given, marked as not complete) or hold (they are not).

Statistics: count; {sum | mean | std | min | max | distinct | mode | first | last: COLUMN}; {share: {COLUMN: VALUE}} and
{any: {COLUMN: VALUE}}, where {not: VALUE} may stand for VALUE. Missing cells are passed over.
"""

__all__ = ["Rule"]

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from gausscape.configuration import parse_settings, read_settings
from gausscape.datasets.streams.clock import Clock, duration
from gausscape.datasets.streams.fields import Field, fields_of, pattern
from gausscape.datasets.streams.given import Given
from gausscape.datasets.streams.grid import Grid
from gausscape.datasets.streams.objects.dealings import Dealings
from gausscape.datasets.streams.objects.kind import ObjectKind
from gausscape.datasets.streams.objects.rows import Rows
from gausscape.datasets.streams.objects.successions import Successions
from gausscape.datasets.streams.statistic import Statistic
from gausscape.datasets.streams.statistic_text import statistic_of

ENTRIES = ("time", "window", "late", "ahead", "once", "bad", "lines", "fields", "objects", "label", "empty", "end")
KINDS: dict[str, type[Any]] = {"graph": Dealings, "follows": Successions, "rows": Rows}


@dataclass(frozen=True)
class Rule:
    """How the events of a stream become objects; made by `read`, `parse` or `from_document`.

    Args:
        grid: The windows.
        kind: What a window's events become.
        clock: Where the time of an event stands; None for windows of counts.
        wait: Microseconds that events may come after the end of their window.
        refuse_late: Whether a late event is refused; else it is dropped.
        ahead: Microseconds that an event may be ahead of the newest one; None for any.
        refuse_ahead: Whether an event further ahead is refused; else it is dropped.
        once: Column with the id of an event; None if events are not repeated.
        refuse_bad: Whether an event that cannot be used is refused; else it is dropped.
        lines: Pattern of plain text lines; "" where the source has columns of its own.
        fields: Columns made from others.
        label: Statistic that labels the objects; None for no labels.
        keep_empty: Whether windows without events are given.
        give_open: Whether windows that are open when the source ends are given.
        settings: The entries that the rule was made from, JSON-able.

    Example:
        >>> rule = Rule.parse("{time: at, window: {every: 1d}, objects: {graph: {source: a, target: b}}}")
        >>> rule.grid.title(19844), rule.needed
        ('2024-05-01T00:00', ('at', 'a', 'b'))
        >>> Rule.from_document(rule.document()).digest == rule.digest
        True
    """

    grid: Grid
    kind: ObjectKind
    clock: Clock | None = None
    wait: int = 0
    refuse_late: bool = False
    ahead: int | None = None
    refuse_ahead: bool = True
    once: str | None = None
    refuse_bad: bool = True
    lines: str = ""
    fields: tuple[Field, ...] = ()
    label: Statistic | None = None
    keep_empty: bool = False
    give_open: bool = True
    settings: dict = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, path: str | Path) -> "Rule":
        """From a YAML file.

        Raises:
            MissingFileError: If there is no such file.
            ConfigurationError: If it is no rule; names the line and what may have been meant.
        """
        return cls._of(read_settings(path), str(path))

    @classmethod
    def parse(cls, text: str, *, name: str = "the rule") -> "Rule":
        """From YAML text.

        Args:
            text: The rule.
            name: Its name in messages.

        Raises:
            ConfigurationError: If it is no rule; names the line and what may have been meant.
        """
        return cls._of(parse_settings(text, name=name), name)

    @classmethod
    def from_document(cls, document: dict) -> "Rule":
        """From what `document` gave, or from a mapping with the entries of a rule."""
        return cls._of(document, "the rule")

    @classmethod
    def _of(cls, settings: Mapping, name: str) -> "Rule":
        given = Given(settings, name, "", known=ENTRIES)
        grid = Grid.of(given)
        objects = given.inner("objects", known=list(KINDS))
        if len(objects.settings) != 1:
            given.refuse("objects", f"exactly one of {', '.join(KINDS)}")
        kind = KINDS[next(iter(objects.settings))].of(objects)
        if grid.counts:
            for entry in ("time", "late", "ahead"):
                if entry in given:
                    given.refuse(
                        entry, "nothing: windows of counts need no time and know no late events. Leave it out:"
                    )
        late = given.inner("late", known=("wait", "then")) if "late" in given else None
        ahead = given.inner("ahead", known=("most", "then")) if "ahead" in given else None
        return cls(
            grid,
            kind,
            clock=None if grid.counts else Clock.of(given),
            wait=0 if late is None else late.read("wait", duration, 0),
            refuse_late=late is not None and late.choice("then", ("drop", "refuse"), "drop") == "refuse",
            ahead=None if ahead is None else ahead.read("most", duration),
            refuse_ahead=ahead is not None and ahead.choice("then", ("drop", "refuse"), "refuse") == "refuse",
            once=given.text("once", None),
            refuse_bad=given.choice("bad", ("refuse", "drop"), "refuse") == "refuse",
            lines=line_pattern(given),
            fields=fields_of(given),
            label=statistic_of(given, "label") if "label" in given else None,
            keep_empty=given.choice("empty", ("skip", "object"), "skip") == "object",
            give_open=given.choice("end", ("give", "hold"), "give") == "give",
            settings=plain(settings),
        )

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that the source must have, each once: those the rule names, less those it makes."""
        label = self.label.columns if self.label is not None else ()
        times = () if self.clock is None else self.clock.columns
        wanted = [*times, *self.kind.columns, self.kind.by, self.once, *label]
        for made in reversed(self.fields):
            wanted.extend(made.columns)
        own = {made.name for made in self.fields}
        return tuple(dict.fromkeys(column for column in wanted if column is not None and column not in own))

    def document(self) -> dict:
        """The rule as plain entries, JSON-able; `from_document` makes the same rule of it."""
        return plain(self.settings)

    @property
    def digest(self) -> str:
        """SHA-256 of the entries: a cursor goes on only under the rule it was made with."""
        return hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode()).hexdigest()


def line_pattern(given: Given) -> str:
    """The pattern of plain text lines, which must have named groups."""
    import re

    found = given.read("lines", pattern, "")
    if found and not re.compile(found).groupindex:
        given.refuse("lines", "a pattern with named groups, such as (?P<level>[A-Z]+),")
    return found


def plain(value: Any) -> Any:
    """Entries without lines and dates, as JSON would give them back."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
