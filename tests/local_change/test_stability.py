"""Do other fits agree? Planted spaces that do, and that do not."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.local_change import measure_change
from gausscape.local_change.stability import Refits
from gausscape.modalities.images.example import example_items
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def blind(linear, mapped):
    """Sees the first direction alone: on the two others every object stands at nearly the same place."""
    return mapped(linear, np.diag([1.0, 1e-3, 1e-3]), law=False)


@pytest.fixture(scope="module")
def turned(linear, mapped):
    return mapped(linear, np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0])


@pytest.fixture(scope="module")
def sideways(linear):
    """Two objects that differ in a direction that the blind space does not see."""
    data = example_items(400, seed=9)
    u = linear.aggregate.whiten(linear.embed(data).mean)
    steps = u - u[0]
    b = int(np.argmax(np.abs(steps[:, 1]) - 5 * np.abs(steps[:, 0])))
    return data[0], data[b]


def test_without_refits_nobody_knows(space, images):
    change = measure_change(space, images[0], images[1])
    assert change.stable is None
    assert "not measured" in change.stability
    assert change.uncertainty.model is None
    assert change.document()["intervals"]["model"] is None
    assert change.document()["stable"] is None


def test_fits_that_agree_are_stable(linear, turned, sideways):
    change = measure_change(linear, *sideways, refits=[turned])
    assert change.stable is True
    assert change.stability.startswith("Stable")
    np.testing.assert_allclose(change.uncertainty.model.percentile, change.percentile, atol=0.1)
    np.testing.assert_allclose(change.uncertainty.model.distance, change.distance, rtol=1e-2)


def test_a_fit_that_does_not_see_the_change_is_found(linear, blind, turned, sideways):
    change = measure_change(linear, *sideways, refits=[turned, blind])
    assert change.stable is False
    assert "Not stable" in change.stability
    assert "differs between fits" in change.stability
    assert change.dominant_source == "model"
    assert "fits with other seeds disagree" in str(change)
    alone = measure_change(linear, *sideways)
    assert np.ptp(change.interval) > np.ptp(alone.interval)


def test_a_percentile_that_drifts_is_found_though_no_landmark_is_crossed():
    landmarks = np.array([[0.1, 0.5, 2.0]] * 2)
    refits = Refits(np.array([[1.0, 1.0], [1.0, 1.2]]), np.array([[20.0, 20.0], [25.0, 35.0]]), landmarks)
    assert refits.stable.tolist() == [True, False]
    assert "more than 10 points" in refits.reason(1)


def test_orders_that_flip_are_counted(linear, turned, blind):
    data = example_items(60, seed=11)
    agreed = measure_change(linear, data[:30], data[30:], refits=[turned])
    assert agreed.order_flips.max() == 0
    assert agreed.stable.all()
    disputed = measure_change(linear, data[:30], data[30:], refits=[blind])
    ours, theirs = disputed.refits.distance
    expected = np.mean(np.sign(ours[:, None] - ours) * np.sign(theirs[:, None] - theirs) < 0, axis=1) * 30 / 29
    np.testing.assert_allclose(disputed.order_flips, expected)
    assert disputed.order_flips.mean() > 0.1
    assert "another order" in disputed.stability
    assert {"stable", "order_flips"} <= set(disputed.table())
    assert disputed[4].stable == disputed.stable[4]


def test_refuses_what_is_no_other_space(space, images):
    with pytest.raises(ConfigurationError, match=r"refits\[0\] is a str"):
        measure_change(space, images[0], images[1], refits=["other.space"])
    with pytest.raises(ConfigurationError, match="space itself"):
        measure_change(space, images[0], images[1], refits=[space])
    with pytest.raises(ConfigurationError, match="list of spaces"):
        measure_change(space, images[0], images[1], refits=space)
    small = fit(images[:, :4, :4].copy(), method="pca", latent=2)
    with pytest.raises(ShapeError, match=r"In refits\[0\]: In a"):
        measure_change(space, images[0], images[1], refits=[small])
