"""Cache: what is already known, so that equal objects are charged once."""

__all__ = ["Cache", "Entry", "Lost"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.outcome.digests import digests
from gausscape.outcome.reading import Reading


@dataclass(frozen=True)
class Lost:
    """An object without a usable answer.

    Args:
        kind: Of the failure.
        message: One line.
        may_pass: Whether another try may succeed (a server that was busy), so that it is worth asking again.
    """

    kind: str
    message: str
    may_pass: bool = False


@dataclass(frozen=True)
class Entry:
    """What is known of one object: its raw answer (a number, a vector or a label), or that it was lost."""

    answer: Any = None
    lost: Lost | None = None


class Cache:
    """Entries by the content of the object. It grows with the objects asked about and lives as long as its outcome.

    Example:
        >>> cache, images = Cache(), np.zeros((3, 2, 2))
        >>> keys = cache.keys(images)
        >>> cache.unknown(keys).tolist()
        [0]
        >>> cache.put(keys[0], Entry(0.5))
        >>> cache.unknown(keys).tolist()
        []
    """

    def __init__(self):
        self.first: Reading | None = None
        """The first answers that came, which decide what all later ones mean."""
        self._entries: dict[bytes, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def keys(self, values: Any) -> list[Any]:
        """One key for each object; objects that cannot be recognised get one of their own, which no other object has."""
        return [object() if digest is None else digest for digest in digests(values)]

    def unknown(self, keys: list[Any]) -> np.ndarray:
        """Rows to ask about: the first of each content that has no entry yet."""
        first: dict[Any, int] = {}
        for row, key in enumerate(keys):
            first.setdefault(key, row)
        return np.array([row for key, row in first.items() if key not in self._entries], dtype=np.int64)

    def put(self, key: Any, entry: Entry) -> None:
        """Keep an entry."""
        self._entries[key] = entry

    def get(self, key: Any) -> Entry:
        """The entry of a key."""
        return self._entries[key]

    def forget(self, keys: list[Any]) -> None:
        """Drop what must not be remembered: objects that cannot be recognised again, failures that may pass."""
        for key in keys:
            entry = self._entries.get(key)
            if entry is not None and (not isinstance(key, bytes) or (entry.lost is not None and entry.lost.may_pass)):
                del self._entries[key]
