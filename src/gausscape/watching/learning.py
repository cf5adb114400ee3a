"""Learning from the stream itself what is usual: objects of every second season are the reference, the other windows are ranked."""

__all__ = ["Learning"]

import numpy as np

from gausscape.watching.reference import Reference
from gausscape.watching.usual_windows import Waiting

MOST_OBJECTS = 5_000


class Learning:
    """The windows of a burn-in.

    Half of them give the objects that windows are held against, the other half are the first to be ranked: a window must
    not be held against itself.

    Args:
        season: Windows of a season; whole seasons go to the one half or the other.
        table: Rows of reference objects so far, (n, live + 2).
        seen: Number of objects that were offered for it.
        means: Sums of the rows of the other windows, (k, live + 2).
        sizes: Their numbers of objects, (k,).
        phases: Their phases, (k,).
        windows: How many windows were taken in.
    """

    def __init__(
        self,
        season: int,
        table: np.ndarray,
        means: np.ndarray,
        *,
        sizes: np.ndarray,
        phases: np.ndarray,
        seen: int = 0,
        windows: int = 0,
    ):
        self.season, self.table, self.means, self.sizes, self.phases = season, table, means, sizes, phases
        self.seen, self.windows = seen, windows

    @classmethod
    def start(cls, season: int, width: int) -> "Learning":
        """Nothing learned yet; rows have that width."""
        none = np.zeros(0, dtype=np.int64)
        return cls(season, np.zeros((0, width)), np.zeros((0, width)), sizes=none, phases=none)

    def take_in(self, table: np.ndarray, phase: int, rng: np.random.Generator) -> None:
        """Count one more window, by the rows of its objects (m, live + 2)."""
        if (self.windows // self.season) % 2:
            self.means = np.vstack([self.means, table.mean(0)])
            self.sizes, self.phases = np.append(self.sizes, len(table)), np.append(self.phases, phase)
        else:
            room = max(0, MOST_OBJECTS - len(self.table))
            self.table = np.vstack([self.table, table[:room]])
            for row in table[room:]:
                # Algorithm R (Vitter 1985): a uniform sample of all objects so far.
                place = int(rng.integers(0, self.seen + room + 1))
                if place < MOST_OBJECTS:
                    self.table[place] = row
                self.seen += 1
            self.seen += min(room, len(table))
        self.windows += 1

    def reference(self, *, seed: int) -> Reference:
        """The reference objects.

        Raises:
            DataError: If they are fewer than 20.
        """
        return Reference(np.random.default_rng([seed, 51]).permutation(self.table), seed=seed, halve=False)

    def ranked(self, reference: Reference) -> list[Waiting]:
        """The other windows, in order, still without scores."""
        vectors = reference.standardise(self.means) * np.sqrt(self.sizes)[:, None]
        return [
            Waiting(int(phase), vector, np.nan, np.zeros(0), int(size))
            for phase, vector, size in zip(self.phases, vectors, self.sizes, strict=True)
        ]
