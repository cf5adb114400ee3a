"""Chains: they stay below the threshold, and leave the law there as it is."""

import numpy as np
from scipy import stats

from gausscape.stress_testing.probability.conditional_sampling import run_chains
from gausscape.stress_testing.probability.limit_state import LimitState


def walk(*, log_weight=None, steps=20, n=1000):
    # Seeds are exact draws from N(0, I) beyond 1 along the first axis.
    rng = np.random.default_rng(0)
    seeds = rng.standard_normal((n, 3))
    seeds[:, 0] = stats.norm.isf(rng.random(n) * stats.norm.sf(1.0))
    state = LimitState(lambda u: 1 - u[:, 0], 3, calls=steps * n, log_weight=log_weight)
    return state, run_chains(state, seeds, 1 - seeds[:, 0], rng, threshold=0.0, steps=steps)


def test_chains_stay_below_the_threshold():
    state, chains = walk()
    assert (chains.g <= 0).all()
    np.testing.assert_allclose(chains.g, 1 - chains.u[:, :, 0])
    assert state.left == 0


def test_the_law_stays_as_it_is():
    _, chains = walk()
    last = chains.u[-1]
    # The chains are independent of each other, so each end is one exact draw; false alarm 1e-7 each.
    assert stats.kstest(last[:, 1], "norm").pvalue > 1e-7
    assert stats.kstest(stats.norm.sf(last[:, 0]) / stats.norm.sf(1.0), "uniform").pvalue > 1e-7


def test_weights_pull_the_chains():
    _, chains = walk(log_weight=lambda u: 2 * u[:, 1] - 2, steps=60)
    # The law is N(2, 1) along the second axis; false alarm 2e-9.
    assert abs(chains.u[-1, :, 1].mean() - 2) < 6 / np.sqrt(1000)


def test_the_spread_adapts():
    _, chains = walk(steps=40)
    assert 0.2 < chains.acceptance < 0.7
    assert 0.02 <= chains.spread <= 1
