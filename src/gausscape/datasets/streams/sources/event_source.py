"""EventSource: events in order of arrival, from the beginning or from any place on."""

__all__ = ["EventSource", "refuse_missing_columns"]

import difflib
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence

from gausscape.datasets.streams.faults import BadEvent
from gausscape.errors import SchemaError


class EventSource(ABC):
    """Where events come from.

    Attributes:
        name: Its name in messages.
    """

    name: str

    @abstractmethod
    def events(
        self, columns: Sequence[str], *, position: dict | None = None, wait: bool = False
    ) -> Iterator[tuple | BadEvent]:
        """Events in order of arrival; one run at a time.

        Args:
            columns: The columns to give, in this order.
            position: What `position` told after an event; the events after it are given. None begins at the beginning.
            wait: Whether to wait for more where the source ends now, if it can grow.

        Yields:
            The cells of an event: text, numbers, truth values, dates or None; or a BadEvent where it cannot be read.

        Raises:
            SchemaError: If the source has no such column.
            DataError: If the source is not the one that the position was told by, or cannot be read.
        """

    @abstractmethod
    def position(self) -> dict:
        """The place after the event given last, JSON-able."""

    @abstractmethod
    def where(self) -> str:
        """The event given last in words, such as "row 17 (byte 1,234)"."""


def refuse_missing_columns(name: str, wanted: Sequence[str], found: Collection[str]) -> None:
    """Refuse a source without a column, naming close ones.

    Raises:
        SchemaError: If any is missing.
    """
    for column in wanted:
        if column not in found:
            near = difflib.get_close_matches(column, [str(each) for each in found], n=2, cutoff=0.5)
            shown = ", ".join(list(map(str, found))[:20]) + (" ..." if len(found) > 20 else "")
            meant = f"Did you mean {' or '.join(map(repr, near))}?" if near else "Give one of these in the rule."
            raise SchemaError(f"{name} needs a column {column!r}, which the rule names, but has {shown}. {meant}")
