"""Inflated draws: they find what plain draws miss, and weigh it rightly."""

import numpy as np
from scipy import stats

from gausscape.stress_testing.probability.inflated_sampling import explore
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.plain_sampling import draw_plain


def search(least, seed):
    rng = np.random.default_rng(seed)
    state = LimitState(lambda u: np.where(u[:, 0] > least, -1.0, 1.0), 3, calls=3000)
    return explore(state, draw_plain(state, 400, rng), rng)


def test_it_is_right_on_average():
    p = stats.norm.sf(3.5)
    found = np.array([search(3.5, seed).weights.sum() for seed in range(40)])
    assert abs(found.mean() / p - 1) < 6 * found.std() / p / np.sqrt(40)  # false alarm 2e-9


def test_its_failures_fail():
    found = search(3.5, 0)
    assert len(found.u) > 0
    assert (found.u[:, 0] > 3.5).all()


def test_nothing_found_stands_for_nothing():
    found = search(50.0, 0)
    assert len(found.u) == 0
    assert found.weights.sum() == found.variance == 0
