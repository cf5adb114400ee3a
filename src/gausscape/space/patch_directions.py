"""In which directions does the decoded object change most around here, and what does a reader see change?

Latent axes are arbitrary (a rotation of them is the same space), so a direction is named by what it does: the
eigenvectors of the pull-back metric M = E[J' I J] over the patch, in whitened coordinates, are ranked by the change of
the decoded object for each standard deviation, and told by the features that move (Arvanitidis et al. 2018, 1710.11379;
Locatello et al. 2019, on arbitrary axes).
"""

__all__ = ["Direction", "Directions", "describe_directions", "find_directions", "mean_metric", "opposite_name"]

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.space.ball import Ball
from gausscape.space.population import Population

PLACES = 8
LONGEST_STEP = 1.0
SHORTEST_STEP = 0.05
LEAST_EFFECT = 0.1
LEAST_OF_LARGEST = 0.5
ALIKE = 0.85
MOST_NAMED = 3
LONGEST_NAME = 70


@final
@dataclass(frozen=True, eq=False)
class Direction:
    """A direction in which objects of a patch can change. Its sign is such that the feature named first rises.

    Args:
        name: What a reader sees change along it, "more slant, less thickness".
        vector: Unit vector in whitened coordinates, (live,).
        change: How much a standard deviation along it changes the decoded object, in units of distinguishability (Fisher
            length under the likelihood; 1 is about one standard deviation of the noise).
        share: Part of the squared change in all directions, in [0, 1].
        features: Names of the features that can move.
        effects: How far each moves a standard deviation along it, in the feature's own standard deviations over the
            population, (features,).
    """

    name: str
    vector: np.ndarray
    change: float
    share: float
    features: tuple[str, ...]
    effects: np.ndarray

    def __repr__(self) -> str:
        return f"Direction({self.name!r}, change {self.change:.3g} for each standard deviation, share {self.share:.0%})"

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "name": self.name,
            "vector": self.vector.tolist(),
            "change": self.change,
            "share": self.share,
            "effects": dict(zip(self.features, self.effects.tolist(), strict=True)),
        }


@final
@dataclass(frozen=True, eq=False)
class Directions:
    """Orthonormal directions of a patch, those that change most first. A sequence of `Direction`."""

    directions: tuple[Direction, ...]

    def __len__(self) -> int:
        return len(self.directions)

    def __getitem__(self, rank: int) -> Direction:
        return self.directions[rank]

    def __iter__(self) -> Iterator[Direction]:
        return iter(self.directions)

    @property
    def vectors(self) -> np.ndarray:
        """Unit vectors in whitened coordinates, (directions, live)."""
        return np.stack([direction.vector for direction in self.directions])

    @property
    def names(self) -> tuple[str, ...]:
        """What a reader sees change along each; distinct."""
        return tuple(direction.name for direction in self.directions)

    def __str__(self) -> str:
        lines = ["   change  of total  along"]
        lines += [f"{each.change:9.3g}  {each.share:8.0%}  {each.name}" for each in self.directions]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> list[dict[str, Any]]:
        """JSON-able."""
        return [direction.document() for direction in self.directions]


def find_directions(population: Population, ball: Ball, *, metric: np.ndarray) -> Directions:
    """All directions of a ball under its mean metric (live, live), ranked."""
    return describe_directions(population, ball, np.linalg.eigh(metric)[1][:, ::-1].T, metric=metric)


def mean_metric(population: Population, ball: Ball) -> np.ndarray:
    """Pull-back metric in whitened coordinates, mean over the centre and eight other points, (live, live)."""
    offsets = np.concatenate([np.zeros((1, ball.dimension)), ball.pairs(PLACES, np.random.default_rng([0, 41]))])
    metric = population.metric(ball.codes(offsets)).mean(0)
    return (metric + metric.T) / 2


def describe_directions(population: Population, ball: Ball, vectors: np.ndarray, *, metric: np.ndarray) -> Directions:
    """Orthonormal vectors (k, live) told by their change under a metric and by the features they move; sets the signs."""
    squared = np.einsum("ki,ij,kj->k", vectors, metric, vectors).clip(min=0)
    total = max(float(np.trace(metric)), np.finfo(float).tiny)
    features, effects = _effects(population, ball, vectors)
    signs = _signs(vectors, effects)
    # Adding 0 turns -0 into 0, which otherwise would show in every printed vector.
    vectors, effects = signs[:, None] * vectors + 0.0, signs[:, None] * effects + 0.0
    told = _short(features)
    names: list[str] = []
    for own in effects:
        names.append(_distinct(_name(told, own), names))
    return Directions(
        tuple(
            Direction(name, vector, float(np.sqrt(change)), float(change / total), features, effect)
            for name, vector, change, effect in zip(names, vectors, squared, effects, strict=True)
        )
    )


def _effects(population: Population, ball: Ball, vectors: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of features, and the slope of each along each vector in population standard deviations, (k, features)."""
    # Across the patch, but not beyond a standard deviation; below .05 the decoder's single precision is all one sees.
    step = float(np.clip(ball.radius, SHORTEST_STEP, LONGEST_STEP))
    codes = ball.codes(step * np.concatenate([vectors, -vectors]))
    values = population.codec.modality.features(population.codec.cells(codes)).values
    with np.errstate(invalid="ignore", over="ignore"):
        slopes = (values[: len(vectors)] - values[len(vectors) :]) / (2 * step)
    spread = population.feature_spread
    effects = np.where(np.isfinite(slopes) & (spread > 0), slopes / np.where(spread > 0, spread, 1.0), 0.0)
    return population.features.names, effects


def _signs(vectors: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """+1 or -1 for each vector: the feature named first rises; where none is named, the largest coordinate is positive."""
    signs = np.sign(vectors[np.arange(len(vectors)), np.abs(vectors).argmax(1)])
    for row, own in enumerate(effects):
        told = _told(own)
        signs[row] = np.sign(own[told[0]]) if told else signs[row]
    return signs


def _told(effects: np.ndarray) -> list[int]:
    """Features that name a direction, the first of the strongest before the others."""
    size = np.abs(effects)
    largest = float(size.max(initial=0.0))
    if largest < LEAST_EFFECT:
        return []
    # A kind of data lists features from the whole to the detail: of those that move about alike the earlier says more.
    first = np.flatnonzero(size >= ALIKE * largest)
    others = np.argsort(-size, kind="stable")
    kept = [int(k) for k in others if max(LEAST_EFFECT, LEAST_OF_LARGEST * largest) <= size[k] < ALIKE * largest]
    return [*first.tolist(), *kept][:MOST_NAMED]


def _name(features: tuple[str, ...], effects: np.ndarray) -> str:
    words = [f"{'more' if effects[k] > 0 else 'less'} {features[k]}" for k in _told(effects)]
    while len(words) > 1 and len(", ".join(words)) > LONGEST_NAME:
        words.pop()
    return ", ".join(words) or "nothing that has a name"


def opposite_name(name: str) -> str:
    """What a reader sees change the other way.

    Example:
        >>> opposite_name("more slant, less width")
        'less slant, more width'
    """
    swapped = {"more": "less", "less": "more"}
    words = (part.split(" ", 1) for part in name.split(", "))
    return ", ".join(" ".join([swapped.get(first, first), *rest]) for first, *rest in words)


def _short(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names without their unit in brackets, where that leaves them distinct."""
    short = tuple(name.rpartition(" (")[0] or name if name.endswith(")") else name for name in names)
    return short if len(set(short)) == len(short) else names


def _distinct(name: str, taken: list[str]) -> str:
    """The name, with its number if another direction has it already: two may move the same features in different ways."""
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name} ({number})"
    return candidate
