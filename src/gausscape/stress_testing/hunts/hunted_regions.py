"""Regions where a defect might lie: tails along directions of features, and balls in projections of the whitened space."""

__all__ = ["Balls", "FeatureScale", "Tails", "draw_balls", "draw_tails", "measure_features"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import KDTree

from gausscape.errors import ConfigurationError
from gausscape.stress_testing.maker import Maker

TAILS = 2_000
PROJECTIONS, BALLS_EACH = 20, 1_000
LARGEST_DIMENSION = 5
"""Of a ball: a defect that needs more conditions at once is rare however it is looked for."""
MOST_FEATURES = 8
GROUPS = 100
FAINT = 1e-9


@dataclass(frozen=True, eq=False)
class FeatureScale:
    """Features that vary, in standard deviations of the law's draws, and the groups of features that directions combine.

    Args:
        columns: Positions of the features that vary.
        centre, spread: Of each of these.
        scores: Standardised features of the law's draws, (n, features).
    """

    columns: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    scores: np.ndarray

    def whiten(self, maker: Maker, z: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """The same features of other codes, (n, features); one that an object lacks stands at the centre."""
        values = maker.features(z, noise).values[:, self.columns]
        return np.nan_to_num((values - self.centre) / self.spread)


def measure_features(
    maker: Maker, z: np.ndarray, noise: np.ndarray, *, names: Sequence[str] | None = None
) -> FeatureScale:
    """Learn what varies, and how much, from draws of the law.

    Args:
        maker: Of the objects.
        z, noise: Draws of the law.
        names: Features to keep; None for all.

    Raises:
        ConfigurationError: If none of them varies.
    """
    measured = maker.features(z, noise)
    values = measured.values
    values = np.where(np.isfinite(values), values, np.nan)
    known = np.isfinite(values).mean(0) > 0.5
    if names is not None:
        known &= np.isin(measured.names, list(names))
    centre = np.nanmean(values[:, known], axis=0)
    spread = np.nanstd(values[:, known], axis=0)
    moves = spread > FAINT * np.maximum(np.abs(centre), 1)
    columns = np.flatnonzero(known)[moves]
    if not len(columns):
        raise ConfigurationError(
            f"A hunt needs features that vary, but of {', '.join(measured.names) if names is None else ', '.join(names)} none does. "
            f"Name some of {', '.join(measured.names)}, or fit a space whose objects differ."
        )
    scores = np.nan_to_num((values[:, columns] - centre[moves]) / spread[moves])
    return FeatureScale(columns, centre[moves], spread[moves], scores)


@dataclass(frozen=True, eq=False)
class Tails:
    """Directions of features.

    Args:
        directions: (features, m).
        projections: Of the law's draws on them, ascending along the first axis, (n, m).
    """

    directions: np.ndarray
    projections: np.ndarray

    def holding_deepest(self, features: np.ndarray, count: int) -> sparse.csr_matrix:
        """Which candidates (n, features) are among the `count` farthest along each direction: (m, n)."""
        along = features @ self.directions
        deepest = np.argpartition(-along, count - 1, axis=0)[:count].T
        starts = np.arange(0, deepest.size + 1, count)
        return sparse.csr_matrix((np.ones(deepest.size), deepest.ravel(), starts), shape=(len(deepest), len(features)))

    def hit_by(self, features: np.ndarray, probability: float) -> np.ndarray:
        """Which tails of that probability hold any of these points, (m,)."""
        bound = np.quantile(self.projections, 1 - probability, axis=0)
        return (features @ self.directions).max(0, initial=-np.inf) >= bound


def draw_tails(scale: FeatureScale, rng: np.random.Generator) -> Tails:
    """Directions that combine one to eight features at random, alike in the units in which these are uncorrelated."""
    features = scale.scores.shape[1]
    directions = np.zeros((features, GROUPS * (TAILS // GROUPS)))
    for start in range(0, directions.shape[1], TAILS // GROUPS):
        chosen = rng.permutation(features)[: rng.integers(1, min(features, MOST_FEATURES) + 1)]
        covariance = np.atleast_2d(np.cov(scale.scores[:, chosen].T)) + FAINT * np.eye(len(chosen))
        ways = rng.standard_normal((len(chosen), TAILS // GROUPS))
        directions[chosen, start : start + TAILS // GROUPS] = np.linalg.solve(np.linalg.cholesky(covariance).T, ways)
    return Tails(directions, scale.scores @ directions)


@dataclass(frozen=True, eq=False)
class Balls:
    """Balls in projections of whitened coordinates.

    Args:
        projections: Orthonormal columns, (projections, d, k).
        centres: (projections, balls, k).
        radii: (projections, balls).
    """

    projections: np.ndarray
    centres: np.ndarray
    radii: np.ndarray

    def holding(self, u: np.ndarray) -> sparse.csr_matrix:
        """Which points (n, d) lie in each ball: (projections x balls, n)."""
        inside = [
            found
            for projection, centres, radii in zip(self.projections, self.centres, self.radii, strict=True)
            for found in KDTree(u @ projection).query_ball_point(centres, radii)
        ]
        starts = np.concatenate([[0], np.cumsum([len(found) for found in inside])])
        columns = np.concatenate([np.asarray(found, dtype=np.int64) for found in inside])
        return sparse.csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(inside), len(u)))

    def hit_by(self, u: np.ndarray) -> np.ndarray:
        """Which balls hold any of these points (n, d), (projections x balls,)."""
        if not len(u):
            return np.zeros(self.radii.size, dtype=bool)
        nearest = [
            KDTree(u @ projection).query(centres)[0]
            for projection, centres in zip(self.projections, self.centres, strict=True)
        ]
        return np.concatenate(nearest) <= self.radii.ravel()


def draw_balls(u: np.ndarray, probability: float, rng: np.random.Generator) -> Balls:
    """Balls about random points of u (n, d), each as wide as the stated share of all points needs."""
    dimension, count = u.shape[1], max(2, round(probability * len(u)))
    projections, centres, radii = [], [], []
    for _ in range(PROJECTIONS):
        projection = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0][:, :LARGEST_DIMENSION]
        points = u @ projection
        centre = points[rng.integers(len(u), size=BALLS_EACH)]
        projections.append(projection)
        centres.append(centre)
        # The centre is one of the points, and the nearest to itself.
        radii.append(KDTree(points).query(centre, k=count)[0][:, -1])
    return Balls(np.stack(projections), np.stack(centres), np.stack(radii))
