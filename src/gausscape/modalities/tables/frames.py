"""Where columns come from and go back to: pandas, polars and pyarrow frames and 2-D arrays, each behind one object."""

__all__ = ["LIBRARIES", "Column", "Family", "Library", "find_library"]

import abc
import enum
import importlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import narwhals.stable.v1 as nw
import numpy as np

from gausscape.errors import DamagedFileError, DataError, MissingExtraError, SchemaError

SUPPORTED = (
    "integers, floats, true/false, text, categories (also enums and dictionaries), dates, time stamps with or "
    "without a time zone, and durations"
)
EPOCH_RANGE = (-62_135_596_800_000_000, 253_402_300_799_999_999)
"""Years 1 to 9999, in microseconds since 1970."""


PLAIN = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)) | {"float32", "float64", "bool"}
"""Types of numbers that stand in an array as they are, with NaN for missing ones."""


class Family(enum.Enum):
    """What a column's values are, whatever its library calls them."""

    NUMBER = "numbers"
    BOOLEAN = "true/false"
    TEXT = "text or categories"
    DATE = "dates"
    DURATION = "durations"
    NOTHING = "missing values only"


@dataclass(frozen=True)
class Column:
    """One column, the same for all libraries.

    Args:
        name: Its name.
        family: What its values are.
        values: Integers (int64 or uint64), float64, bool, objects, or microseconds (int64; of dates since 1970), shape (n,);
            anything where missing.
        missing: Where nothing stands, shape (n,).
        dtype: How its library stores it, JSON-able.
        rows: Row numbers in the table, where only some rows are here.
    """

    name: Any
    family: Family
    values: np.ndarray
    missing: np.ndarray
    dtype: dict
    rows: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.missing)

    @property
    def present(self) -> np.ndarray:
        """The values that are not missing."""
        return self.values[~self.missing]

    def first(self, where: np.ndarray) -> str:
        """The first row of a condition, in words."""
        row = int(np.flatnonzero(where)[0])
        return f"row {row if self.rows is None else int(self.rows[row])} (counted from 0)"

    def joined(self, other: "Column", where: np.ndarray) -> "Column":
        """This column with the values of another, of the same kind, in the rows of a condition."""
        if self.family is Family.NOTHING or self.values.dtype != other.values.dtype:
            kind = other.values.dtype if self.family is Family.NOTHING else np.result_type(self.values, other.values)
            values = np.zeros(len(self), dtype=kind)
            values[~where] = 0 if self.family is Family.NOTHING else self.values[~where]
        else:
            values = self.values.copy()
        values[where] = other.values[where]
        family = other.family if self.family is Family.NOTHING else self.family
        return replace(self, family=family, values=values, missing=self.missing & ~where | (where & other.missing))

    def at(self, where: np.ndarray) -> "Column":
        """Only the rows of a condition."""
        return replace(self, values=self.values[where], missing=self.missing[where], rows=np.flatnonzero(where))


class Library(abc.ABC):
    """One way to hold a table."""

    name: ClassVar[str]

    @classmethod
    @abc.abstractmethod
    def owns(cls, values: Any) -> bool:
        """Whether these values are a table of this library; imports nothing heavy."""

    @classmethod
    @abc.abstractmethod
    def names(cls, values: Any) -> list:
        """Column names in order, with duplicates if there are any."""

    @classmethod
    @abc.abstractmethod
    def read(cls, values: Any, name: Any) -> Column:
        """One column.

        Raises:
            DataError: If its type is not supported; the message says which are.
        """

    @classmethod
    @abc.abstractmethod
    def build(cls, columns: Sequence[Column], rows: int) -> Any:
        """A table of these columns, each with its own `dtype`."""

    @classmethod
    @abc.abstractmethod
    def filled(cls, values: Any, columns: Sequence[Column], gaps: dict[str, np.ndarray]) -> Any:
        """A copy of a table in which these columns have new values in their gaps; all else stays to the last bit.

        Args:
            values: The table.
            columns: With the new values.
            gaps: By the name of a column as text, where it has them, (n,).
        """


class FrameLibrary(Library):
    """A library whose frames are read through narwhals."""

    @classmethod
    def names(cls, values: Any) -> list:
        return list(values.columns)

    @classmethod
    @abc.abstractmethod
    def dtype(cls, values: Any, name: Any) -> dict:
        """How the library stores one column, JSON-able."""

    @classmethod
    def read(cls, values: Any, name: Any) -> Column:
        series: nw.Series = nw.from_native(values[name], series_only=True)
        missing = np.asarray(series.is_null().to_numpy(), dtype=bool)
        kind = type(series.dtype)
        if missing.all():
            family, present = Family.NOTHING, np.zeros(0)
        else:
            for types, read in READERS:
                if issubclass(kind, types):
                    family, present = read(name, series.filter(~series.is_null()) if missing.any() else series, missing)
                    break
            else:
                raise _unsupported(
                    name, str(values[name].dtype if hasattr(values[name], "dtype") else values[name].type)
                )
        spread = np.zeros(len(missing), dtype=present.dtype)
        spread[~missing] = present
        if spread.dtype.kind == "f":
            missing = missing | np.isnan(spread)  # polars and pyarrow know NaN beside null; both mean missing here.
            family = Family.NOTHING if missing.all() else family
        return Column(name, family, spread, missing, cls.dtype(values, name))


def _unsupported(name: Any, what: str) -> DataError:
    return DataError(
        f"Column {name!r} needs a supported type, but holds {what}. Supported: {SUPPORTED}. "
        "Convert the column, or leave it out with ignore=[...]."
    )


def _numbers(name: Any, series: nw.Series, missing: np.ndarray) -> tuple[Family, np.ndarray]:
    values = series.to_numpy()
    signed = np.asarray(values, dtype=np.uint64 if series.dtype == nw.UInt64 else np.int64)
    return Family.NUMBER, signed


def _floats(name: Any, series: nw.Series, missing: np.ndarray) -> tuple[Family, np.ndarray]:
    return Family.NUMBER, np.asarray(series.to_numpy(), dtype=np.float64)


def _booleans(name: Any, series: nw.Series, missing: np.ndarray) -> tuple[Family, np.ndarray]:
    return Family.BOOLEAN, np.asarray(series.to_numpy(), dtype=bool)


def _texts(name: Any, series: nw.Series, missing: np.ndarray) -> tuple[Family, np.ndarray]:
    values = np.empty(len(series), dtype=object)
    values[:] = series.to_list()
    strange = [value for value in dict.fromkeys(values.tolist()) if not isinstance(value, (str, int, float, bool))]
    if strange:
        raise _unsupported(name, f"categories of type {type(strange[0]).__name__}")
    return Family.TEXT, values


def _dates(name: Any, series: nw.Series, missing: np.ndarray) -> tuple[Family, np.ndarray]:
    return Family.DATE, np.asarray(series.dt.timestamp("us").to_numpy(), dtype=np.int64)


def _durations(name: Any, series: nw.Series, missing: np.ndarray) -> tuple[Family, np.ndarray]:
    return Family.DURATION, np.asarray(series.dt.total_microseconds().to_numpy(), dtype=np.int64)


def _objects(name: Any, series: nw.Series, missing: np.ndarray) -> tuple[Family, np.ndarray]:
    values = np.empty(len(series), dtype=object)
    values[:] = series.to_list()
    rows = np.flatnonzero(~missing)
    kinds = [type(value) for value in values]
    strange = next((i for i, kind in enumerate(kinds) if kind is not kinds[0]), None)
    if strange is not None:
        shown = ", ".join(f"{kinds[i].__name__} {values[i]!r:.40} at row {rows[i]}" for i in (0, strange))
        raise DataError(
            f"Column {name!r} needs values of one type, but has {shown} (counted from 0). "
            "Convert the column to one type first, for example with .astype(str)."
        )
    if issubclass(kinds[0], str):
        return Family.TEXT, values
    if issubclass(kinds[0], (bool, np.bool_)):
        return Family.BOOLEAN, values.astype(bool)
    raise _unsupported(name, f"Python objects of type {kinds[0].__name__} ({values[0]!r:.40} at row {rows[0]})")


READERS = (
    ((nw.Int8, nw.Int16, nw.Int32, nw.Int64, nw.UInt8, nw.UInt16, nw.UInt32, nw.UInt64), _numbers),
    ((nw.Float32, nw.Float64), _floats),
    (nw.Boolean, _booleans),
    ((nw.String, nw.Categorical, nw.Enum), _texts),
    ((nw.Datetime, nw.Date), _dates),
    ((nw.Duration,), _durations),
    (nw.Object, _objects),
)


def _import(library: str) -> Any:
    try:
        return importlib.import_module(library)
    except ImportError as error:
        raise MissingExtraError(
            f"This space was fitted on a {library} table and gives {library} tables back, but {library} is not "
            f"installed. Install it: pip install {library}."
        ) from error


class Pandas(FrameLibrary):
    """pandas data frames; the index is not part of the data, and frames come back with a fresh one."""

    name = "pandas"

    @classmethod
    def owns(cls, values: Any) -> bool:
        return nw.dependencies.is_pandas_dataframe(values)

    @classmethod
    def read(cls, values: Any, name: Any) -> Column:
        series = values[name]
        # Plain numbers and text need no dispatch among libraries, which would be most of what a small batch of a wide table costs.
        if series.dtype.name in PLAIN and isinstance(series.dtype, np.dtype):
            return _of_numbers(name, series.to_numpy(), cls.dtype(values, name))
        if str(series.dtype) in ("str", "string"):
            missing = series.isna().to_numpy(dtype=bool)
            family = Family.NOTHING if missing.all() else Family.TEXT
            return Column(name, family, series.to_numpy(dtype=object), missing, cls.dtype(values, name))
        return super().read(values, name)

    @classmethod
    def dtype(cls, values: Any, name: Any) -> dict:
        dtype = values[name].dtype
        if hasattr(dtype, "categories"):
            return {
                "dtype": "category",
                "categories": [_plain(value) for value in dtype.categories],
                "of": str(dtype.categories.dtype),
                "ordered": bool(dtype.ordered),
            }
        storage = getattr(dtype, "storage", None)
        return {"dtype": f"string[{storage}]" if storage and str(dtype) == "string" else str(dtype)}

    @classmethod
    def build(cls, columns: Sequence[Column], rows: int) -> Any:
        pandas = _import("pandas")
        made = {i: cls._series(pandas, column) for i, column in enumerate(columns)}
        frame = pandas.DataFrame(made, index=pandas.RangeIndex(rows))
        frame.columns = pandas.Index([column.name for column in columns])
        return frame

    @classmethod
    def filled(cls, values: Any, columns: Sequence[Column], gaps: dict[str, np.ndarray]) -> Any:
        pandas = _import("pandas")
        made = values.copy()
        for column in columns:
            old, new = values[column.name], cls._series(pandas, column).set_axis(values.index)
            same = old.dtype if not old.isna().all() else new.dtype
            if hasattr(same, "categories") and not set(new.dropna()) <= set(same.categories):
                same = object
            made[column.name] = old.astype(same).mask(gaps[str(column.name)], new.astype(same))
        return made

    @classmethod
    def _series(cls, pandas: Any, column: Column) -> Any:
        words = column.dtype
        if words["dtype"] == "category":
            kinds = pandas.CategoricalDtype(pandas.Index(words["categories"], dtype=words["of"]), words["ordered"])
            return pandas.Series([None if gone else value for value, gone in _pairs(column)], dtype=kinds)
        if column.family is Family.NOTHING:
            return pandas.Series([None] * len(column), dtype=words["dtype"])
        if column.family is Family.DATE:
            instants = pandas.Series(column.values.astype("datetime64[us]")).mask(column.missing)
            target = pandas.api.types.pandas_dtype(words["dtype"])
            if _zone(target):
                instants = instants.dt.tz_localize("UTC").dt.tz_convert(_zone(target))
            return instants.astype(target)
        if column.family is Family.DURATION:
            spans = pandas.Series(column.values.astype("timedelta64[us]")).mask(column.missing)
            return spans.astype(words["dtype"])
        if words["dtype"] == "object" or column.family is Family.TEXT:
            return pandas.Series([None if gone else value for value, gone in _pairs(column)], dtype=words["dtype"])
        series = pandas.Series(column.values).astype(words["dtype"])
        return series.mask(column.missing) if column.missing.any() else series


def _zone(dtype: Any) -> str | None:
    zone = getattr(dtype, "tz", None) or getattr(getattr(dtype, "pyarrow_dtype", None), "tz", None)
    return None if zone is None else str(zone)


class Polars(FrameLibrary):
    """polars data frames."""

    name = "polars"

    @classmethod
    def owns(cls, values: Any) -> bool:
        return nw.dependencies.is_polars_dataframe(values)

    @classmethod
    def dtype(cls, values: Any, name: Any) -> dict:
        dtype = values[name].dtype
        words = {"dtype": type(dtype).__name__ if not isinstance(dtype, type) else dtype.__name__}
        for key in ("time_unit", "time_zone"):
            if hasattr(dtype, key):
                words[key] = getattr(dtype, key)
        if words["dtype"] == "Enum":
            words["categories"] = dtype.categories.to_list()
        return words

    @classmethod
    def build(cls, columns: Sequence[Column], rows: int) -> Any:
        polars = _import("polars")
        return polars.DataFrame([cls._series(polars, column) for column in columns])

    @classmethod
    def filled(cls, values: Any, columns: Sequence[Column], gaps: dict[str, np.ndarray]) -> Any:
        polars = _import("polars")
        made = []
        for column in columns:
            old, new = values[column.name], cls._series(polars, column)
            same = new.dtype if old.dtype == polars.Null else old.dtype
            made.append(old.cast(same).zip_with(polars.Series(~gaps[str(column.name)]), new.cast(same)))
        return values.with_columns(made)

    @classmethod
    def _series(cls, polars: Any, column: Column) -> Any:
        words = dict(column.dtype)
        target = getattr(polars, words.pop("dtype"))
        target = target(**words) if words else target
        if column.family is Family.NOTHING:
            return polars.Series(column.name, [None] * len(column), dtype=target)
        if column.family is Family.TEXT:
            values = [None if gone else value for value, gone in _pairs(column)]
            return polars.Series(column.name, values, dtype=polars.String).cast(target)
        series = polars.Series(column.name, column.values)
        if column.family is Family.DURATION:
            series = series.cast(polars.Duration("us"))
        if column.family is Family.DATE:
            series = series.cast(polars.Datetime("us"))
            if words.get("time_zone"):
                series = series.dt.replace_time_zone("UTC").dt.convert_time_zone(words["time_zone"])
        series = series.cast(target)
        if not column.missing.any():
            return series
        return series.scatter(np.flatnonzero(column.missing), None)


class Arrow(FrameLibrary):
    """pyarrow tables."""

    name = "pyarrow"

    @classmethod
    def owns(cls, values: Any) -> bool:
        return nw.dependencies.is_pyarrow_table(values)

    @classmethod
    def names(cls, values: Any) -> list:
        return list(values.column_names)

    @classmethod
    def dtype(cls, values: Any, name: Any) -> dict:
        kind = values[name].type
        if hasattr(kind, "index_type"):
            return {
                "dtype": "dictionary",
                "index": str(kind.index_type),
                "of": str(kind.value_type),
                "ordered": kind.ordered,
            }
        if hasattr(kind, "unit"):
            return (
                {"dtype": "timestamp", "unit": kind.unit, "zone": kind.tz}
                if hasattr(kind, "tz")
                else {"dtype": str(kind)}
            )
        return {"dtype": str(kind)}

    @classmethod
    def build(cls, columns: Sequence[Column], rows: int) -> Any:
        arrow = _import("pyarrow")
        return arrow.table([cls._array(arrow, column) for column in columns], names=[column.name for column in columns])

    @classmethod
    def filled(cls, values: Any, columns: Sequence[Column], gaps: dict[str, np.ndarray]) -> Any:
        arrow = _import("pyarrow")
        compute = importlib.import_module("pyarrow.compute")
        for column in columns:
            place = values.column_names.index(column.name)
            old, new = values[column.name], cls._array(arrow, column)
            same = new.type if arrow.types.is_null(old.type) else old.type
            # A dictionary cannot be chosen from: its values are, and are encoded anew.
            plain = same.value_type if arrow.types.is_dictionary(same) else same
            mixed = compute.if_else(gaps[str(column.name)], new.cast(plain), old.cast(plain)).cast(same)
            values = values.set_column(place, arrow.field(column.name, same), mixed)
        return values

    @classmethod
    def _array(cls, arrow: Any, column: Column) -> Any:
        words = column.dtype
        if words["dtype"] == "dictionary":
            target = arrow.dictionary(
                arrow.type_for_alias(words["index"]), arrow.type_for_alias(words["of"]), words["ordered"]
            )
        elif column.family is Family.DURATION:
            target = arrow.type_for_alias(words["dtype"])
        elif words["dtype"] == "timestamp":
            target = arrow.timestamp(words["unit"], words["zone"])
        else:
            target = arrow.type_for_alias(words["dtype"])
        if column.family is Family.NOTHING:
            return arrow.nulls(len(column), target)
        if column.family is Family.TEXT:
            return arrow.array([None if gone else value for value, gone in _pairs(column)]).cast(target)
        made = arrow.array(column.values, mask=column.missing)
        if column.family is Family.DURATION:
            made = made.cast(arrow.duration("us"))
        if column.family is Family.DATE:
            made = made.cast(arrow.timestamp("us", getattr(target, "tz", None)))
        return made.cast(target, safe=False)


class Matrix(Library):
    """2-D arrays of numbers: one row an object, columns x0, x1 ...; they come back as arrays."""

    name = "numpy"

    @classmethod
    def owns(cls, values: Any) -> bool:
        # A masked array would lose its mask silently.
        plain = isinstance(values, np.ndarray) and not isinstance(values, np.ma.MaskedArray)
        return plain and values.ndim == 2 and values.dtype.kind in "fiub"

    @classmethod
    def names(cls, values: Any) -> list:
        return [f"x{i}" for i in range(values.shape[1])]

    @classmethod
    def read(cls, values: Any, name: Any) -> Column:
        return _of_numbers(name, values[:, int(name[1:])], {"dtype": str(values.dtype)})

    @classmethod
    def build(cls, columns: Sequence[Column], rows: int) -> Any:
        made = np.empty((rows, len(columns)), dtype=columns[0].dtype["dtype"])
        for i, column in enumerate(columns):
            made[:, i] = np.where(column.missing, np.nan, column.values) if column.missing.any() else column.values
        return made

    @classmethod
    def filled(cls, values: Any, columns: Sequence[Column], gaps: dict[str, np.ndarray]) -> Any:
        made = values.copy()
        for column in columns:
            here = gaps[str(column.name)]
            made[here, int(column.name[1:])] = column.values[here]
        return made


def _of_numbers(name: Any, numbers: np.ndarray, dtype: dict) -> Column:
    """A column of numbers or booleans that stand in an array, NaN for missing ones."""
    if numbers.dtype.kind == "b":
        return Column(name, Family.BOOLEAN, numbers, np.zeros(len(numbers), dtype=bool), dtype)
    wide = {"f": np.float64, "i": np.int64, "u": np.uint64}[numbers.dtype.kind]
    missing = np.isnan(numbers)
    return Column(name, Family.NOTHING if missing.all() else Family.NUMBER, numbers.astype(wide), missing, dtype)


def _plain(value: Any) -> Any:
    """A JSON-able scalar."""
    return (
        value.item() if hasattr(value, "item") else value if isinstance(value, (str, int, float, bool)) else str(value)
    )


def _pairs(column: Column) -> zip:
    return zip(column.values.tolist(), column.missing.tolist(), strict=True)


LIBRARIES: tuple[type[Library], ...] = (Pandas, Polars, Arrow, Matrix)


def find_library(values: Any) -> type[Library]:
    """The library of a table.

    Raises:
        SchemaError: If none holds it.

    Example:
        >>> find_library(np.zeros((3, 2))).name
        'numpy'
    """
    for library in LIBRARIES:
        if library.owns(values):
            return library
    shape = f" of shape {values.shape}" if isinstance(values, np.ndarray) else ""
    raise SchemaError(
        f"A table needs to be a pandas, polars or pyarrow frame or a 2-D array of numbers, but a {type(values).__name__}"
        f"{shape} came. Convert it, for example with pandas.DataFrame(...)."
    )


def library_named(name: str) -> type[Library]:
    """The library of that name, from a document."""
    for library in LIBRARIES:
        if library.name == name:
            return library
    raise DamagedFileError(
        f"A table's library needs to be one of {', '.join(library.name for library in LIBRARIES)}, but got {name!r}."
    )
