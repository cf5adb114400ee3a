"""Sampling round: draws from a mixture, the failures among them, and the probability that each failure stands for.

References:
    Veach & Guibas 1995, Optimally combining sampling techniques, section 3.3 (the balance heuristic).
    Marin, Pudlo & Sedki 2019, Consistency of adaptive importance sampling and recycling schemes (why later proposals must not
    weigh the draws that they were fitted to).
"""

__all__ = ["SamplingRound", "draw_round"]

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gausscape.stress_testing.probability.known_failures import KnownFailures
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.mixture import Mixture


@dataclass(frozen=True, eq=False)
class SamplingRound:
    """One unbiased estimate of the failure probability and its parts.

    Args:
        u: Failing draws, (m, D).
        weights: Probability that each stands for, (m,); their sum is the estimate.
        variance: Of the estimate.
        n: Draws that were asked.
        weight_at: What a failure at u would stand for, (n, D) -> (n,).
    """

    u: np.ndarray
    weights: np.ndarray
    variance: float
    n: int
    weight_at: Callable[[np.ndarray], np.ndarray]

    def precision(self, known: KnownFailures) -> float:
        """1 / squared coefficient of variation, as known failures predict it: E[weight given failure] / P - 1 / n."""
        moment = float(known.importance @ self.weight_at(known.u))
        # No round is trusted to be better than draws of which every second one fails.
        return 1 / max(moment / known.probability - 1 / self.n, 1 / self.n)


def draw_round(
    state: LimitState,
    mixture: Mixture,
    rng: np.random.Generator,
    *,
    asked: tuple[Mixture, np.ndarray, np.ndarray] | None = None,
) -> SamplingRound:
    """Ask every draw of a mixture; all are weighted as draws of the whole mixture.

    Args:
        state: The limit state.
        mixture: What to draw.
        rng: Source of randomness.
        asked: Draws that were made before and join: (mixture, u, g).

    Example:
        >>> state = LimitState(lambda u: 1 - u[:, 0], 2, calls=1000)
        >>> found = draw_round(state, Mixture.plain(2, 1000), np.random.default_rng(0))
        >>> bool(abs(found.weights.sum() - 0.159) < 0.07)
        True
    """
    u = mixture.draw(rng)
    g = state.ask(u)
    if asked is not None:
        mixture, u, g = mixture.joined(asked[0]), np.concatenate([u, asked[1]]), np.concatenate([g, asked[2]])

    def weight_at(points: np.ndarray) -> np.ndarray:
        return np.exp(state.log_weight(points)) / np.maximum(mixture.density(points), 1e-300)

    failing = u[g <= 0]
    weights = weight_at(failing)
    # As if every draw came from the whole mixture, which errs on the safe side.
    variance = max(float(np.square(weights).sum() - weights.sum() ** 2 / mixture.n), 0.0)
    return SamplingRound(failing, weights, variance, mixture.n, weight_at)
