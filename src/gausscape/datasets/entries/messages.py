"""Generated messages between members of teams, as one graph a day."""

__all__ = ["ENTRIES"]

from dataclasses import replace
from pathlib import Path

from gausscape.datasets.entry import Entry
from gausscape.items import Items

DAYS = 200


def read(split: str | None, data_dir: Path | None) -> Items:
    """Graphs of who wrote to whom, by `gausscape.datasets.streams.messages`: its events, its rule."""
    from gausscape.datasets.source_readers.windows import read as read_windows
    from gausscape.datasets.streams import Rule
    from gausscape.datasets.streams.messages import RULE, generate_messages

    return replace(read_windows(generate_messages(DAYS), {"window": Rule.parse(RULE)}), name="messages")


ENTRIES = (
    Entry(
        name="messages",
        kind="graphs",
        objects=DAYS,
        summary="Generated messages of 30 members of 3 teams, a graph a day of who wrote to whom; labels: work, weekend.",
        licence="CC0 1.0 (generated)",
        source="gausscape.datasets.streams.messages.generate_messages, which also gives the single events",
        bundled=True,
        read=read,
    ),
)
