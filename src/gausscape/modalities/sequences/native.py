"""Native sequences as one checked array: a list of arrays, or one array, into (n, time, channels); and back."""

__all__ = ["Form", "looks_like_sequences", "stack_sequences"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import DataError, ShapeError

LOOKED_AT = 20


@dataclass(frozen=True)
class Form:
    """How the user's sequences look, so that generated ones look alike.

    Args:
        stacked: Whether they came as one array, not as a list.
        flat: Whether one sequence is (time,), without an axis of channels.
        dtype: NumPy type of the numbers.
    """

    stacked: bool
    flat: bool
    dtype: str

    @property
    def limits(self) -> tuple[float, float] | None:
        """Smallest and largest of the whole numbers that the type holds; None for fractions."""
        kind = np.dtype(self.dtype)
        if kind.kind not in "bui":
            return None
        return (0, 1) if kind.kind == "b" else (np.iinfo(kind).min, np.iinfo(kind).max)

    def build(self, series: np.ndarray) -> Any:
        """Sequences in this form from float64 (n, time, channels)."""
        kind = np.dtype(self.dtype)
        if self.limits is not None:
            series = np.rint(series).clip(*self.limits)
        values = (series[..., 0] if self.flat else series).astype(kind)
        return values if self.stacked else [value.copy() for value in values]


def looks_like_sequences(values: Any) -> bool:
    """Whether this is a list or tuple of arrays of numbers, each (time,) or (time, channels); only the first are looked at.

    Example:
        >>> looks_like_sequences([np.zeros(30), np.zeros(30)]), looks_like_sequences(np.zeros((2, 30)))
        (True, False)
    """
    return (
        isinstance(values, list | tuple)
        and len(values) > 0
        and all(
            isinstance(value, np.ndarray) and value.ndim in (1, 2) and value.dtype.kind in "buif"
            for value in values[:LOOKED_AT]
        )
    )


def stack_sequences(values: Any, *, length: int | None = None) -> tuple[np.ndarray, Form]:
    """(float64 (n, time, channels), the form they came in); infinite numbers are refused, NaN are kept.

    Args:
        values: A list of arrays (time,) or (time, channels), or an array (n, time) or (n, time, channels).
        length: Cut longer sequences after this many steps, and let shorter ones end in missing values; None to demand
            equal lengths.

    Raises:
        ShapeError: If the sequences differ in length or channels; the first that does is named.
        DataError: If one holds anything but finite numbers and NaN.
    """
    if isinstance(values, np.ndarray):
        series, form = _of_array(values)
    elif isinstance(values, list | tuple):
        series, form = _of_list(values, length)
    else:
        raise ShapeError(
            f"Sequences need a list of arrays (time,) or (time, channels), or an array of them, but a {type(values).__name__} came. "
            "Collect them into a list."
        )
    if length is not None and series.shape[1] != length:
        series = _fitted(series, length)
    endless = np.isinf(series)
    if endless.any():
        row, step, channel = (int(place) for place in np.argwhere(endless)[0])
        raise DataError(
            f"Sequences need finite numbers, but sequence {row} has {series[row, step, channel]} at step {step}, channel {channel}. "
            "Put NaN where a value is missing."
        )
    return series, form


def _of_array(values: np.ndarray) -> tuple[np.ndarray, Form]:
    if values.ndim not in (2, 3) or values.dtype.kind not in "buif":
        raise ShapeError(
            f"Sequences need an array of numbers (n, time) or (n, time, channels), but got shape {values.shape} of {values.dtype}. "
            "Stack the sequences along a first axis."
        )
    form = Form(True, values.ndim == 2, str(values.dtype))
    return (values[..., None] if form.flat else values).astype(np.float64), form


def _of_list(values: list | tuple, length: int | None) -> tuple[np.ndarray, Form]:
    if not len(values):
        return np.zeros((0, length or 0, 1)), Form(False, True, "float64")
    arrays = [_one(value, row) for row, value in enumerate(values)]
    first = arrays[0]
    for row, array in enumerate(arrays):
        if array.ndim != first.ndim or array.shape[1:] != first.shape[1:]:
            raise ShapeError(
                f"Sequences need equal channels, but sequence 0 has shape {first.shape} and sequence {row} {array.shape}. "
                "Give each the same channels."
            )
        if len(array) == 0:
            raise ShapeError(
                f"Sequences need at least one step, but sequence {row} is empty (length 0). Leave it away."
            )
        if len(array) != len(first) and length is None:
            raise ShapeError(
                f"Sequences need equal lengths, but sequence 0 has {len(first):,} steps and sequence {row} {len(array):,}. Say how "
                "many are meant with modality={'name': 'sequences', 'length': N}: longer ones are cut, shorter ones end in "
                "missing values."
            )
    form = Form(False, first.ndim == 1, str(np.result_type(*{array.dtype for array in arrays})))
    if length is not None:
        stacked = np.concatenate([_fitted(_with_channels(array)[None], length) for array in arrays])
    else:
        stacked = np.stack([_with_channels(array) for array in arrays])
    return stacked.astype(np.float64), form


def _one(value: Any, row: int) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise DataError(f"Sequence {row} needs rows of equal length, but: {error}. Mend it.") from error
    if array.dtype.kind not in "buif" or array.ndim not in (1, 2):
        # A text for a number is the usual cause: say which.
        odd = next((cell for cell in np.ravel(array) if not isinstance(cell, int | float | np.number)), None)
        came = (
            f"shape {array.shape} of {array.dtype}" if odd is None or array.ndim not in (1, 2) else f"{str(odd)[:40]!r}"
        )
        raise DataError(
            f"Sequences hold numbers, each (time,) or (time, channels), but sequence {row} has {came}. "
            "Turn it into numbers, or leave it away."
        )
    return array


def _with_channels(array: np.ndarray) -> np.ndarray:
    return array[:, None] if array.ndim == 1 else array


def _fitted(series: np.ndarray, length: int) -> np.ndarray:
    kept = series[:, :length].astype(np.float64)
    return np.pad(kept, ((0, 0), (0, length - kept.shape[1]), (0, 0)), constant_values=np.nan)
