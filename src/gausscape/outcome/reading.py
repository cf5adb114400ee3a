"""Does what a model returned hold one answer for each object, and what are they?"""

__all__ = ["Reading", "read"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import ShapeError

WHAT_FITS = "Return an array with one row for each object, in their order"


@dataclass(frozen=True)
class Reading:
    """The answers to one batch of n objects.

    Args:
        rows: (n,) numbers, (n, k) numbers, or (n,) labels as Python objects.
        dtype: What the model's own array held, in words.
        names: Names of the k columns where the model named them.
    """

    rows: np.ndarray
    dtype: str
    names: tuple | None = None

    @property
    def is_text(self) -> bool:
        """Whether the answers are labels."""
        return self.rows.dtype == object


def read(answer: Any, n: int, *, index: Any = None) -> Reading:
    """The answers to n objects, from whatever kind of array, tensor, series, frame or list the model returned.

    Args:
        answer: What the model returned.
        n: How many objects it was sent.
        index: The index of the frame that it was sent, None if it was no frame.

    Raises:
        ShapeError: If they are not one row an object, or no numbers and no texts.

    Example:
        >>> read([0.25, 0.5], 2).rows
        array([0.25, 0.5 ])
    """
    if answer is None:
        raise _refusal(n, "None", "Is a return missing? " + WHAT_FITS)
    if isinstance(answer, dict | set) or (hasattr(answer, "__next__") and not hasattr(answer, "__len__")):
        raise _refusal(n, f"a {type(answer).__name__}", WHAT_FITS)
    names = None
    if hasattr(answer, "iloc") and hasattr(answer, "index"):
        _check_index(answer, n, index)
        names = _names(answer)
    array = _as_array(answer, n)
    if array.ndim == 0 and n == 1:  # a model that squeezes leaves no axis for a single object
        array = array.reshape(1)
    if array.ndim not in (1, 2) or len(array) != n or 0 in array.shape[1:]:
        raise _refusal(n, str(array.shape), WHAT_FITS)
    if array.shape[1:] == (1,):
        array, names = array[:, 0], None
    if array.dtype.kind in "fiub":
        return Reading(_plain_numbers(array), str(array.dtype), names)
    if array.ndim == 2:
        array = _objects_as_numbers(array, n)
        return Reading(array, "float64 from objects", names)
    if array.dtype.kind == "U":
        return Reading(array.astype(object), "text")
    texts = sum(isinstance(value, str) for value in array.tolist())
    if texts:
        labels = np.array([None if _is_missing(value) else value for value in array.tolist()], dtype=object)
        stranger = next((value for value in labels if not isinstance(value, str | None)), None)
        if stranger is not None:
            raise _refusal(n, f"text and {type(stranger).__name__} in one list", "Return all texts or all numbers")
        return Reading(labels, "text")
    return Reading(_objects_as_numbers(array, n), "float64 from objects")


def _check_index(answer: Any, n: int, sent: Any) -> None:
    index = answer.index
    if len(index) != n or (sent is not None and index.equals(sent)) or index.tolist() == list(range(n)):
        return
    raise _refusal(
        n,
        f"a {type(answer).__name__} with another index (it begins {index[:3].tolist()})",
        "Keep the index of the rows that came, or return .to_numpy() in their order",
    )


def _names(answer: Any) -> tuple | None:
    columns = getattr(answer, "columns", None)
    if columns is None or type(columns).__name__ == "RangeIndex":  # numbered because nobody named them
        return None
    return tuple(columns.tolist())


def _as_array(answer: Any, n: int) -> np.ndarray:
    if hasattr(answer, "detach") and hasattr(answer, "cpu"):  # a torch tensor, perhaps with a gradient or on a device
        answer = answer.detach().cpu()
        # NumPy has no bfloat16.
        answer = answer.float() if answer.is_floating_point() else answer
    if isinstance(answer, list | tuple) and any(isinstance(value, str) for value in answer):
        # NumPy would turn the numbers among them into text.
        texts = np.empty(len(answer), dtype=object)
        texts[:] = answer
        return texts
    try:
        return np.asarray(answer)
    except (ValueError, TypeError) as error:
        raise _refusal(n, f"a {type(answer).__name__} that is no array ({error})", WHAT_FITS) from None


def _plain_numbers(array: np.ndarray) -> np.ndarray:
    # A copy: a model may hand out its own buffer and fill it again at the next call.
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64, copy=True)


def _objects_as_numbers(array: np.ndarray, n: int) -> np.ndarray:
    if array.dtype.kind == "O":
        try:
            flat = [np.nan if _is_missing(value) else float(value) for value in array.ravel().tolist()]
            return np.array(flat, dtype=np.float64).reshape(array.shape)
        except (TypeError, ValueError):
            pass
    what = sorted({type(value).__name__ for value in array.ravel().tolist()[:100]})
    raise _refusal(n, f"an array of {', '.join(what) or array.dtype}", "Return numbers, or one text for each object")


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)


def _refusal(n: int, came: str, remedy: str) -> ShapeError:
    return ShapeError(f"A model needs to answer each object: expected ({n},) or ({n}, k), got {came}. {remedy}.")
