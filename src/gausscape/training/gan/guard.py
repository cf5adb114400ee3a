"""Does the generator still make all kinds of objects? Coverage of held-out ones, watched while it trains."""

__all__ = ["CollapseWarning", "Guard"]

from typing import final

import numpy as np

from gausscape.space.manifolds import Covering, measure_covering
from gausscape.space.neutral_axes import NeutralAxes

WATCHED = 500
FEWEST = 20
LEAST_SPREAD = 0.5
LEAST_SHARE_OF_BEST = 0.3
WARM_UP = 0.25


class CollapseWarning(RuntimeWarning):
    """An adversarial training lost part of the data: its generator made too few kinds of objects."""


@final
class Guard:
    """Measures generated against held-out objects, and says when the generator has collapsed.

    It has where generated objects lie much closer together than real ones do (half as far), or where they cover less
    than a third of what an earlier state of the same training covered.

    Args:
        real: Cells of held-out objects, gaps filled, (n, cells).
    """

    def __init__(self, real: np.ndarray):
        self.axes = NeutralAxes.of(real)
        self.real = self.axes.project(real[:WATCHED])
        self.best: Covering | None = None

    @property
    def objects(self) -> int:
        """How many generated objects it wants to see: as many as there are real ones."""
        return len(self.real)

    def measure(self, generated: np.ndarray) -> Covering:
        """Precision, recall and spread of generated cells (n, cells)."""
        return measure_covering(self.real, self.axes.project(generated))

    def is_better(self, found: Covering) -> bool:
        """Whether this is the best state so far; it is remembered."""
        if self.best is not None and found.balance < self.best.balance:
            return False
        self.best = found
        return True

    def collapse(self, found: Covering, progress: float) -> str | None:
        """What was lost, in words; None if nothing was, or at the start, when nothing has been learned yet.

        Args:
            found: What `measure` said now.
            progress: Share of the training that is done.
        """
        if progress < WARM_UP:
            return None
        if found.spread < LEAST_SPREAD:
            return f"generated objects lie {found.spread:.2f} times as far apart as real ones"
        if self.best is not None and found.recall < LEAST_SHARE_OF_BEST * self.best.recall:
            return f"generated objects cover {found.recall:.0%} of the unseen ones, and covered {self.best.recall:.0%} before"
        return None
