"""What each summary says is right: exactly where it says so, and within the error that it states."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gausscape.errors import ConfigurationError, DataError
from gausscape.keyed_random import keyed_uniforms
from gausscape.summaries import Distinct, Exceedances, KeyedSample, LevelCounts, Moments, Quantiles


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=100), st.integers(0, 100))
def test_moments_are_those_of_the_whole(values, cut):
    x = np.array(values)
    made = Moments.of(x[:cut]).merged(Moments.of(x[cut:]))
    assert (made.count, made.low, made.high) == (len(x), x.min(), x.max())
    size = np.abs(x).max() + 1e-300
    assert math.isclose(made.mean, math.fsum(values) / len(x), rel_tol=0, abs_tol=1e-13 * size)
    assert math.isclose(made.variance, float(x.var(ddof=1)), rel_tol=1e-9, abs_tol=1e-12 * size**2)


def test_moments_of_a_far_column_keep_their_digits():
    # Sums of squares would lose all of them: 1e9 + noise of 1.
    x = 1e9 + np.random.default_rng(0).normal(size=100_000)
    made = Moments()
    for part in np.array_split(x, 37):
        made = made.merged(Moments.of(part))
    assert math.isclose(made.variance, float((x - 1e9).var(ddof=1)), rel_tol=1e-6)
    assert math.isclose(made.skewness, float(stats.skew(x - 1e9)), abs_tol=1e-6)
    assert math.isclose(made.kurtosis, float(stats.kurtosis(x - 1e9, fisher=False)), rel_tol=1e-6)


def test_T7_the_ends_of_float64_leave_count_extremes_and_mean_finite():
    made = Moments.of(np.array([1e308, 1.7e308, np.nan])).merged(Moments.of(np.array([-1e308, 5e-324])))
    assert (made.count, made.missing, made.low, made.high) == (4, 1, -1e308, 1.7e308)
    assert math.isfinite(made.mean)
    assert math.isnan(made.kurtosis)


def test_the_standard_error_covers_as_often_as_it_says():
    # 2,000 means, 5 standard errors: false-alarm rate 6e-7 each, 1e-3 in all; of 1 standard error 68.27% +- 5.2% (5 sd).
    random = np.random.default_rng(0)
    far = []
    for _ in range(2000):
        made = Moments.of(random.normal(size=30)).merged(Moments.of(random.normal(size=50)))
        far.append(abs(made.mean) / made.standard_error)
    assert max(far) < 5.5
    assert abs(np.mean(np.array(far) < 1) - 0.6827) < 0.052


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=200), st.integers(1, 12), st.integers(1, 5))
def test_level_counts_lack_at_most_their_error(values, cap, parts):
    made = LevelCounts(cap=cap)
    for part in np.array_split(np.array(values, dtype=int), parts):
        made = made.merged(LevelCounts.of(part.tolist(), cap=cap))
    true = {level: values.count(level) for level in set(values)}
    assert made.total == len(values)
    assert made.error <= len(values) / (cap + 1)
    for level, count in true.items():
        assert count - made.error <= made.counts.get(level, 0) <= count
    if len(true) <= cap:
        assert (made.counts, made.error) == (true, 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=200), st.floats(0, 1))
def test_a_quantile_is_within_its_accuracy(values, probability):
    sketch = Quantiles.of(np.array(values))
    true = sorted(values)[max(1, math.ceil(probability * len(values))) - 1]
    assert abs(sketch.at(probability) - true) <= sketch.accuracy * abs(true) * (1 + 1e-9) + 1e-99


def test_quantiles_stay_small():
    x = np.random.default_rng(0).lognormal(sigma=3, size=200_000)
    assert len(Quantiles.of(x).counts) < 4000
    with pytest.raises(ConfigurationError):
        Quantiles.of(x[:0]).at(0.5)


def test_exceedances_count_exactly_at_their_levels():
    p = np.concatenate([10.0 ** -np.random.default_rng(0).uniform(0, 6, 10_000), [1.0, 0.1, 0.01, 0.001, 1e-6, 0.0]])
    seen = Exceedances.of(p)
    assert seen.total == len(p)
    for level in (1.0, 0.1, 0.01, 0.001, 1e-4, 1e-5, 1e-6, 10 ** (-3 / 20)):
        assert seen.at_most(level) == int((p <= level).sum())
    with pytest.raises(ConfigurationError, match="exact"):
        seen.at_most(0.3)
    with pytest.raises(DataError, match="row 1"):
        Exceedances.of(np.array([0.5, 1.5]))


def test_every_object_is_as_likely_to_be_sampled():
    # 400 seeds, 60 objects, 15 drawn: each object's count is binomial(400, 1/4); chi-square over objects at 1e-6.
    ids = np.arange(60).astype(str)
    times = np.zeros(60)
    for seed in range(400):
        times[KeyedSample.of(ids, np.arange(60), size=15, seed=seed).places] += 1
    assert times.sum() == 400 * 15
    # Without replacement the counts of one draw lean against each other: the sum of squares has mean (60 - 1) at this scale.
    assert stats.chi2.sf(((times - 100) ** 2).sum() / (400 * 0.25 * 0.75) * 59 / 60, 59) > 1e-6


def test_a_sample_knows_objects_by_id_not_by_place():
    ids = np.random.default_rng(0).permutation(5000).astype(str)
    sample = KeyedSample.of(ids, np.arange(5000), size=50, seed=7)
    other = np.random.default_rng(1).permutation(5000)
    again = KeyedSample.of(ids[other], np.arange(5000), size=50, seed=7)
    assert set(ids[sample.places]) == set(ids[other][again.places])
    adding = KeyedSample.empty(size=50, seed=7)
    for start in range(0, 5000, 333):
        part = slice(start, start + 333)
        adding = adding.adding(keyed_uniforms(ids[part], seed=7)[:, 0, 0], np.arange(5000)[part])
    assert (adding.places == sample.places).all()
    assert adding.seen == 5000


def test_the_number_of_distinct_objects_is_within_its_error():
    # 200 estimates at k = 256: within 6 standard errors each (false-alarm rate below 1e-6 in all), unbiased within 5.
    random = np.random.default_rng(0)
    errors = []
    for _ in range(200):
        hashes = random.integers(2**64, size=5000, dtype=np.uint64)
        seen = Distinct.of(np.concatenate([hashes, hashes[:1000]]), size=256)
        errors.append((seen.estimate / 5000 - 1) / seen.relative_error)
    assert np.abs(errors).max() < 6
    assert abs(np.mean(errors)) < 5 / math.sqrt(200)
    assert Distinct.of(np.arange(100, dtype=np.uint64)).estimate == 100
