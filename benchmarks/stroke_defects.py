"""Where is a planted defect? Half-spaces and balls of known probability in measured features of strokes.

A defect is a set of images told by five numbers measured on the image (slant, half thickness, length and position, by
moments; see `faithfulness.measure`), whitened by their covariance over fresh strokes. A half-space is everything beyond
a bound along a random direction; a ball is everything within a distance of a random stroke. Bound and distance are
chosen so that a fresh stroke falls inside with the stated probability.

Example:
    >>> ruler = FeatureRuler.of(np.random.default_rng(0), strokes=2000)
    >>> defect = plant("half-space", 0.01, ruler, np.random.default_rng(1))
    >>> share = (defect.margin(ruler.population) <= 0).mean()
    >>> bool(0.005 < share < 0.02)
    True
"""

from dataclasses import dataclass

import numpy as np

from faithfulness import measure
from strokes import SIDE, draw_images

__all__ = ["Defect", "FeatureRuler", "plant"]

MEASURED_AT_ONCE = 20_000


@dataclass(frozen=True)
class FeatureRuler:
    """Whitened features of images.

    Args:
        mean, whitener: So that (f - mean) @ whitener has no correlation and unit spread over strokes.
        population: Whitened features of fresh strokes, (n, 5).
    """

    mean: np.ndarray
    whitener: np.ndarray
    population: np.ndarray

    @classmethod
    def of(cls, rng: np.random.Generator, *, strokes: int = 200_000) -> "FeatureRuler":
        """Learn the spread from fresh strokes."""
        parts = [
            measured(draw_images(min(MEASURED_AT_ONCE, strokes - start), rng))
            for start in range(0, strokes, MEASURED_AT_ONCE)
        ]
        raw = np.concatenate(parts)
        whitener = np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
        return cls(raw.mean(0), whitener, (raw - raw.mean(0)) @ whitener)

    def whitened(self, images: np.ndarray) -> np.ndarray:
        """Features (n, 5) of images (n, 16, 16); an image without ink lies nowhere, at NaN."""
        return (measured(images) - self.mean) @ self.whitener


@dataclass(frozen=True)
class Defect:
    """A set in feature space.

    Args:
        kind: "half-space" or "ball".
        place: Unit direction, or centre, (5,).
        bound: How far along it begins, or the radius.
    """

    kind: str
    place: np.ndarray
    bound: float

    def margin(self, features: np.ndarray) -> np.ndarray:
        """Of whitened features (n, 5), in their standard deviations: 0 or below is the defect; NaN is outside."""
        if self.kind == "ball":
            found = np.linalg.norm(features - self.place, axis=1) - self.bound
        else:
            found = self.bound - features @ self.place
        return np.where(np.isnan(found), np.inf, found)


def plant(kind: str, probability: float, ruler: FeatureRuler, rng: np.random.Generator) -> Defect:
    """A random defect of that probability."""
    population = ruler.population
    if kind == "ball":
        place = population[rng.integers(len(population))]
        return Defect(kind, place, float(np.quantile(np.linalg.norm(population - place, axis=1), probability)))
    place = rng.standard_normal(population.shape[1])
    place /= np.linalg.norm(place)
    return Defect(kind, place, float(np.quantile(population @ place, 1 - probability)))


def measured(images: np.ndarray) -> np.ndarray:
    """Raw features, (n, 5)."""
    return np.stack(list(measure(np.asarray(images).reshape(-1, SIDE, SIDE)).values()), axis=1)
