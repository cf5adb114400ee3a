"""Which values may a column hold, told as numbers? A whole column holds whole ones, a category one of its levels."""

__all__ = ["LegalValues", "Levels", "Numbers", "legal_values"]

import abc
import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.modalities.tables.category_columns import CategoricalColumn
from gausscape.modalities.tables.checks import as_array, parse_numbers
from gausscape.modalities.tables.date_columns import DateColumn
from gausscape.modalities.tables.duration_columns import LONGEST, SECOND, DurationColumn
from gausscape.modalities.tables.frames import Column, Family
from gausscape.modalities.tables.level_columns import ConstantColumn, EmptyColumn, TwoLevelColumn
from gausscape.modalities.tables.number_columns import HurdleColumn, NumericColumn, TextNumberColumn
from gausscape.modalities.tables.ordinal_columns import OrdinalColumn
from gausscape.modalities.tables.schema import TableColumn
from gausscape.space.comparisons import near_names

EPOCH = datetime.datetime(1970, 1, 1)


class LegalValues(abc.ABC):
    """The values that one column may hold, as numbers; NaN stands for a missing one.

    Attributes:
        name: Of the column, as text.
    """

    name: str

    @property
    @abc.abstractmethod
    def ordered(self) -> bool:
        """Whether smaller and larger mean something."""

    @property
    @abc.abstractmethod
    def coarseness(self) -> int:
        """Columns with fewer values to choose from are settled first; 0 is the coarsest."""

    @abc.abstractmethod
    def read(self, column: Column) -> np.ndarray:
        """Values of a column as numbers, float64, (n,)."""

    @abc.abstractmethod
    def write(self, numbers: np.ndarray, column: Column) -> Column:
        """The column with these numbers in place of its own."""

    @abc.abstractmethod
    def number(self, value: Any) -> float:
        """The number of a value in a sentence.

        Raises:
            ConfigurationError: If the column cannot hold it.
        """

    @property
    @abc.abstractmethod
    def typical(self) -> np.ndarray:
        """A few legal numbers from end to end, the middle one usual."""


@dataclass(frozen=True)
class Numbers(LegalValues):
    """Numbers of an ordered column: numbers, numbers in text, or dates (in microseconds since 1970).

    Args:
        name: Of the column.
        low, high: Ends of its type.
        step: Distance of legal numbers from each other; 0 for all of the type's precision.
        digits: Decimals of a text column, to write the step exactly; None elsewhere.
        single: Whether the type holds single precision only.
        date: Whether the numbers are instants.
        some: Some values of the fit, ascending.
        unit: Stored values that make one; durations are stored in microseconds and told in seconds.
    """

    name: str
    low: float
    high: float
    step: float
    digits: int | None
    single: bool
    date: bool
    some: tuple[float, ...]
    unit: float = 1.0

    @property
    def ordered(self) -> bool:
        return True

    @property
    def coarseness(self) -> int:
        return 3 if not self.step else 1 if self.step >= 1 else 2

    def read(self, column: Column) -> np.ndarray:
        if column.family is Family.TEXT:
            column = parse_numbers(column)
        numbers = column.values.astype(np.float64) if column.family is not Family.NOTHING else np.zeros(len(column))
        numbers = numbers / self.unit
        if self.single:
            # What a table of single precision makes of them, which is what anyone receives.
            numbers = numbers.astype(np.float32).astype(np.float64)
        return np.where(column.missing, np.nan, numbers)

    def write(self, numbers: np.ndarray, column: Column) -> Column:
        missing = np.isnan(numbers)
        values = np.where(missing, 0.0, numbers)
        if self.digits is not None and column.family is not Family.NUMBER:
            return replace(
                column, values=as_array([format(value, ".15g") for value in values.tolist()]), missing=missing
            )
        whole = column.values.dtype.kind in "iu" or self.date
        kept = column.values.astype(np.int64) if self.date else column.values
        values = values * self.unit
        # What did not change stays as it came: an integer above 2^53 would be rounded on its way through a float.
        same = ~missing & ~column.missing & (kept.astype(np.float64) == values)
        values = np.where(same, kept, np.rint(values).astype(kept.dtype) if whole else values)
        family = Family.DATE if self.date else Family.DURATION if self.unit != 1 else Family.NUMBER
        return replace(column, family=family, values=values, missing=missing)

    def number(self, value: Any) -> float:
        if self.date:
            try:
                moment = datetime.datetime.fromisoformat(str(value))
            except ValueError:
                raise self._refusal(value, "dates, as in 2024-01-31") from None
            return float((moment.replace(tzinfo=None) - EPOCH) // datetime.timedelta(microseconds=1))
        if isinstance(value, str | bool) or not np.isfinite(float(value)):
            raise self._refusal(value, "numbers")
        return float(value)

    def _refusal(self, value: Any, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"Column {self.name!r} is compared with {what}, but {value!r} came. If that is a column, look at its spelling; else "
            "write a value that this column can hold."
        )

    def up(self, numbers: np.ndarray | float) -> np.ndarray:
        """The smallest legal number that is not below each."""
        return -self.down(-np.asarray(numbers, dtype=np.float64))

    def down(self, numbers: np.ndarray | float) -> np.ndarray:
        """The largest legal number that is not above each."""
        numbers = np.asarray(numbers, dtype=np.float64)
        if self.step:
            steps, gridded = self._steps(numbers)
            found = self._on_grid(steps)
            return np.where(gridded, np.where(found > numbers, self._on_grid(steps - 1), found), numbers)
        if not self.single:
            return numbers
        with np.errstate(over="ignore"):
            found = numbers.astype(np.float32)
        return np.where(found > numbers, np.nextafter(found, np.float32(-np.inf)), found).astype(np.float64)

    def above(self, numbers: np.ndarray) -> np.ndarray:
        """The smallest legal number above each."""
        numbers = np.asarray(numbers, dtype=np.float64)
        if not self.step:
            return self.up(np.nextafter(numbers, np.inf))
        steps, gridded = self._steps(numbers)
        found = self._on_grid(steps)
        return np.where(gridded, np.where(found > numbers, found, self._on_grid(steps + 1)), numbers)

    def below(self, numbers: np.ndarray) -> np.ndarray:
        """The largest legal number below each."""
        return -self.above(-np.asarray(numbers, dtype=np.float64))

    def _steps(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many whole steps fit into each number, and where steps can be told apart at all: not at the ends of the type."""
        gridded = np.abs(numbers) < self.step * 2.0**52
        # The slack lets 0.13 be 13 steps of 0.01, which in binary it is not quite.
        return np.floor(np.where(gridded, numbers, 0.0) / self.step + 1e-9), gridded

    def _on_grid(self, steps: np.ndarray) -> np.ndarray:
        found = steps * self.step
        return found if self.digits is None else np.round(found, self.digits)

    @property
    def typical(self) -> np.ndarray:
        return self.down(np.asarray(self.some))


@dataclass(frozen=True)
class Levels(LegalValues):
    """One of a few values; their number is the value itself where all are numbers, else their position.

    Args:
        name: Of the column.
        values: The levels, numbers ascending.
        ranked: Whether their order means something, whatever they are.
    """

    name: str
    values: tuple[Any, ...]
    ranked: bool = False

    @property
    def coarseness(self) -> int:
        return 0

    @property
    def ordered(self) -> bool:
        return self.ranked or self.numeric

    @property
    def numeric(self) -> bool:
        """Whether the levels are numbers and stand for themselves."""
        numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)
        return numbers and not self.ranked

    @property
    def numbers(self) -> np.ndarray:
        """Number of each level, ascending."""
        return (
            np.asarray(self.values, dtype=np.float64) if self.numeric else np.arange(len(self.values), dtype=np.float64)
        )

    def read(self, column: Column) -> np.ndarray:
        if column.family is Family.NOTHING:
            return np.full(len(column), np.nan)
        index = {value: number for value, number in zip(self.values, self.numbers.tolist(), strict=True)}
        found = [index.get(value, -1.0) for value in column.values.tolist()]
        if self.numeric:
            found = [float(value) for value in np.where(column.missing, 0.0, column.values).tolist()]
        return np.where(column.missing, np.nan, np.asarray(found, dtype=np.float64))

    def write(self, numbers: np.ndarray, column: Column) -> Column:
        missing = np.isnan(numbers)
        position = np.searchsorted(self.numbers, np.where(missing, self.numbers[0], numbers))
        levels = as_array(self.values)
        position = np.clip(position, 0, len(levels) - 1)
        if column.family is not Family.NOTHING:
            # A level that the fit did not know stays as it came.
            same = ~missing & ~column.missing & (self.read(column) == numbers)
            values = np.where(same, column.values, levels[position].astype(column.values.dtype))
        else:
            values = levels[position]
        family = (
            Family.BOOLEAN if values.dtype.kind == "b" else Family.NUMBER if values.dtype.kind in "iuf" else Family.TEXT
        )
        return replace(column, family=family, values=values, missing=missing)

    def number(self, value: Any) -> float:
        for level, number in zip(self.values, self.numbers.tolist(), strict=True):
            if type(level) is type(value) and level == value:
                return number
        for level, number in zip(self.values, self.numbers.tolist(), strict=True):
            # Yes and no, 0 and "0": what a reader would write for the level.
            if level == value or str(level).casefold() == str(value).casefold():
                return number
            if isinstance(level, bool) and str(value).casefold() in (("yes", "1") if level else ("no", "0")):
                return number
        if self.numeric and isinstance(value, int | float):
            return float(value)
        raise ConfigurationError(
            f"Column {self.name!r} needs one of its {len(self.values):,} values, but {value!r} came. Near ones: "
            f"{near_names(str(value), [str(level) for level in self.values])}."
        )

    @property
    def typical(self) -> np.ndarray:
        return self.numbers


def legal_values(columns: Sequence[TableColumn]) -> dict[str, LegalValues]:
    """What each column may hold, by its name as text.

    Example:
        >>> from gausscape.modalities.tables.example import example_items
        >>> from gausscape.modalities.tables.modality import TableModality
        >>> legal = legal_values(TableModality.infer(example_items()).columns)
        >>> legal["items"].down(np.array([2.7])), legal["city"].number("graz")
        (array([2.]), 1.0)
    """
    return {str(column.name): _legal(column) for column in columns}


def _legal(column: TableColumn) -> LegalValues:
    kind, name = column.kind, str(column.name)
    if isinstance(kind, CategoricalColumn):
        return Levels(name, kind.legal)
    if isinstance(kind, OrdinalColumn):
        return Levels(name, kind.levels, ranked=True)
    if isinstance(kind, TwoLevelColumn):
        return Levels(name, kind.values)
    if isinstance(kind, ConstantColumn):
        return Levels(name, (kind.value,))
    if isinstance(kind, DateColumn):
        some = kind.ruler.scores.values + kind.origin
        return Numbers(name, kind.low, kind.high, float(kind.step), None, False, True, _few(some))
    if isinstance(kind, DurationColumn):
        some = (kind.inner.rest if isinstance(kind.inner, HurdleColumn) else kind.inner).ruler.scores.values
        low = -LONGEST / SECOND if kind.signed else 0.0
        return Numbers(name, low, LONGEST / SECOND, kind.step / SECOND, None, False, False, _few(some), SECOND)
    digits = None
    if isinstance(kind, TextNumberColumn):
        kind, digits = kind.inner, min(kind.decimals, 15)
    atoms = np.zeros(0)
    if isinstance(kind, HurdleColumn):
        kind, atoms = kind.rest, np.array([kind.atom])
    if isinstance(kind, NumericColumn):
        step = 10.0**-digits if digits is not None else 1.0 if kind.whole else 0.0
        some = np.sort(np.append(kind.ruler.scores.values / kind.ruler.scores.unit, atoms))
        single = kind.high < 1e300 and not kind.integer
        return Numbers(name, kind.low, kind.high, step, digits, single, False, _few(some))
    if isinstance(kind, EmptyColumn):
        return Levels(name, (0.0,))
    raise DataError(
        f"Column {name!r} is kept as {type(kind).__name__}, which knows no legal values. Leave it unconstrained."
    )


def _few(values: np.ndarray) -> tuple[float, ...]:
    return tuple(values[np.unique(np.linspace(0, len(values) - 1, 9).round().astype(int))].tolist())
