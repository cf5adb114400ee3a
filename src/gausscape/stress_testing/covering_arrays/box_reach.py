"""Reach: which boxes of bins does a shell meet, and which code lies in both?"""

__all__ = ["FAR", "Placed", "Reach"]

import abc
from dataclasses import dataclass

import numpy as np

from gausscape.stress_testing.covering_arrays.box_starts import Starts
from gausscape.stress_testing.covering_arrays.latent_bins import LatentBins
from gausscape.stress_testing.covering_arrays.shell import Shell

FAR = 20.0
"""A way outwards goes so many times as far as where it began; no shell lies beyond."""


@dataclass(frozen=True, eq=False)
class Placed:
    """Codes found for rows of bins.

    Args:
        x: Coordinates, (n, live).
        rows: Bins in which they really lie, (n, axes).
        found: Whether the code lies in the shell and in the bins that had to be held, (n,).
    """

    x: np.ndarray
    rows: np.ndarray
    found: np.ndarray


class Reach(abc.ABC):
    """What a shell leaves of the boxes of bins.

    Args:
        grid: The bins.
        shell: The shell.
        starts: Where in a box to begin.
    """

    exact: bool

    def __init__(self, grid: LatentBins, shell: Shell, starts: Starts):
        self.grid, self.shell, self.starts = grid, shell, starts

    @abc.abstractmethod
    def feasible(self, strength: int) -> np.ndarray:
        """Which combinations of bins of t axes the shell meets, the same for every set of axes, (bins^t,)."""

    @abc.abstractmethod
    def allowed(self, rows: np.ndarray, assigned: np.ndarray) -> np.ndarray:
        """Which bins of a further axis still leave a way into the shell, (n, bins)."""

    @abc.abstractmethod
    def place(self, rows: np.ndarray, held: np.ndarray, rng: np.random.Generator) -> Placed:
        """A code in the shell for each row of bins (n, axes); the held axes must stay in their bins."""
