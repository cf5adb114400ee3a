"""A directional tail is calibrated on draws, has two sides, and refuses what gives no direction."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from gausscape.errors import CalibrationError, ConfigurationError, ShapeError
from gausscape.modalities.images.example import example_items
from gausscape.space.space import Space
from gausscape.stress_testing.directional import DirectionalTail
from gausscape.stress_testing.radial import RadialTail
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def space() -> Space:
    return fit(example_items(4000, seed=1), latent=3, method="pca", seed=0)


def test_a_directional_tail_is_calibrated_on_new_objects(space):
    tail = DirectionalTail(space, np.array([1.0, -2.0, 0.5]))
    posterior = space.embed(example_items(4000, seed=77))
    z = posterior.sample(np.random.default_rng(0).standard_normal(posterior.mean.shape))
    rarity = tail.describe(z).exceedance.probability
    n = tail.calibration.count
    for p in (0.5, 0.2, 0.1):
        # Six standard deviations, of the calibration (n objects) and of 4,000 draws: false-alarm rate 2e-9 a comparison.
        assert abs((rarity <= p).mean() - p) < 6 * np.sqrt(p * (1 - p) * (1 / n + 1 / 4000))


def test_draws_not_means_calibrate_a_direction(space):
    """Posteriors that are wide against the spread of means must show in the depth of a level."""
    wide = copy.copy(space)
    aggregate = space.aggregate
    wide.aggregate = replace(aggregate, held_out_std=np.full_like(aggregate.held_out_std, 3 * aggregate.held_out.std()))
    w = np.array([1.0, 0.0, 0.0])
    assert DirectionalTail(wide, w).level_depth(0.1) > 1.5 * DirectionalTail(space, w).level_depth(0.1)


def test_a_normal_coordinate_has_the_depths_of_the_normal_law(space):
    rng = np.random.default_rng(0)
    normal = copy.copy(space)
    codes = space.aggregate.law.unwhiten(rng.standard_normal((2000, 3)))
    normal.aggregate = replace(space.aggregate, held_out=codes, held_out_std=np.full((2000, 3), 1e-9))
    tail = DirectionalTail(normal, np.array([0.0, 1.0, 1.0]))
    for p, most in ((0.1, 0.25), (0.01, 0.6)):  # sampling errors of .04 and .09 at 2,000 objects
        assert abs(tail.level_depth(p) - stats.norm.isf(p)) < most


def test_opposite_directions_are_two_tails(space):
    w = np.array([0.3, 1.0, 0.0])
    up, down = DirectionalTail(space, w), DirectionalTail(space, -w)
    u = space.aggregate.whiten(up.draw(20, 0.05, np.random.default_rng(7)).z)
    np.testing.assert_allclose(u @ up.direction, up.level_depth(0.05), rtol=1e-6)
    assert (down.exceedance(u @ down.direction).probability > 0.5).all()


def test_a_space_without_the_spread_of_posteriors_is_asked_to_be_fitted_again(space):
    older = copy.copy(space)
    older.aggregate = replace(space.aggregate, held_out_std=None)
    with pytest.raises(CalibrationError, match="Fit it again"):
        DirectionalTail(older, np.ones(3))
    assert len(RadialTail(older).draw(3, 0.1, np.random.default_rng(0))) == 3


@pytest.mark.parametrize("wrong", [np.zeros(3), np.array([1.0, np.nan, 0.0])])
def test_a_direction_without_direction_is_refused(space, wrong):
    with pytest.raises(ConfigurationError, match="not all zero"):
        DirectionalTail(space, wrong)


def test_a_direction_of_another_length_is_refused(space):
    with pytest.raises(ShapeError, match=r"\(3,\)"):
        DirectionalTail(space, np.ones(2))
