"""Laws of one change: a metric on objects, its percentile, its landmarks, its verdict, its words."""

import copy
import dataclasses
import json

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, DataError, SchemaError, ShapeError
from gausscape.items import Items
from gausscape.local_change import Change, Verdict, measure_change
from gausscape.modalities.images.example import example_items
from gausscape.space.support import Support

MEASURES = (
    "distance",
    "percentile",
    "detectability",
    "accuracy",
    "jeffreys",
    "fisher_rao",
    "wasserstein",
    "chord",
    "input_distance",
)


def test_an_object_does_not_differ_from_itself(space, images):
    change = measure_change(space, images[5], images[5])
    for name in (*MEASURES, "length"):
        assert getattr(change, name) == (0.5 if name == "accuracy" else 0), name
    assert change.interval == change.distance_interval == (0, 0)
    assert change.is_noise
    assert change.verdict == Verdict.SAME
    assert "same place" in str(change)
    assert not change.changed
    assert not change.difference.any()


def test_equal_objects_in_unequal_batches_are_equal(deep, images):
    changes = measure_change(deep, images[:7], np.concatenate([images[:6], images[9:10]]))
    assert (changes.distance[:6] == 0).all()
    assert changes.distance[6] > 0


def test_it_is_symmetric(space, images):
    there, back = measure_change(space, images[0], images[1]), measure_change(space, images[1], images[0])
    for name in (*MEASURES, "interval", "distance_interval", "landmark_again", "noise_probability"):
        np.testing.assert_allclose(getattr(there, name), getattr(back, name), rtol=1e-6, err_msg=name)
    assert there.dominant_source == back.dominant_source
    np.testing.assert_allclose(there.length, back.length, rtol=1e-5)
    np.testing.assert_allclose(there.path.codes, back.path.codes[::-1], atol=1e-12)
    np.testing.assert_array_equal(there.difference, -back.difference)
    assert {row.name: row.size for row in there.features} == {row.name: -row.size for row in back.features}


def test_the_triangle_inequality_holds(space, images):
    changes = measure_change(space, images[0], images)
    between = np.array([measure_change(space, image, images).distance for image in images[:20]])
    assert (changes.distance <= changes.distance[:20, None] + between + 1e-6).all()


def test_the_percentile_rises_with_the_distance(space, images):
    changes = measure_change(space, images[0], images[1:])
    order = changes.order()
    assert (np.diff(changes.distance[order]) >= 0).all()
    assert (np.diff(changes.percentile[order]) >= 0).all()
    for value, interval in ((changes.percentile, changes.interval), (changes.distance, changes.distance_interval)):
        assert ((interval[:, 0] <= value) & (value <= interval[:, 1])).all()
    assert (np.diff(measure_change(space, images[0], images[1]).pairs) >= 0).all()


def test_the_measures_of_a_linear_space_are_closed_forms(linear):
    a, b = example_items(2, seed=5)
    change = measure_change(linear, a, b)
    state = {name: tensor.double().numpy() for name, tensor in linear.codec.networks.state_dict().items()}
    cells = np.stack([a, b]).reshape(2, -1) / 255
    codes = (cells - state["encoder.centre"]) @ state["encoder.matrix"]
    shift = codes[1] - codes[0]
    covariance = linear.aggregate.law.whitening.factor @ linear.aggregate.law.whitening.factor.T
    std = np.exp(state["encoder.log_std"])
    expected = {
        "distance": np.sqrt(shift @ np.linalg.solve(covariance, shift)),
        "detectability": np.sqrt(shift @ np.linalg.solve(linear.round_trip.noise, shift)),
        # Both posteriors have one covariance: Jeffreys and 2-Wasserstein are those of the means alone.
        "jeffreys": ((shift / std) ** 2).sum(),
        "wasserstein": np.linalg.norm(shift),
        "chord": np.linalg.norm(state["decoder.weight"] @ shift),
        "input_distance": np.linalg.norm(cells[1] - cells[0]),
        "length": np.linalg.norm(state["decoder.weight"] @ shift) / linear.codec.networks.likelihood.std.item(),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(getattr(change, name), value, rtol=1e-4, err_msg=name)


def test_turning_the_latent_space_changes_nothing(linear, mapped):
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    a, b = example_items(2, seed=6)
    one, two = (measure_change(each, a, b) for each in (linear, mapped(linear, turn)))
    for name in ("distance", "percentile", "wasserstein", "chord", "length", "landmark_neighbour", "landmark_again"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=2e-4, atol=1e-6, err_msg=name)
    # The round trip holds its diagonal a little, to stay regular with few objects.
    np.testing.assert_allclose(one.detectability, two.detectability, rtol=0.02)
    for ours, theirs in zip(one.directions, two.directions, strict=True):
        np.testing.assert_allclose(abs(ours.step), abs(theirs.step), atol=1e-3)
        np.testing.assert_allclose((ours.share, ours.gain), (theirs.share, theirs.gain), rtol=1e-3, atol=1e-5)
    assert [row.name for row in one.features] == [row.name for row in two.features]
    np.testing.assert_allclose([row.size for row in one.features], [row.size for row in two.features], atol=1e-3)


def test_stretching_an_axis_changes_no_distance(linear, mapped):
    a, b = example_items(2, seed=7)
    stretched = mapped(linear, np.diag([1.0, 7.0, 0.2]))
    one, two = measure_change(linear, a, b), measure_change(stretched, a, b)
    for name in ("distance", "percentile", "detectability", "length"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-3, err_msg=name)


def test_the_shares_by_direction_sum_to_one(space, deep, images):
    for each in (space, deep):
        change = measure_change(each, images[0], images[1])
        assert np.isclose(sum(row.share for row in change.directions), 1)
        assert np.isclose(sum(row.step**2 for row in change.directions), change.distance**2)
        assert sorted(row.rank for row in change.directions) == list(range(1, len(each.live_axes) + 1))


def test_a_remeasured_object_is_taken_for_another_one_time_in_twenty(linear, remeasured):
    _, once, again = remeasured
    changes = measure_change(linear, once, again)
    error = np.sqrt(0.05 * 0.95 * (1 / 2000 + 1 / len(linear.round_trip.errors)))
    assert changes.distinguishable.mean() < 0.05 + 6 * error  # false alarms of this test: 1e-9
    assert (changes.distance > measure_change(linear, once[0], once[1]).landmark_again).mean() < 0.05 + 6 * error
    assert measure_change(linear, once[:1000], again[1000:]).distinguishable.mean() > 0.9


def test_an_older_space_speaks_of_the_encoder_s_own_noise(linear):
    old = copy.copy(linear)
    old._round_trip = None
    a, b = example_items(2, seed=5)
    change = measure_change(old, a, b)
    assert "over-confident" in change.noise_source
    assert change.distance == measure_change(linear, a, b).distance
    # Two draws of a Gaussian posterior: closed form, up to the 2,000 draws (quantile error .01 sd; six of them and more).
    std = old.embed(a[None]).std
    draws = np.random.default_rng(1).standard_normal((200_000, 3)) * std * np.sqrt(2)
    expected = np.quantile(
        np.linalg.norm(old.aggregate.law.whiten(draws) - old.aggregate.law.whiten(np.zeros((1, 3))), axis=1), 0.95
    )
    np.testing.assert_allclose(change.landmark_again, expected, rtol=0.15)


def test_one_object_is_taken_in_any_wrapping(space, images):
    items = Items.of(images)
    plain = measure_change(space, images[3], images[4])
    wrapped = measure_change(space, items.take([3]), images[4:5])
    assert isinstance(plain, Change)
    assert plain.distance == wrapped.distance
    assert (wrapped.a_id, wrapped.b_id) == ("3", None)
    assert "from 3 to 4" in str(measure_change(space, items.take([3]), items.take([4])))


def test_equal_seeds_give_equal_answers_and_json(space, table_space, images, rows, untouched_randomness):
    for each, a, b in ((space, images[0], images[1]), (table_space, rows[:1], rows[1:2])):
        one, two = (measure_change(each, a, b, seed=4).document() for _ in range(2))
        assert json.dumps(one, allow_nan=False) == json.dumps(two, allow_nan=False)


def test_the_words_fit_in_eight_lines(space, deep, table_space, images, rows):
    for change in (
        measure_change(space, images[0], images[1]),
        measure_change(deep, images[0], images[1], path="geodesic"),
        measure_change(table_space, rows[:1], rows[1:2], refits=[]),
    ):
        lines = str(change).split("\n")
        assert 5 <= len(lines) <= 8
        assert "not measured" in str(change)
        assert "None" not in str(change)
        assert "nan" not in str(change)


def test_no_verdict_is_given_outside_the_data(linear):
    typical = example_items(1, seed=5)[0]
    noise = np.random.default_rng(0).integers(0, 256, (8, 8)).astype("uint8")
    change = measure_change(linear, typical, noise)
    assert change.support[1] == Support.UNSUPPORTED
    assert change.verdict == Verdict.WITHHELD
    assert "b is UNSUPPORTED" in str(change)
    assert "extrapolation" in str(change)
    assert "Both lie outside" in str(measure_change(linear, noise, noise.T))
    assert measure_change(linear, typical, np.stack([typical, noise])).verdict.tolist() == ["SAME", "WITHHELD"]


def test_the_answer_cannot_be_altered(space, images):
    with pytest.raises(dataclasses.FrozenInstanceError):
        measure_change(space, images[0], images[1]).distance = 1.0


@pytest.mark.parametrize("steps", [1, 0, -3, 2.5, True])
def test_refuses_a_path_without_ends(space, images, steps):
    with pytest.raises(ConfigurationError, match="steps"):
        measure_change(space, images[0], images[:3], steps=steps)


def test_refuses_other_objects_and_says_which_side(space, table_space, images, rows):
    with pytest.raises(ShapeError, match=r"In b: .*\(n, 8, 8\).*\(5, 5\)"):
        measure_change(space, images[0], np.zeros((5, 5), "uint8"))
    with pytest.raises(ShapeError, match=r"In a: .*at least one object"):
        measure_change(space, images[:0], images[0])
    with pytest.raises(DataError, match="In b"):
        measure_change(space, images[0], rows[:1])
    with pytest.raises(SchemaError, match=r"In b: .*'city' is missing"):
        measure_change(table_space, rows[:1], rows[:1].drop(columns="city"))
    with pytest.raises(DataError, match="In a"):
        measure_change(table_space, rows.iloc[0], rows[:1])
    with pytest.raises(DataError, match="In b"):
        measure_change(space, images[0], None)


def test_refuses_pixels_that_are_no_numbers(images):
    from gausscape.training.fitting import fit

    grey = images.astype("float32") / 255
    spots = fit(grey, method="pca", latent=2)
    hole = grey[1].copy()
    hole[2, 2] = np.nan
    with pytest.raises(DataError, match=r"In b: .*NaN"):
        measure_change(spots, grey[0], hole)
