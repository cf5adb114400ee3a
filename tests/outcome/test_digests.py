"""Two objects have the same digest if their content is the same, and only then."""

import numpy as np
import pandas as pd
import pytest

from gausscape.outcome.digests import digests


class Named(list):
    """A list that holds more than its items."""


def test_equal_content_has_equal_digests_whatever_holds_it():
    rows = np.arange(12.0).reshape(3, 2, 2)
    assert digests(rows) == digests(list(rows)) == digests(np.asfortranarray(rows)) == digests(rows.copy())
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert digests(frame) == digests(frame.copy().set_index(pd.Index([7, 8])))
    assert digests(frame)[::-1] == digests(frame[::-1])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        ([1], ["1"]),
        ([1], [1.0]),
        ([True], [1]),
        ([[1, 2], [3]], [[1], [2, 3]]),
        ([(1, 2)], [[1, 2]]),
        ([None], ["None"]),
        ([{"a": 1}], [{"a": 2}]),
        ([0.1], [0.1 + 2**-56]),
        ([b"a"], ["a"]),
        ([np.float32(1)], [np.float64(1)]),
        ([np.zeros(4)], [np.zeros((2, 2))]),
        ([np.array(["a", 1], dtype=object)], [np.array(["a", 2], dtype=object)]),
        ([0.0], [-0.0]),
    ],
)
def test_other_content_has_another_digest(one, other):
    assert digests(one) != digests(other)


def test_a_subclass_is_told_by_all_that_it_holds():
    one, other = Named([1]), Named([1])
    other.name = "more"
    assert digests([one]) != digests([other])


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.rename(columns={"a": "c"}),
        lambda frame: frame.astype({"a": "int32"}),
        lambda frame: frame.astype({"a": "Int64"}),
        lambda frame: frame.astype({"b": "category"}),
        lambda frame: frame[["b", "a"]],
        lambda frame: frame.assign(b=["x", "z"]),
    ],
)
def test_a_frame_with_other_names_types_order_or_values_differs(change):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert digests(change(frame))[1] != digests(frame)[1]


def test_what_has_no_serialisation_has_no_digest():
    assert digests([lambda: 0, 1])[0] is None
    assert digests([[1, lambda: 0]]) == [None]
