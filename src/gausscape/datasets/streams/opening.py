"""From what the user calls a stream to an EventSource."""

__all__ = ["ENDINGS", "open_source"]

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gausscape.datasets.columns import is_frame
from gausscape.datasets.streams.rule import Rule
from gausscape.datasets.streams.sources.byte_lines import ByteLines
from gausscape.datasets.streams.sources.delimited_events import DelimitedEvents
from gausscape.datasets.streams.sources.event_source import EventSource
from gausscape.datasets.streams.sources.file_lines import FileLines
from gausscape.datasets.streams.sources.folder_events import FolderEvents
from gausscape.datasets.streams.sources.json_events import JsonEvents
from gausscape.datasets.streams.sources.log_events import LogEvents
from gausscape.datasets.streams.sources.memory import FrameEvents, MappingEvents
from gausscape.datasets.streams.sources.parquet_events import ParquetEvents
from gausscape.datasets.streams.sources.pipe_lines import PipeLines
from gausscape.datasets.streams.sources.redis_events import RedisEvents
from gausscape.errors import ConfigurationError, DataError

STANDARD_INPUT = "-"
STANDARD_INPUT_AGAIN = "-?replay"
REDIS = ("redis://", "rediss://")
ENDINGS: dict[str, Callable[[Path], EventSource]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".data"), lambda path: DelimitedEvents(FileLines(path))),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), lambda path: JsonEvents(FileLines(path))),
    ".parquet": ParquetEvents,
}
"""How a file is read that the rule gives no pattern for, by its ending."""


def open_source(source: Any, rule: Rule) -> EventSource:
    """The source of events.

    Args:
        source: A path, of a folder too; "-", or "-?replay" if the pipe brings everything again and what a cursor has seen is to be
            passed over; the address of a Redis stream; a data frame; an iterable of dicts; or an EventSource.
        rule: Its `lines` make any file and pipe plain text.

    Raises:
        ConfigurationError: If it cannot be followed, or `lines` does not go with it.
        DataError: If its ending is not known.
        MissingFileError: If there is no such file.
    """
    if isinstance(source, EventSource):
        return source
    if isinstance(source, str) and source.startswith(REDIS):
        refuse_lines(rule, "a Redis stream")
        return RedisEvents(source)
    if isinstance(source, str) and source in (STANDARD_INPUT, STANDARD_INPUT_AGAIN):
        pipe = PipeLines(replay=source == STANDARD_INPUT_AGAIN)
        return LogEvents(pipe, rule.lines) if rule.lines else by_first_byte(pipe)
    if isinstance(source, str | os.PathLike):
        return from_path(Path(source).expanduser(), rule)
    refuse_lines(rule, f"a {type(source).__name__}")
    if is_frame(source):
        return FrameEvents(source)
    if isinstance(source, Iterable):
        return MappingEvents(source)
    raise ConfigurationError(
        "A stream needs to be a path, '-', a Redis address, a data frame or an iterable of dicts, but a "
        f"{type(source).__name__} came. Pass one of these."
    )


def refuse_lines(rule: Rule, what: str) -> None:
    if rule.lines:
        raise ConfigurationError(
            f"'lines' in a rule reads plain text, but the source is {what}, which has columns. Leave 'lines' out."
        )


def by_first_byte(lines: ByteLines) -> EventSource:
    """JSON lines if the first line begins with a brace, else CSV."""
    first = lines.first_line().removeprefix(b"\xef\xbb\xbf").lstrip()
    return JsonEvents(lines) if first.startswith(b"{") else DelimitedEvents(lines)


def from_path(path: Path, rule: Rule) -> EventSource:
    if path.is_dir():
        return FolderEvents(path, lambda file: from_path(file, rule), endings=None if rule.lines else tuple(ENDINGS))
    if rule.lines:
        return LogEvents(FileLines(path), rule.lines)
    make = ENDINGS.get(path.suffix.lower())
    if make is None:
        raise DataError(
            f"A stream's file should end in one of {' '.join(ENDINGS)}, but {path} ends in {path.suffix or 'nothing'!r}. "
            "Rename or unpack it; for plain text say 'lines' in the rule."
        )
    return make(path)
