"""A table's schema as a YAML file: printed from a fitted table, edited by people, and read back where a table is fitted."""

__all__ = ["Declaration", "Schema", "schema_text"]

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gausscape.configuration import read_settings, where
from gausscape.errors import ConfigurationError, SchemaError
from gausscape.modalities.tables.columns import CONTENTS, contents_of
from gausscape.modalities.tables.schema import TableColumn
from gausscape.space.comparisons import near_names, quoted, told

KEYS = ("columns", "constraints", "rare", "unseen", "identifiers", "drop_empty", "others")
COLUMN_KEYS = ("kind", "order", "range", "rare", "unseen", "immutable")
KINDS = ("auto", "ignore", *CONTENTS)
OTHERS = ("infer", "ignore", "refuse")
MOST_TOLD = 5
PLAIN_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*")
NO_PLAIN_WORDS = ("yes", "no", "on", "off", "true", "false", "null", "y", "n")


@dataclass(frozen=True)
class Declaration:
    """What a schema says of one column.

    Args:
        kind: "auto", "ignore", or what the column holds: "numeric", "categorical", "ordinal", "date" ...
        order: Levels in order, for "ordinal".
        low, high: Ends of the range that generated values keep; None for none.
        rare: Share below which a level is rare; None for the table's.
        unseen: "error" or "rare"; None for the table's.
        immutable: Whether it stays when an object is moved.
        place: " on line N" of the file, for messages.
    """

    kind: str
    order: tuple[Any, ...] | None = None
    low: Any = None
    high: Any = None
    rare: float | None = None
    unseen: str | None = None
    immutable: bool = False
    place: str = ""

    def ranges(self, name: Any) -> list[str]:
        """The range as constraints."""
        ends = [(">=", self.low), ("<=", self.high)]
        said = [f"{quoted(str(name))} {sign} {_literal(end)}" for sign, end in ends if end is not None]
        return [" and ".join(said)] if said else []

    def refuse_other(self, column: TableColumn) -> str | None:
        """In words, how a column differs from what is declared; None if it does not."""
        found = contents_of(column.kind)
        fine = self.kind in ("auto", found) or found == "constant" or (self.kind == "categorical" and found == "two-level")
        fine = fine or (self.kind == "ordinal" and found == "two-level")
        return None if fine else f"{column.name!r} is declared {self.kind}{self.place}, but is {found}"


@dataclass(frozen=True)
class Schema:
    """A schema file, read: what it says of columns, and options of the table as a whole."""

    columns: dict[str, Declaration] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    others: str = "infer"
    places: dict[str, str] = field(default_factory=dict)
    """" on line N" of the file, by sentence of a constraint."""

    @classmethod
    def read(cls, source: Any) -> "Schema":
        """Read a file, or a mapping of the same entries.

        Raises:
            ConfigurationError: If an entry is unknown or wrong; its line is named.
            MissingFileError: If there is no such file.
        """
        if not isinstance(source, str | Path | Mapping):
            raise ConfigurationError(
                f"Option schema needs the path of a YAML file, or its entries, but got a {type(source).__name__}. "
                "Write one with: gausscape schema SOURCE --out schema.yaml."
            )
        entries = source if isinstance(source, Mapping) else read_settings(source)
        for key in entries:
            if key not in KEYS:
                raise ConfigurationError(
                    f"A schema takes {', '.join(KEYS)}, but has the entry {key!r}{where(entries, key)}. Correct it."
                )
        others = entries.get("others", "infer")
        if others not in OTHERS:
            raise ConfigurationError(
                f"A schema needs others{where(entries, 'others')} as one of {', '.join(OTHERS)}, but got {others!r}. Choose one."
            )
        columns = entries.get("columns") or {}
        if not isinstance(columns, Mapping):
            raise ConfigurationError(
                f"A schema needs columns{where(entries, 'columns')} as a mapping, but got {columns!r:.60}. Write 'age: numeric'."
            )
        said = {str(name): _declaration(str(name), entry, where(columns, name)) for name, entry in columns.items()}
        defaults = {key: value for key, value in entries.items() if key not in ("columns", "others") and value is not None}
        lines = {} if isinstance(source, Mapping) else _lines_of_constraints(Path(source))
        stated = defaults.get("constraints")
        place = where(entries, "constraints")
        texts = map(str, stated) if isinstance(stated, list) else ()
        return cls(said, defaults, others, {text: lines.get(text, place) for text in texts})

    def of(self, names: Sequence[Any]) -> dict[Any, Declaration]:
        """Declarations of a table's columns, by their own names.

        Raises:
            SchemaError: If a declared column is missing, or one is there that the schema does not know and refuses.
        """
        by_text = {str(name): name for name in names}
        missing = [name for name, said in self.columns.items() if name not in by_text and said.kind != "ignore"]
        if missing:
            first = missing[0]
            more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
            raise SchemaError(
                f"The schema declares column {first!r}{self.columns[first].place}{more}, but the table has none of that name. "
                f"Near ones: {near_names(first, list(by_text))}. Correct the name, or take the entry out. If it was named as the "
                "label column or the id column, it was taken out of the table: drop it from the schema, or leave that option away."
            )
        found = {name: self.columns[text] for text, name in by_text.items() if text in self.columns}
        extra = [name for name in names if name not in found] if self.columns else []
        if extra and self.others == "refuse":
            shown = ", ".join(repr(name) for name in extra[:MOST_TOLD])
            raise SchemaError(
                f"The schema declares {len(found):,} columns, but the table also has {shown}"
                f"{f' and {len(extra) - MOST_TOLD} more' if len(extra) > MOST_TOLD else ''}. Declare them, or write others: ignore."
            )
        return found | ({name: Declaration("ignore") for name in extra} if self.others == "ignore" else {})


def _declaration(name: str, entry: Any, place: str) -> Declaration:
    if isinstance(entry, str):
        entry = {"kind": entry}
    if not isinstance(entry, Mapping):
        raise ConfigurationError(
            f"A schema needs column {name!r}{place} as a kind, or as entries, but got {entry!r:.60}. Write '{name}: numeric'."
        )
    for key in entry:
        if key not in COLUMN_KEYS:
            raise ConfigurationError(
                f"A column of a schema takes {', '.join(COLUMN_KEYS)}, but {name!r} has {key!r}{where(entry, key) or place}. "
                "Correct it."
            )
    kind = entry.get("kind", "ordinal" if "order" in entry else "auto")
    if kind not in KINDS:
        raise ConfigurationError(
            f"Column {name!r}{place} needs one of the kinds {', '.join(KINDS)}, but got {kind!r}. Choose one."
        )
    order = entry.get("order")
    if (kind == "ordinal") != (order is not None) or (order is not None and (not isinstance(order, list) or len(order) < 2)):
        raise ConfigurationError(
            f"Column {name!r}{place} needs kind: ordinal and order: [...] with all levels together, but got "
            f"kind: {kind} and order: {order!r:.60}. Write both."
        )
    low, high = _range(name, entry.get("range"), where(entry, "range") or place)
    rare, unseen, immutable = entry.get("rare"), entry.get("unseen"), entry.get("immutable", False)
    sound = rare is None or (isinstance(rare, int | float) and not isinstance(rare, bool) and 0 <= rare < 0.5)
    if not sound or unseen not in (None, "error", "rare") or not isinstance(immutable, bool):
        raise ConfigurationError(
            f"Column {name!r}{place} needs rare as a share below 0.5, unseen as error or rare, and immutable as true or false, "
            f"but got rare: {rare!r}, unseen: {unseen!r}, immutable: {immutable!r}. Correct it."
        )
    return Declaration(kind, None if order is None else tuple(order), low, high, rare, unseen, immutable, place)


def _range(name: str, asked: Any, place: str) -> tuple[Any, Any]:
    if asked is None:
        return None, None
    if not isinstance(asked, Sequence) or isinstance(asked, str) or len(asked) != 2 or all(end is None for end in asked):
        raise ConfigurationError(
            f"Column {name!r}{place} needs range: [low, high], null where it is open, but got {asked!r:.60}. Write [0, 120]."
        )
    low, high = asked
    # Ends that are text are dates or levels, whose order their column knows.
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        raise ConfigurationError(
            f"Column {name!r}{place} needs range: [low, high], the low end first, but got [{low}, {high}]. Write [{high}, {low}]."
        )
    return low, high


def _lines_of_constraints(path: Path) -> dict[str, str]:
    """" on line N" of each constraint in a schema file that has been read."""
    tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    listed = next((value for key, value in tree.value if key.value == "constraints"), None) if tree is not None else None
    if not isinstance(listed, yaml.SequenceNode):
        return {}
    return {str(node.value): f" on line {node.start_mark.line + 1}" for node in listed.value}


def _literal(end: Any) -> str:
    return told(end) if isinstance(end, int | float) else str(end)


def schema_text(
    columns: Sequence[TableColumn],
    *,
    ignored: Sequence[Any] = (),
    constraints: Sequence[str] = (),
    immutable: Sequence[Any] = (),
    notes: Sequence[str] = (),
) -> str:
    """A schema file that says what was inferred; read back, it gives the same columns.

    Example:
        >>> from gausscape.modalities.tables.example import example_items
        >>> from gausscape.modalities.tables.modality import TableModality
        >>> print(schema_text(TableModality.infer(example_items()).columns[:2]))
        # Kinds of columns, and what generated rows obey; edit it, and fit with modality: {name: tables, schema: THIS FILE}.
        columns:
          amount: {kind: numeric}  # numbers, 98% of them from 5.73 to 63.21
          items: {kind: numeric}  # whole numbers, 98% of them from 1 to 11
        constraints: []
        others: refuse
        <BLANKLINE>
    """
    lines = [
        "# Kinds of columns, and what generated rows obey; edit it, and fit with modality: {name: tables, schema: THIS FILE}."
    ]
    lines += [f"# {note}" for note in notes if "\n" not in note]
    lines.append("columns:")
    for column in columns:
        entry = column.kind.declared() | ({"immutable": True} if column.name in immutable else {})
        written = ", ".join(f"{key}: {_yaml(value)}" for key, value in ({"kind": contents_of(column.kind)} | entry).items())
        about = " ".join(f"{column.kind.about()}{'; some missing' if column.gaps else ''}".split())
        lines.append(f"  {_yaml(column.name)}: {{{written}}}" + (f"  # {about}" if about else ""))
    lines += [f"  {_yaml(name)}: {{kind: ignore}}" for name in ignored]
    lines.append("constraints:" + ("" if constraints else " []"))
    lines += [f"  - {_yaml(text)}" for text in constraints]
    return "\n".join([*lines, "others: refuse", ""])


def _yaml(value: Any) -> str:
    """A value in one line of YAML: JSON, but plain words bare."""
    if isinstance(value, str) and PLAIN_WORD.fullmatch(value) and value.lower() not in NO_PLAIN_WORDS:
        return value
    if isinstance(value, list | tuple):
        return f"[{', '.join(_yaml(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=True)
