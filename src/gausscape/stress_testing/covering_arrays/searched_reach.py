"""Where does a shell meet a box of bins if it is no ring? Answered by search, for mixtures and flows."""

__all__ = ["SearchedReach"]

from typing import final

import numpy as np

from gausscape.stress_testing.covering_arrays.box_reach import FAR, Placed, Reach
from gausscape.stress_testing.covering_arrays.box_starts import Starts
from gausscape.stress_testing.covering_arrays.latent_bins import LatentBins
from gausscape.stress_testing.covering_arrays.shell import Shell

POOL = 1_500
ANCHORS = 12
IMPROVEMENTS = 24
HALVINGS = 32


@final
class SearchedReach(Reach):
    """By search, for laws whose shells are no rings (mixtures, flows).

    A row starts at a point of its box. If that is too surprising it walks towards the least surprising place that
    is known in the box, or, if there is none in the shell, in the box of the held axes alone (the others then drift into
    other bins); if it is not surprising enough it walks outwards. Bisection finds the shell on the way.
    """

    exact = False

    def __init__(self, grid: LatentBins, shell: Shell, starts: Starts, rng: np.random.Generator):
        super().__init__(grid, shell, starts)
        aggregate = grid.aggregate
        self._pool = grid.coordinates(aggregate.full(aggregate.law.sample(POOL, rng)))
        self._pool_surprise = self._surprise(self._pool)
        self._far = 2 * float(abs(self._pool).max())

    def feasible(self, strength: int) -> np.ndarray:
        return np.ones(self.grid.bins**strength, dtype=bool)

    def allowed(self, rows: np.ndarray, assigned: np.ndarray) -> np.ndarray:
        return np.ones((len(rows), self.grid.bins), dtype=bool)

    def place(self, rows: np.ndarray, held: np.ndarray, rng: np.random.Generator) -> Placed:
        start = self.starts.draw(rows, rng)
        surprise = self._surprise(start)
        end, reached = start.copy(), surprise.copy()
        low, high = self.grid.box(rows)
        far = np.flatnonzero(surprise > self.shell.outer)
        end[far], reached[far] = self._anchors(low[far], high[far])
        adrift = np.flatnonzero(reached > self.shell.outer)
        loose = np.setdiff1d(np.arange(low.shape[1]), held)
        low[:, loose], high[:, loose] = -np.inf, np.inf
        end[adrift], reached[adrift] = self._anchors(low[adrift], high[adrift])
        lost = np.flatnonzero(reached > self.shell.outer)
        end[lost], reached[lost] = self._improved(end[lost], reached[lost], low[lost], high[lost], rng)
        near = np.flatnonzero(surprise < self.shell.inner)
        end[near], reached[near] = self._outwards(start[near], self.grid.box(rows[near]), loose)
        x = self._on_the_way(start, end, surprise, reached, rng)
        found = self.shell.holds(self._surprise(x)) & (low <= x).all(1) & (x <= high).all(1)
        return Placed(x, self.grid.find_coordinates(x), found)

    def _surprise(self, x: np.ndarray) -> np.ndarray:
        return self.grid.aggregate.surprise(self.grid.codes(x)) if len(x) else np.zeros(0)

    def _anchors(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The least surprising point of each box among draws of the law that are moved into it, and its surprise."""
        n = len(low)
        price = np.tile(self._pool_surprise, (n, 1))
        for axis in np.flatnonzero(np.isfinite(low).any(0) | np.isfinite(high).any(0)):
            values = self._pool[:, axis]
            moved = np.clip(values, low[:, axis, None], high[:, axis, None]) - values
            price += 0.5 * moved**2
        best = np.argpartition(price, ANCHORS, axis=1)[:, :ANCHORS]
        points = np.clip(self._pool[best], low[:, None], high[:, None])
        surprise = self._surprise(points.reshape(-1, low.shape[1])).reshape(n, ANCHORS)
        least = surprise.argmin(1) if n else np.zeros(0, dtype=np.int64)
        return points[np.arange(n), least], surprise[np.arange(n), least]

    def _improved(
        self, x: np.ndarray, surprise: np.ndarray, low: np.ndarray, high: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """A short random descent of surprise within each box."""
        for step in np.geomspace(0.6, 0.1, IMPROVEMENTS):
            tried = np.clip(x + step * rng.standard_normal(x.shape) / np.sqrt(x.shape[1]) * 2, low, high)
            new = self._surprise(tried)
            better = new < surprise
            x, surprise = np.where(better[:, None], tried, x), np.where(better, new, surprise)
        return x, surprise

    def _outwards(
        self, x: np.ndarray, box: tuple[np.ndarray, np.ndarray], loose: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """A more surprising place: the outermost corner of the box, or beyond it along the axes that need not be held."""
        end = np.clip(FAR * x, *box)
        surprise = self._surprise(end)
        short = np.flatnonzero(surprise < self.shell.outer)
        low, high = np.maximum(box[0][short], -self._far), np.minimum(box[1][short], self._far)
        end[short] = np.where(abs(low) > abs(high), low, high)
        surprise[short] = self._surprise(end[short])
        for _ in range(8):
            short = np.flatnonzero(surprise < self.shell.inner)
            if not len(short) or not len(loose):
                break
            end[np.ix_(short, loose)] *= 2
            surprise[short] = self._surprise(end[short])
        return end, surprise

    def _on_the_way(
        self, start: np.ndarray, end: np.ndarray, first: np.ndarray, last: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """A point of each segment at a random surprise of the shell, or start where that lies in the shell already."""
        least = np.maximum(self.shell.inner, np.minimum(first, last))
        most = np.minimum(self.shell.outer, np.maximum(first, last))
        target = least + (most - least) * rng.uniform(0.02, 0.98, len(start))
        inside = self.shell.holds(first)
        low, high = np.zeros(len(start)), np.ones(len(start))
        falls = first > last
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            before = (self._surprise(start + middle[:, None] * (end - start)) > target) == falls
            low, high = np.where(before, middle, low), np.where(before, high, middle)
        share = np.where(inside, 0.0, np.where(falls, high, low))
        return start + share[:, None] * (end - start)
