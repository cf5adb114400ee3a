"""Reading options: what `read=` and `--read KEY=VALUE` say, each known to exactly the readers that declare it."""

__all__ = ["OPTIONS_OF", "choice", "names", "refuse_options", "refuse_unknown", "text", "whole_number"]

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from gausscape.datasets.discovery import modules_of
from gausscape.errors import ConfigurationError

OPTIONS_OF = ("readers", "folder_readers", "source_readers", "reshapers")
"""Packages whose modules may declare `OPTIONS`."""


def refuse_unknown(options: Mapping[str, Any], standard: Iterable[str]) -> None:
    """Refuse a reading option that no reader knows; close names are told.

    Args:
        options: From name to value.
        standard: Names of the parameters of `load`, which are no reading options.

    Raises:
        ConfigurationError: If there is such.
    """
    known = {
        name for package in OPTIONS_OF for module in modules_of(package) for name in getattr(module, "OPTIONS", ())
    }
    known -= set(standard)
    for name in options:
        if name in standard:
            raise ConfigurationError(
                f"Reading options are what a single kind of source knows, but {name!r} goes with many. "
                f"Pass it beside read, as {name}=... (--{str(name).replace('_', '-')})."
            )
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
            meant = f"Did you mean {' or '.join(map(repr, near))}?" if near else "Choose one of these."
            shown = "" if near else f" ({', '.join(sorted(known))})"
            raise ConfigurationError(
                f"A reading option needs a name that a reader knows{shown}, but {name!r} came. {meant}"
            )


def refuse_options(what: str, given: Collection[str], *, allowed: Collection[str]) -> None:
    """An option that would do nothing is a misunderstanding, so it is refused."""
    wrong = sorted(set(given) - set(allowed))
    if wrong:
        fitting = ", ".join(sorted(allowed)) or "none"
        raise ConfigurationError(
            f"Options that go with {what}: {fitting}; {', '.join(wrong)} came. "
            f"Leave {'it' if len(wrong) == 1 else 'them'} away."
        )


def text(options: Mapping[str, Any], name: str, default: str | None = None) -> str | None:
    """One text, such as the name of a column.

    Example:
        >>> text({"graph_column": "molecule"}, "graph_column")
        'molecule'
    """
    value = options.get(name, default)
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise ConfigurationError(f"The reading option {name} needs a text, but {value!r} came. Write one.")
    return value


def names(options: Mapping[str, Any], name: str) -> list[str] | None:
    """Several names: a list, or one text with commas between them; None if the option was not given.

    Example:
        >>> names({"value_columns": "x, y"}, "value_columns")
        ['x', 'y']
    """
    value = options.get(name)
    if value is None:
        return None
    listed: list[Any] = (
        value.split(",") if isinstance(value, str) else list(value) if isinstance(value, (list, tuple)) else [None]
    )
    if not all(isinstance(each, str) and each.strip() for each in listed):
        raise ConfigurationError(
            f"The reading option {name} needs names with commas between them, but {value!r} came. Write a,b,c."
        )
    return [each.strip() for each in listed]


def choice(options: Mapping[str, Any], name: str, among: Mapping[str, Any]) -> Any:
    """What stands for one of a few words, the first being the default; True and False count as the words true and false.

    Example:
        >>> choice({"directed": True}, "directed", {"auto": None, "true": True, "false": False})
        True
    """
    value = options.get(name, next(iter(among)))
    word = str(value).lower() if isinstance(value, (str, bool)) else ""
    if word not in among:
        raise ConfigurationError(
            f"The reading option {name} needs {' or '.join(among)}, but {value!r} came. Choose one of these."
        )
    return among[word]


def whole_number(options: Mapping[str, Any], name: str, *, least: int = 1, most: int = 2**31) -> int | None:
    """A whole number, also when it came as text; None if the option was not given.

    Example:
        >>> whole_number({"resample": "64"}, "resample")
        64
    """
    value = options.get(name)
    if value is None:
        return None
    number = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and value.strip().lstrip("+-").isdecimal() and len(value) < 20:
        number = int(value)
    if number is None or not least <= number <= most:
        raise ConfigurationError(
            f"The reading option {name} needs a whole number from {least:,} to {most:,}, but {value!r} came. Write one."
        )
    return number
