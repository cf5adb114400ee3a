"""Shapley values by orders: axioms that hold for any game."""

import itertools
import math

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.explanation.shapley import credit_of_orders, draw_orders, members_in_order


@pytest.mark.parametrize("players", [1, 2, 4])
def test_the_mean_over_all_orders_is_the_shapley_value(players):
    rng = np.random.default_rng(players)
    worth = {frozenset(s): rng.normal() for k in range(players + 1) for s in itertools.combinations(range(players), k)}
    orders = np.array(list(itertools.permutations(range(players))))
    entered = members_in_order(orders)
    found = np.array([[worth[frozenset(np.flatnonzero(row).tolist())] for row in order] for order in entered])
    everybody = frozenset(range(players))
    values = credit_of_orders(orders, found, full=worth[everybody]).mean(0)
    expected = [
        sum(
            math.factorial(len(s)) * math.factorial(players - len(s) - 1) / math.factorial(players) * (worth[s | {i}] - worth[s])
            for s in worth
            if i not in s
        )
        for i in range(players)
    ]
    np.testing.assert_allclose(values, expected, atol=1e-12)


def test_every_order_sums_exactly_and_a_null_player_gets_nothing():
    rng = np.random.default_rng(0)
    orders = draw_orders(6, 50, rng)
    worth = np.sin(members_in_order(orders) @ [1.0, 2.0, 0.0, 4.0, 5.0, 6.0])
    credit = credit_of_orders(orders, worth, full=np.sin(18))
    np.testing.assert_allclose(credit.sum(1), np.sin(18) - worth[:, 0], atol=1e-12)
    assert np.abs(credit[:, 2]).max() < 1e-12


def test_orders_are_permutations_with_their_reverse():
    orders = draw_orders(7, 40, np.random.default_rng(1))
    assert (np.sort(orders, 1) == np.arange(7)).all()
    assert (orders[::2] == orders[1::2, ::-1]).all()


def test_wrong_calls_are_refused():
    with pytest.raises(ConfigurationError, match="at least 1 player"):
        draw_orders(0, 4, np.random.default_rng(0))
    with pytest.raises(ShapeError, match="Orders of shape"):
        credit_of_orders(np.zeros((2, 3), int), np.zeros((2, 4)), full=0.0)
