"""How are objects handed to a model so that nothing it does to them reaches the caller's data?"""

__all__ = ["private_copy"]

import copy
from typing import Any

import numpy as np

from gausscape.items import take


def private_copy(values: Any, rows: np.ndarray) -> Any:
    """Some objects, copied, as the same type. The copy may be written to: many models scale their input in place.

    Mutable Python objects inside the cells of a frame are shared, as pandas shares them; so is what cannot be copied.

    Example:
        >>> images = np.zeros((3, 2, 2))
        >>> batch = private_copy(images, np.array([0, 2]))
        >>> batch += 1
        >>> float(images.max())
        0.0
    """
    taken: Any = take(values, rows)
    if hasattr(taken, "iloc"):
        return taken.copy(deep=True)
    if isinstance(taken, np.ndarray) and not taken.dtype.hasobject:  # taking rows by position has copied them
        return taken
    if hasattr(taken, "schema"):  # polars and pyarrow never change in place
        return taken
    try:
        return copy.deepcopy(taken)
    except Exception:
        return taken
