"""What may the caller ask of a table, in options and in a schema? Read together, checked, and told column by column."""

__all__ = ["OPTIONS", "TableOptions", "refuse_doubles"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gausscape.errors import ConfigurationError, DataError, SchemaError
from gausscape.modalities.tables.column_kind import RARE_SHARE, Request
from gausscape.modalities.tables.schema_file import Declaration, Schema

LISTS = ("columns", "ignore", "numeric", "categorical", "immutable")
OPTIONS = (
    "drop_empty", *LISTS, "ordinal", "rare", "unseen", "identifiers", "constraints", "schema",
)  # fmt: skip
UNSEEN = ("error", "rare")
IDENTIFIERS = ("warn", "keep", "ignore", "refuse")


@dataclass(frozen=True)
class TableOptions:
    """Options of a table, read.

    Args:
        wanted: Columns to use, in the table's order.
        ignored: All others.
        requests: What was asked for each column to use.
        declared: What a schema says of a column, where it does.
        constraints: Sentences that every generated row obeys.
        immutable: Columns that stay when an object is moved.
        identifiers: What happens to a column that looks like an identifier: "warn", "keep", "ignore" or "refuse".
        places: Where a constraint stands in the schema, " on line N".
    """

    wanted: tuple[Any, ...]
    ignored: tuple[Any, ...]
    requests: dict[Any, Request]
    declared: dict[Any, Declaration] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()
    immutable: tuple[Any, ...] = ()
    identifiers: str = "warn"
    places: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, options: Mapping[str, Any], names: list) -> "TableOptions":
        """Check what was asked of a table with these columns.

        Raises:
            ConfigurationError: If an option is unknown, names no column, or contradicts another.
            SchemaError: If the table has not the columns of the schema.
        """
        unknown = [name for name in options if name not in OPTIONS]
        if unknown:
            raise ConfigurationError(
                f"A table takes the options {', '.join(OPTIONS)}, but got {unknown[0]!r}. Use one of these."
            )
        refuse_doubles(names)
        strange = [name for name in names if not isinstance(name, (str, int))]
        if strange:
            raise DataError(
                f"Column names need to be text or whole numbers, but {strange[0]!r} is a {type(strange[0]).__name__}. "
                "Rename the columns first, for example with frame.columns.map(str)."
            )
        schema = Schema.read(options["schema"]) if options.get("schema") is not None else Schema()
        declared = schema.of(names)
        options = schema.defaults | {name: value for name, value in options.items() if value is not None}
        if options.get("columns") is not None and options.get("ignore") is not None:
            raise ConfigurationError("A table needs columns=[...] or ignore=[...], but got both. Pass one of them.")
        lists = {option: _names_in(option, options.get(option), names) for option in LISTS}
        ordinal = _orders(options.get("ordinal"), names)
        rare = _shares(options.get("rare"), names)
        unseen = _one_of("unseen", options.get("unseen", "error"), UNSEEN)
        drop_empty = options.get("drop_empty", False)
        if not isinstance(drop_empty, bool):
            raise ConfigurationError(
                f"Option drop_empty needs true or false, but got {drop_empty!r}. Pass one of them."
            )
        chosen = set(names if options.get("columns") is None else lists["columns"]) - set(lists["ignore"])
        chosen -= {name for name, said in declared.items() if said.kind == "ignore" and name not in lists["columns"]}
        if not chosen:
            raise ConfigurationError(
                "A table needs at least one column, but none is left to use. Name some in columns=[...]."
            )
        _refuse_two_kinds({name: lists[name] for name in ("numeric", "categorical")} | {"ordinal": list(ordinal)})
        wanted = [name for name in names if name in chosen]
        nothing = Declaration("auto")
        requests = {
            name: Request(
                numeric=name in lists["numeric"] or declared.get(name, nothing).kind == "numeric",
                categorical=name in lists["categorical"] or declared.get(name, nothing).kind == "categorical",
                drop_empty=drop_empty or declared.get(name, nothing).kind == "empty",
                order=ordinal.get(name, declared.get(name, nothing).order),
                rare=rare[name] if (own := declared.get(name, nothing).rare) is None else own,
                lenient=(declared.get(name, nothing).unseen or unseen) == "rare",
            )
            for name in wanted
        }
        ranges = {text: said.place for name in wanted if (said := declared.get(name)) for text in said.ranges(name)}
        held = [name for name in wanted if name in lists["immutable"] or declared.get(name, nothing).immutable]
        return cls(
            tuple(wanted),
            tuple(name for name in names if name not in chosen),
            requests,
            {name: said for name, said in declared.items() if name in chosen},
            (*ranges, *_sentences(options.get("constraints"))),
            tuple(held),
            _one_of("identifiers", options.get("identifiers", "warn"), IDENTIFIERS),
            schema.places | ranges,
        )


def refuse_doubles(names: list) -> None:
    """Refuse a table in which a name stands twice."""
    if len(set(names)) == len(names):
        return
    seen: set = set()
    double = next(name for name in names if name in seen or seen.add(name))
    raise SchemaError(
        f"Column names need to be distinct, but {double!r} stands {names.count(double)} times. Rename one of them."
    )


def _names_in(option: str, wanted: Any, names: Sequence[Any]) -> list:
    """Column names that an option lists, all of them known."""
    if wanted is None:
        return []
    if isinstance(wanted, (str, bytes)) or not isinstance(wanted, Sequence):
        raise ConfigurationError(
            f"Option {option} needs a list of column names, but got {wanted!r}. Write {option}=[...]."
        )
    for name in wanted:
        _refuse_unknown(option, name, names)
    return list(wanted)


def _refuse_unknown(option: str, name: Any, names: Sequence[Any]) -> None:
    if name not in names:
        shown = ", ".join(repr(name) for name in list(names)[:8]) + (", ..." if len(names) > 8 else "")
        raise ConfigurationError(
            f"Option {option} needs columns of the table ({shown}), but got {name!r}. Choose from these."
        )


def _orders(asked: Any, names: list) -> dict[Any, tuple]:
    if asked is None:
        return {}
    if not isinstance(asked, Mapping):
        raise ConfigurationError(
            f"Option ordinal needs columns with their levels in order, but got {asked!r:.60}. "
            'Write ordinal={"size": ["small", "medium", "large"]}.'
        )
    for name, levels in asked.items():
        _refuse_unknown("ordinal", name, names)
        if isinstance(levels, str) or not isinstance(levels, Sequence) or len(set(map(str, levels))) != len(levels) or len(levels) < 2:
            raise ConfigurationError(
                f"Option ordinal needs two or more distinct levels of {name!r} in order, but got {levels!r:.60}. Write a list."
            )
    return {name: tuple(levels) for name, levels in asked.items()}


def _shares(asked: Any, names: list) -> dict[Any, float]:
    """Share below which a level is rare, by column."""
    by_name = dict(asked) if isinstance(asked, Mapping) else {}
    for name in by_name:
        _refuse_unknown("rare", name, names)
    usual = RARE_SHARE if asked is None or isinstance(asked, Mapping) else asked
    for share in (usual, *by_name.values()):
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 0.5:
            raise ConfigurationError(
                f"Option rare needs a share of the rows from 0 (nothing is pooled) to below 0.5, but got {share!r}. Pass 0.005, say."
            )
    return {name: float(by_name.get(name, usual)) for name in names}


def _one_of(option: str, asked: Any, known: tuple[str, ...]) -> str:
    if asked not in known:
        raise ConfigurationError(f"Option {option} needs one of {', '.join(known)}, but got {asked!r}. Choose one.")
    return asked


def _sentences(asked: Any) -> tuple[str, ...]:
    if asked is None:
        return ()
    if isinstance(asked, str) or not isinstance(asked, Sequence):
        raise ConfigurationError(
            f"Option constraints needs a list of sentences, but got {asked!r:.60}. Write ['age between 18 and 95'], say."
        )
    return tuple(asked)


def _refuse_two_kinds(kinds: dict[str, list]) -> None:
    seen: set = set()
    for names in kinds.values():
        both = [name for name in names if name in seen]
        if both:
            shown = ", ".join(repr(name) for name in sorted(both, key=str)[:5])
            raise ConfigurationError(
                f"A column is numeric, categorical or ordinal, but {shown} is in both of two. Choose one."
            )
        seen |= set(names)
