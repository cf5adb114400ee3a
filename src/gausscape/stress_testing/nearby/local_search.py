"""How is the worst place in a ball found with few calls? CMA-ES, kept inside the ball, away from what is no object.

Points outside the ball are judged where the ball is nearest to them, with a small charge for the way. Points that are no
objects are ranked behind all that are, the nearer to being one the better (Deb 2000), so that no call of y is spent on them.

References:
    Hansen 2016, The CMA evolution strategy: a tutorial, 1604.00772.
    Deb 2000, An efficient constraint handling method for genetic algorithms, CMAME 186, section 3.
"""

__all__ = ["LocalSearch"]

import math
from typing import final

import cma
import numpy as np

FIRST_STEP = 0.5
CHARGE = 0.1


@final
class LocalSearch:
    """Asks for places in a ball around 0 and is told how bad they are.

    Args:
        start: Where it starts, (d,).
        radius: Of the ball.
        scale: Typical difference of badness, the unit in which charges are weighed.
        rng: Source of randomness.

    Example:
        >>> search = LocalSearch(np.zeros(3), 2.0, scale=1.0, rng=np.random.default_rng(0))
        >>> for _ in range(40):
        ...     places = search.ask()
        ...     search.tell(places[:, 0], np.zeros(len(places)))
        >>> bool(places[:, 0].max() > 1.9), bool((np.linalg.norm(places, axis=1) < 2.0001).all())
        (True, True)
    """

    def __init__(self, start: np.ndarray, radius: float, *, scale: float, rng: np.random.Generator):
        self.dimension, self.radius = len(start), radius
        self.scale = scale if np.isfinite(scale) and scale > 0 else 1.0
        # The library knows no search along a line: there a second coordinate runs idle.
        first = np.pad(start, (0, max(0, 2 - self.dimension)))
        options = {
            "verbose": -9,
            "verb_log": 0,
            # Its own default would seed and use the caller's random state.
            "seed": np.nan,
            "randn": lambda *shape: rng.standard_normal(shape),
        }
        self._strategy = cma.CMAEvolutionStrategy(first, FIRST_STEP * radius / math.sqrt(self.dimension), options)
        self._asked: list[np.ndarray] = []
        self._least_bad = -math.inf

    def ask(self) -> np.ndarray:
        """Places to try, (k, d), inside the ball."""
        self._asked = self._strategy.ask()
        places = np.array(self._asked)[:, : self.dimension]
        return places * np.minimum(1.0, self.radius / np.maximum(np.linalg.norm(places, axis=1), 1e-300))[:, None]

    def tell(self, badness: np.ndarray, strangeness: np.ndarray) -> None:
        """What was found at the places that were asked for last.

        Args:
            badness: (k,), the larger the worse, finite; anything where strangeness is above 0.
            strangeness: (k,): 0 for an object, else how far it is from being one.
        """
        is_object = strangeness == 0
        cost = np.where(is_object, -badness / self.scale, 0.0)
        self._least_bad = max([self._least_bad, *cost[is_object].tolist()])
        lengths = np.linalg.norm(np.array(self._asked)[:, : self.dimension], axis=1)
        behind = self._least_bad if np.isfinite(self._least_bad) else 0.0
        cost = np.where(is_object, cost, behind + strangeness)
        cost += CHARGE * np.maximum(lengths / self.radius - 1, 0.0)
        self._strategy.tell(self._asked, cost.tolist())

    @property
    def is_done(self) -> bool:
        """Whether it has closed in on one place."""
        return bool(self._strategy.stop())
