"""Combinations: which combinations of bins of any t axes are still open, and how many does a row of bins close?"""

__all__ = ["Combinations"]

import itertools
import math
from typing import final

import numpy as np

from gausscape.errors import ConfigurationError

MOST = 40_000_000
AT_ONCE = 2_000


@final
class Combinations:
    """A table of all bin combinations of all sets of t axes; open ones are still wanted. Rows of bins close them.

    Args:
        axes: Number of axes, k.
        bins: Of each, b.
        strength: t, so many axes go into a combination, 1 to k.
        wanted: Which are open at the start: (sets, b^t), (b^t,) for all sets alike, or True for all. Copied.

    Example:
        >>> table = Combinations(3, 2, 2)
        >>> table.count, table.close(np.array([[0, 0, 0], [0, 0, 1], [1, 1, 1]])).tolist(), table.left
        (12, [3, 2, 3], 4)

    Raises:
        ConfigurationError: If the strength is impossible or the table would not fit into memory.
    """

    def __init__(self, axes: int, bins: int, strength: int, wanted: np.ndarray | bool = True):
        check_size(axes, bins, strength)
        self.axes, self.bins, self.strength = axes, bins, strength
        self.sets = np.array(list(itertools.combinations(range(axes), strength)))
        self.width = bins**strength
        self._strides = bins ** np.arange(strength - 1, -1, -1)
        self._numbers = np.zeros((axes,) * strength, dtype=np.int64)
        self._numbers[tuple(self.sets.T)] = np.arange(len(self.sets))
        self.open = np.array(np.broadcast_to(wanted, (len(self.sets), self.width)))
        self._flat = self.open.reshape(-1)
        self.left_by_set = self.open.sum(1)

    @property
    def count(self) -> int:
        """Number of all combinations, open or not."""
        return self.open.size

    @property
    def left(self) -> int:
        """Number of open ones."""
        return int(self.left_by_set.sum())

    def positions(self, rows: np.ndarray) -> np.ndarray:
        """Where in the flat table the combinations of rows (n, k) stand, (n, sets)."""
        return (rows[:, self.sets] * self._strides).sum(-1) + self.width * np.arange(len(self.sets))

    def gains(self, rows: np.ndarray) -> np.ndarray:
        """How many open combinations each row (n, k) has, (n,)."""
        return self._flat[self.positions(rows)].sum(1)

    def is_open(self, row: np.ndarray) -> np.ndarray:
        """Whether the combination of a row of bins (k,) is open, for each set, (sets,)."""
        return self._flat[self.positions(row[None])[0]]

    def shown(self, rows: np.ndarray) -> np.ndarray:
        """Which combinations occur in rows of bins (n, k), (sets, b^t)."""
        shown = np.zeros(self.open.size, dtype=bool)
        for start in range(0, len(rows), AT_ONCE):
            shown[self.positions(rows[start : start + AT_ONCE])] = True
        return shown.reshape(self.open.shape)

    def gains_of_next(self, rows: np.ndarray, assigned: np.ndarray, axis: int) -> np.ndarray:
        """How many open combinations each bin of one more axis would add, given the bins of the assigned axes.

        Args:
            rows: (n, k); only assigned axes are read.
            assigned: Positions of these.
            axis: The next.

        Returns:
            Shape (n, bins).
        """
        others = np.array(list(itertools.combinations(sorted(assigned), self.strength - 1)), dtype=np.int64)
        members = np.sort(np.column_stack([others.reshape(len(others), -1), np.full(len(others), axis)]), axis=1)
        own = members == axis
        known = (np.where(own, 0, rows[:, members]) * self._strides).sum(-1)
        start = known + self.width * self._numbers[tuple(members.T)]
        step = (own * self._strides).sum(1)
        return np.stack([self._flat[start + place * step].sum(1) for place in range(self.bins)], axis=1)

    def close(self, rows: np.ndarray) -> np.ndarray:
        """Close the combinations of rows (n, k), one after the other; how many each closed, (n,)."""
        closed = np.zeros(len(rows), dtype=np.int64)
        for number, positions in enumerate(self.positions(rows)):
            new = self._flat[positions]
            closed[number] = new.sum()
            self.left_by_set -= new
            self._flat[positions] = False
        return closed

    def forget(self, number: int, position: int) -> None:
        """Close one combination of a set that no row can reach."""
        self.left_by_set[number] -= self.open[number, position]
        self.open[number, position] = False

    def unpacked(self, positions: np.ndarray) -> np.ndarray:
        """Positions within a set (n,) as bins of its axes, (n, t)."""
        return positions[:, None] // self._strides % self.bins


def check_size(axes: int, bins: int, strength: int) -> None:
    """Raises ConfigurationError if the strength is impossible or there are too many combinations for a table."""
    if not 1 <= strength <= axes:
        raise ConfigurationError(
            f"A combination needs 1 to {axes} of the {axes} axes, but got strength={strength}. Pass strength=2 for pairs."
        )
    count = math.comb(axes, strength) * bins**strength
    if count > MOST:
        raise ConfigurationError(
            f"A table holds at most {MOST:,} combinations, but {bins} bins of {axes} axes taken {strength} at a time have "
            f"{count:,}. Pass fewer bins, fewer axes or a smaller strength."
        )
