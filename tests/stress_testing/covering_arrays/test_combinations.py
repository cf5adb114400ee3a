"""The table of combinations against counting by hand."""

import itertools

import numpy as np
import pytest

from gausscape.errors import ConfigurationError
from gausscape.stress_testing.covering_arrays.combinations import Combinations


def by_hand(rows: np.ndarray, strength: int) -> set:
    sets = itertools.combinations(range(rows.shape[1]), strength)
    return {(axes, tuple(row[list(axes)].tolist())) for axes in sets for row in rows}


@pytest.mark.parametrize(("axes", "bins", "strength"), [(4, 3, 1), (4, 3, 2), (5, 2, 3), (3, 4, 3)])
def test_closing_counts_what_is_new(axes, bins, strength):
    rows = np.random.default_rng(0).integers(bins, size=(20, axes))
    table = Combinations(axes, bins, strength)
    shown = table.shown(rows)
    assert shown.sum() == len(by_hand(rows, strength))
    for k, row in enumerate(rows):
        expected = len(by_hand(rows[: k + 1], strength)) - len(by_hand(rows[:k], strength))
        assert table.gains(row[None])[0] == table.is_open(row).sum() == expected
        assert table.close(row[None])[0] == expected
    assert table.left == table.count - shown.sum() == table.open.sum()
    np.testing.assert_array_equal(table.open, ~shown)
    np.testing.assert_array_equal(table.left_by_set, table.open.sum(1))


@pytest.mark.parametrize("strength", [1, 2, 3])
def test_gains_of_the_next_axis_add_up_to_the_gain_of_the_row(strength):
    rng = np.random.default_rng(1)
    table = Combinations(5, 3, strength)
    table.close(rng.integers(3, size=(6, 5)))
    rows = rng.integers(3, size=(7, 5))
    order = rng.permutation(5)
    assigned, total = order[: strength - 1], np.zeros(7)
    for axis in order[strength - 1 :]:
        total += table.gains_of_next(rows, assigned, int(axis))[np.arange(7), rows[:, axis]]
        assigned = np.append(assigned, axis)
    np.testing.assert_array_equal(total, table.gains(rows))


def test_positions_unpack_to_their_bins():
    table = Combinations(4, 3, 2)
    rows = np.random.default_rng(2).integers(3, size=(5, 4))
    for number, axes in enumerate(table.sets):
        within = table.positions(rows)[:, number] - number * table.width
        np.testing.assert_array_equal(table.unpacked(within), rows[:, axes])


def test_forgetting_closes_one():
    table = Combinations(3, 2, 2)
    table.forget(1, 3)
    table.forget(1, 3)
    assert table.left == 11
    assert table.left_by_set.tolist() == [4, 3, 4]


@pytest.mark.parametrize(("axes", "bins", "strength"), [(3, 2, 4), (3, 2, 0), (30, 50, 4)])
def test_impossible_sizes_are_refused(axes, bins, strength):
    with pytest.raises(ConfigurationError, match=r"strength|Pass fewer"):
        Combinations(axes, bins, strength)
