"""Subset simulation: right on average, its levels multiply, and it knows when there are no levels."""

import numpy as np
import pytest
from scipy import stats

from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.plain_sampling import draw_plain
from gausscape.stress_testing.probability.subset_simulation import simulate_subsets


def simulate(limit, *, d=5, n=500, seed=0, calls=20_000, log_weight=None, allowed=None):
    rng = np.random.default_rng(seed)
    state = LimitState(limit, d, calls=calls, log_weight=log_weight)
    return simulate_subsets(state, draw_plain(state, n, rng), rng, calls=allowed), state


def test_it_is_right_on_average():
    p = 1e-4
    beta = stats.norm.isf(p)
    found = [simulate(lambda u: beta - u[:, 0], seed=seed)[0].estimate for seed in range(40)]
    # Variation about .45 each; the mean of 40 is within 6 of its standard errors with false alarm 2e-9.
    assert abs(np.mean(found) / p - 1) < 6 * np.std(found) / p / np.sqrt(40) + 0.02


def test_levels_multiply_and_descend():
    found, state = simulate(lambda u: 3.5 - u[:, 0])
    assert found.estimate == pytest.approx(np.prod(found.probabilities))
    assert found.thresholds[-1] == 0
    assert (np.diff(found.thresholds) < 0).all()
    assert (found.survivors_g <= 0).all()
    np.testing.assert_allclose(found.survivors_g, 3.5 - found.survivors[:, 0])
    assert found.variation <= found.largest_variation
    assert state.calls == 500 + (len(found.thresholds) - 1) * 450


def test_weights_change_the_law():
    # Shifted by 1 along the first axis, so that beyond 4 has the probability of beyond 3.
    p = stats.norm.sf(3.0)
    found = [
        simulate(lambda u: 4 - u[:, 0], n=1000, seed=seed, log_weight=lambda u: u[:, 0] - 0.5)[0].estimate
        for seed in range(20)
    ]
    assert abs(np.mean(found) / p - 1) < 6 * np.std(found) / p / np.sqrt(20) + 0.1


def test_yes_or_no_has_no_levels():
    found, _ = simulate(lambda u: np.where(u[:, 0] > 5, -1.0, 1.0))
    assert not found.is_graded
    assert not found.reached
    assert found.estimate == 0


def test_a_staircase_still_has_levels():
    found, _ = simulate(lambda u: np.ceil(2 * (3 - u[:, 0])) / 2, n=1000)
    assert found.reached
    assert 1e-4 < found.estimate < 1e-2


def test_calls_can_end_before_failure_is_reached():
    found, _ = simulate(lambda u: 8 - u[:, 0], allowed=1000)
    assert found.is_graded
    assert not found.reached
    assert found.estimate == 0
    assert 0 < found.probability_reached < 0.02
