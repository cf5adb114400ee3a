"""Field: a column made from others, such as the template of a log message or a part that a pattern finds."""

__all__ = ["Field", "Joined", "Masked", "Part", "fields_of"]

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gausscape.datasets.streams.given import Given
from gausscape.datasets.streams.templates import template


class Field(ABC):
    """A column made from others; a missing cell makes a missing cell."""

    name: str
    columns: tuple[str, ...]

    @abstractmethod
    def maker(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        """From the cells of an event to the new cell."""


@dataclass(frozen=True)
class Masked(Field):
    """The template of a message: addresses, paths and numbers masked.

    Example:
        >>> Masked("template", ("Content",)).maker({"Content": 0})(("took 12 ms",))
        'took <*> ms'
    """

    name: str
    columns: tuple[str, ...]

    def maker(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        place = places[self.columns[0]]
        return lambda cells: None if cells[place] is None else template(str(cells[place]))


@dataclass(frozen=True)
class Part(Field):
    r"""The first group of a pattern (or all of it), where it is first found; missing where it is not.

    Example:
        >>> Part("block", ("Content",), r"blk_-?\d+").maker({"Content": 0})(("got blk_7 now",))
        'blk_7'
    """

    name: str
    columns: tuple[str, ...]
    pattern: str

    def maker(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        place = places[self.columns[0]]
        compiled = re.compile(self.pattern)
        group = 1 if compiled.groups else 0

        def part(cells: tuple) -> Any:
            found = None if cells[place] is None else compiled.search(str(cells[place]))
            return None if found is None else found[group]

        return part


@dataclass(frozen=True)
class Joined(Field):
    """Several cells joined by a blank.

    Example:
        >>> Joined("who", ("first", "last")).maker({"first": 0, "last": 1})(("Ada", "L"))
        'Ada L'
    """

    name: str
    columns: tuple[str, ...]

    def maker(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        chosen = [places[column] for column in self.columns]

        def joined(cells: tuple) -> Any:
            parts = [cells[place] for place in chosen]
            return None if None in parts else " ".join(map(str, parts))

        return joined


def fields_of(outer: Given) -> tuple[Field, ...]:
    """From the entry `fields` of a rule: name: {template: COLUMN} | {pattern: REGEX, from: COLUMN} | {join: [COLUMNS]}."""
    if "fields" not in outer:
        return ()
    names = outer.take("fields")
    given = Given(names, outer.name, "fields:", known=list(names) if isinstance(names, dict) else ["name"])
    return tuple(field_of(given, name) for name in names)


def field_of(outer: Given, name: str) -> Field:
    given = outer.inner(name, known=("template", "pattern", "from", "join"))
    kinds = [kind for kind in ("template", "pattern", "join") if kind in given]
    if len(kinds) != 1:
        outer.refuse(name, "exactly one of 'template', 'pattern' and 'join'")
    if kinds == ["template"]:
        return Masked(name, (given.text("template"),))
    if kinds == ["pattern"]:
        return Part(name, (given.text("from"),), given.read("pattern", pattern))
    columns = given.take("join")
    if not (isinstance(columns, list) and len(columns) > 1):
        given.refuse("join", "a list of two or more columns")
    return Joined(name, tuple(map(str, columns)))


def pattern(value: Any) -> str:
    """A regular expression that compiles.

    Raises:
        ValueError: If it does not; says why.
    """
    try:
        re.compile(str(value))
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from None
    return str(value)
