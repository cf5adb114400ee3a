"""Laws of many changes: a batch says what its members say alone, in any order, quickly, without decoding."""

import json
import time

import numpy as np
import pytest

from gausscape.errors import ShapeError
from gausscape.items import Items
from gausscape.local_change import Change, Changes, measure_change
from gausscape.modalities.images.example import example_items
from gausscape.training.fitting import fit

COLUMNS = ("distance", "percentile", "detectability", "accuracy", "noise_probability", "jeffreys", "fisher_rao", "wasserstein",
           "input_distance", "chord", "interval", "distance_interval")  # fmt: skip


def test_a_batch_says_what_its_members_say_alone(space, deep):
    # Fresh objects: one that calibrated the space ties with itself, and rounding then decides its label.
    images = example_items(12, seed=9)
    for each in (space, deep):
        changes = measure_change(each, images[:6], images[6:12])
        assert isinstance(changes, Changes)
        for i, change in enumerate(changes):
            alone = measure_change(each, images[i], images[6 + i])
            assert isinstance(change, Change)
            for name in COLUMNS:
                np.testing.assert_allclose(
                    getattr(changes, name)[i], getattr(alone, name), rtol=1e-3, atol=1e-3, err_msg=name
                )
                np.testing.assert_allclose(
                    getattr(change, name), getattr(alone, name), rtol=1e-3, atol=1e-3, err_msg=name
                )
            assert (change.verdict, change.stable, change.dominant_source) == (
                alone.verdict,
                None,
                alone.dominant_source,
            )
            assert changes.verdict[i] == alone.verdict
            assert (changes.support_a[i], changes.support_b[i]) == alone.support


def test_permuting_a_batch_permutes_the_answer(space, images):
    order = np.random.default_rng(0).permutation(50)
    one = measure_change(space, images[:50], images[50:100])
    two = measure_change(space, images[:50][order], images[50:100][order])
    for name in COLUMNS:
        np.testing.assert_allclose(getattr(one, name)[order], getattr(two, name), rtol=1e-4, atol=1e-4, err_msg=name)


def test_one_stands_for_many(space, images):
    items = Items.of(images)
    many, few = measure_change(space, items.take([0]), items), measure_change(space, items, images[0])
    np.testing.assert_allclose(many.distance, few.distance, atol=1e-6)
    assert many.distance[0] == 0
    assert many.a_ids.tolist() == ["0"] * 240
    assert many.b_ids.tolist() == items.ids.tolist()
    assert few.b_ids is None
    assert many[-1].b_id == "239"
    np.testing.assert_allclose(many[7].distance, many.distance[7])


def test_renaming_the_objects_moves_nothing(space, images):
    items = Items(images[:9], np.array([f"object {i}" for i in range(9)]))
    one, two = (
        measure_change(space, images[:4], images[5:9]),
        measure_change(space, items.take(range(4)), items.take(range(5, 9))),
    )
    np.testing.assert_array_equal(one.distance, two.distance)
    assert two[0].a_id == "object 0"


def test_columns_of_a_table_stand_in_any_order(table_space, rows):
    shuffled = rows[rows.columns[::-1]]
    one, two = (
        measure_change(table_space, rows[:9], rows[9:18]),
        measure_change(table_space, shuffled[:9], shuffled[9:18]),
    )
    np.testing.assert_array_equal(one.distance, two.distance)
    np.testing.assert_array_equal(one.input_distance, two.input_distance)


def test_the_table_and_the_words(space, images):
    changes = measure_change(space, Items.of(images[:20]), Items.of(images[20:40]))
    table = changes.table()
    assert {len(column) for column in table.values()} == {20}
    assert {"a", "b", "distance", "percentile_low", "percentile_high", "verdict"} <= set(table)
    assert "stable" not in table
    json.dumps(changes.document(), allow_nan=False)
    lines = str(changes).split("\n")
    assert len(lines) == 12
    assert "20 changes" in lines[0]
    assert "12 more" in lines[-2]
    assert "not measured" in lines[-1]
    assert max(len(line) for line in lines) < 130


def test_ten_thousand_changes_take_no_time_beyond_encoding(linear):
    data = example_items(2000, seed=3)
    first, second = np.random.default_rng(0).integers(2000, size=(2, 10_000))
    a, b = data[first], data[second]
    measure_change(linear, a[:2], b[:2])
    start = time.process_time()
    linear.embed(a), linear.embed(b)
    encoding = time.process_time() - start
    start = time.process_time()
    changes = measure_change(linear, a, b)
    assert time.process_time() - start - encoding < 1.5
    assert len(changes) == 10_000


def test_nothing_is_decoded_until_it_is_asked_for(space, images, monkeypatch):
    measure_change(space, images[:2], images[2:4])
    monkeypatch.setattr(space.codec, "cells", None)
    assert len(measure_change(space, images[:9], images[9:18]).interval) == 9


def test_refuses_numbers_that_do_not_pair(space, images):
    with pytest.raises(ShapeError, match="a has 2 and b has 3"):
        measure_change(space, images[:2], images[:3])
    with pytest.raises(ShapeError, match=r"In b: .*at least one"):
        measure_change(space, images[:2], images[:0])
    with pytest.raises(IndexError):
        measure_change(space, images[:2], images[2:4])[2]


def test_a_row_of_numbers_and_a_space_with_one_axis_answer_too():
    numbers = np.random.default_rng(0).normal(size=(120, 4)) * [1, 2, 3, 4]
    line = fit(numbers, latent=1, method="pca", modality="tables")
    change = measure_change(line, numbers[0], numbers[1])
    assert isinstance(change, Change)
    assert len(change.directions) == 1
    np.testing.assert_allclose(measure_change(line, numbers[0], numbers[1:4]).distance[0], change.distance, rtol=1e-4)
