"""Known failures: importance sums to one, and unequal importance can be softened."""

import numpy as np
import pytest

from gausscape.stress_testing.probability.known_failures import KnownFailures


def test_weights_become_importance_and_probability():
    known = KnownFailures.weighted(np.zeros((2, 1)), np.array([1e-3, 3e-3]))
    np.testing.assert_allclose(known.importance, [0.25, 0.75])
    assert known.probability == pytest.approx(4e-3)


def test_softening_keeps_order_and_leaves_even_ones_alone():
    even = KnownFailures(np.zeros((50, 1)), np.full(50, 0.02), 0.1)
    np.testing.assert_array_equal(even.softened().importance, even.importance)
    steep = KnownFailures.weighted(np.zeros((50, 1)), np.exp(-np.arange(50.0)))
    soft = steep.softened()
    assert soft.effective >= 10 > steep.effective
    assert (np.diff(soft.importance) < 0).all()
    assert soft.importance.sum() == pytest.approx(1)


def test_chained_states_are_trusted_less():
    found = KnownFailures(np.zeros((100, 1)), np.full(100, 0.01), 0.1)
    both = found.with_chained(KnownFailures(np.ones((100, 1)), np.full(100, 0.01), 0.2))
    assert both.importance.sum() == pytest.approx(1)
    assert both.importance[:100].sum() == pytest.approx(100 / 120)
    assert both.probability == 0.2
