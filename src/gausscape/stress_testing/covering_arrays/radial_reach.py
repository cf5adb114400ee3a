"""Where does a shell of one Gaussian law meet a box of bins? Answered exactly, by interval arithmetic on squared norms."""

__all__ = ["RadialReach"]

from typing import final

import numpy as np

from gausscape.space.gaussian_law import GaussianLaw
from gausscape.stress_testing.covering_arrays.box_reach import FAR, Placed, Reach
from gausscape.stress_testing.covering_arrays.box_starts import Starts
from gausscape.stress_testing.covering_arrays.latent_bins import ROUNDING, LatentBins
from gausscape.stress_testing.covering_arrays.shell import Shell


@final
class RadialReach(Reach):
    """For one Gaussian law, whose shells are rings r_in <= norm(x) <= r_out.

    A box B_1 x ... x B_d has points of every squared norm from sum_j min B_j^2 to sum_j max B_j^2, and those of a set of axes
    leave the others free to choose their bins, of which the innermost begins at 0 and the outermost has no end.
    """

    exact = True

    def __init__(self, grid: LatentBins, shell: Shell, starts: Starts, law: GaussianLaw):
        super().__init__(grid, shell, starts)
        ray = np.eye(1, law.dimension)
        self.radii = float(law.radius_along(ray, shell.inner)[0]), float(law.radius_along(ray, shell.outer)[0])
        low, high = grid.edges[:-1] + ROUNDING, grid.edges[1:] - ROUNDING
        self._least = np.where((low < 0) & (high > 0), 0.0, np.minimum(abs(low), abs(high))) ** 2
        self._most = np.maximum(abs(low), abs(high)) ** 2

    def feasible(self, strength: int) -> np.ndarray:
        places = np.indices((self.grid.bins,) * strength).reshape(strength, -1).T
        return self._meets(self._least[places].sum(1), self._most[places].sum(1), self.grid.axes - strength)

    def allowed(self, rows: np.ndarray, assigned: np.ndarray) -> np.ndarray:
        least = self._least[rows[:, assigned]].sum(1)[:, None] + self._least
        most = self._most[rows[:, assigned]].sum(1)[:, None] + self._most
        return self._meets(least, most, self.grid.axes - len(assigned) - 1)

    def place(self, rows: np.ndarray, held: np.ndarray, rng: np.random.Generator) -> Placed:
        x = self.starts.draw(rows, rng)
        low, high = self.grid.box(rows)
        inner_corner = np.clip(0.0, low, high)
        reach = np.maximum(self.radii[1], 1.0)
        outer_corner = np.where(abs(low) > abs(high), np.maximum(low, -reach), np.minimum(high, reach))
        # Outwards along the ray as far as the box goes, where that is far enough: the direction is kept.
        along = np.clip(FAR * x, low, high)
        along = np.where(((along**2).sum(1) >= self.radii[1] ** 2)[:, None], along, outer_corner)
        squared = (x**2).sum(1)
        far = squared > self.radii[1] ** 2
        near = squared < self.radii[0] ** 2
        least, most = (inner_corner**2).sum(1), np.maximum((along**2).sum(1), squared)
        from_, to = np.maximum(least, self.radii[0] ** 2), np.minimum(most, self.radii[1] ** 2)
        target = from_ + (to - from_) * rng.random(len(rows))
        end = np.where(far[:, None], inner_corner, along)
        x = np.where((far | near)[:, None], _at_squared_norm(x, end, target), x)
        return Placed(x, rows, from_ <= to)

    def _meets(self, least: np.ndarray, most: np.ndarray, others: int) -> np.ndarray:
        unbounded = others > 0 or self.grid.free > 0
        least = least + others * self._least.min()
        return (least <= self.radii[1] ** 2) & (unbounded | (most >= self.radii[0] ** 2))


def _at_squared_norm(x: np.ndarray, end: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The point of each segment from x to end (n, d) whose squared norm is the target (n,), which lies between theirs."""
    way = end - x
    a, b, c = (way**2).sum(1), (x * way).sum(1), (x**2).sum(1) - target
    root = np.sqrt(np.maximum(b**2 - a * c, 0.0))
    # Outwards the norm passes the target once, on the rising branch; inwards to the least point on the falling one.
    share = (np.where(c > 0, -b - root, -b + root)) / np.maximum(a, np.finfo(float).tiny)
    return x + np.clip(share, 0.0, 1.0)[:, None] * way
