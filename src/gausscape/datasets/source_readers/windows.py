"""Windows of a stream of events, all at once: one object or more for each window."""

__all__ = ["NAME", "OPTIONS", "matches", "read"]

import os
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items

NAME = "a stream in windows"
OPTIONS = frozenset({"window"})


def matches(source: Any, options: Mapping[str, Any]) -> bool:
    """Whether objects should be made of windows, whatever the source is."""
    return "window" in options


def read(source: Any, options: Mapping[str, Any]) -> Items:
    """The objects of all windows of a source that ends.

    Args:
        source: What `gausscape.datasets.streams.follow` takes.
        options: window: a YAML file with the rule, a mapping with its entries, or a Rule.

    Raises:
        ConfigurationError: If the rule cannot be used.
        DataError: If there is no window, or an event that the rule refuses.

    Example:
        >>> events = [{"at": "2024-05-01", "who": "a", "paid": 3}, {"at": "2024-05-02", "who": "a", "paid": 4}]
        >>> rule = {"time": "at", "window": {"every": "1d"}, "objects": {"rows": {"columns": {"paid": {"sum": "paid"}}}}}
        >>> items = read(events, {"window": rule})
        >>> items.ids.tolist(), items.values["paid"].tolist()
        (['2024-05-01T00:00', '2024-05-02T00:00'], [3.0, 4.0])
    """
    from gausscape.datasets.streams.follow import windows
    from gausscape.datasets.streams.opening import open_source

    rule = rule_of(options["window"])
    stream = open_source(source, rule)
    parts = [window.items for window in windows(stream, rule, with_cursors=False)]
    if not any(len(part) for part in parts):
        raise DataError(
            f"{stream.name} should make at least one object, but made {len(parts)} windows without any. Check the rule."
        )
    ids = np.concatenate([part.ids for part in parts])
    marks = [part.labels for part in parts if part.labels is not None]
    labels = np.concatenate(marks) if marks else None
    return Items(joined([part.values for part in parts]), ids, labels, name=stream.name, modality=parts[0].modality)


def rule_of(given: Any) -> Any:
    """The rule that a path, a mapping or a Rule tells."""
    from gausscape.datasets.streams.rule import Rule

    if isinstance(given, Rule):
        return given
    if isinstance(given, str | os.PathLike):
        return Rule.read(os.path.expanduser(given))
    if isinstance(given, Mapping):
        return Rule.from_document(dict(given))
    raise ConfigurationError(
        f"The reading option window needs the path of a rule (YAML) or a mapping, but a {type(given).__name__} came. Pass one."
    )


def joined(values: list[Any]) -> Any:
    """Lists one after the other, or frames with their rows numbered on."""
    if isinstance(values[0], list):
        return list(chain.from_iterable(values))
    import pandas as pd

    return pd.concat([part for part in values if len(part)], ignore_index=True)
