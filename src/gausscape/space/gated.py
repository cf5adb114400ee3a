"""Which of many proposed codes lie where the data are? Draw until enough of them pass the support gates."""

__all__ = ["ACCEPTED", "Gated", "draw_gated"]

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

ACCEPTED = 0.01
"""Smallest p-value of the support gates at which something counts as an object."""
OVERDRAW = 5
FEW = 500
SPARE = 1.2
MOST_ROUNDS = 4


@final
@dataclass(frozen=True, eq=False)
class Gated:
    """Latent points and what the gates say of them.

    Args:
        z: Points, (n, latent).
        smallest: Smallest p-value of the gates, (n,).
        gate: Name of the gate that has it, (n,).
        acceptance: Share of all that were proposed which passed.
    """

    z: np.ndarray
    smallest: np.ndarray
    gate: np.ndarray
    acceptance: float

    @property
    def passes(self) -> np.ndarray:
        """Whether each passes all gates, (n,)."""
        return self.smallest >= ACCEPTED

    @classmethod
    def of(cls, z: np.ndarray, p_values: dict[str, np.ndarray]) -> "Gated":
        """Points with the p-values of their gates, each (n,).

        Example:
            >>> found = Gated.of(np.zeros((2, 1)), {"neighbours": np.array([0.5, 0.2]), "cycle": np.array([0.9, 0.001])})
            >>> found.gate.tolist(), found.passes.tolist(), found.acceptance
            (['neighbours', 'cycle'], [True, False], 0.5)
        """
        names, table = np.array(list(p_values)), np.stack(list(p_values.values()))
        worst = table.argmin(0)
        smallest = table[worst, np.arange(table.shape[1])]
        return cls(z, smallest, names[worst], float((smallest >= ACCEPTED).mean()) if len(z) else 1.0)


def draw_gated(
    n: int,
    propose: Callable[[int], np.ndarray],
    p_values: Callable[[np.ndarray], dict[str, np.ndarray]],
    *,
    each_its_own: bool = False,
) -> Gated:
    """n points that pass the gates; where too few do, others stand in for the rest.

    Of up to 500 five times as many as are needed are proposed, so that the acceptance is known well; of more just as many. Then
    further ones by the share that passes, while too few do, twenty times as many as are needed at most.

    Args:
        n: How many.
        propose: Number m -> so many latent points; m is a multiple of n if each_its_own.
        p_values: Latent points (m, latent) -> p-value of each gate by name, each (m,).
        each_its_own: Whether row r may only be replaced by proposals r, n + r, 2 n + r ...: they were proposed at a level of
            their own, and to take what passes from other levels would hand out commoner codes than were asked for.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> found = draw_gated(50, lambda m: rng.random((m, 1)), lambda z: {"low": np.where(z[:, 0] < 0.1, 0.5, 0.0)})
        >>> bool(found.passes.all() and abs(found.acceptance - 0.1) < 0.05)
        True
    """
    parts: list[Gated] = []
    chosen = np.zeros(0, dtype=np.int64)
    most, many = OVERDRAW * MOST_ROUNDS * n, OVERDRAW * n if n <= FEW else n
    while many > 0:
        z = propose(many)
        parts.append(Gated.of(z, p_values(z)))
        passes = np.concatenate([part.passes for part in parts])
        # argmax finds the first that passes, or the first of all where none does.
        own = passes.reshape(-1, n).argmax(0) * n + np.arange(n) if each_its_own else np.zeros(0, dtype=np.int64)
        chosen = own if each_its_own else np.argsort(~passes, kind="stable")[:n]
        missing = int((~passes[chosen]).sum()) + n - len(chosen)
        if not missing:
            break
        # As many more as should do, in whole rounds where each place has proposals of its own.
        wanted = missing * len(passes) / max(int(passes.sum()), 1) * SPARE
        rounds = -(-int(wanted) // n)
        many = min(n * rounds if each_its_own else max(int(wanted), n // 4, 1), most - len(passes))
    z, smallest, gate = (
        np.concatenate([getattr(part, name) for part in parts])[chosen] for name in ("z", "smallest", "gate")
    )
    return Gated(z, smallest, gate, float(np.mean(np.concatenate([part.passes for part in parts]))))
