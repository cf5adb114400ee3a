"""Features among those of usual windows: the stated rate whatever their law, the unusual one named, sizes kept apart."""

import numpy as np
from scipy import stats

from gausscape.watching.feature_pool import MOST, FeaturePool


def _features(rng: np.random.Generator) -> np.ndarray:
    return np.array([rng.normal(), rng.lognormal(), rng.poisson(0.3), 7.0])


def _filled(n: int, rng: np.random.Generator, size: float = 1.0) -> FeaturePool:
    pool = FeaturePool.empty(4)
    for _ in range(n):
        pool.join(_features(rng), size, uniform=rng.random())
    return pool


def test_p_is_never_too_small_too_often_whatever_the_law_of_the_features():
    # A normal, a skew, a count and a constant feature; pools of 150, 3,000 windows. False-alarm rate 1e-6 a level.
    rng = np.random.default_rng(0)
    p = []
    for _ in range(30):
        pool = _filled(150, rng)
        p += [pool.rank(_features(rng), 1, uniform=rng.random()).p for _ in range(100)]
    # 100 windows of a pool share its luck: allow for a variance that is doubled.
    for rate in (0.02, 0.1, 0.5):
        spread = np.sqrt(3_000 * rate * (1 - rate) * 2)
        assert abs(np.sum(np.array(p) <= rate) - 3_000 * rate) <= stats.norm.isf(5e-7) * spread + 5


def test_the_unusual_feature_is_named_with_its_side():
    rng = np.random.default_rng(1)
    rank = _filled(200, rng).rank(np.array([-8.0, 1.0, 0.0, 7.0]), 1, uniform=0.5)
    assert (rank.feature, rank.sign) == (0, -1.0)
    assert rank.p < 0.004
    assert abs(rank.usual) < 0.5


def test_only_windows_of_about_as_many_objects_count():
    rng = np.random.default_rng(2)
    pool = _filled(100, rng, size=1.0)
    assert pool.rank(_features(rng), 5, uniform=0.5) is None
    assert pool.rank(_features(rng), 1, uniform=0.5) is not None


def test_missing_features_and_few_windows_say_nothing():
    rng = np.random.default_rng(3)
    assert _filled(39, rng).rank(_features(rng), 1, uniform=0.5) is None
    pool = FeaturePool(np.full((60, 2), np.nan), np.ones(60), joined=60)
    assert pool.rank(np.full(2, np.nan), 1, uniform=0.5) is None
    pool = FeaturePool(np.column_stack([np.full(60, np.nan), rng.normal(size=60)]), np.ones(60), joined=60)
    assert pool.rank(np.array([np.nan, 0.0]), 1, uniform=0.5).feature == 1


def test_a_full_pool_stays_at_its_size():
    assert len(_filled(MOST + 40, np.random.default_rng(4)).table) == MOST
