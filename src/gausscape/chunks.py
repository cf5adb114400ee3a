"""Chunks: more objects than memory holds, in numbered pieces that can be read again in any order."""

__all__ = ["CHUNK", "Chunks"]

import abc
import functools
import hashlib
from dataclasses import replace
from typing import Any, final

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.items import Items, joined
from gausscape.keyed_random import keyed_uniforms
from gausscape.summaries import KeyedSample

CHUNK = 65_536
"""Objects of a chunk, where nothing else is asked for."""


class Chunks(abc.ABC):
    """n objects of one kind, of which one chunk at a time is in memory.

    What a chunk holds depends on the source and its number alone: not on who reads it, in which order, or when. Ids differ
    over all chunks.

    Attributes:
        name: Where the objects came from, in words a reader understands.
        sizes: How many objects each chunk holds.
        digest: Of the source's identity: equal for equal sources, whoever reads them.
        modality: Name of the kind of data when the source knows it, else None.

    Example:
        >>> chunks = Chunks.of(np.zeros((5, 8, 8)), size=2)
        >>> len(chunks), chunks.sizes, chunks.read(2).ids.tolist()
        (5, (2, 2, 1), ['4'])
    """

    name: str
    sizes: tuple[int, ...]
    modality: str | None = None

    def __len__(self) -> int:
        return sum(self.sizes)

    @property
    @abc.abstractmethod
    def digest(self) -> str:
        """Of the source's identity."""

    @abc.abstractmethod
    def read(self, number: int) -> Items:
        """The objects of one chunk.

        Raises:
            ConfigurationError: If there is no such chunk.
            DataError: If the source changed since it was looked at.
            DamagedFileError: If it cannot be read.
        """

    def take(self, places: Any) -> Items:
        """The objects at these places of the whole, in ascending order, each once; read chunk by chunk.

        Args:
            places: Positions from 0, any integer array.
        """
        places = checked_places(places, self)
        starts = np.cumsum([0, *self.sizes])
        cuts = np.searchsorted(places, starts)
        parts = [
            self.read(number).take(places[cuts[number] : cuts[number + 1]] - starts[number])
            for number in range(len(self.sizes))
            if cuts[number] < cuts[number + 1]
        ]
        labels = [part.labels for part in parts if part.labels is not None]
        return Items(
            joined([part.values for part in parts]),
            np.concatenate([part.ids for part in parts]),
            np.concatenate(labels) if len(labels) == len(parts) else None,
            name=self.name,
            modality=self.modality,
        )

    def sample(self, count: int, *, seed: int = 0) -> Items:
        """So many objects drawn uniformly, in the order of the whole; which ones depends on (seed, ids) alone.

        Args:
            count: How many, where there are as many.
            seed: Of the draw.

        Example:
            >>> drawn = Chunks.of(np.zeros((100, 2)), size=30).sample(10, seed=1)
            >>> len(drawn), drawn.ids.tolist() == Chunks.of(np.zeros((100, 2)), size=7).sample(10, seed=1).ids.tolist()
            (10, True)
        """
        sample, start = KeyedSample.empty(size=count, seed=seed), 0
        for number, size in enumerate(self.sizes):
            numbers = keyed_uniforms(self.read(number).ids, seed=seed)[:, 0, 0]
            sample, start = sample.adding(numbers, np.arange(start, start + size)), start + size
        items = self.take(sample.places)
        told = (
            self.name
            if len(items) == len(self)
            else f"{self.name} (a uniform sample of {len(items):,} of {len(self):,})"
        )
        return replace(items, name=told)

    @staticmethod
    def of(items: Any, *, size: int = CHUNK) -> "Chunks":
        """Chunks of objects that are in memory already; Chunks pass through unchanged.

        Args:
            items: Items, or what they can be made of.
            size: Objects of a chunk; the last may hold fewer.
        """
        return items if isinstance(items, Chunks) else HeldChunks(Items.of(items), size=size)


@final
class HeldChunks(Chunks):
    """Slices of objects in memory.

    Args:
        items: All objects.
        size: Objects of a chunk; the last may hold fewer.
    """

    def __init__(self, items: Items, *, size: int = CHUNK):
        self.items = items
        self.name, self.modality = items.name, items.modality
        self._starts = range(0, len(items), checked_size(size))
        self.sizes = tuple(min(size, len(items) - start) for start in self._starts)

    @property
    def digest(self) -> str:
        """Of the sizes and ids, and of the values where these are an array or a frame."""
        return self._digest

    @functools.cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256(repr(self.sizes).encode())
        digest.update("\0".join(self.items.ids.astype(str).tolist()).encode())
        for column in _columns(self.items.values):
            cells = np.ascontiguousarray(column)
            digest.update(repr(cells.tolist()).encode() if cells.dtype == object else cells.data.cast("B"))
        return digest.hexdigest()

    def read(self, number: int) -> Items:
        refuse_other_numbers(number, self)
        return self.items.take(self._starts[number] + np.arange(self.sizes[number]))

    def take(self, places: Any) -> Items:
        return self.items.take(checked_places(places, self))


def checked_size(size: Any) -> int:
    """A number of objects that a chunk can have.

    Raises:
        ConfigurationError: If it is none.
    """
    if not isinstance(size, int | np.integer) or isinstance(size, bool) or size < 1:
        raise ConfigurationError(
            f"A chunk needs a whole number of objects above 0, but got {size!r}. Pass {CHUNK}, say."
        )
    return int(size)


def refuse_other_numbers(number: int, chunks: Chunks) -> None:
    """Refuse a number that no chunk has.

    Raises:
        ConfigurationError: If there is no such chunk.
    """
    if not 0 <= number < len(chunks.sizes):
        raise ConfigurationError(
            f"{chunks.name} has the chunks 0 to {len(chunks.sizes) - 1}, but chunk {number} was asked for. Take one of these."
        )


def checked_places(places: Any, chunks: Chunks) -> np.ndarray:
    """Places in ascending order, each once.

    Raises:
        ConfigurationError: If there are none, or one has no object.
    """
    places = np.unique(np.asarray(places, dtype=np.int64))
    if not len(places) or places[0] < 0 or places[-1] >= len(chunks):
        came = f"places from {places[0]} to {places[-1]}" if len(places) else "no places"
        raise ConfigurationError(
            f"{chunks.name} has the objects 0 to {len(chunks) - 1}, but {came} came. Take some of these."
        )
    return places


def _columns(values: Any) -> list[np.ndarray]:
    if isinstance(values, np.ndarray):
        return [values] if values.dtype.kind in "biufc" else [values.astype(object)]
    if hasattr(values, "shape") and hasattr(values, "columns"):
        names = list(getattr(values, "column_names", values.columns))
        cells = [np.asarray(values[name]) for name in names]
        return [np.asarray(names, dtype=object)] + [c if c.dtype.kind in "biufc" else c.astype(object) for c in cells]
    return []
