"""A space brought up to date without training: what moves, what stays, and when training anew is due."""

import warnings

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, DataError
from gausscape.space.saving import load_space
from gausscape.space.space import Space
from gausscape.training.fitting import fit

MIX = np.array([[2.0, 0.5, 0.0, 0.3], [0.0, 1.0, 0.7, -0.4]])


def draw(n: int, rng: np.random.Generator, *, spread: float = 1.0, shift: float = 0.0) -> np.ndarray:
    return (spread * rng.normal(size=(n, 2)) + shift) @ MIX + 0.3 * rng.normal(size=(n, 4))


@pytest.fixture(scope="module")
def space() -> Space:
    return fit(draw(3000, np.random.default_rng(0)), latent=2, method="pca", modality="tables")


def test_a_drift_is_taken_up_and_the_networks_stay(space):
    rng = np.random.default_rng(1)
    fresh = space.partial_fit(draw(3000, rng, spread=1.5, shift=0.5))
    new = draw(4000, rng, spread=1.5, shift=0.5)
    # Claims of 10%: 400 expected; the law, 900 calibration objects and 4,000 new ones all scatter. False-alarm rate 1e-6.
    assert (space.exceedance(new).probability <= 0.1).mean() > 0.2
    assert abs((fresh.exceedance(new).probability <= 0.1).mean() - 0.1) < 0.06
    assert fresh.codec is space.codec
    assert np.array_equal(fresh.embed(new[:5]).mean, space.embed(new[:5]).mean)
    told = fresh.record["refreshed"]
    assert told["objects"] == 3000
    assert told["moved"]["distance"] == pytest.approx(np.sqrt(0.5), rel=0.3)
    assert 1.2 < told["moved"]["spread"][0] <= told["moved"]["spread"][1] < 1.9
    assert told["times"] == 1


def test_objects_in_law_move_little_and_need_no_training(space):
    before = dict(space.record)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fresh = space.partial_fit(draw(2000, np.random.default_rng(2)))
    told = fresh.record["refreshed"]
    assert told["due"] is False
    assert told["reasons"] == []
    assert told["moved"]["distance"] < 0.2
    assert space.record == before
    assert "refreshed" not in space.record


def test_objects_that_the_networks_cannot_describe_need_training(space):
    # As far out as before along every column, but the columns no longer hang together.
    rng = np.random.default_rng(3)
    rows = np.column_stack([rng.permutation(column) for column in draw(2000, rng).T])
    with pytest.warns(UserWarning, match="fitting it anew is due"):
        fresh = space.partial_fit(rows)
    told = fresh.record["refreshed"]
    assert told["due"] is True
    assert "described worse" in told["reasons"][0]
    assert told["undescribed"]["share"] > 0.3


def test_an_axis_that_died_needs_training(space):
    rng = np.random.default_rng(4)
    z = rng.normal(size=(1000, 2)) * [1.0, 0.02]
    vt = np.linalg.svd(MIX, full_matrices=False)[2]
    with pytest.warns(UserWarning, match="carry nothing"):
        space.partial_fit(z @ np.diag([2.1, 1.0]) @ vt + 0.02 * rng.normal(size=(1000, 4)))


def test_old_objects_can_be_kept_with_a_weight(space):
    rows = draw(800, np.random.default_rng(5), shift=1.0)
    forgets, keeps = space.partial_fit(rows, keep=0.0), space.partial_fit(rows, keep=0.5)
    assert forgets.record["refreshed"]["old_objects"] == 0
    assert keeps.record["refreshed"]["old_objects"] == pytest.approx(0.5 * 640, abs=30)
    distances = [each.record["refreshed"]["moved"]["distance"] for each in (forgets, keeps)]
    assert distances[1] < distances[0]


def test_a_refreshed_space_is_saved_and_refreshed_again(space, tmp_path):
    rows = draw(300, np.random.default_rng(6))
    fresh = space.partial_fit(rows)
    loaded = load_space(fresh.save(tmp_path / "fresh"))
    assert loaded.record["refreshed"] == fresh.record["refreshed"]
    assert np.array_equal(loaded.exceedance(rows).probability, fresh.exceedance(rows).probability)
    assert loaded.partial_fit(rows).record["refreshed"]["times"] == 2


def test_the_same_objects_give_the_same_space(space):
    rows = draw(300, np.random.default_rng(7))
    one, other = space.partial_fit(rows), space.partial_fit(rows)
    assert np.array_equal(one.of_objects.reference, other.of_objects.reference)


def test_few_or_equal_objects_and_impossible_weights_are_refused(space):
    rows = draw(300, np.random.default_rng(8))
    with pytest.raises(DataError, match="20 different"):
        space.partial_fit(rows[:15])
    with pytest.raises(DataError, match="20 different"):
        space.partial_fit(np.repeat(rows[:5], 50, axis=0))
    with pytest.raises(ConfigurationError, match="from 0 to 1"):
        space.partial_fit(rows, keep=2.0)


def test_the_estimator_fits_first_and_refreshes_then():
    from gausscape.sklearn import GaussianSpace

    rng = np.random.default_rng(9)
    estimator = GaussianSpace(latent=2, method="pca", random_state=0)
    estimator.partial_fit(draw(500, rng))
    assert "refreshed" not in estimator.space_.record
    before = estimator.space_.codec
    assert estimator.partial_fit(draw(300, rng)) is estimator
    assert estimator.space_.record["refreshed"]["objects"] == 300
    assert estimator.space_.codec is before
    with pytest.raises(ValueError, match="features"):
        estimator.partial_fit(draw(300, rng)[:, :3])
