"""Sampling rounds: unbiased, with a variance that is seen, and a precision that known failures predict."""

import numpy as np
from scipy import stats

from gausscape.stress_testing.probability.known_failures import KnownFailures
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.mixture import Mixture
from gausscape.stress_testing.probability.proposals import Inflated, Shifted
from gausscape.stress_testing.probability.sampling_round import draw_round

MIXTURE = Mixture((Inflated(3, 1.3), Shifted(np.array([3.0, 0.0, 0.0]))), (50, 150))


def rounds(n=60, log_weight=None):
    def one(seed):
        state = LimitState(lambda u: 3 - u[:, 0], 3, calls=400, log_weight=log_weight)
        rng = np.random.default_rng(seed)
        u = rng.standard_normal((100, 3))
        return draw_round(state, MIXTURE, rng, asked=(Mixture.plain(3, 100), u, state.ask(u)))

    return [one(seed) for seed in range(n)]


def test_it_is_unbiased_and_knows_its_spread():
    found = rounds()
    estimates = np.array([each.weights.sum() for each in found])
    p = stats.norm.sf(3.0)
    assert abs(estimates.mean() - p) < 6 * estimates.std() / np.sqrt(len(found))  # false alarm 2e-9
    claimed = np.mean([each.variance for each in found])
    assert 0.5 * estimates.var() < claimed < 4 * estimates.var()


def test_it_follows_the_weighted_law():
    estimates = np.array([each.weights.sum() for each in rounds(log_weight=lambda u: u[:, 0] - 0.5)])
    assert abs(estimates.mean() - stats.norm.sf(2.0)) < 6 * estimates.std() / np.sqrt(len(estimates))


def test_no_weight_exceeds_that_of_a_plain_draw():
    assert max(each.weights.max() for each in rounds()) <= 1 / 100


def test_known_failures_predict_the_precision():
    rng = np.random.default_rng(0)
    u = rng.standard_normal((2000, 3))
    u[:, 0] = stats.norm.isf(rng.random(2000) * stats.norm.sf(3.0))
    known = KnownFailures(u, np.full(2000, 1 / 2000), stats.norm.sf(3.0))
    found = rounds(20)
    seen = np.mean([each.weights.sum() ** 2 / each.variance for each in found])
    assert 0.5 < found[0].precision(known) / seen < 2
