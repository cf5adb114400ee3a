"""Mixtures: shares make weights vary least, and the density counts the draws."""

import numpy as np
import pytest

from gausscape.stress_testing.probability.mixture import Mixture, choose_shares
from gausscape.stress_testing.probability.proposals import Inflated, Shifted


def test_the_density_counts_the_draws():
    mixture = Mixture((Inflated(2, 1.5), Shifted(np.array([1.0, 0.0]))), (30, 70)).joined(Mixture.plain(2, 100))
    assert mixture.n == 200
    assert mixture.draw(np.random.default_rng(0)).shape == (200, 2)
    density = mixture.density(np.random.default_rng(1).standard_normal((100_000, 2)))
    assert abs(density.mean() - 200) < 6 * density.std() / np.sqrt(100_000)  # false alarm 2e-9


def test_shares_go_where_failures_are():
    ratios = np.array([[5.0, 0.1], [5.0, 0.1], [5.0, 0.1], [0.1, 5.0]])
    shares = choose_shares(ratios, np.ones(4), fixed=np.ones(4), free=100)
    assert shares.sum() == pytest.approx(1)
    assert shares[0] > shares[1] > 0.2


def test_shares_are_the_best_of_their_kind():
    rng = np.random.default_rng(2)
    ratios, importance, fixed = rng.exponential(size=(50, 3)), rng.exponential(size=50), np.ones(50)

    def moment(shares):
        return (importance / (fixed + 20 * ratios @ shares)).sum()

    best = moment(choose_shares(ratios, importance, fixed=fixed, free=20))
    assert all(best <= moment(rng.dirichlet(np.ones(3))) * (1 + 1e-3) for _ in range(200))
