"""Plain draws: a share and its exact interval, and the bound when nothing fails."""

import numpy as np
import pytest
from scipy import stats

from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.plain_sampling import draw_plain


def sample(n, seed, *, least=1.0, log_weight=None):
    return draw_plain(
        LimitState(lambda u: least - u[:, 0], 2, calls=n, log_weight=log_weight), n, np.random.default_rng(seed)
    )


def test_the_interval_covers():
    p = stats.norm.sf(1.0)
    held = sum(low <= p <= high for low, high in (sample(100, seed).interval for seed in range(300)))
    # Clopper-Pearson covers 90% or more: fewer than 230 of 300 has probability 2e-11.
    assert held >= 230


def test_nothing_seen_bounds_at_three_over_n():
    found = sample(1000, 0, least=20.0)
    assert found.estimate == 0
    assert found.least_excluded == pytest.approx(3 / 1000, rel=0.01)
    assert found.interval[0] == 0 < found.interval[1] < 0.005
    assert found.variation == float("inf")


def test_weights_move_the_law():
    # Density ratio of N((1, 0), I) to N(0, I).
    shifted = sample(20_000, 1, log_weight=lambda u: u[:, 0] - 0.5)
    error = 0.5 * shifted.variation
    assert abs(shifted.estimate - 0.5) < 6 * error  # false alarm 2e-9
    assert shifted.effective < len(shifted)
    assert sample(100, 1).effective == pytest.approx(100)


def test_joined_samples_are_one():
    one, other = sample(50, 1), sample(70, 2)
    both = one.joined(other)
    assert len(both) == 120
    assert both.estimate == pytest.approx((50 * one.estimate + 70 * other.estimate) / 120)
