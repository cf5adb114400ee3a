"""Given: the entries of one mapping of a rule, each checked as it is taken, wrong ones named with their line."""

__all__ = ["Given"]

import difflib
from collections.abc import Callable, Collection, Mapping
from typing import Any, NoReturn

from gausscape.configuration import where
from gausscape.errors import ConfigurationError

REQUIRED: Any = object()


class Given:
    """One mapping of a rule.

    Args:
        settings: The mapping, with lines where it came from a file.
        name: The rule's name in messages.
        place: The entries that lead to the mapping, such as "objects: graph:"; "" for the rule itself.
        known: The entries that may stand in it.

    Raises:
        ConfigurationError: If it is no mapping or has another entry; close names are told.

    Example:
        >>> Given({"every": "1d"}, "the rule", "window:", known=["every", "length"]).text("every")
        '1d'
    """

    def __init__(self, settings: Any, name: str, place: str, *, known: Collection[str]):
        self.name, self.place = name, place
        if not isinstance(settings, Mapping):
            raise ConfigurationError(
                f"{self._title()} needs entries ({', '.join(known)}), but holds {settings!r}. Write them below it, indented."
            )
        self.settings = settings
        for key in settings:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
                meant = f"Did you mean {near[0]!r}?" if near else f"It knows {', '.join(known)}."
                raise ConfigurationError(f"{self._title()} has no entry {key!r}{where(settings, key)}. {meant}")

    def __contains__(self, key: str) -> bool:
        return self.settings.get(key) is not None

    def take(self, key: str, default: Any = REQUIRED) -> Any:
        """The entry as it stands; null counts as not given."""
        value = self.settings.get(key)
        if value is not None:
            return value
        if default is REQUIRED:
            raise ConfigurationError(f"{self._title()} needs the entry {key!r}, but has {self._shown()}. Add it.")
        return default

    def text(self, key: str, default: Any = REQUIRED) -> Any:
        """A text that is not empty; numbers are taken as the text they are written as."""
        value = self.take(key, default)
        if value is default:
            return value
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            self.refuse(key, "a text, such as the name of a column")
        return str(value)

    def count(self, key: str, default: Any = REQUIRED, *, least: int = 1) -> Any:
        """A whole number of at least `least`."""
        value = self.take(key, default)
        if value is default:
            return value
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.refuse(key, f"a whole number of at least {least}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.take(key, default)
        if not isinstance(value, bool):
            self.refuse(key, "true or false")
        return value

    def choice(self, key: str, choices: Collection[str], default: Any = REQUIRED) -> str:
        """One of a few words."""
        value = self.take(key, default)
        if value not in choices:
            self.refuse(key, f"one of {', '.join(choices)}")
        return value

    def read(self, key: str, convert: Callable[[Any], Any], default: Any = REQUIRED) -> Any:
        """What `convert` makes of the entry; the ValueError that it raises says what was needed."""
        value = self.take(key, default)
        if value is default:
            return value
        try:
            return convert(value)
        except ValueError as error:
            self.refuse(key, str(error))

    def inner(self, key: str, *, known: Collection[str]) -> "Given":
        """The mapping below an entry."""
        return Given(self.take(key), self.name, f"{self.place} {key}:".strip(), known=known)

    def refuse(self, key: str, needed: str) -> NoReturn:
        """Refuse one entry, naming its line, what came and what was needed."""
        raise ConfigurationError(
            f"{self._title()} needs {needed} as {key!r}, but got {self.settings.get(key)!r}"
            f"{where(self.settings, key)}. Change it."
        )

    def _title(self) -> str:
        return f"{self.name}, {self.place.rstrip(':')!r}," if self.place else self.name

    def _shown(self) -> str:
        return ", ".join(map(repr, self.settings)) or "none"
