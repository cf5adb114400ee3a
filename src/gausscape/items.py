"""Items: objects in their native form, each with an id that later answers cite."""

__all__ = ["Items", "joined", "take"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import DataError, ShapeError


@dataclass(frozen=True)
class Items:
    """n objects of one kind, never changed by gausscape.

    Args:
        values: The objects: an array (n, h, w[, c]), a data frame, a list of graphs ...
        ids: One text for each object (its row number or file name), unique.
        labels: Optional class or group of each object, shape (n,).
        name: Where they came from, in words a reader understands.
        modality: Name of the kind of data when the source knows it ("images", "tables"), else None.

    Raises:
        ShapeError: If ids or labels do not match the number of objects.
        DataError: If two objects share an id.

    Example:
        >>> import numpy as np
        >>> items = Items.of(np.zeros((3, 8, 8)), name="blank")
        >>> len(items), items.ids.tolist()
        (3, ['0', '1', '2'])
        >>> items.take([2, 0]).ids.tolist()
        ['2', '0']
    """

    values: Any
    ids: np.ndarray
    labels: np.ndarray | None = None
    name: str = "data"
    modality: str | None = None

    def __post_init__(self):
        n = len(self.values)
        for what, column in (("ids", self.ids), ("labels", self.labels)):
            if column is not None and len(column) != n:
                raise ShapeError(f"{n} objects need {n} {what}, but {len(column)} came. Pass one for each object.")
        # A set of texts takes a tenth of the time that sorting them does.
        if len(set(np.asarray(self.ids).tolist())) != n:
            values, counts = np.unique(self.ids, return_counts=True)
            raise DataError(
                f"Every object needs an id of its own, but {str(values[counts.argmax()])!r} stands {counts.max()} times. "
                "Choose another id column, or none to number the rows."
            )

    @classmethod
    def of(cls, data: Any, *, name: str = "data", labels: Any = None) -> "Items":
        """Wrap raw data; Items pass through unchanged. Rows without ids are numbered from 0."""
        if isinstance(data, Items):
            return data
        if not hasattr(data, "__len__"):
            raise DataError(
                f"Data need a length (an array, a data frame, a list), but a {type(data).__name__} came. "
                "Collect them into an array or a frame first."
            )
        if hasattr(data, "read") and hasattr(data, "sizes"):
            raise DataError(
                f"This needs objects in memory, but chunks of {len(data):,} came. Pass some of them: chunks.sample(20_000), say."
            )
        ids = np.arange(len(data)).astype(str)
        return cls(data, ids, None if labels is None else np.asarray(labels), name=name)

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Any) -> "Items":
        """The objects at these positions, in this order."""
        rows = np.asarray(rows, dtype=np.int64)
        labels = None if self.labels is None else self.labels[rows]
        return Items(take(self.values, rows), self.ids[rows], labels, name=self.name, modality=self.modality)


def take(values: Any, rows: np.ndarray) -> Any:
    """Rows of an array, of a pandas, polars or pyarrow frame, of a container with its own `take`, or of a list, as the same type.

    Example:
        >>> import numpy as np
        >>> take(["a", "b", "c"], np.array([2, 0]))
        ['c', 'a']
    """
    if hasattr(values, "iloc"):
        return values.iloc[rows]
    if isinstance(values, np.ndarray):
        return values[rows]
    if hasattr(values, "take"):
        return values.take(rows)
    if hasattr(values, "schema"):
        return values[rows]
    return [values[int(row)] for row in rows]


def joined(parts: Sequence[Any]) -> Any:
    """Values of several parts, one after the other, as the same type: arrays, frames of one library, or lists.

    Args:
        parts: One at least, of the same columns, shape and types.

    Example:
        >>> joined([["a"], ["b", "c"]])
        ['a', 'b', 'c']
    """
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    if isinstance(parts[0], list):
        return [value for part in parts for value in part]
    import narwhals as nw

    whole = nw.concat([nw.from_native(part, eager_only=True) for part in parts]).to_native()
    return whole.reset_index(drop=True) if hasattr(whole, "iloc") else whole
