"""Inflated sampling: where is failure, if nothing on the way to it says so?

A limit state that only says yes or no has no levels to climb by. Draws from N(0, s^2 I) at several s reach far out in all
directions; with the weights of their mixture (the balance heuristic) their failures stand for those of the law.

References:
    Bucher 2009, Asymptotic sampling for high-dimensional reliability analysis (inflated draws).
    Veach & Guibas 1995, section 3.3.
"""

__all__ = ["explore"]

import numpy as np

from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.mixture import Mixture
from gausscape.stress_testing.probability.plain_sampling import PlainSample
from gausscape.stress_testing.probability.proposals import Inflated
from gausscape.stress_testing.probability.sampling_round import SamplingRound, draw_round

CALLS = 0.4
INFLATIONS = (1.0, 2.0, 3.0, 4.5, 6.0)


def explore(state: LimitState, plain: PlainSample, rng: np.random.Generator) -> SamplingRound:
    """Spend two fifths of the calls that are left on inflated draws, which join the plain ones.

    The spreads are 1 + k / sqrt(D): the norm of N(0, I) varies by about 1 / sqrt(2 D) of itself, so neighbours overlap.

    Example:
        >>> from gausscape.stress_testing.probability.plain_sampling import draw_plain
        >>> rng = np.random.default_rng(0)
        >>> state = LimitState(lambda u: np.where(u[:, 0] > 4, -1.0, 1.0), 5, calls=2000)
        >>> found = explore(state, draw_plain(state, 500, rng), rng)
        >>> bool(1e-6 < found.weights.sum() < 1e-3)
        True
    """
    d = state.dimension
    laws = tuple(Inflated(d, 1 + step / np.sqrt(d)) for step in INFLATIONS)
    each = int(CALLS * state.left) // len(laws)
    return draw_round(
        state, Mixture(laws, (each,) * len(laws)), rng, asked=(Mixture.plain(d, len(plain)), plain.u, plain.g)
    )
