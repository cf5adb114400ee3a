"""What several kinds of column ask of their values, and the refusals that name the column, the value and the row."""

__all__ = [
    "LEVEL_CAP",
    "PrecisionWarning",
    "UnseenLevelWarning",
    "as_array",
    "codes_of",
    "decimals_of",
    "few_counts",
    "in_order",
    "parse_numbers",
    "range_of",
    "refuse_infinite",
    "too_many_levels",
    "warn_of_rounding",
    "whole",
]

import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gausscape.errors import DataError, SchemaError
from gausscape.modalities.tables.frames import Column, Family

LEVEL_CAP = 1000
EXACT = 2**53
MOST_DECIMALS = 6


class PrecisionWarning(UserWarning):
    """Numbers that float64 cannot hold exactly."""


class UnseenLevelWarning(UserWarning):
    """Levels that the fit had not seen, taken for others because the table was fitted with unseen='rare'."""


def codes_of(column: Column, levels: Sequence[Any], *, taken: str | None = None) -> np.ndarray:
    """Position of each value among the levels.

    Args:
        column: Without missing values.
        levels: Those that the fit has seen.
        taken: What happens to others, as in "count as missing": they are warned of and have the position -1.

    Raises:
        SchemaError: If a value is not among them, and nothing else happens to it.
    """
    index = {level: code for code, level in enumerate(levels)}
    values = column.values.tolist()
    try:
        return np.fromiter(map(index.__getitem__, values), dtype=np.int64, count=len(values))
    except KeyError:
        # Only now is an answer needed for levels that are not there: without one the look-up is three times as quick.
        codes = np.fromiter((index.get(value, -1) for value in values), dtype=np.int64, count=len(values))
    unseen = [values[row] for row in np.flatnonzero(codes < 0)]
    if taken is not None:
        _warn_of_unseen(column, codes, unseen, taken)
        return codes
    shown = ", ".join(repr(level) for level in levels[:5]) + (", ..." if len(levels) > 5 else "")
    others = len(set(unseen)) - 1
    more = f" ({others:,} other unseen values beside it)" if others else ""
    raise SchemaError(
        f"Column {column.name!r} needs values that the fit has seen ({shown}), but {unseen[0]!r} came in "
        f"{unseen.count(unseen[0]):,} rows, first at {column.first(codes < 0)}{more}. "
        "Replace it by a known value or by a missing one, or fit again with such rows."
    )


def _warn_of_unseen(column: Column, codes: np.ndarray, unseen: list, taken: str) -> None:
    counts = Counter(unseen)
    shown = ", ".join(repr(level) for level, _ in counts.most_common(3)) + (", ..." if len(counts) > 3 else "")
    warnings.warn(
        f"Column {column.name!r}: {len(unseen):,} rows hold {len(counts):,} levels that the fit had not seen ({shown}), first at "
        f"{column.first(codes < 0)}; they {taken}.",
        UnseenLevelWarning,
        stacklevel=2,
    )


def as_array(values: Sequence[Any]) -> np.ndarray:
    """Values as an array: numbers and booleans in their own type, all else as objects."""
    if all(isinstance(value, bool) for value in values):
        return np.array(values, dtype=bool)
    if all(type(value) is int for value in values):
        return np.array(values, dtype=np.uint64 if max(values, default=0) >= 2**63 else np.int64)
    if all(isinstance(value, float) for value in values):
        return np.array(values, dtype=np.float64)
    made = np.empty(len(values), dtype=object)
    made[:] = list(values)
    return made


def few_counts(column: Column, most: int) -> Counter | None:
    """Counts of the values, or None if there are more than `most` distinct ones."""
    values = column.present.tolist()
    if len(set(values[:1000])) > most:
        return None
    counts = Counter(values)
    return counts if len(counts) <= most else None


def in_order(values: Any) -> list:
    """Values in an order that does not depend on that of the rows."""
    return sorted(values, key=lambda value: (isinstance(value, str), value))


def whole(values: np.ndarray) -> np.ndarray:
    """Which numbers are whole (and small enough for that to mean something)."""
    return (
        np.ones(len(values), dtype=bool)
        if values.dtype.kind in "iu"
        else (values == np.rint(values)) & (np.abs(values) < EXACT)
    )


def decimals_of(values: np.ndarray, *, single: bool) -> int | None:
    """Fewest decimals, from 1 to 6, with which all floats can be written, as money can with two; None where none will do.

    Args:
        values: Floats, (n,).
        single: Whether they came in single precision.

    Example:
        >>> decimals_of(np.array([0.5, 19.95]), single=False), decimals_of(np.array([1 / 3]), single=False)
        (2, None)
    """
    kind, digits = (np.float32, 2.0**22) if single else (np.float64, 2.0**50)
    size = float(np.abs(values).max())
    for decimals in range(1, MOST_DECIMALS + 1):
        # Larger numbers have no room for so many decimals, and would all seem to have them.
        if size * 10.0**decimals > digits:
            return None
        if (np.round(values, decimals).astype(kind) == values.astype(kind)).all():
            return decimals
    return None


def range_of(dtype: dict) -> tuple[float, float, bool]:
    """Smallest and largest value of a numeric type, and whether it is one of integers."""
    name = str(dtype.get("dtype")).lower()
    integer = re.match(r"(u?int)(8|16|32|64)\b", name)
    if integer:
        limits = np.iinfo(integer.group(0))
        return float(limits.min), float(limits.max), True
    single = name in ("float", "float[pyarrow]") or name.startswith("float32")
    biggest = float(np.finfo(np.float32 if single else np.float64).max)
    return -biggest, biggest, False


def refuse_infinite(column: Column) -> None:
    if column.values.dtype.kind != "f":
        return
    infinite = np.isinf(column.values) & ~column.missing
    if infinite.any():
        raise DataError(
            f"Column {column.name!r} needs finite numbers, but {column.values[infinite][0]} stands at {column.first(infinite)}; "
            f"{int(infinite.sum()):,} such rows in all. Replace them by missing values, or drop those rows."
        )


def warn_of_rounding(column: Column) -> None:
    values = column.present
    if values.dtype.kind in "iu" and len(values) and (int(values.max()) > EXACT or int(values.min()) < -EXACT):
        warnings.warn(
            f"Column {column.name!r} has integers above 2^53, which are rounded to float64. If they are identifiers, leave "
            "the column out with ignore=[...] or read it with categorical=[...].",
            PrecisionWarning,
            stacklevel=2,
        )


def _number(text: str) -> float | None:
    """The number that a text holds, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def parse_numbers(column: Column) -> Column:
    """A text column as numbers, blank text as missing."""
    values, missing = np.zeros(len(column)), column.missing.copy()
    texts = [str(value).strip() for value in column.present.tolist()]
    try:
        numbers = np.array([float(text) if text else 0.0 for text in texts])
    except ValueError:
        numbers = np.array([np.nan])
    if np.isfinite(numbers).all():
        values[~missing] = numbers
        missing[~missing] = [not text for text in texts]
        return replace(column, family=Family.NUMBER, values=values, missing=missing, dtype={"dtype": "float64"})
    # The usual case is over; whatever is no number is sought row by row.
    for row in np.flatnonzero(~column.missing):
        text = str(column.values[row]).strip()
        number = _number(text)
        if number is None and text:
            raise DataError(
                f"Column {column.name!r} is read as numbers, but row {row} (counted from 0) holds {column.values[row]!r:.40}. "
                "Replace it by a number or by a missing value, or leave the column out of numeric=[...]."
            )
        missing[row] = missing[row] or number is None
        values[row] = number or 0.0
    return replace(column, family=Family.NUMBER, values=values, missing=missing, dtype={"dtype": "float64"})


def too_many_levels(column: Column, counts: Counter) -> str:
    """Why a column with more levels than the cap is refused, and what would mend it."""
    start = f"Column {column.name!r} needs at most {LEVEL_CAP:,} levels, but has {len(counts):,} (the level cap)"
    numeric = np.array([isinstance(v, str) and _number(v.strip()) is not None for v in column.values.tolist()])
    odd = ~numeric & ~column.missing
    if numeric.sum() >= 0.9 * len(column.present):
        if not odd.any():
            return f"{start}; all of them are numbers. Pass numeric=[{column.name!r}] to read them so."
        first = column.values[np.flatnonzero(odd)[0]]
        blank = "which reads blank text as missing" if not str(first).strip() else "after replacing what is no number"
        return (
            f"{start}; it looks numeric but for {int(odd.sum()):,} rows ({first!r:.40} at {column.first(odd)}). "
            f"Pass numeric=[{column.name!r}], {blank}."
        )
    identifier = "; almost every row has its own, as identifiers do" if len(counts) > 0.9 * counts.total() else ""
    return f"{start}{identifier}. Leave it out with ignore=[{column.name!r}], or group its values first."
