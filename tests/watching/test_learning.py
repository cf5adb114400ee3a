"""A burn-in: half of the seasons teach, the others are ranked; a bounded sample is kept."""

import numpy as np
import pytest

from gausscape.errors import DataError
from gausscape.watching.learning import MOST_OBJECTS, Learning


def test_whole_seasons_teach_or_are_ranked():
    rng, learning = np.random.default_rng(0), Learning.start(7, 4)
    for number in range(28):
        learning.take_in(rng.normal(size=(5, 4)), number % 7, rng)
    assert len(learning.table) == 14 * 5
    assert learning.phases.tolist() == [*range(7), *range(7)]
    ranked = learning.ranked(learning.reference(seed=0))
    assert [each.phase for each in ranked] == learning.phases.tolist()
    assert all(each.size == 5 for each in ranked)


def test_what_is_kept_is_bounded_and_from_all_of_the_burn_in():
    rng, learning = np.random.default_rng(1), Learning.start(1, 3)
    for number in range(8):
        learning.take_in(np.full((MOST_OBJECTS // 2, 3), float(number)), 0, rng)
    assert len(learning.table) == MOST_OBJECTS
    assert set(np.unique(learning.table)) == {0.0, 2.0, 4.0, 6.0}


def test_too_little_is_refused():
    learning = Learning.start(1, 3)
    learning.take_in(np.zeros((5, 3)), 0, np.random.default_rng(0))
    with pytest.raises(DataError, match="learn longer"):
        learning.reference(seed=0)
