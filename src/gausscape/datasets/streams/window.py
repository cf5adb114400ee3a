"""Window: what one stretch of a stream became, and the place from which the stream goes on after it."""

__all__ = ["Window"]

from dataclasses import dataclass, field
from typing import Any

from gausscape.items import Items


@dataclass(frozen=True)
class Window:
    """The objects of one window of a stream.

    Args:
        number: Number of the window on the rule's grid; increasing, never given twice.
        start: First instant that belongs to it: numpy datetime64[us] in UTC, or the count of events before it (int).
        end: First instant after it, likewise; the window is [start, end).
        items: Its objects: graphs in a list, or the rows of a data frame; ids are unique over the whole stream
            ("2024-05-01T00:00/alice"). No object at all is possible where the rule keeps empty windows.
        events: Events that fell into it.
        late: Events dropped since the window given before, because they came after their own window was given.
        cursor: What `follow(source, rule, cursor=...)` needs to go on with the window after this one; JSON-able.
        complete: False if the source ended before the window was over.
        bad: Events dropped since the window given before, because a cell could not be used.
        repeated: Events dropped since the window given before, because their id had been seen.

    Example:
        >>> import numpy as np
        >>> window = Window(7, 700, 800, Items.of(["a graph"]), events=100, late=0, cursor={})
        >>> window.number, len(window.items), window.complete
        (7, 1, True)
    """

    number: int
    start: Any
    end: Any
    items: Items
    events: int
    late: int
    cursor: dict = field(repr=False)
    complete: bool = True
    bad: int = 0
    repeated: int = 0
