"""What are a window's features usually? Means and spreads, first of objects drawn from the space, then of the stream's own."""

__all__ = ["UsualFeatures"]

from dataclasses import dataclass

import numpy as np

from gausscape.modality import Features
from gausscape.space.space import Space
from gausscape.watching.answers import FeatureDifference

DRAWN = 512
ENOUGH = 30
TINY = 1e-9
MOST = 1e6


@dataclass
class UsualFeatures:
    """Mean and spread of features over objects and over windows' means.

    Args:
        names: Of the features.
        mean, spread: Over usual objects, (features,).
        count: Number of usual windows of the stream that were taken in.
        of_windows: Mean of the windows' means, (features,).
        squares: Sum over windows of objects x (window's mean - mean)^2, (features,): what a mean of m objects scatters, times m.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    spread: np.ndarray
    count: int
    of_windows: np.ndarray
    squares: np.ndarray

    @classmethod
    def of_space(cls, space: Space, *, seed: int) -> "UsualFeatures":
        """From objects that the decoder draws at held-out codes, observation noise included."""
        held_out = space.aggregate.held_out
        codes = held_out[np.unique(np.linspace(0, len(held_out) - 1, DRAWN).round().astype(int))]
        return cls.of_objects(space.modality.features(space.codec.cells(space.aggregate.full(codes), seed=seed)))

    @classmethod
    def of_objects(cls, features: Features) -> "UsualFeatures":
        """From the features of usual objects."""
        mean, spread = _moments(features.values)
        return cls(features.names, mean, features.varying(spread), 0, np.zeros_like(mean), np.zeros_like(mean))

    def take_in(self, mean: np.ndarray, m: float) -> None:
        """Count one more usual window with that mean (features,) over m objects."""
        self.count += 1
        known = np.isfinite(mean)
        before = np.where(known, mean - self.of_windows, 0.0)
        self.of_windows = self.of_windows + before / self.count
        self.squares = self.squares + m * before * np.where(known, mean - self.of_windows, 0.0)

    def differences(self, value: np.ndarray, m: float, *, most: int) -> tuple[FeatureDifference, ...]:
        """The features whose means (features,) over m objects differ most from what is usual for so many, most first.

        Once 30 usual windows were seen they say what is usual: then a weekly rhythm or objects that resemble each other
        within a window make a difference less remarkable, as they should.
        """
        own = self.count >= ENOUGH
        usual = self.of_windows if own else self.mean
        scatter = np.sqrt(np.maximum(self.squares / max(self.count - 1, 1), 0.0)) if own else self.spread
        scatter = np.maximum(scatter, TINY * np.maximum(1.0, np.abs(usual)))
        spread = np.where(self.spread > 0, self.spread, scatter)
        difference = (value - usual) / spread
        score = (value - usual) / (scatter / np.sqrt(m))
        score = np.where(np.isfinite(score) & (self.spread > 0), score, 0.0)
        order = np.argsort(-np.abs(score), kind="stable")[:most]
        difference, score = np.clip(difference, -MOST, MOST), np.clip(score, -MOST, MOST)
        return tuple(
            FeatureDifference(self.names[i], *(float(each[i]) for each in (value, usual, difference, score)))
            for i in order
            if score[i] != 0
        )


def window_mean(features: Features) -> np.ndarray:
    """Mean of each feature over the objects that have it, (features,); NaN where none has."""
    return _moments(features.values)[0]


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = np.isfinite(values)
    count = known.sum(0)
    mean = np.where(count > 0, np.where(known, values, 0.0).sum(0) / np.maximum(count, 1), np.nan)
    centred = np.where(known, values - mean, 0.0)
    return mean, np.sqrt((centred**2).sum(0) / np.maximum(count, 1))
