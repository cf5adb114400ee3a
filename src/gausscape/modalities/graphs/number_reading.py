"""The numbers that nodes and edges bear: found in a fit, read against what was found, and refused by name."""

__all__ = ["infer_numbers", "read_numbers"]

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gausscape.errors import DataError, SchemaError
from gausscape.modalities.graphs.numbers import NumberColumn

MOST_NUMBERS = 200
MISSING = (type(None),)


def infer_numbers(
    what: str, data: Sequence[dict], name_of: Callable[[int], str], *, apart: Sequence[str]
) -> tuple[NumberColumn, ...]:
    """The numbers that nodes or edges bear, by attribute in alphabetic order.

    Args:
        what: "node" or "edge".
        data: What each bears.
        name_of: Says which it is, for messages.
        apart: Attributes that are no numbers of ours: the type, and what is to be ignored.

    Raises:
        DataError: If an attribute is not made of numbers, or of different length.
    """
    keys: set[str] = set()
    for own in data:
        keys.update(own)
    columns: list[NumberColumn] = []
    for key in sorted(keys - set(apart), key=str):
        values = [own.get(key) for own in data]
        length = next((_length(value) for value in values if value is not None), None)
        table, kind = _table(what, key, values, length, name_of)
        if np.isinf(table).any():
            _refuse_infinite(what, key, table, name_of)
        if what == "edge" and np.isnan(table).any():
            _refuse_missing(what, key, table, name_of)
        for place in range(table.shape[1]):
            own_place = None if length is None else place
            columns.append(NumberColumn.infer(str(key), own_place, kind=kind, values=table[:, place]))
    if len(columns) > MOST_NUMBERS:
        raise DataError(
            f"A {what} may bear at most {MOST_NUMBERS} numbers, but there are {len(columns):,}. Leave some out with ignore=[...]."
        )
    return tuple(columns)


def read_numbers(
    what: str, columns: Sequence[NumberColumn], data: Sequence[dict], name_of: Callable[[int], str], *, apart: Sequence[str]
) -> np.ndarray:
    """Values in their own units, (n, columns), NaN where missing.

    Raises:
        SchemaError: If an attribute is missing that the fit always had, extra, of another length, or no number.
        DataError: If a number is infinite, or that of an edge missing.
    """
    names = dict.fromkeys(column.name for column in columns)
    _refuse_extra(what, data, {*names, *apart}, name_of)
    tables = [np.zeros((len(data), 0))]
    for name in names:
        own = [column for column in columns if column.name == name]
        length = None if own[0].place is None else len(own)
        table, _ = _table(what, name, [each.get(name) for each in data], length, name_of)
        if np.isinf(table).any():
            _refuse_infinite(what, name, table, name_of)
        if np.isnan(table).any() and (what == "edge" or not any(column.gaps for column in own)):
            _refuse_missing(what, name, table, name_of)
        tables.append(table)
    return np.concatenate(tables, 1)


def _table(
    what: str, key: str, values: list, length: int | None, name_of: Callable[[int], str]
) -> tuple[np.ndarray, str]:
    """Values as floats (n, length or 1), and their kind."""
    if length is None:
        kinds = set(map(type, values)) - set(MISSING)
        strange = [kind for kind in kinds if not issubclass(kind, (int, float, np.number, np.bool_))]
        if strange:
            position = next(k for k, value in enumerate(values) if type(value) is strange[0])
            _refuse_strange(what, key, values[position], name_of(position))
        return np.array(values, dtype=np.float64).reshape(-1, 1), _kind(kinds)
    rows, kinds = np.full((len(values), length), np.nan), set()
    for position, value in enumerate(values):
        if value is None:
            continue
        if _length(value) != length:
            came = "a single value" if _length(value) is None else f"{_length(value)} numbers"
            raise SchemaError(
                f"Attribute {key!r} needs {length} numbers on every {what}, but {name_of(position)} has {came}. "
                "Give all the same length."
            )
        try:
            array = np.asarray(value)
        except ValueError:  # of ragged lists
            array = np.array([""])
        if array.dtype.kind not in "buif" or array.shape != (length,):
            _refuse_strange(what, key, value, name_of(position))
        rows[position] = array
        kinds.add(array.dtype.type)
    return rows, _kind(kinds)


def _kind(kinds: set[type]) -> str:
    if kinds and all(issubclass(kind, (bool, np.bool_)) for kind in kinds):
        return "bool"
    return "int" if kinds and all(issubclass(kind, (int, np.integer)) for kind in kinds) else "float"


def _length(value: Any) -> int | None:
    return len(value) if hasattr(value, "__len__") and not isinstance(value, (str, bytes, dict)) else None


def _refuse_strange(what: str, key: str, value: Any, where: str) -> None:
    raise SchemaError(
        f"Attributes of a {what}, beside its type, need to be numbers, but {key!r} of {where} is {value!r}. "
        f"Leave it out with ignore=[{key!r}], or say that it is the type with {what}_type={key!r}."
    )


def _refuse_infinite(what: str, key: str, table: np.ndarray, name_of: Callable[[int], str]) -> None:
    position = int(np.argmax(np.isinf(table).any(1)))
    raise DataError(
        f"Attribute {key!r} needs finite numbers, but {name_of(position)} has {table[position][np.isinf(table[position])][0]}. "
        "Repair or drop it."
    )


def _refuse_missing(what: str, key: str, table: np.ndarray, name_of: Callable[[int], str]) -> None:
    position = int(np.argmax(np.isnan(table).any(1)))
    reason = "" if what == "edge" else ", as it was in the fit"
    raise SchemaError(
        f"Attribute {key!r} needs to be a number on every {what}{reason}, but {name_of(position)} lacks it (or has NaN). "
        f"Fill it in, or leave it out of a fit with ignore=[{key!r}]."
    )


def _refuse_extra(what: str, data: Sequence[dict], known: set[str], name_of: Callable[[int], str]) -> None:
    keys: set[str] = set()
    for own in data:
        keys.update(own)
    extra = sorted(keys - known, key=str)
    if extra:
        position = next(k for k, own in enumerate(data) if extra[0] in own)
        raise SchemaError(
            f"Attributes need to be those of the fit ({', '.join(sorted(map(repr, known)))}), but {name_of(position)} has "
            f"{extra[0]!r}. Leave it away, or fit with ignore=[{extra[0]!r}]."
        )
