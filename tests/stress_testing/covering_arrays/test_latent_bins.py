"""Bins are equally probable, found where they were drawn, and their directions are orthonormal and named."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError
from gausscape.space.space import Space
from gausscape.stress_testing.covering_arrays.box_starts import Uniform
from gausscape.stress_testing.covering_arrays.latent_bins import LatentBins
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def space() -> Space:
    spots = np.random.default_rng(0).uniform(size=(400, 4, 4)).astype("float32")
    return fit(spots, latent=4, method="pca", seed=0)


@pytest.mark.parametrize("axes", [None, 2, 4])
def test_directions_are_orthonormal_distinct_and_complete(space, axes):
    grid = LatentBins.of(space, bins=5, axes=axes)
    np.testing.assert_allclose(grid.rotation @ grid.rotation.T, np.eye(4), atol=1e-12)
    assert grid.axes == len(set(grid.names)) == (axes or 4)
    assert grid.axes + grid.free == 4


def test_those_that_change_the_object_most_come_first(space):
    grid = LatentBins.of(space, bins=5)
    change = np.einsum("ki,ij,kj->k", grid.rotation, space.population.metrics.mean(0), grid.rotation)
    assert (np.diff(change) <= 1e-9 * change[0]).all()


@pytest.mark.parametrize("bins", [2, 5, 20])
def test_bins_are_equally_probable(space, bins):
    grid, n = LatentBins.of(space, bins=bins), 40_000
    found = grid.find(grid.codes(np.random.default_rng(0).standard_normal((n, 4))))
    counts = np.stack([np.bincount(axis, minlength=bins) for axis in found.T])
    # Six binomial standard deviations for each of at most 80 counts: false alarms below 2e-7.
    assert (abs(counts - n / bins) < 6 * np.sqrt(n / bins * (1 - 1 / bins))).all()


def test_a_point_of_a_box_is_found_in_its_bins(space):
    grid = LatentBins.of(space, bins=7, axes=3)
    rows = np.random.default_rng(0).integers(7, size=(500, 3))
    low, high = grid.box(rows)
    x = Uniform(grid).draw(rows, np.random.default_rng(1))
    for points in (x, np.clip(x, low, low), np.clip(x, high, high)):
        points = np.clip(points, -8, 8)
        np.testing.assert_array_equal(grid.find(grid.codes(points)), rows)
    np.testing.assert_allclose(grid.coordinates(grid.codes(x)), x, atol=1e-10)


def test_words_say_which_bin_and_where(space):
    grid = LatentBins.of(space, bins=4)
    assert grid.words(0, 0).endswith("bin 1 of 4, below -0.67 sd")
    assert grid.words(1, 2).endswith("bin 3 of 4, 0.00 to 0.67 sd")
    assert grid.words(2, 3).endswith("bin 4 of 4, above 0.67 sd")
    assert grid.words(3, 0).startswith(grid.names[3])


@pytest.mark.parametrize(
    "wrong", [{"bins": 1}, {"bins": 3, "axes": 0}, {"bins": 3, "axes": 5}, {"bins": 3, "axes": np.eye(3)}]
)
def test_what_is_impossible_is_refused(space, wrong):
    with pytest.raises(ConfigurationError):
        LatentBins.of(space, **wrong)
