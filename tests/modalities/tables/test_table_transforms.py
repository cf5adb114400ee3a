"""Normal scores: increasing, exactly invertible, and with tails beyond the data."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gausscape.errors import DataError
from gausscape.modalities.tables.transforms import LIMIT, NormalScores

COLUMNS = {
    "normal": lambda random: random.normal(size=3000),
    "t4": lambda random: random.standard_t(4, size=2000),
    "lognormal": lambda random: random.lognormal(size=2000),
    "uniform": lambda random: random.random(2000),
    "counts": lambda random: random.poisson(2, size=2000).astype(float),
    "few": lambda random: random.normal(size=10),
    "two values": lambda random: np.array([1.0, 2.0]),
    "mostly zero": lambda random: np.where(random.random(1000) < 0.9, 0, random.exponential(size=1000)),
    "negative": lambda random: -random.lognormal(size=500),
    "tiny": lambda random: 1e-12 * random.random(500),
    "huge": lambda random: 1e308 * random.uniform(-1, 1, size=500),
    "subnormal": lambda random: np.array([1e-320, 2e-320, 5e-324, 0.0, 3e-320]),
    "apart": lambda random: np.array([1e308, -1e308, 1.0, 2.0, 3.0]),
}


@pytest.fixture(params=COLUMNS)
def column(request):
    return COLUMNS[request.param](np.random.default_rng(3))


def test_values_come_back(column):
    scores = NormalScores.fit(column)
    back = scores.inverse(scores.forward(column))
    np.testing.assert_allclose(back, column, rtol=1e-9, atol=1e-12 * np.ptp(column / 2))


def test_map_is_increasing_and_finite(column):
    scores = NormalScores.fit(column)
    assert (np.diff(scores.forward(np.unique(column))) > 0).all()
    values = scores.inverse(np.linspace(-LIMIT - 1, LIMIT + 1, 5001))
    assert np.isfinite(values).all()
    assert (np.diff(values) >= 0).all()


def test_document_restores_the_map(column):
    scores = NormalScores.fit(column)
    again = NormalScores.from_document(json.loads(json.dumps(scores.document())))
    assert np.array_equal(again.forward(column), scores.forward(column))


def test_scores_of_continuous_data_are_normal():
    z = NormalScores.fit(np.random.default_rng(0).gamma(2, size=5000)).forward(
        np.random.default_rng(1).gamma(2, size=5000)
    )
    assert abs(z.mean()) < 0.1
    assert abs(z.std() - 1) < 0.07


def test_knots_stay_within_a_thousand():
    assert len(NormalScores.fit(np.random.default_rng(0).normal(size=50_000)).values) <= 1000


def test_A13_tail_goes_on_beyond_the_largest_value():
    """t4 data, n = 2000: the truth at z = 4.5 is 30.6; a clipped transform gives the largest value, about 10."""
    far = []
    for seed in range(20):
        column = np.random.default_rng(seed).standard_t(4, size=2000)
        scores = NormalScores.fit(column)
        value = scores.inverse(np.array([4.5]))[0]
        assert value > column.max()
        np.testing.assert_allclose(scores.forward(np.array([value, 1.2 * value]))[0], 4.5, rtol=1e-9)
        far.append(value)
    assert 15 < np.median(far) < 60


def test_value_beyond_the_data_comes_back():
    column = np.random.default_rng(0).normal(size=2000)
    scores = NormalScores.fit(column)
    beyond = np.array([column.min() - 3, column.max() + 0.1, column.max() + 5])
    np.testing.assert_allclose(scores.inverse(scores.forward(beyond)), beyond, rtol=1e-9)


def test_positive_column_stays_positive_within_reason():
    scores = NormalScores.fit(np.random.default_rng(0).lognormal(size=2000))
    assert (scores.inverse(np.linspace(-5.9, 0, 100)) > 0).all()


def test_bound_in_the_data_is_kept_within_reason():
    column = np.random.default_rng(0).poisson(2, size=2000)
    assert NormalScores.fit(column).inverse(np.array([-5.9]))[0] == 0


def test_uniform_data_show_an_end():
    scores = NormalScores.fit(np.random.default_rng(0).random(5000))
    assert 0.99 < scores.inverse(np.array([4.5]))[0] < 1.02


def test_quantiles_match_the_law():
    """A repeated value owns its share of the scores, so normal draws come back with the right shares."""
    column = np.random.default_rng(0).choice([1.0, 2.0, 7.0], p=[0.5, 0.3, 0.2], size=5000)
    drawn = NormalScores.fit(column).inverse(np.random.default_rng(1).normal(size=20_000))
    for value, share in ((1, 0.5), (2, 0.3), (7, 0.2)):
        assert abs((np.round(drawn) == value).mean() - share) < 0.05


@pytest.mark.parametrize("values", [[], [1.0, 1.0], [1.0, np.nan], [1.0, np.inf]])
def test_refuses_what_has_no_scale(values):
    with pytest.raises(DataError, match="finite values, not all the same"):
        NormalScores.fit(np.array(values))


@settings(max_examples=150, deadline=None)
@given(arrays(np.float64, st.integers(2, 40), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_T7_any_finite_floats(column):
    if column.min() == column.max():
        return
    scores = NormalScores.fit(column)
    forward = scores.forward(column)
    back = scores.inverse(forward)
    assert np.isfinite(forward).all()
    assert np.isfinite(back).all()
    with np.errstate(over="ignore"):
        assert (np.abs(back / 2 - column / 2) <= 1e-9 * np.abs(column).max() + 1e-300).all()
    order = np.argsort(column, kind="stable")
    # Values 1 apart beside values of 1e16 have the same score to the last digits, where the logarithms may round either way.
    assert (np.diff(forward[order]) >= -1e-12).all()
