"""Would a space fitted with another seed say the same? Order against landmarks and against other changes."""

__all__ = ["TOLERANCE", "Refits", "measure_refits"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.local_change.ends import read_ends
from gausscape.local_change.measures import distance_of_shift, whitened_shift
from gausscape.local_change.ruler import ruler_of
from gausscape.space.space import Space

TOLERANCE = 10.0
"""Percentage points by which a percentile may differ between two fits that are taken to agree."""

COMPARED = 1000
LANDMARKS = ("the same object measured again", "the nearest other object", "a random pair")


@dataclass(frozen=True)
class Refits:
    """What this space and others fitted with other seeds say of the same n changes; this one stands first.

    Args:
        distance: In each space's own unit, (fits, n).
        percentile: In percent, (fits, n).
        landmarks: (again, neighbour, median pair) of each space, (fits, 3).
    """

    distance: np.ndarray
    percentile: np.ndarray
    landmarks: np.ndarray

    def __len__(self) -> int:
        return len(self.distance) - 1

    def take(self, changes: np.ndarray) -> "Refits":
        """Those of some changes."""
        return Refits(self.distance[:, changes], self.percentile[:, changes], self.landmarks)

    @property
    def ratios(self) -> np.ndarray:
        """Distance as a multiple of the space's own median pair, (fits, n)."""
        return self.distance / np.maximum(self.landmarks[:, 2:], 1e-300)

    @property
    def stable(self) -> np.ndarray | None:
        """Whether all fits agree on each change, (n,); None without refits.

        They agree if the change keeps its order against the three landmarks and its percentile stays within 10 points.
        """
        if not len(self):
            return None
        return ~self._flipped.any(1) & (self._drift <= TOLERANCE)

    def reason(self, change: int = 0) -> str:
        """Why one change is called stable or not, in a sentence."""
        if not len(self):
            return "Whether another fit would agree is not measured: pass refits=[...], spaces fitted with other seeds."
        told = self.percentile[:, change]
        fits = f"{len(self)} other fit{'s' if len(self) > 1 else ''}"
        stays = f"its percentile is {told.min():.0f} to {told.max():.0f} over {fits} and this one"
        flipped = [name for name, flip in zip(LANDMARKS, self._flipped[change], strict=True) if flip]
        if flipped:
            return f"Not stable: its order against {' and '.join(flipped)} differs between fits; {stays}."
        if self._drift[change] > TOLERANCE:
            return f"Not stable: {stays}, more than {TOLERANCE:.0f} points from this one's {told[0]:.0f}."
        return f"Stable: {stays}, on the same side of every landmark."

    def order_flips(self, *, seed: int) -> np.ndarray | None:
        """Share of other changes whose order against each change differs in another fit, mean over the refits, (n,).

        Against at most 1,000 others, drawn once. None without refits or with one change.
        """
        n = self.distance.shape[1]
        if not len(self) or n < 2:
            return None
        others = np.sort(np.random.default_rng([seed, 43]).permutation(n)[:COMPARED])
        own = self._order(0, others)
        flips = [(self._order(fit, others) * own < 0).sum(1) for fit in range(1, len(self.distance))]
        # A change is not compared with itself.
        compared = len(others) - np.isin(np.arange(n), others)
        return np.mean(flips, axis=0) / np.maximum(compared, 1)

    def _order(self, fit: int, others: np.ndarray) -> np.ndarray:
        distance = self.distance[fit]
        return np.sign(distance[:, None] - distance[others]).astype(np.int8)

    @property
    def _flipped(self) -> np.ndarray:
        above = self.distance[:, :, None] > self.landmarks[:, None, :]
        return (above != above[0]).any(0)

    @property
    def _drift(self) -> np.ndarray:
        return np.abs(self.percentile - self.percentile[0]).max(0)


def measure_refits(space: Space, distance: np.ndarray, a: Any, b: Any, *, refits: Sequence[Space]) -> Refits:
    """Measure the same objects in every space.

    Args:
        space: The one that is asked.
        distance: What it answers, (n,).
        a: The objects at one end, as they came.
        b: At the other end.
        refits: Spaces of the same kind of data.

    Raises:
        ConfigurationError: If a refit is no space, or this one.
        DataError: If a refit does not take the objects.
    """
    distances, percentiles, landmarks = [distance], [ruler_of(space).percentile(distance)], [ruler_of(space).landmarks]
    for number, refit in enumerate(refits):
        if not isinstance(refit, Space):
            raise ConfigurationError(
                f"refits needs spaces fitted with other seeds, but refits[{number}] is a {type(refit).__name__}. "
                "Pass [fit(data, seed=1), fit(data, seed=2)]."
            )
        if refit is space or _is_copy(refit, space):
            raise ConfigurationError(
                f"refits needs spaces fitted with other seeds, but refits[{number}] is the space itself or a copy. Leave it out."
            )
        try:
            ends = read_ends(refit, a, b)
        except DataError as error:
            raise type(error)(f"In refits[{number}]: {error}") from error
        distances.append(distance_of_shift(whitened_shift(refit, ends)))
        percentiles.append(ruler_of(refit).percentile(distances[-1]))
        landmarks.append(ruler_of(refit).landmarks)
    return Refits(np.stack(distances), np.stack(percentiles), np.stack(landmarks))


def _is_copy(refit: Space, space: Space) -> bool:
    """Whether it is the same fit, loaded once more: it would agree with itself."""
    return np.array_equal(refit.aggregate.codes, space.aggregate.codes)
