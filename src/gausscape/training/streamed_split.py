"""Which group does an object belong to, when the objects are not at hand together? Its content says so."""

__all__ = ["StreamedSplit", "content_hashes"]

from dataclasses import dataclass

import numpy as np

from gausscape.modality import Tensors
from gausscape.training.seeds import mix_seeds

FIT, VALIDATION, CALIBRATION, AUDIT = range(4)
"""The groups, by number."""

SHARES = {AUDIT: (0.1, 20_000), CALIBRATION: (0.2, 40_000), VALIDATION: (0.07, 2_000)}
"""Of each group its share of the objects, and the number from which more would add nothing; the rest fits."""

FEWEST_TO_VALIDATE = 300


@dataclass(frozen=True)
class StreamedSplit:
    """Groups by a hash of each object's content: equal objects fall into one group, whichever chunk they stand in (row T3).

    Args:
        objects: How many there are in all.
        seed: Of the split.

    Example:
        >>> split = StreamedSplit(1000, seed=0)
        >>> groups = split.groups(content_hashes({"cells": np.arange(1000.0)[:, None]}))
        >>> [round(float((groups == group).mean()), 1) for group in range(4)]
        [0.6, 0.1, 0.2, 0.1]
    """

    objects: int
    seed: int

    def groups(self, hashes: np.ndarray) -> np.ndarray:
        """The group of each object, (n,), by its hash."""
        place = _mixed(hashes ^ np.uint64(mix_seeds(self.seed, 8))).astype(np.float64) * 2.0**-64
        found, below = np.full(len(hashes), FIT), 0.0
        for group, (share, most) in SHARES.items():
            few = group == VALIDATION and self.objects < FEWEST_TO_VALIDATE
            above = below + (0.0 if few else min(share, most / self.objects))
            found[(place >= below) & (place < above)] = group
            below = above
        return found


def content_hashes(tensors: Tensors | dict[str, np.ndarray]) -> np.ndarray:
    """A 64-bit hash of each object, uint64, (n,): equal for equal objects; two different ones share one once in 2^64 pairs."""
    found = np.zeros(len(next(iter(tensors.values()))), dtype=np.uint64)
    for name in sorted(tensors):
        cells = np.ascontiguousarray(np.asarray(tensors[name])).reshape(len(found), -1).view(np.uint8)
        padded = np.zeros((len(found), -(-cells.shape[1] // 8) * 8), dtype=np.uint8)
        padded[:, : cells.shape[1]] = cells
        for word in np.ascontiguousarray(padded.view(np.uint64).T):
            found = _mixed((found + np.uint64(0x9E3779B97F4A7C15)) ^ word)
    return found


def _mixed(values: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele, Lea & Flood 2014): one to one, every bit moves half of the bits of the result."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
