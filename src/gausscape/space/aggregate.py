"""The aggregate of all codes on the live axes: how surprising a code or an object is, and who its neighbours are."""

__all__ = ["Aggregate", "find_live_axes", "standard_normal_points"]

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

from gausscape.gaussian import Gaussian
from gausscape.space.law import Law
from gausscape.space.nearest import Nearest
from gausscape.space.seed_codes import JITTER, SeedCodes

LEAST_SPREAD = 0.01
LEAST_NATS = 0.02
POSTERIOR_DRAWS = 16
NEIGHBOURS = 5
OBJECTS_AT_ONCE = 512
SEED_DRAWS = 4


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
        d, noise = len(self.live), self._noise
        found = np.empty((len(posterior.mean), POSTERIOR_DRAWS))
        # So many draws at once as stay in the processor's cache; and a million objects need no gigabytes.
        for start in range(0, len(found), OBJECTS_AT_ONCE):
            part = slice(start, start + OBJECTS_AT_ONCE)
            codes = posterior.mean[part, None, self.live] + posterior.std[part, None, self.live] * noise
            found[part] = self.law.surprise(codes.reshape(-1, d)).reshape(-1, POSTERIOR_DRAWS)
        return found

    def surprise_of_objects(self, posterior: Gaussian) -> np.ndarray:
        """-log of the law's exceedance averaged over each posterior, nats, (n,)."""
        surprise = self.surprise_by_draw(posterior)
        return np.log(surprise.shape[1]) - np.logaddexp.reduce(-surprise, axis=1)

    def neighbours(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(mean distance to the 5 nearest fitted codes in standard deviations, id of the nearest), each (n,)."""
        distance, position = self.fitted.query(self.whiten(z), min(NEIGHBOURS, len(self.codes)))
        return distance.mean(1), self.ids[position[:, 0]]

    def directions(
        self,
        n: int,
        rng: np.random.Generator,
        *,
        uniform: bool,
        level: np.ndarray | float = np.inf,
        jitter: float = JITTER,
    ) -> np.ndarray:
        """Unit vectors in u, (n, live): all directions alike, or those in which real codes lie at a level.

        Args:
            n: How many.
            rng: Source of randomness.
            uniform: Whether all directions of the whitened space are taken alike.
            level: Otherwise: surprise at which the directions are needed, in nats, one or (n,); inf for the outermost codes.
            jitter: And how far a new code is moved from a real one, see `SeedCodes.near`.
        """
        if uniform:
            rays = rng.standard_normal((n, len(self.live)))
        else:
            rays = self.near(np.broadcast_to(np.asarray(level, dtype=np.float64), n), rng, jitter=jitter)
        return rays / np.linalg.norm(rays, axis=1, keepdims=True)

    def at_level(self, rays: np.ndarray, levels: np.ndarray) -> np.ndarray:
        """Whitened codes (n, live) along rays (n, live), where the surprise is exactly the level (n,), in nats.

        A ray that lies in a gap of the law is more surprising than a common level all along; the next ray of the batch that
        does reach the level takes its place.
        """
        radii = self.law.radius_along(rays, levels)
        for turn in range(1, len(rays)):
            missed = np.flatnonzero(radii == 0)
            if len(missed) in (0, len(rays)):
                break
            rays = rays.copy()
            rays[missed] = np.roll(rays, -turn, axis=0)[missed]
            radii[missed] = self.law.radius_along(rays[missed], levels[missed])
        return rays / np.linalg.norm(rays, axis=1, keepdims=True) * radii[:, None]

    def near(self, levels: np.ndarray, rng: np.random.Generator, *, jitter: float = JITTER) -> np.ndarray:
        """New whitened codes (n, live) like the real ones, close to levels of surprise (n,)."""
        return self.seeds.near(self.surprise_of_white, levels, rng, values=self._surprise_of_seeds, jitter=jitter)

    def held_out_codes(self) -> np.ndarray:
        """Whitened codes of held-out objects, 16 of each (m, live); those of the tails alone if their spread was not kept."""
        if self.held_out_std is None:
            return self.law.whiten(self.tails)
        noise = self.held_out_std[:, None] * standard_normal_points(POSTERIOR_DRAWS, len(self.live))
        return self.law.whiten((self.held_out[:, None] + noise).reshape(-1, len(self.live)))

    @cached_property
    def seeds(self) -> SeedCodes:
        """Real codes, of the tails and of fitted objects, whitened, to draw like them."""
        d, noise = len(self.live), np.zeros((1, len(self.live)))
        if self.held_out_std is not None:
            noise = np.exp(np.log(self.held_out_std).mean(0)) * standard_normal_points(SEED_DRAWS, d)
        # Fitted objects are kept by their means, which lie nearer to the centre than codes do: as much noise as posteriors
        # have on average makes codes of them. Tails are codes already. All objects count alike.
        tails = np.repeat(self.tails[:, None], len(noise), axis=1)
        codes = np.concatenate([tails, self.codes[:, None] + noise])
        return SeedCodes(self.law.whiten(codes.reshape(-1, d)).reshape(codes.shape))

    def surprise_of_white(self, u: np.ndarray) -> np.ndarray:
        """Surprise of whitened codes (n, live) under the law, nats, (n,)."""
        return self.law.surprise(self.law.unwhiten(u))

    @cached_property
    def _surprise_of_seeds(self) -> np.ndarray:
        return self.seeds.values(self.surprise_of_white)

    @cached_property
    def fitted(self) -> Nearest:
        """Search among the whitened codes of fitted objects."""
        return Nearest(self.law.whiten(self.codes))

    @cached_property
    def _noise(self) -> np.ndarray:
        return standard_normal_points(POSTERIOR_DRAWS, len(self.live))


def standard_normal_points(n: int, d: int) -> np.ndarray:
    """n quasi-random standard normal points, (n, d): Sobol points through the normal quantile, always the same.

    Example:
        >>> standard_normal_points(16, 2).shape
        (16, 2)
    """
    points = stats.qmc.Sobol(d, scramble=True, rng=np.random.default_rng(0)).random(n)
    return stats.norm.ppf(points.clip(1e-9, 1 - 1e-9))
