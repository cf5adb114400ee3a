"""A limit state: batches in, numbers out, within a budget, and an answer that is no number is a failure."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.stress_testing.probability.limit_state import LimitState


def test_no_number_is_failure():
    state = LimitState(lambda u: np.where(u[:, 0] > 0, np.nan, 1.0), 1, calls=10)
    np.testing.assert_array_equal(state.ask(np.array([[1.0], [-1.0]])) <= 0, [True, False])


def test_calls_are_counted_and_never_exceed_the_budget():
    asked = []
    state = LimitState(lambda u: (asked.append(len(u)), u[:, 0])[1], 2, calls=5)
    state.ask(np.zeros((3, 2)))
    assert (state.calls, state.left) == (3, 2)
    with pytest.raises(ConfigurationError, match="2 left"):
        state.ask(np.zeros((3, 2)))
    assert asked == [3]


def test_everything_asked_is_remembered():
    state = LimitState(lambda u: u.sum(1), 2, calls=9)
    assert len(state.remembered()[1]) == 0
    for n in (2, 3):
        state.ask(np.full((n, 2), float(n)))
    u, g = state.remembered()
    np.testing.assert_array_equal(g, u.sum(1))
    assert len(g) == 5


def test_wrong_shapes_and_budgets_are_refused():
    with pytest.raises(ShapeError, match="flat"):
        LimitState(lambda u: u, 2, calls=9).ask(np.zeros((3, 2)))
    for dimension, calls in ((0, 5), (2, 0)):
        with pytest.raises(ConfigurationError, match="at least one"):
            LimitState(lambda u: u[:, 0], dimension, calls=calls)
