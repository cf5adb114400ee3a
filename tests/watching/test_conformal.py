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
