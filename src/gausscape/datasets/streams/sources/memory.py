"""Events that are in memory already: dicts one after the other, or the rows of a data frame."""

__all__ = ["FrameEvents", "MappingEvents"]

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from gausscape.datasets.streams.faults import BadEvent
from gausscape.datasets.streams.sources.cells import cell_of
from gausscape.datasets.streams.sources.event_source import EventSource, refuse_missing_columns
from gausscape.errors import DataError


class RowEvents(EventSource):
    """Rows that are counted: the place is the number of rows given."""

    row = 0

    def position(self) -> dict:
        return {"rows": self.row}

    def where(self) -> str:
        return f"event {self.row:,}"


class MappingEvents(RowEvents):
    """Dicts, one an event.

    A list is read again from its beginning and the events before the position are passed over, and so is any other
    iterable; an iterator, which cannot begin again, is taken to stand at the position already.

    Args:
        mappings: The events.

    Example:
        >>> source = MappingEvents([{"a": 1}, {"a": 2}])
        >>> list(source.events(["a"], position={"rows": 1}))
        [(2,)]
    """

    name = "the events"

    def __init__(self, mappings: Iterable[Mapping[str, Any]]):
        self.mappings = mappings

    def events(
        self, columns: Sequence[str], *, position: dict | None = None, wait: bool = False
    ) -> Iterator[tuple | BadEvent]:
        self.row = 0 if position is None else position["rows"]
        iterator = iter(self.mappings)
        if iterator is not self.mappings and self.row:
            passed = sum(1 for _ in islice(iterator, self.row))
            if passed < self.row:
                raise DataError(
                    f"{self.name} should hold the {self.row:,} that were read before, but hold only {passed:,}. "
                    "Pass the same events and more."
                )
        for event in iterator:
            self.row += 1
            if not isinstance(event, Mapping):
                yield BadEvent(f"needs to be a dict, but is a {type(event).__name__}")
                continue
            yield tuple([cell_of(event.get(column)) for column in columns])


class FrameEvents(RowEvents):
    """The rows of a pandas, polars or pyarrow frame, one an event.

    Args:
        frame: The events in order of arrival; not changed.

    Example:
        >>> import pandas as pd
        >>> list(FrameEvents(pd.DataFrame({"a": [1, 2], "b": ["x", None]})).events(["b", "a"]))
        [('x', 1), (None, 2)]
    """

    name = "the frame"

    def __init__(self, frame: Any):
        self.frame = frame

    def events(
        self, columns: Sequence[str], *, position: dict | None = None, wait: bool = False
    ) -> Iterator[tuple | BadEvent]:
        import narwhals as nw

        frame = nw.from_native(self.frame, eager_only=True)
        refuse_missing_columns(self.name, columns, frame.columns)
        self.row = 0 if position is None else position["rows"]
        if self.row > len(frame):
            raise DataError(
                f"{self.name} should hold the {self.row:,} rows that were read before, but has {len(frame):,}. "
                "Pass the same rows and more."
            )
        chosen = frame[self.row :].select(*dict.fromkeys(columns)) if columns else frame[self.row :]
        places = [chosen.columns.index(column) for column in columns]
        for cells in chosen.iter_rows():
            self.row += 1
            yield tuple([cell_of(cells[place]) for place in places])
