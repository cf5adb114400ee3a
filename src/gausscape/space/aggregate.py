"""The aggregate of all codes on the live axes: how surprising a code or an object is, and who its neighbours are."""

__all__ = ["Aggregate", "find_live_axes", "nearest_of_all", "standard_normal_points"]

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats
from scipy.spatial import KDTree

from gausscape.gaussian import Gaussian
from gausscape.space.law import Law

LEAST_SPREAD = 0.01
LEAST_NATS = 0.02
POSTERIOR_DRAWS = 16
NEIGHBOURS = 5
TREE_AXES = 8
AT_ONCE = 512
SPARE = 3


def find_live_axes(posterior: Gaussian) -> np.ndarray:
    """Positions of the axes whose means vary (variance >= .01) and that carry information (>= .02 nats).

    Burda et al. 2016, section 5 (active units). A dead axis adds pure noise to every distance, so it is left out. If
    none is alive the liveliest stands in, so that a space of pure noise still answers (everything is alike).

    Example:
        >>> find_live_axes(Gaussian(np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([[0.1, 1.0], [0.1, 1.0]])))
        array([0])
    """
    nats = posterior.divergence_by_axis().mean(0)
    live = np.flatnonzero((posterior.mean.var(0) >= LEAST_SPREAD) & (nats >= LEAST_NATS))
    return live if len(live) else np.array([int(nats.argmax())])


@dataclass(frozen=True)
class Aggregate:
    """The law of codes on the live axes, and fitted codes for neighbours.

    Args:
        law: Law over the live axes.
        live: Positions of the live axes.
        latent: Number of all axes.
        codes: Codes of fitted objects on the live axes, (m, live).
        ids: Their ids, (m,).
        tails: Held-out codes in the outer fifth, (k, live): the directions in which real tails lie.
        held_out: Posterior means of at most 2,000 calibration objects, (h, live): what is a usual distance?
        held_out_std: Posterior standard deviations of the same, (h, live); None for a space that was saved without them.
    """

    law: Law
    live: np.ndarray
    latent: int
    codes: np.ndarray
    ids: np.ndarray
    tails: np.ndarray
    held_out: np.ndarray
    held_out_std: np.ndarray | None = None

    def whiten(self, z: np.ndarray) -> np.ndarray:
        """Latent points (n, latent) -> standard-deviation coordinates u (n, live)."""
        return self.law.whiten(z[:, self.live])

    def unwhiten(self, u: np.ndarray) -> np.ndarray:
        """u (n, live) -> latent points (n, latent); dead axes stand at 0, where the prior is centred."""
        return self.full(self.law.unwhiten(u))

    def full(self, codes: np.ndarray) -> np.ndarray:
        """Codes on the live axes (n, live) -> latent points (n, latent)."""
        z = np.zeros((len(codes), self.latent))
        z[:, self.live] = codes
        return z

    def surprise(self, z: np.ndarray) -> np.ndarray:
        """Surprise of latent points (n, latent) under the law, nats, (n,)."""
        return self.law.surprise(z[:, self.live])

    def surprise_by_draw(self, posterior: Gaussian) -> np.ndarray:
        """Surprise of 16 quasi-random draws from each posterior, nats, (n, 16); the same draws for every object."""
        d = len(self.live)
        noise = standard_normal_points(POSTERIOR_DRAWS, d)
        codes = posterior.mean[:, None, self.live] + posterior.std[:, None, self.live] * noise
        return self.law.surprise(codes.reshape(-1, d)).reshape(-1, POSTERIOR_DRAWS)

    def surprise_of_objects(self, posterior: Gaussian) -> np.ndarray:
        """-log of the law's exceedance averaged over each posterior, nats, (n,)."""
        surprise = self.surprise_by_draw(posterior)
        return np.log(surprise.shape[1]) - np.logaddexp.reduce(-surprise, axis=1)

    def neighbours(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(mean distance to the 5 nearest fitted codes in standard deviations, id of the nearest), each (n,)."""
        k = min(NEIGHBOURS, len(self.codes))
        if len(self.live) > TREE_AXES:
            distance, position = nearest_of_all(self.whiten(z), self._fitted, k)
        else:
            distance, position = (found.reshape(-1, k) for found in self._tree.query(self.whiten(z), k=k))
        return distance.mean(1), self.ids[position[:, 0]]

    def directions(self, n: int, rng: np.random.Generator, *, uniform: bool) -> np.ndarray:
        """Unit vectors in u, (n, live): all directions alike, or those of held-out tail codes with a little jitter."""
        d = len(self.live)
        rays = rng.standard_normal((n, d))
        if not uniform:
            tails = self.law.whiten(self.tails)
            tails = tails / np.linalg.norm(tails, axis=1, keepdims=True)
            # A von Mises-Fisher kernel in its tangent form, narrow enough that a jittered direction stays nearer to
            # its own object than to the next one.
            spread = 0.5 * len(tails) ** (-1 / (d - 1)) if d > 1 else 0.0
            rays = tails[rng.integers(len(tails), size=n)] + spread * rays / np.sqrt(d)
        return rays / np.linalg.norm(rays, axis=1, keepdims=True)

    @cached_property
    def _fitted(self) -> np.ndarray:
        return self.law.whiten(self.codes)

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(self._fitted)


def nearest_of_all(points: np.ndarray, codes: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(distances to the k nearest codes, ascending; their positions), each (n, k), by comparing all with all.

    A search tree has to open nearly every leaf once there are more than about eight axes; one matrix product a block is
    quicker. It ranks by |c|^2 / 2 - q'c, which rounds where codes lie close together, so a few more than k are kept and
    measured anew, coordinate by coordinate.

    Args:
        points: q, (n, d).
        codes: c, (m, d), m >= k.
        k: How many.

    Example:
        >>> distance, position = nearest_of_all(np.zeros((1, 1)), np.array([[3.0], [-1.0], [2.0]]), 2)
        >>> distance.tolist(), position.tolist()
        ([[1.0, 2.0]], [[1, 2]])
    """
    distances, positions = np.empty((len(points), k)), np.empty((len(points), k), dtype=np.int64)
    turned, half_squares = np.ascontiguousarray(codes.T), 0.5 * np.square(codes).sum(1)
    kept = min(k + SPARE, len(codes))
    for start in range(0, len(points), AT_ONCE):
        block = points[start : start + AT_ONCE]
        near = np.argpartition(half_squares - block @ turned, kept - 1, axis=1)[:, :kept]
        distance = np.linalg.norm(block[:, None] - codes[near], axis=2)
        order = np.argsort(distance, axis=1, kind="stable")[:, :k]
        distances[start : start + AT_ONCE] = np.take_along_axis(distance, order, axis=1)
        positions[start : start + AT_ONCE] = np.take_along_axis(near, order, axis=1)
    return distances, positions


def standard_normal_points(n: int, d: int) -> np.ndarray:
    """n quasi-random standard normal points, (n, d): Sobol points through the normal quantile, always the same.

    Example:
        >>> standard_normal_points(16, 2).shape
        (16, 2)
    """
    points = stats.qmc.Sobol(d, scramble=True, rng=np.random.default_rng(0)).random(n)
    return stats.norm.ppf(points.clip(1e-9, 1 - 1e-9))
