"""What is compared: named columns of objects, numbers or levels, coded alike in several sets of objects."""

__all__ = ["Columns", "code_alike", "columns_of_objects"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.errors import DataError, SchemaError
from gausscape.modality import Modality

MISSING = -1


@final
@dataclass(frozen=True)
class Columns:
    """n objects as numbers: a column holds float64 with NaN where missing, or codes of levels with -1 there.

    Args:
        names: One name each.
        values: Shape (n, columns), float64.
        levels: Number of levels of each column, (columns,); 0 where it holds numbers.
    """

    names: tuple[str, ...]
    values: np.ndarray
    levels: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> np.ndarray:
        """Which cells are missing, (n, columns)."""
        return np.where(self.levels > 0, self.values == MISSING, np.isnan(self.values))

    def take(self, rows: np.ndarray) -> "Columns":
        """Some of the objects."""
        return Columns(self.names, self.values[rows], self.levels)

    def spread_out(self, typical: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Numbers centred and scaled, gaps as flags, levels as flags of their own, (n, features); gaps stand at 0."""
        blocks = []
        for k, levels in enumerate(self.levels):
            column = self.values[:, k]
            if levels:
                blocks.append(column[:, None] == np.arange(MISSING, levels)[None])
            else:
                gap = np.isnan(column)
                blocks.append(np.stack([np.where(gap, 0.0, (column - typical[k]) / scale[k]), gap], 1))
        return np.concatenate(blocks, 1).astype(np.float64)

    def usual(self) -> tuple[np.ndarray, np.ndarray]:
        """(median, spread) of each column of numbers, each (columns,); the spread is never 0."""
        typical, scale = np.zeros(len(self.names)), np.ones(len(self.names))
        for k in np.flatnonzero(self.levels == 0):
            known = self.values[~np.isnan(self.values[:, k]), k]
            if len(known):
                typical[k] = np.median(known)
                low, high = np.quantile(known, [0.05, 0.95])
                scale[k] = (high - low) or known.std() or 1.0
        return typical, scale


def columns_of_objects(modality: Modality, values: Any) -> dict[str, np.ndarray]:
    """Named columns of objects in native form; of objects without columns their features.

    Args:
        modality: The kind of data, as it was learned.
        values: n objects.

    Returns:
        By name, each (n,): numbers, datetime64, or objects.
    """
    found = modality.columns_of(values)
    if found:
        return found
    _, target = modality.present(modality.to_tensors(values), None)
    told = modality.features(target["cells"], target.get("observed"))
    return {name: told.values[:, k] for k, name in enumerate(told.names)}


def code_alike(sets: Sequence[Mapping[str, np.ndarray]]) -> tuple[Columns, ...]:
    """Several sets of objects with one code for each level.

    Args:
        sets: Named columns of each set, as `columns_of_objects` gives them. The first decides names and order.

    Raises:
        SchemaError: If a later set lacks a column.
        DataError: If there is no column, or no object.

    Example:
        >>> a, b = code_alike([{"x": np.array([1.0, 2.0]), "city": np.array(["Graz", None], object)},
        ...                    {"x": np.array([3.0]), "city": np.array(["Porto"], object)}])
        >>> a.values.tolist(), b.values.tolist(), a.levels.tolist()
        ([[1.0, 0.0], [2.0, -1.0]], [[3.0, 1.0]], [0, 2])
    """
    names = tuple(sets[0])
    if not names:
        raise DataError(
            "A quality report needs at least one column, but the objects have none. Pass objects with columns."
        )
    if not all(len(next(iter(columns.values()))) for columns in sets if columns):
        raise DataError("A quality report needs objects in every set, but one is empty. Pass some.")
    for columns in sets:
        lacking = [name for name in names if name not in columns]
        if lacking:
            raise SchemaError(
                f"A quality report needs the same columns in every set, but {lacking[0]!r} is not in all of them. Add it."
            )
    coded, levels = [], []
    for name in names:
        parts = [np.asarray(columns[name]) for columns in sets]
        column, count = _codes(parts)
        coded.append(column)
        levels.append(count)
    edges = np.cumsum([len(next(iter(columns.values()))) for columns in sets])[:-1]
    return tuple(Columns(names, rows, np.array(levels)) for rows in np.split(np.stack(coded, 1), edges))


def _codes(parts: Sequence[np.ndarray]) -> tuple[np.ndarray, int]:
    """(one column of all sets as float64, number of its levels or 0)."""
    if all(part.dtype.kind in "iuf" for part in parts):
        numbers = np.concatenate([part.astype(np.float64) for part in parts])
        return np.where(np.isfinite(numbers), numbers, np.nan), 0
    if all(part.dtype.kind == "M" for part in parts):
        instants = np.concatenate([part.astype("datetime64[us]") for part in parts])
        days = instants.astype(np.int64) / 86_400e6
        return np.where(np.isnat(instants), np.nan, days), 0
    texts = [None if _is_missing(value) else str(value) for part in parts for value in part.tolist()]
    known = {text: code for code, text in enumerate(sorted({text for text in texts if text is not None}))}
    return np.array([MISSING if text is None else known[text] for text in texts], float), max(len(known), 1)


def _is_missing(value: Any) -> bool:
    return value is None or value != value
