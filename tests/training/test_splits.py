"""Four groups share no object, not even a duplicate, and have the promised sizes."""

import contextlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gausscape.errors import DataError
from gausscape.training.splits import row_hashes, split_objects

GROUPS = ("fit", "validation", "calibration", "audit")


def tensors(values) -> dict[str, torch.Tensor]:
    return {"cells": torch.as_tensor(np.asarray(values, dtype="float32"))}


def distinct(n: int) -> dict[str, torch.Tensor]:
    return tensors(np.random.default_rng(0).normal(size=(n, 3)))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 30), min_size=10, max_size=300), st.integers(0, 5))
def test_T3_every_object_is_in_one_group_and_duplicates_stay_together(values, seed):
    data = tensors(np.array(values)[:, None])
    try:
        split = split_objects(data, seed=seed)
    except DataError:
        assert len(set(values)) < 30
        return
    rows = np.concatenate([getattr(split, group) for group in GROUPS])
    assert sorted(rows.tolist()) == list(range(len(values)))
    held = [{values[row] for row in getattr(split, group)} for group in GROUPS]
    assert sum(map(len, held)) == len(set(values)) == split.distinct
    assert all(len(getattr(split, group)) for group in ("fit", "calibration", "audit"))


@pytest.mark.parametrize("n", [10, 30, 100, 1000, 5000])
def test_shares_are_70_20_10_with_a_tenth_of_the_first_to_validate(n):
    split = split_objects(distinct(n), seed=0)
    assert len(split.audit) == max(2, round(0.1 * n))
    assert len(split.calibration) == max(3, round(0.2 * n))
    remaining = n - len(split.audit) - len(split.calibration)
    assert len(split.validation) == (round(0.1 * remaining) if remaining >= 200 else 0)


def test_large_data_give_their_surplus_to_the_fit():
    n = 80_000
    split = split_objects(tensors(np.arange(n)[:, None]), seed=0)
    assert [len(getattr(split, group)) for group in GROUPS] == [n - 17_000, 2_000, 10_000, 5_000]


def test_the_seed_decides_and_the_order_of_rows_within_a_group_is_theirs():
    one, again, other = (split_objects(distinct(200), seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(getattr(one, group), getattr(again, group)) for group in GROUPS)
    assert not np.array_equal(one.audit, other.audit)
    assert all((np.diff(getattr(one, group)) > 0).all() for group in GROUPS)


def test_groups_are_drawn_alike():
    # Each of 200 objects is in the audit of 400 seeds 40 times on average; 6.5 standard deviations is 8e-11 a cell.
    counts = np.zeros(200)
    for seed in range(400):
        counts[split_objects(distinct(200), seed=seed).audit] += 1
    assert (np.abs(counts - 40) < 6.5 * np.sqrt(400 * 0.1 * 0.9)).all()


@pytest.mark.parametrize("different", [1, 9])
def test_T3_too_few_distinct_objects_are_refused_with_their_number(different):
    data = tensors((np.arange(500) % different)[:, None])
    with pytest.raises(DataError, match=rf"at least 10 distinct objects, but of 500 objects {different} are distinct"):
        split_objects(data, seed=0)


def test_T3_one_object_that_is_nearly_all_is_refused_or_leaves_no_group_empty():
    values = np.r_[np.zeros(9_900), np.arange(1, 101)][:, None]
    for seed in range(5):
        with contextlib.suppress(DataError):  # "... leave one empty. Drop duplicates first."
            split = split_objects(tensors(values), seed=seed)
            assert min(len(split.fit), len(split.calibration), len(split.audit)) > 0


def test_hashes_tell_objects_apart_by_every_tensor():
    cells = torch.zeros(3, 2)
    flags = torch.tensor([[0], [1], [0]], dtype=torch.uint8)
    alike = row_hashes({"cells": cells, "flags": flags})
    assert alike[0] == alike[2] != alike[1]
    assert len(np.unique(row_hashes(distinct(5_000)))) == 5_000
