"""What a cell of an event may be: what JSON can hold, or a moment."""

__all__ = ["cell_of"]

from datetime import date
from typing import Any

PLAIN = {str, int, float, bool, type(None)}


def cell_of(value: Any) -> Any:
    """The value as text, number, truth value, moment or None; NaN and NaT are None, what is none of these is text.

    Example:
        >>> import numpy as np
        >>> cell_of(np.int64(3)), cell_of(float("nan")), cell_of("x")
        (3, None, 'x')
    """
    if type(value) in PLAIN:
        return None if value != value else value
    if value != value:  # NaT is a date by its type
        return None
    if isinstance(value, date):
        return value
    if hasattr(value, "item"):
        return cell_of(value.item())
    return str(value)
