"""Where do real codes lie when they lie far out? New codes like the real ones, as unusual as is asked.

Most directions of a latent space are empty, so a tail is drawn from the data. Real codes are ranked by how far out they
lie. Those at the asked level and a little short of it are the seeds; a proposal is one of them, moved at random within the
span of its nearest fellow seeds (a smoothed bootstrap with the local covariance). Of many proposals those are kept that land
nearest to the level, so that whoever puts them onto it exactly hardly moves them.

References:
    Silverman & Young 1987, The bootstrap: to smooth or not to smooth? Vincent & Bengio 2002, Manifold Parzen windows.
"""

__all__ = ["SeedCodes"]

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

SEEDS = 100
FELLOWS = 5
JITTER = 0.5
SHORT = 2.0
STEPS = 8
PROPOSALS = 6
LEAST_PROPOSALS = 64
ALIKE = 0.1


@final
@dataclass(frozen=True, eq=False)
class SeedCodes:
    """Real codes in whitened coordinates, as many of each object.

    Args:
        u: Codes, (objects, j, live).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> seeds = SeedCodes(rng.normal(size=(5000, 1, 2)) * [3.0, 0.1])
        >>> near = seeds.near(lambda u: np.linalg.norm(u, axis=1), np.full(200, 6.0), rng)
        >>> bool(np.abs(near[:, 0]).min() > 5.5 and np.abs(near[:, 1]).max() < 1)  # far out only where the data are
        True
    """

    u: np.ndarray

    def values(self, far: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """How far out each code lies, (objects, j)."""
        return far(self.u.reshape(-1, self.u.shape[2])).reshape(self.u.shape[:2])

    def near(
        self,
        far: Callable[[np.ndarray], np.ndarray],
        targets: np.ndarray,
        rng: np.random.Generator,
        *,
        values: np.ndarray | None = None,
        jitter: float = JITTER,
    ) -> np.ndarray:
        """New codes like the real ones, close to their targets.

        Args:
            far: Codes (n, live) -> how far out they lie, (n,), in nats of surprise.
            targets: How far out the new codes are needed, (n,); inf for the outermost.
            rng: Source of randomness.
            values: `values(far)`, if known already.
            jitter: How far a code is moved, as a share of the span of its nearest fellows.

        Returns:
            Shape (n, live).
        """
        values = self.values(far) if values is None else values
        targets = np.minimum(targets, values.max())
        # Targets that are nearly alike share their proposals; each takes those that fall nearest to it.
        _, member = np.unique(np.round(targets / ALIKE), return_inverse=True)
        found = np.empty((len(targets), self.u.shape[2]))
        for group in range(member.max(initial=-1) + 1):
            # Shuffled, so that the order of the rows says nothing where all their targets are one.
            rows = rng.permutation(np.flatnonzero(member == group))
            level = float(targets[rows].mean())
            starts = level - SHORT * np.arange(STEPS) / STEPS
            each = -(-max(LEAST_PROPOSALS, PROPOSALS * len(rows)) // STEPS)
            proposals = np.concatenate([self._around(np.abs(values - start), each, rng, jitter) for start in starts])
            reached = far(proposals)
            landed = np.argsort(np.abs(reached - level), kind="stable")[: len(rows)]
            found[rows[np.argsort(targets[rows], kind="stable")]] = proposals[landed[np.argsort(reached[landed])]]
        return found

    def _around(self, gap: np.ndarray, n: int, rng: np.random.Generator, jitter: float) -> np.ndarray:
        """n codes from those of smallest gap (objects, j), each moved within the span of its nearest fellows."""
        j = gap.shape[1]
        most = min(SEEDS * j, gap.size)
        nearest = np.sort(np.argpartition(gap, most - 1, axis=None)[:most])
        owner, seeds = nearest // j, self.u.reshape(-1, self.u.shape[2])[nearest]
        # A fellow is another object, and stands for itself but once.
        objects = np.unique(owner)
        others = self.u[objects, gap[objects].argmin(1)]
        chosen, which = np.unique(rng.integers(len(seeds), size=n), return_inverse=True)
        distance = np.linalg.norm(seeds[chosen][:, None] - others, axis=2)
        distance[owner[chosen][:, None] == objects] = np.inf
        fellows = np.argsort(distance, axis=1, kind="stable")[:, : min(FELLOWS, len(objects) - 1)]
        steps = (others[fellows] - seeds[chosen][:, None])[which]
        share = rng.standard_normal(steps.shape[:2]) * jitter / np.sqrt(max(1, steps.shape[1]))
        return seeds[chosen][which] + np.einsum("nk,nkd->nd", share, steps)
