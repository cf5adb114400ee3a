"""Search: what is said to be found lies in the shell and in the bins that were held."""

import numpy as np
import pytest

from gausscape.space.space import Space
from gausscape.stress_testing.covering_arrays.box_starts import find_starts
from gausscape.stress_testing.covering_arrays.latent_bins import LatentBins
from gausscape.stress_testing.covering_arrays.searched_reach import SearchedReach
from gausscape.stress_testing.covering_arrays.shell import Shell
from gausscape.training.fitting import fit


@pytest.fixture(scope="module", params=["one Gaussian", "two clusters"])
def space(request) -> Space:
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(1500, 3))
    if request.param == "two clusters":
        factors[:, 0] = 0.15 * factors[:, 0] + rng.choice([-1.0, 1.0], 1500)
    basis = np.linalg.qr(rng.normal(size=(16, 16)))[0][:3]
    cells = 0.5 + 0.08 * factors @ basis + 0.004 * rng.normal(size=(1500, 16))
    return fit(cells.clip(0, 1).reshape(-1, 4, 4).astype("float32"), latent=3, method="pca", seed=0)


@pytest.mark.parametrize("between", [(1.0, 0.5), (0.05, 0.01)])
@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("directions", ["data", "uniform"])
def test_what_is_found_lies_in_the_shell_and_in_the_held_bins(space, between, axes, directions):
    grid, shell = LatentBins.of(space, bins=5, axes=axes), Shell.between(space.of_codes, between)
    reach = SearchedReach(grid, shell, find_starts(directions, grid, shell), np.random.default_rng(2))
    rows, held = np.random.default_rng(3).integers(5, size=(60, axes)), np.array([0, 1])
    placed = reach.place(rows, held, np.random.default_rng(4))
    assert placed.found.mean() > 0.3
    z = grid.codes(placed.x)[placed.found]
    p = space.assess_codes(z)["exceedance"]
    assert p.max() <= between[0] * (1 + 1e-6)
    assert p.min() >= between[1] * (1 - 1e-6)
    np.testing.assert_array_equal(grid.find(z), placed.rows[placed.found])
    np.testing.assert_array_equal(placed.rows[placed.found][:, held], rows[placed.found][:, held])
