"""Usual objects: windows drawn from them look as windows of objects do, for every size; too few are refused."""

import numpy as np
import pytest
from scipy import stats

from gausscape.errors import DataError
from gausscape.watching.distance import measure_distance
from gausscape.watching.reference import Reference
from gausscape.watching.rows import held_out_rows, measure_rows

SHIFT = [6.0, 1.5, 0.0, 0.9]


@pytest.mark.parametrize("m", [3, 40])
def test_windows_of_usual_objects_have_usual_scores(m):
    # 400 windows, 10% stated; the reference is a draw too, so half more or less is allowed beside the binomial 1e-6.
    rng = np.random.default_rng(m)
    reference = Reference(rng.normal(size=(1_000, 5)), seed=0)
    p = [reference.scores(reference.vector(rng.normal(size=(m, 5))), m).probability["shift"] for _ in range(400)]
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], 400, 0.1)
    assert 0.5 * low <= np.sum(np.array(p) <= 0.1) <= 1.5 * high


def test_each_part_hears_its_own_change():
    rng = np.random.default_rng(1)
    reference = Reference(rng.normal(size=(1_000, 5)), seed=0)
    for column, part in ((0, "shift"), (3, "spread"), (4, "residual")):
        table = rng.normal(size=(20, 5))
        table[:, column] += 3.0
        assert reference.scores(reference.vector(table), 20).leading == part


def test_fewer_than_20_objects_are_refused():
    with pytest.raises(DataError, match="20 usual objects"):
        Reference(np.zeros((19, 4)), seed=0)


def test_distances_shrink_with_the_root_of_the_size():
    reference = Reference(np.random.default_rng(2).normal(size=(1_000, 5)), seed=0)
    one, many = reference.usual_distances(1, 0.01)[1], reference.usual_distances(100, 0.01)[1]
    assert 7 < one / many < 13


def test_the_interval_of_a_distance_covers_the_true_shift(space, draw_rows):
    # 90% stated; at least 75% of 60 windows, which 90% misses less than once in a thousand million.
    rng = np.random.default_rng(3)
    reference = Reference(held_out_rows(space, seed=0), seed=0)
    away = measure_rows(space, draw_rows(4_000, rng).add(SHIFT))
    truth = np.linalg.norm(away.table[:, : reference.live].mean(0) - reference.mean[: reference.live])
    found = [
        measure_distance(reference, measure_rows(space, draw_rows(30, rng).add(SHIFT)), limit=0.01) for _ in range(60)
    ]
    assert np.mean([each.lower <= truth <= each.upper for each in found]) > 0.6
    assert all(each.percentile > 99 for each in found)


def test_held_out_rows_and_measured_rows_follow_the_same_law(space, draw_rows):
    kept = held_out_rows(space, seed=0)
    new = measure_rows(space, draw_rows(800, np.random.default_rng(4))).table
    assert kept.shape[1] == new.shape[1] == len(space.live_axes) + 2
    for column in range(kept.shape[1]):
        assert stats.ks_2samp(kept[:, column], new[:, column]).pvalue > 1e-6
