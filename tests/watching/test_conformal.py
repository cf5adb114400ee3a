"""Ranks among earlier windows: uniform p-values, alarms at the stated rate, a bounded and fair memory."""

import numpy as np
from scipy import stats

from gausscape.watching.conformal import LARGEST_POOL, MOST_VECTORS, Pool, VectorPool


def test_alarms_come_at_the_stated_rate_over_10000_windows():
    # Online p-values are independent and uniform: the count is binomial. False-alarm rate 1e-6 a level.
    rng = np.random.default_rng(1)
    pool, p = Pool(rng.exponential(size=100)), []
    for score in rng.exponential(size=10_000):
        p.append(pool.p_value(score, uniform=rng.random()))
        pool.join(score, uniform=rng.random())
    for rate in (0.001, 0.01, 0.1):
        low, high = stats.binom.ppf([5e-7, 1 - 5e-7], 10_000, rate)
        assert low <= np.sum(np.array(p) <= rate) <= high
    assert stats.kstest(p, "uniform").pvalue > 1e-6


def test_ties_are_broken_fairly():
    rng = np.random.default_rng(2)
    pool, p = Pool(np.zeros(50)), []
    for score in rng.integers(0, 2, 5_000).astype(float):
        p.append(pool.p_value(score, uniform=rng.random()))
        pool.join(score, uniform=rng.random())
    assert stats.kstest(p, "uniform").pvalue > 1e-6


def test_a_full_pool_is_a_uniform_sample_of_all_that_joined():
    rng = np.random.default_rng(3)
    pool, n = Pool(np.zeros(0)), 3 * LARGEST_POOL
    for score in range(n):
        pool.join(float(score), uniform=rng.random())
    assert len(pool) == LARGEST_POOL
    assert stats.kstest(pool.scores / n, "uniform").pvalue > 1e-6


def test_vectors_that_stand_in_leave_once_the_stream_has_its_own():
    pool = VectorPool(np.full((10, 2), 9.0), stays=False, waits=True)
    assert not pool.is_ready
    rng = np.random.default_rng(4)
    for vector in rng.normal(size=(MOST_VECTORS + 50, 2)):
        pool.join(vector, uniform=rng.random())
    assert pool.is_ready
    assert len(pool) == MOST_VECTORS
    assert pool.vectors.max() < 9


def test_beyond_the_largest_a_power_law_keeps_the_rate():
    # Pools of 30: ranks alone could seldom say less than 1 in 31. Exact for power laws, safe for lighter tails; 1e-6.
    rng = np.random.default_rng(5)
    for draw, exact in ((lambda size=None: 1 + rng.pareto(2.0, size), True), (rng.exponential, False)):
        p = np.array([Pool(draw(size=30)).p_value(float(draw()), uniform=rng.random()) for _ in range(10_000)])
        for rate in (0.001, 0.005, 0.02):
            low, high = stats.binom.ppf([5e-7, 1 - 5e-7], len(p), rate)
            assert np.sum(p <= rate) <= high
            assert np.sum(p <= rate) >= low or not exact


def test_a_score_far_beyond_a_small_pool_is_beyond_doubt():
    pool = Pool(np.random.default_rng(6).exponential(size=40))
    near, far = (pool.p_value(float(pool.scores.max()) + x, uniform=0.9) for x in (0.1, 200.0))
    assert near > 0.01
    assert far < 1e-3


def test_pools_without_a_tail_fall_back_on_chance():
    assert Pool(np.zeros(2)).p_value(1.0, uniform=0.5) == 0.5 / 3
    assert Pool(np.zeros(50)).p_value(1.0, uniform=0.5) == 0.5 / 51
    assert Pool(np.zeros(0)).p_value(1.0, uniform=0.5) == 0.5
