"""Entry: one data set of the catalogue, and how the catalogue finds its entries."""

__all__ = ["Entry", "catalogue", "find_entry"]

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gausscape.errors import ConfigurationError
from gausscape.items import Items


@dataclass(frozen=True)
class Entry:
    """One data set that has a name.

    A module of `gausscape.datasets.entries` exports `ENTRIES`, a tuple of these; adding a data set touches that one
    file. Importing the module must cost nothing: what is heavy is imported by `read`.

    Args:
        name: What the user types.
        kind: Name of the kind of data, "images" for example.
        objects: Number of objects in all splits together.
        summary: One line for people.
        licence: Under which terms the data may be used.
        source: Who made the data and where they come from.
        bundled: Whether an installed package holds the data, so that nothing is downloaded.
        splits: Names of the parts, the default first; empty when the set comes as one.
        read: From (split, data_dir) to the objects; split is one of `splits` or None.

    Example:
        >>> entry = catalogue()["digits"]
        >>> entry.kind, entry.objects, entry.bundled, entry.splits
        ('images', 1797, True, ())
    """

    name: str
    kind: str
    objects: int
    summary: str
    licence: str
    source: str
    bundled: bool
    splits: tuple[str, ...] = ()
    read: Callable[[str | None, Path | None], Items] = field(kw_only=True, repr=False, compare=False)


def catalogue() -> dict[str, Entry]:
    """All data sets that have a name, in the order of their names.

    Returns:
        From name to `Entry`.

    Example:
        >>> [name for name in catalogue() if "digits" in name or "penguins" in name]
        ['digits', 'penguins']
    """
    found: dict[str, Entry] = {}
    package = importlib.import_module("gausscape.datasets.entries")
    for module in pkgutil.iter_modules(package.__path__):
        for entry in importlib.import_module(f"{package.__name__}.{module.name}").ENTRIES:
            found[entry.name] = entry
    return dict(sorted(found.items()))


def find_entry(name: str, split: str | None) -> tuple[Entry, str | None]:
    """The entry of that name, and the split that is meant.

    Raises:
        ConfigurationError: If the entry has no such split.
    """
    entry = catalogue()[name]
    if split is not None and split not in entry.splits:
        offered = " or ".join(map(repr, entry.splits)) if entry.splits else "none: it comes as one"
        raise ConfigurationError(
            f"The splits of {name!r} are {offered}; split={split!r} came. Choose one of these, or leave split away."
        )
    return entry, split or (entry.splits[0] if entry.splits else None)
