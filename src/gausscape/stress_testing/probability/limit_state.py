"""Limit state: the failure rule as one batched function of standard normal coordinates, within a budget of calls."""

__all__ = ["LimitState"]

from collections.abc import Callable

import numpy as np

from gausscape.errors import ConfigurationError, ShapeError


class LimitState:
    """g(u), where failure is g <= 0, and the law of u, within a budget of calls.

    An answer that is no number counts as failure, whatever its depth, and becomes -inf. All answers are remembered, so
    that slopes can be read from them at no cost.

    Args:
        limit: u (n, D) -> g (n,).
        dimension: D.
        calls: At most so many rows are asked.
        log_weight: u (n, D) -> log of (density of the law / standard normal density), (n,); None for the standard
            normal law itself. The weights have mean 1.

    Raises:
        ConfigurationError: If the dimension or the budget is not positive.

    Example:
        >>> state = LimitState(lambda u: 3 - u[:, 0], 2, calls=10)
        >>> state.ask(np.array([[0.0, 0.0], [4.0, 0.0]])).tolist(), state.left
        ([3.0, -1.0], 8)
    """

    def __init__(
        self,
        limit: Callable[[np.ndarray], np.ndarray],
        dimension: int,
        *,
        calls: int,
        log_weight: Callable[[np.ndarray], np.ndarray] | None = None,
    ):
        if dimension < 1 or calls < 1:
            raise ConfigurationError(
                f"A failure probability needs at least one coordinate and one call, but got {dimension} and {calls}. Ask for more."
            )
        self.dimension = int(dimension)
        self.budget = int(calls)
        self.calls = 0
        self._limit = limit
        self._log_weight = log_weight
        self._asked: list[np.ndarray] = []
        self._answered: list[np.ndarray] = []

    @property
    def left(self) -> int:
        """Calls that may still be made."""
        return self.budget - self.calls

    def ask(self, u: np.ndarray) -> np.ndarray:
        """g of the rows of u, (n,).

        Raises:
            ShapeError: If the limit state answers another number of values.
            ConfigurationError: If fewer calls are left than rows.
        """
        if len(u) > self.left:
            raise ConfigurationError(
                f"A budget of {self.budget} calls has {self.left} left, but {len(u)} were needed. Raise it."
            )
        if not len(u):
            return np.empty(0)
        g = np.asarray(self._limit(u), dtype=np.float64)
        if g.shape != (len(u),):
            raise ShapeError(
                f"A limit state needs one number a row, ({len(u)},), but gave {g.shape}. Return a flat array."
            )
        g = np.where(np.isnan(g), -np.inf, g)
        self.calls += len(u)
        self._asked.append(u)
        self._answered.append(g)
        return g

    def log_weight(self, u: np.ndarray) -> np.ndarray:
        """Log of the law's density over the standard normal one, (n,); costs no call."""
        if self._log_weight is None:
            return np.zeros(len(u))
        return np.asarray(self._log_weight(u), dtype=np.float64)

    def remembered(self) -> tuple[np.ndarray, np.ndarray]:
        """Everything asked and answered so far: u (m, D), g (m,)."""
        if not self._asked:
            return np.empty((0, self.dimension)), np.empty(0)
        return np.concatenate(self._asked), np.concatenate(self._answered)
