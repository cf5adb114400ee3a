"""How is a batch of objects written as JSON?"""

__all__ = ["instances"]

import math
from typing import Any

import numpy as np

from gausscape.errors import DataError


def instances(batch: Any) -> list[Any]:
    """One JSON-able entry an object: records for a frame, nested lists for arrays; null for what is not finite.

    Raises:
        DataError: If an object has no form in JSON.

    Example:
        >>> instances(np.array([[1.0, np.nan], [2.0, 3.0]]))
        [[1.0, None], [2.0, 3.0]]
    """
    if hasattr(batch, "iloc") and hasattr(batch, "columns"):
        names = [str(name) for name in batch.columns]
        columns = [_plain(list(batch.iloc[:, i])) for i in range(len(names))]
    elif hasattr(batch, "schema") and hasattr(batch, "columns"):
        names = list(getattr(batch, "column_names", None) or batch.columns)
        series = [batch[name] for name in names]
        columns = [_plain(c.to_list() if hasattr(c, "to_list") else c.to_pylist()) for c in series]
    else:
        return _plain(batch if isinstance(batch, np.ndarray) else list(batch))
    if len(set(names)) != len(names):
        raise DataError("Records need columns with different names, but two share one. Rename them.")
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind in "Mm":
            return _plain(value.astype(str).tolist())
        value = value.tolist()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise DataError(
        f"An object needs a form in JSON to be sent over HTTP, but a {type(value).__name__} came. "
        "Pass a function that sends it in the form that the endpoint knows."
    )
