"""What is a usual distance in this space? Distances of held-out pairs, landmarks among them, and how sure a rank is."""

__all__ = ["CONFIDENCE", "Ruler", "ruler_of"]

from dataclasses import dataclass, field

import numpy as np
from scipy import stats
from scipy.spatial.distance import pdist

from gausscape.errors import CalibrationError
from gausscape.local_change.noise import noise_of
from gausscape.local_change.per_space import once_per_space
from gausscape.space.nearest import Nearest
from gausscape.space.space import Space

CONFIDENCE = 0.9
GRID = 129
TAILS = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2


@dataclass(frozen=True)
class Ruler:
    """Distances among held-out objects, in standard deviations of the aggregate law, and landmarks on the same scale.

    Args:
        pairs: Distances of all pairs of held-out objects, ascending.
        objects: Number h of held-out objects: the unit of chance, for pairs share objects.
        neighbour: Median distance of a held-out object to its nearest held-out neighbour.
        again: 95% of the differences between two measurements of one object stay below this.
        grid: Some distances, ascending, (g,).
        error: Standard error of the share of pairs below each of them, (g,).
    """

    pairs: np.ndarray = field(repr=False)
    objects: int
    neighbour: float
    again: float
    grid: np.ndarray = field(repr=False)
    error: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, codes: np.ndarray, *, again: float) -> "Ruler":
        """The ruler of whitened held-out codes (h, live).

        Raises:
            CalibrationError: If there are fewer than 2.

        Example:
            >>> ruler = Ruler.of(np.random.default_rng(0).normal(size=(300, 2)), again=0.1)
            >>> bool(abs(ruler.median - 1.67) < 0.2)  # sqrt(2 chi2_2(1/2))
            True
            >>> low, high = ruler.chance(np.array([1.67]))[0]
            >>> bool(low < ruler.percentile(np.array([1.67]))[0] < high)
            True
        """
        if len(codes) < 2:
            raise CalibrationError(
                f"A percentile needs at least 2 held-out objects, but this space has {len(codes)}. Fit it on more objects."
            )
        pairs = pdist(codes)
        ascending = np.sort(pairs)
        grid = np.unique(ascending[np.linspace(0, len(ascending) - 1, GRID).round().astype(int)])
        neighbour = float(np.median(Nearest(codes).query(codes, 2)[0][:, 1]))
        return cls(ascending, len(codes), neighbour, again, grid, _standard_error(pairs, len(codes), grid))

    @property
    def median(self) -> float:
        """Median distance of two random objects."""
        return float(np.median(self.pairs))

    @property
    def landmarks(self) -> np.ndarray:
        """(the same object again, the nearest neighbour, the median pair), (3,)."""
        return np.array([self.again, self.neighbour, self.median])

    def percentile(self, distance: np.ndarray) -> np.ndarray:
        """Percent of random pairs that lie closer together than each distance, same shape."""
        return 100 * np.searchsorted(self.pairs, distance, side="left") / len(self.pairs)

    def chance(self, distance: np.ndarray) -> np.ndarray:
        """90% interval of each percentile for the finite number of held-out objects, (n, 2).

        Clopper and Pearson's interval for as many independent pairs as would have the same standard error, at least
        h / 2 (disjoint pairs) and h / 2 where no or every pair lies closer.

        References:
            Korn & Graubard 1998, Confidence intervals for proportions with small expected number of positive counts.
        """
        share = self.percentile(distance) / 100
        error = np.interp(distance, self.grid, self.error)
        least = self.objects / 2
        pairs = np.maximum(share * (1 - share) / np.maximum(error, 1e-12) ** 2, least)
        pairs = np.where((share > 0) & (share < 1), pairs, least)
        count = share * pairs
        low = np.where(share > 0, stats.beta.ppf(TAILS[0], np.maximum(count, 1e-9), pairs - count + 1), 0.0)
        high = np.where(share < 1, stats.beta.ppf(TAILS[1], count + 1, np.maximum(pairs - count, 1e-9)), 1.0)
        return 100 * np.stack([np.minimum(low, share), np.maximum(high, share)], axis=1)


@once_per_space
def ruler_of(space: Space) -> Ruler:
    """The ruler of a space."""
    return Ruler.of(space.aggregate.law.whiten(space.aggregate.held_out), again=noise_of(space).again)


def _standard_error(pairs: np.ndarray, n: int, grid: np.ndarray) -> np.ndarray:
    """Jackknife standard error of the share of pairs at most as far as each grid distance, (g,).

    The share is a U-statistic; object i adds to its variance through the share h_i of others that lie within the
    distance of it: variance 4 (n - 1) / (n - 2)^2 sum (h_i - mean)^2 / n (Sen 1960; Hoeffding 1948, section 5).
    """
    if n < 3:
        return np.full(len(grid), 0.5)
    first, second = np.triu_indices(n, 1)
    place = np.searchsorted(grid, pairs)
    size = n * (len(grid) + 1)
    counts = np.bincount(first * (len(grid) + 1) + place, minlength=size)
    counts += np.bincount(second * (len(grid) + 1) + place, minlength=size)
    share = counts.reshape(n, -1)[:, :-1].cumsum(1) / (n - 1)
    return np.sqrt(4 * (n - 1) / (n - 2) ** 2 * share.var(0))
