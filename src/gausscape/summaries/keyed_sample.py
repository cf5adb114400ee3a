"""KeyedSample: a uniform sample that does not depend on the order of the objects, nor on how they were cut into parts."""

__all__ = ["KeyedSample"]

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.keyed_random import keyed_uniforms
from gausscape.summaries.summary import Summary, refuse_other_settings


@dataclass(frozen=True, eq=False)
class KeyedSample(Summary):
    """The `size` objects whose keyed random number is smallest (bottom-k sketch, Cohen & Kaplan 2007).

    The number of an object is a function of (seed, id) alone; over objects with different ids the sample is one drawn without
    replacement, each set of `size` objects as likely as any other, and of all it has seen.

    Args:
        size: Most objects that are kept.
        seed: Of the keyed numbers.
        seen: Objects in all.
        numbers: Of the kept ones, ascending, (k,).
        places: What each was given as its place, (k,).

    Example:
        >>> ids = np.arange(1000).astype(str)
        >>> whole = KeyedSample.of(ids, np.arange(1000), size=10, seed=0)
        >>> parts = KeyedSample.of(ids[600:], np.arange(600, 1000), size=10, seed=0).merged(
        ...     KeyedSample.of(ids[:600], np.arange(600), size=10, seed=0))
        >>> parts.places.tolist() == whole.places.tolist(), parts.seen
        (True, 1000)

    References:
        Cohen & Kaplan 2007, Summarizing data using bottom-k sketches, section 2.
    """

    size: int
    seed: int
    seen: int
    numbers: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, ids: np.ndarray, places: np.ndarray, *, size: int, seed: int) -> "KeyedSample":
        """Of objects with these ids.

        Args:
            ids: Different texts, (n,).
            places: What to remember each by: its position in the whole, say, int64, (n,).
            size: Most objects to keep.
            seed: Of the keyed numbers.

        Raises:
            ConfigurationError: If the size is below 1.
        """
        return cls.empty(size=size, seed=seed).adding(keyed_uniforms(ids, seed=seed)[:, 0, 0], places)

    @classmethod
    def empty(cls, *, size: int, seed: int) -> "KeyedSample":
        """Of nothing yet.

        Raises:
            ConfigurationError: If the size is below 1.
        """
        if size < 1:
            raise ConfigurationError(f"A sample needs a size above 0, but got {size!r}. Pass 10_000, say.")
        return cls(size, seed, 0, np.empty(0), np.empty(0, dtype=np.int64))

    def adding(self, numbers: np.ndarray, places: np.ndarray) -> "KeyedSample":
        """With further objects, by the keyed random numbers in (0, 1) that `keyed_uniforms` gives for the seed and their ids."""
        seen, places = self.seen + len(numbers), np.asarray(places, dtype=np.int64)
        if len(self) == self.size:  # then hardly any of them has a chance
            near = numbers <= self.numbers[-1]
            numbers, places = numbers[near], places[near]
        return replace(self, seen=seen, **self._smallest(numbers, places))

    def __len__(self) -> int:
        return len(self.places)

    def merged(self, other: Self) -> Self:
        refuse_other_settings((self.size, self.seed), (other.size, other.seed), "(size, seed)")
        return replace(self, seen=self.seen + other.seen, **self._smallest(other.numbers, other.places))

    def _smallest(self, numbers: np.ndarray, places: np.ndarray) -> dict[str, np.ndarray]:
        numbers, places = np.concatenate([self.numbers, numbers]), np.concatenate([self.places, places])
        order = np.argsort(numbers, kind="stable")
        if (np.diff(numbers[order]) == 0).any():
            # Equal numbers (one pair in 2^52) are told apart by their places, so that the order of the parts has no say.
            order = np.lexsort((places, numbers))
        return {"numbers": numbers[order[: self.size]], "places": places[order[: self.size]]}

    def document(self) -> dict[str, Any]:
        kept = {"numbers": self.numbers.tolist(), "places": self.places.tolist()}
        return {"size": self.size, "seed": self.seed, "seen": self.seen} | kept

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        numbers, places = (
            np.asarray(document["numbers"], dtype=np.float64),
            np.asarray(document["places"], dtype=np.int64),
        )
        return cls(document["size"], document["seed"], document["seen"], numbers, places)
