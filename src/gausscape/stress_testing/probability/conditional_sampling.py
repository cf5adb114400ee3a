"""Conditional sampling: how do Markov chains explore the part of the law that lies below a threshold?

A step from u proposes v = sqrt(1 - s^2) u + s e with e ~ N(0, I), which leaves N(0, I) as it is; it is taken if the limit
state stays below the threshold, with probability min(1, w(v) / w(u)) where the law has weights w. The spread s adapts to
an acceptance of .44, all chains together after every step.

References:
    Papaioannou, Betz, Zwirglmaier & Straub 2015, MCMC algorithms for subset simulation, sections 3.3 and 3.4.
"""

__all__ = ["Chains", "run_chains"]

from dataclasses import dataclass

import numpy as np

from gausscape.stress_testing.probability.limit_state import LimitState

ACCEPTANCE = 0.44
FIRST_SPREAD = 0.6
LEAST_SPREAD = 0.02


@dataclass(frozen=True, eq=False)
class Chains:
    """States of m chains of k states each, seeds first.

    Args:
        u: (k, m, D).
        g: Limit state, (k, m).
        acceptance: Share of the proposals that were taken.
        spread: Where the adaptation ended: the next level starts there.
    """

    u: np.ndarray
    g: np.ndarray
    acceptance: float
    spread: float


def run_chains(
    state: LimitState,
    seeds: np.ndarray,
    g: np.ndarray,
    rng: np.random.Generator,
    *,
    threshold: float,
    steps: int,
    spread: float = FIRST_SPREAD,
) -> Chains:
    """Run one chain from every seed, all of them in one batch a step.

    Args:
        state: The limit state; asked len(seeds) * steps times.
        seeds: States at or below the threshold, (m, D).
        g: Their limit state, (m,).
        rng: Source of randomness.
        threshold: Where the limit state must stay, at or below.
        steps: Steps of each chain.
        spread: s of the first step, in (0, 1].

    Example:
        >>> state = LimitState(lambda u: -u[:, 0], 2, calls=1000)
        >>> seeds = np.abs(np.random.default_rng(0).standard_normal((50, 2)))
        >>> chains = run_chains(state, seeds, -seeds[:, 0], np.random.default_rng(1), threshold=0.0, steps=9)
        >>> chains.u.shape, bool((chains.g <= 0).all())
        ((10, 50, 2), True)
    """
    u, g = seeds.copy(), g.copy()
    weight = state.log_weight(u)
    all_u, all_g, taken = [u.copy()], [g.copy()], 0
    log_spread = np.log(spread)
    for step in range(steps):
        s = np.exp(log_spread)
        proposal = np.sqrt(1 - s**2) * u + s * rng.standard_normal(u.shape)
        new = state.ask(proposal)
        new_weight = state.log_weight(proposal)
        accept = (new <= threshold) & (np.log(rng.random(len(u))) < new_weight - weight)
        u[accept], g[accept], weight[accept] = proposal[accept], new[accept], new_weight[accept]
        taken += int(accept.sum())
        log_spread += (accept.mean() - ACCEPTANCE) / np.sqrt(step + 1)
        log_spread = float(np.clip(log_spread, np.log(LEAST_SPREAD), 0.0))
        all_u.append(u.copy())
        all_g.append(g.copy())
    return Chains(np.stack(all_u), np.stack(all_g), taken / max(steps * len(u), 1), float(np.exp(log_spread)))
