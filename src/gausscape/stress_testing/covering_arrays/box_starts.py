"""Starts: where in a box of bins does the way into the shell begin, anywhere or as near to real codes as the box allows?"""

__all__ = ["NearData", "Starts", "Uniform", "find_starts"]

import abc
from typing import final

import numpy as np
from scipy import special

from gausscape.errors import ConfigurationError
from gausscape.stress_testing.covering_arrays.latent_bins import LatentBins
from gausscape.stress_testing.covering_arrays.shell import Shell

MOST = 1_000
NEAREST = 5
SHARE_OF_CHANCE = 0.2


class Starts(abc.ABC):
    """Points inside boxes of bins.

    Args:
        grid: The bins.
    """

    def __init__(self, grid: LatentBins):
        self.grid = grid

    @abc.abstractmethod
    def draw(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One point in the box of each row of bins (n, axes), coordinates (n, live)."""


@final
class Uniform(Starts):
    """Standard normal points, given that they lie in the box."""

    def draw(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        share = rng.uniform(1e-6, 1 - 1e-6, rows.shape)
        inside = special.ndtri((rows + share) / self.grid.bins)
        return np.concatenate([inside, rng.standard_normal((len(rows), self.grid.free))], axis=1)


@final
class NearData(Starts):
    """One of the real codes nearest to the box, moved into it as little as needed (and a little further, by chance).

    Real codes that lie in the shell, or nearest to it in surprise, are taken: at most 1,000 of the fitted codes and of the
    tail codes that were held out.

    Args:
        grid: The bins.
        shell: The shell.
    """

    def __init__(self, grid: LatentBins, shell: Shell):
        super().__init__(grid)
        self._uniform = Uniform(grid)
        codes = grid.aggregate.full(np.concatenate([grid.aggregate.codes, grid.aggregate.tails]))
        surprise = grid.aggregate.surprise(codes)
        outside = np.maximum(np.maximum(shell.inner - surprise, surprise - shell.outer), 0.0)
        # Ties, those inside, are spread over all of the data, not taken from its beginning.
        shuffled = np.random.default_rng([0, 72]).permutation(len(codes))
        first = shuffled[np.argsort(outside[shuffled], kind="stable")][:MOST]
        self._points = grid.coordinates(codes[first])

    def draw(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        low, high = self.grid.box(rows)
        moved = np.zeros((len(rows), len(self._points)))
        for axis in range(self.grid.axes):
            own = self._points[:, axis]
            moved += (np.clip(own, low[:, axis, None], high[:, axis, None]) - own) ** 2
        count = min(NEAREST, len(self._points) - 1)
        nearest = np.argpartition(moved, count, axis=1)[:, : max(count, 1)]
        chosen = self._points[nearest[np.arange(len(rows)), rng.integers(nearest.shape[1], size=len(rows))]]
        inside = (low <= chosen) & (chosen <= high)
        anywhere = self._uniform.draw(rows, rng)
        moved_in = (1 - SHARE_OF_CHANCE) * np.clip(chosen, low, high) + SHARE_OF_CHANCE * anywhere
        return np.where(inside, chosen, moved_in)


def find_starts(directions: str, grid: LatentBins, shell: Shell) -> Starts:
    """The starts asked for: "data" or "uniform".

    Raises:
        ConfigurationError: If it is neither.
    """
    kinds = {"data": lambda: NearData(grid, shell), "uniform": lambda: Uniform(grid)}
    if directions not in kinds:
        raise ConfigurationError(f"directions needs to be 'data' or 'uniform', but got {directions!r}. Choose one.")
    return kinds[directions]()
