"""Sizes of built-in networks, as users write them and as saved spaces record them."""

__all__ = ["BLOCKS", "WIDTH", "read_sizes"]

from collections.abc import Mapping
from typing import Any

from gausscape.configuration import where
from gausscape.errors import ConfigurationError

WIDTH = (1, 4096)
BLOCKS = (0, 32)


def read_sizes(sizes: Any, known: Mapping[str, tuple[int, int] | type[bool]], *, of: str, also: str = "") -> dict[str, int]:
    """Sizes from a mapping, checked: a saved space is built from them before its numbers are read.

    Args:
        sizes: None or a mapping.
        known: By name, the least and the largest value; `bool` for a switch.
        of: What they are the sizes of, for messages: "An architecture of graphs".
        also: What may stand in place of a mapping, for messages.

    Raises:
        ConfigurationError: If they cannot be used; the line is named if it is known.

    Example:
        >>> read_sizes({"width": 64}, {"width": WIDTH, "blocks": BLOCKS}, of="An architecture of graphs")
        {'width': 64}
    """
    if sizes is None:
        return {}
    names = ", ".join(known)
    if not isinstance(sizes, Mapping):
        needed = f"a mapping with {names}" + (f", or {also}" if also else "")
        raise ConfigurationError(f"{of} needs {needed}, but got {sizes!r}. Pass one.")
    for key, value in sizes.items():
        line = where(sizes, key)
        if key not in known:
            raise ConfigurationError(f"{of} takes {names}, but got {key!r}{line}. Use one of these.")
        limits = known[key]
        if isinstance(limits, type):
            fits, needed = isinstance(value, bool), "true or false"
        else:
            fits = isinstance(value, int) and not isinstance(value, bool) and limits[0] <= value <= limits[1]
            needed = f"a whole number from {limits[0]} to {limits[1]}"
        if not fits:
            raise ConfigurationError(f"{of} needs {key} as {needed}, but got {value!r}{line}. Change it.")
    return dict(sizes)
