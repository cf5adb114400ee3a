"""What every mergeable summary promises: parts in any order and grouping give what one pass gives, and a document gives it back."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gausscape.errors import ConfigurationError
from gausscape.summaries import Distinct, Exceedances, KeyedSample, LevelCounts, Moments, Quantiles, Summary

MAKERS = {
    "moments": lambda x: Moments.of(x),
    "levels": lambda x: LevelCounts.of(np.round(x).astype(int).tolist(), cap=5000),
    "quantiles": lambda x: Quantiles.of(x),
    "exceedances": lambda x: Exceedances.of(1 / (1 + np.abs(x))),
    "sample": lambda x: KeyedSample.of(x.astype(str), np.arange(len(x)) + (x * 1e6).astype(int), size=20, seed=1),
    "distinct": lambda x: Distinct.of(np.abs(x * 1e15).astype(np.uint64), size=16),
}
OTHER_SETTINGS = {
    "levels": lambda x: LevelCounts.of([1], cap=3),
    "quantiles": lambda x: Quantiles.of(x, accuracy=0.02),
    "exceedances": lambda x: Exceedances.of(1 / (1 + np.abs(x)), per_decade=3),
    "sample": lambda x: KeyedSample.of(x.astype(str), np.arange(len(x)), size=20, seed=2),
    "distinct": lambda x: Distinct.of(np.zeros(1, dtype=np.uint64), size=17),
}


def same(a: Summary, b: Summary) -> bool:
    """Whether two say the same; sums of floats to 1e-12 of their size."""
    if not isinstance(a, Moments):
        return json.dumps(a.document()) == json.dumps(b.document())
    spread = max(abs(a.low), abs(a.high), 1e-300) if a.count else 1.0
    counts = (a.count, a.missing, a.low, a.high) == (b.count, b.missing, b.low, b.high)
    powers = [
        abs(x - y) <= 1e-12 * max(a.count, 1) * spread**k
        for k, (x, y) in enumerate(zip(a.powers, b.powers, strict=True), 2)
    ]
    return counts and abs(a.mean - b.mean) <= 1e-12 * spread and all(powers)


@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e4, 1e4), max_size=80, unique=True), st.integers(0, 80), st.integers(0, 80))
def test_parts_in_any_order_give_what_one_pass_gives(name, values, one, other):
    make, x = MAKERS[name], np.array(values, dtype=np.float64)
    first, second = sorted((one, other))
    a, b, c = (
        (make(part) for part in np.split(x, [first, second])) if name != "sample" else sample_parts(x, first, second)
    )
    assert same(a.merged(b), b.merged(a))
    assert same(a.merged(b).merged(c), a.merged(b.merged(c)))
    assert same(a.merged(b).merged(c), make(x) if name != "sample" else sample_parts(x, 0, 0)[2])


def sample_parts(x, first, second):
    ids, places = x.astype(str), np.arange(len(x))
    pieces = zip(np.split(ids, [first, second]), np.split(places, [first, second]), strict=True)
    return [KeyedSample.of(some, where, size=20, seed=1) for some, where in pieces]


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("values", [[], [0.0], [-3.5, 2.0, 1e-3, 7.0, 7.0]])
def test_a_document_gives_the_summary_back(name, values):
    made = MAKERS[name](np.array(values))
    back = type(made).from_document(json.loads(json.dumps(made.document(), allow_nan=False)))
    assert same(made, back)
    assert same(back.merged(made), made.merged(made))


@pytest.mark.parametrize("name", OTHER_SETTINGS)
def test_other_settings_do_not_merge(name):
    x = np.array([1.0, 2.0])
    with pytest.raises(ConfigurationError, match="same"):
        MAKERS[name](x).merged(OTHER_SETTINGS[name](x))
