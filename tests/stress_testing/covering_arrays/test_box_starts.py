"""Starts lie in their boxes; those near the data are real codes where the box holds some."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError
from gausscape.space.space import Space
from gausscape.stress_testing.covering_arrays.box_starts import find_starts
from gausscape.stress_testing.covering_arrays.latent_bins import LatentBins
from gausscape.stress_testing.covering_arrays.shell import Shell
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def space() -> Space:
    return fit(np.random.default_rng(0).uniform(size=(400, 4, 4)).astype("float32"), latent=4, method="pca", seed=0)


@pytest.mark.parametrize("name", ["data", "uniform"])
@pytest.mark.parametrize("axes", [1, 3, None])
def test_starts_lie_in_their_boxes(space, name, axes):
    grid = LatentBins.of(space, bins=6, axes=axes)
    rows = np.random.default_rng(0).integers(6, size=(300, grid.axes))
    starts = find_starts(name, grid, Shell.between(space.of_codes, (0.1, 0.01)))
    x = starts.draw(rows, np.random.default_rng(1))
    np.testing.assert_array_equal(grid.find_coordinates(x), rows)


def test_where_real_codes_lie_in_the_box_one_of_them_is_taken(space):
    grid = LatentBins.of(space, bins=2, axes=1)
    real = grid.coordinates(space.aggregate.full(np.concatenate([space.aggregate.codes, space.aggregate.tails])))
    starts = find_starts("data", grid, Shell.between(space.of_codes, (1, 0.01)))
    x = starts.draw(np.array([[0], [1]] * 20), np.random.default_rng(1))
    gaps = np.linalg.norm(x[:, None] - real, axis=2).min(1)
    np.testing.assert_allclose(gaps, 0, atol=1e-9)


def test_other_names_are_refused(space):
    with pytest.raises(ConfigurationError, match="directions"):
        find_starts("sideways", LatentBins.of(space, bins=2), Shell.between(space.of_codes, (1, 0.01)))
