"""y for a page: asked within a stated number of objects, and never more."""

__all__ = ["Asked"]

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.items import take
from gausscape.outcome import Outcome


@dataclass(eq=False)
class Asked:
    """The outcomes that a page shows, each with what may still be asked of it.

    Args:
        outcomes: y, one or several, of distinct names.
        calls: The most objects that each is asked about in all.
    """

    outcomes: tuple[Outcome, ...]
    calls: int
    left: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, outcomes: Any, *, calls: int) -> "Asked":
        """From whatever outcomes are made of: one or a sequence.

        Raises:
            ConfigurationError: If two have one name, or calls is negative.
        """
        if calls < 0:
            raise ConfigurationError(f"A page needs a number of calls from 0, but got {calls}. Pass calls=30_000, say.")
        several = outcomes if isinstance(outcomes, list | tuple) else [outcomes]
        found = tuple(Outcome.of(each) for each in several)
        names = [each.name for each in found]
        if len(set(names)) < len(names):
            raise ConfigurationError(
                f"Outcomes on a page need names of their own, but {', '.join(names)} came. Name them: Outcome.of(f, name='risk')."
            )
        left = {each.name: calls if each.budget is None else min(calls, each.budget - each.calls) for each in found}
        return cls(found, calls, left)

    def most(self, share: float = 1.0) -> int:
        """How many objects every outcome may still be asked about, of a share of all."""
        return int(min([share * self.calls, *self.left.values()])) if self.outcomes else 0

    def answers(self, values: Any, n: int) -> dict[str, np.ndarray]:
        """y of n objects by outcome, each (n,); NaN where y failed, or where it may not be asked about more.

        Args:
            values: The objects, in native form.
            n: How many.
        """
        return {outcome.name: self._ask(outcome, values, n) for outcome in self.outcomes}

    def _ask(self, outcome: Outcome, values: Any, n: int) -> np.ndarray:
        y = np.full(n, np.nan)
        many = min(n, max(self.left[outcome.name], 0))
        if many:
            # Spread evenly, for objects often come in an order.
            rows = np.unique(np.linspace(0, n - 1, many).round().astype(int))
            before = outcome.calls
            y[rows] = outcome(values if len(rows) == n else take(values, rows)).values
            self.left[outcome.name] -= outcome.calls - before
        return y

    def bounds(self, told: Sequence[dict[str, np.ndarray]]) -> dict[str, tuple[float, float]]:
        """Smallest and largest y over all grids and objects, by outcome: one scale for one y."""
        bounds = {}
        for outcome in self.outcomes:
            known = np.concatenate([np.asarray(each[outcome.name]).ravel() for each in told] or [np.zeros(0)])
            known = known[np.isfinite(known)]
            ends = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
            bounds[outcome.name] = (min(0.0, ends[0]), max(1.0, ends[1])) if outcome.kind == "probability" else ends
        return bounds
