"""Long tables into time series: one row a measurement, with the series' id, its time and its values."""

__all__ = ["OPTIONS", "NamedSeries", "reshape", "wanted"]

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gausscape.datasets.columns import refuse_absent
from gausscape.datasets.reading_options import names, text
from gausscape.datasets.resampling import Resampling
from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items

OPTIONS = frozenset({"time_column", "value_columns", "resample"})


def wanted(options: Mapping[str, Any]) -> bool:
    """Whether values along time are asked for."""
    return "value_columns" in options or "resample" in options or set(options) == {"time_column"}


def reshape(
    frame: Any, options: Mapping[str, Any], *, name: str, id_column: str | None = None, label_column: str | None = None
) -> Items:
    """Series as arrays (time,), or (time, channels) with several value columns, in the order in which their ids first come.

    Rows of different series may be mixed; within a series time must rise from row to row. Without the option `resample`
    all steps must be equal, and each series keeps its rows. `resample=linear` or `linear:STEP` interpolates between
    measurements, and `resample=mean:STEP` averages what lies within each step (a step without measurements becomes a
    missing value), both from the series' own first time on; STEP is a number in the units of the time column, or of
    time: 10s, 5min, 1h, 1d. Without STEP it is the usual (median) one.

    Args:
        frame: A pandas, polars or pyarrow frame; not changed.
        options: `time_column`; `value_columns` (all other columns if not given); `resample`.
        name: Where it comes from, for messages.
        id_column: Column that says to which series a row belongs.
        label_column: Column with the class of the series, the same in all of its rows.

    Raises:
        ConfigurationError: If an option is missing or impossible.
        SchemaError: If a column is not there.
        DataError: If a row cannot be used; the series and the data row (from 1) are named.

    Example:
        >>> import pandas as pd
        >>> rows = pd.DataFrame({"id": ["a", "a", "b", "b"], "t": [0, 1, 0, 1], "x": [1.0, 2.0, 3.0, 4.0]})
        >>> [each.tolist() for each in reshape(rows, {"time_column": "t"}, name="rows", id_column="id").values]
        [[1.0, 2.0], [3.0, 4.0]]
    """
    import narwhals as nw

    time_column, rule = text(options, "time_column"), Resampling.read(options)
    if time_column is None or id_column is None:
        lacking = " and ".join(
            option for option, value in (("time_column", time_column), ("id_column", id_column)) if value is None
        )
        raise ConfigurationError(
            f"Series in a long table need a column of times and one of ids, but {lacking} did not come. "
            f"Name {'it' if ' and ' not in lacking else 'them'}."
        )
    table = nw.from_native(frame, eager_only=True).to_pandas()
    taken = [column for column in (id_column, time_column, label_column) if column is not None]
    channels = names(options, "value_columns") or [column for column in table.columns if column not in taken]
    refuse_absent([*taken, *channels], table.columns, name)
    if not channels:
        raise DataError(
            f"{name} should have a column of values beside {', '.join(map(repr, taken))}, but has no other. Check it."
        )
    times = read_times(table[time_column], time_column, name)
    values = np.stack([read_numbers(table[column], column, name) for column in channels], -1)
    ids, codes = series_of_rows(table[id_column], id_column, name)
    order = np.argsort(codes, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    for series, own in zip(ids, rows, strict=True):
        refuse_disorder(times[own], own, str(series), name)
    made = rule.apply([times[own] for own in rows], [values[own] for own in rows], ids, rows, name)
    labels = None if label_column is None else labels_of_series(table[label_column], label_column, ids, rows, name)
    flat = [each[:, 0] if len(channels) == 1 else each for each in made]
    starts = {float(times[own[0]]) for own in rows}
    told = NamedSeries(
        flat,
        channels=tuple(map(str, channels)),
        step=rule.step_of([times[own] for own in rows]),
        start=starts.pop() if len(starts) == 1 else 0.0,
    )
    return Items(told, ids, labels, name=name, modality="sequences")


class NamedSeries(list):
    """A list of series that also says what their channels are called and when their steps come.

    Args:
        series: Arrays (time,) or (time, channels).
        channels: Names of the value columns.
        step: Length of a step in the units of the time column; of dates in seconds.
        start: Time of the first step, where all series begin together; else 0, and times count from the series' own first.

    Example:
        >>> told = NamedSeries([np.zeros(3), np.ones(3)], channels=("pulse",), step=0.5, start=0.0)
        >>> taken = told.take([1])
        >>> taken.channels, taken.step, len(taken)
        (('pulse',), 0.5, 1)
    """

    def __init__(self, series: Iterable[np.ndarray], *, channels: tuple[str, ...], step: float, start: float):
        super().__init__(series)
        self.channels = channels
        self.step = step
        self.start = start

    def take(self, rows: Any) -> "NamedSeries":
        """The series at these positions, in this order."""
        return NamedSeries(
            [self[int(row)] for row in rows], channels=self.channels, step=self.step, start=self.start
        )


def read_times(column: Any, title: str, name: str) -> np.ndarray:
    """Times as float64: numbers as they are, dates in seconds."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        times = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        dates = pd.to_datetime(column, errors="coerce", utc=True)
        # Counted from the first one: float64 keeps a nanosecond only within some months.
        times = ((dates - dates.min()) / pd.Timedelta(seconds=1)).to_numpy(dtype=np.float64)
    odd = np.flatnonzero(~np.isfinite(times))
    if len(odd):
        raise DataError(
            f"{name}: every row needs a time, but column {title!r} has {column.iloc[int(odd[0])]!r} in data row {int(odd[0]) + 1}"
            f"{f' and {len(odd) - 1:,} more' if len(odd) > 1 else ''}. Fill it, or leave the row away."
        )
    return times


def read_numbers(column: Any, title: str, name: str) -> np.ndarray:
    import pandas as pd

    numbers = pd.Series(pd.to_numeric(column, errors="coerce")).to_numpy(dtype=np.float64, na_value=np.nan)
    odd = np.flatnonzero((np.isnan(numbers) & column.notna().to_numpy()) | np.isinf(numbers))
    if len(odd):
        raise DataError(
            f"{name}: values of series are numbers, but column {title!r} has {str(column.iloc[int(odd[0])])[:40]!r} in data row "
            f"{int(odd[0]) + 1}. Choose other columns with value_columns, or mend it."
        )
    return numbers


def series_of_rows(column: Any, title: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    """(ids in the order in which they first come, which of them each row belongs to)."""
    import pandas as pd

    codes, found = pd.factorize(column)
    if (codes < 0).any():
        raise DataError(
            f"{name}: every row needs the id of its series, but column {title!r} is missing in data row "
            f"{int((codes < 0).argmax()) + 1}. Fill it, or choose another column."
        )
    return np.array([str(each) for each in found], dtype=str), np.asarray(codes)


def refuse_disorder(times: np.ndarray, rows: np.ndarray, series: str, name: str) -> None:
    steps = np.diff(times)
    if (steps > 0).all():
        return
    place = int((steps <= 0).argmax()) + 1
    what = "repeats the time before it" if steps[place - 1] == 0 else "goes back in time"
    raise DataError(
        f"{name}: times need to rise within a series, but series {series!r} {what} at data row {int(rows[place]) + 1}. "
        "Sort the rows by time, and leave double measurements away."
    )


def labels_of_series(column: Any, title: str, ids: np.ndarray, rows: list[np.ndarray], name: str) -> np.ndarray:
    cells = column.to_numpy()
    told = []
    for series, own in zip(ids, rows, strict=True):
        first = cells[own[0]]
        for row in own[1:]:
            if cells[row] != first and not (cells[row] != cells[row] and first != first):
                raise DataError(
                    f"{name}: a series needs one class, but series {str(series)!r} has {first!r} in data row {int(own[0]) + 1} and "
                    f"{cells[row]!r} in data row {int(row) + 1}. Choose a column that stays the same within a series."
                )
        told.append(first)
    labels = np.array(told)
    return labels if labels.dtype != object else np.array([str(each) for each in told], dtype=str)
