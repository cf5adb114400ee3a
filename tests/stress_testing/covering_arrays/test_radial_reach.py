"""Interval arithmetic against brute force: what is feasible can be placed, what is not holds no point of the ring."""

import numpy as np
import pytest

from gausscape.space.gaussian_law import GaussianLaw
from gausscape.space.space import Space
from gausscape.stress_testing.covering_arrays.box_starts import Uniform
from gausscape.stress_testing.covering_arrays.latent_bins import LatentBins
from gausscape.stress_testing.covering_arrays.radial_reach import RadialReach
from gausscape.stress_testing.covering_arrays.shell import Shell
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def space() -> Space:
    cells = np.random.default_rng(0).normal(0.5, 0.1, size=(1000, 4, 4)).clip(0, 1).astype("float32")
    space = fit(cells, latent=3, method="pca", seed=0)
    assert isinstance(space.aggregate.law, GaussianLaw)
    return space


def reach_of(space: Space, bins: int, between: tuple[float, float], axes: int) -> RadialReach:
    grid, shell = LatentBins.of(space, bins=bins, axes=axes), Shell.between(space.of_codes, between)
    law = space.aggregate.law
    assert isinstance(law, GaussianLaw)
    return RadialReach(grid, shell, Uniform(grid), law)


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("bins", [3, 4, 8])
@pytest.mark.parametrize("between", [(1.0, 0.8), (0.9, 0.5), (0.02, 0.01)])
def test_full_boxes_are_feasible_exactly_where_the_ring_meets_them(space, axes, bins, between):
    reach = reach_of(space, bins, between, axes)
    rows = np.indices((bins,) * axes).reshape(axes, -1).T
    feasible = reach.feasible(axes)
    placed = reach.place(rows[feasible], np.arange(axes), np.random.default_rng(0))
    assert placed.found.all()
    radii = np.linalg.norm(placed.x, axis=1)
    assert radii.min() >= reach.radii[0] - 1e-9
    assert radii.max() <= reach.radii[1] + 1e-9
    np.testing.assert_array_equal(reach.grid.find_coordinates(placed.x), rows[feasible])
    rng = np.random.default_rng(1)
    ring = rng.normal(size=(200_000, 3))
    ring *= (rng.uniform(*reach.radii, (len(ring), 1))) / np.linalg.norm(ring, axis=1, keepdims=True)
    met = np.unique(np.ravel_multi_index(tuple(reach.grid.find_coordinates(ring).T), (bins,) * axes))
    assert feasible[met].all()


def test_allowed_bins_leave_a_way_and_others_do_not(space):
    reach = reach_of(space, 5, (0.9, 0.5), 3)
    pairs = np.indices((5, 5)).reshape(2, -1).T
    feasible = reach.feasible(3).reshape(25, 5)
    rows = np.column_stack([pairs, np.zeros(25, dtype=int)])
    np.testing.assert_array_equal(reach.allowed(rows, np.array([0, 1])), feasible)
