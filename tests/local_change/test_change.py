"""Laws of the change: a metric on objects, its percentile, its landmarks, its path."""

import dataclasses
import json

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.items import Items
from gausscape.local_change import measure_change
from gausscape.modalities.images.example import example_items
from gausscape.space.support import Support
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def images():
    return example_items(240)


@pytest.fixture(scope="module")
def space(images):
    return fit(images, method="pca", latent=3)


def test_an_object_does_not_differ_from_itself(space, images):
    change = measure_change(space, images[5], images[5])
    assert change.distance == 0
    assert change.percentile == 0
    assert change.is_noise
    assert "same place" in str(change)


def test_it_is_symmetric(space, images):
    there, back = measure_change(space, images[0], images[1]), measure_change(space, images[1], images[0])
    assert there.distance == back.distance
    assert there.landmark_again == back.landmark_again
    np.testing.assert_allclose(there.path.codes, back.path.codes[::-1], atol=1e-12)


def test_the_triangle_inequality_holds(space, images):
    def distance(i, j):
        return measure_change(space, images[i], images[j], steps=2).distance

    for i, j, k in ((0, 1, 2), (3, 9, 27), (8, 4, 2)):
        assert distance(i, k) <= distance(i, j) + distance(j, k) + 1e-9


def test_the_percentile_rises_with_the_distance(space, images):
    found = [measure_change(space, images[0], images[i], steps=2) for i in range(1, 20)]
    found.sort(key=lambda change: change.distance)
    percentiles = [change.percentile for change in found]
    assert percentiles == sorted(percentiles)
    assert all(low <= change.percentile <= high for change in found for low, high in [change.interval])
    assert (np.diff(found[0].pairs) >= 0).all()


def test_the_distance_is_mahalanobis_under_the_law(space, images):
    mean = space.embed(images[:2]).mean
    expected = np.linalg.norm(np.diff(space.aggregate.whiten(mean), axis=0))
    np.testing.assert_allclose(measure_change(space, images[0], images[1]).distance, expected, rtol=1e-5)


def test_noise_is_the_spread_of_two_posterior_draws(space, images):
    change = measure_change(space, images[0], images[0])
    posterior = space.embed(images[:1])
    rng = np.random.default_rng(1)
    draws = [posterior.mean + posterior.std * rng.standard_normal((20_000, space.latent)) for _ in range(2)]
    distance = np.linalg.norm(space.aggregate.whiten(draws[0]) - space.aggregate.whiten(draws[1]), axis=1)
    # With 4,096 draws the share below the landmark has a standard error of .0034; six of them, p < 1e-8.
    assert abs((distance <= change.landmark_again).mean() - 0.95) < 0.025


def test_the_path_starts_and_ends_at_the_objects(space, images):
    change = measure_change(space, images[0], images[1], steps=5)
    ends = space.embed(images[:2]).mean
    np.testing.assert_allclose(change.path.codes[[0, -1]], ends, atol=1e-5)
    assert len(change.path) == len(change.path.pictures) == len(change.path.exceedance) == 5
    assert set(change.path.support) <= {label.value for label in Support}


def test_one_object_is_taken_in_any_wrapping(space, images):
    items = Items.of(images)
    plain = measure_change(space, images[3], images[4])
    wrapped = measure_change(space, items.take([3]), images[4:5])
    assert plain.distance == wrapped.distance
    assert (wrapped.a_id, wrapped.b_id) == ("3", None)
    assert "from 3 to 4" in str(measure_change(space, items.take([3]), items.take([4])))


def test_equal_seeds_give_equal_answers_and_json(space, images):
    one, two = (measure_change(space, images[0], images[1], seed=4).document() for _ in range(2))
    assert json.dumps(one, allow_nan=False) == json.dumps(two, allow_nan=False)


def test_the_answer_cannot_be_altered(space, images):
    with pytest.raises(dataclasses.FrozenInstanceError):
        measure_change(space, images[0], images[1]).distance = 1.0


@pytest.mark.parametrize("steps", [1, 0, -3, 2.5, True])
def test_refuses_a_path_without_ends(space, images, steps):
    with pytest.raises(ConfigurationError, match="steps"):
        measure_change(space, images[0], images[1], steps=steps)


def test_refuses_what_is_not_one_object(space, images):
    with pytest.raises(ShapeError, match="one object for b, but 2"):
        measure_change(space, images[0], images[:2])
    with pytest.raises(DataError):
        measure_change(space, images[0], np.zeros((5, 5), "uint8"))
