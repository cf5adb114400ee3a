"""A covering array covers: every feasible combination occurs, no other can, every code lies in its shell."""

import itertools

import numpy as np
import pytest

from gausscape.errors import CalibrationError, ConfigurationError
from gausscape.space.space import Space
from gausscape.stress_testing.covering_arrays.combinations import Combinations
from gausscape.stress_testing.covering_arrays.covering import CoveringArray, covering_scenarios
from gausscape.training.fitting import fit


def spots(n: int, *, clusters: bool) -> np.ndarray:
    """Images (n, 4, 4) of three Gaussian factors; or of two clusters far apart."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(16, 16)))[0][:3]
    factors = rng.normal(size=(n, 3))
    if clusters:
        factors[:, 0] = 0.15 * factors[:, 0] + rng.choice([-1.0, 1.0], n)
    cells = 0.5 + 0.08 * factors @ basis + 0.004 * rng.normal(size=(n, 16))
    return cells.clip(0, 1).reshape(n, 4, 4).astype("float32")


@pytest.fixture(scope="module")
def gaussian() -> Space:
    space = fit(spots(2000, clusters=False), latent=3, method="pca", seed=0)
    assert space.aggregate.law.name == "gaussian"
    return space


@pytest.fixture(scope="module")
def mixture() -> Space:
    space = fit(spots(2000, clusters=True), latent=3, method="pca", seed=0)
    assert space.aggregate.law.name != "gaussian"
    return space


@pytest.fixture(params=["gaussian", "mixture"])
def space(request) -> Space:
    return request.getfixturevalue(request.param)


def shown(array: CoveringArray) -> np.ndarray:
    return Combinations(array.grid.axes, array.grid.bins, array.strength).shown(array.grid.find(array.z))


def codes_in_the_shell(space: Space, array: CoveringArray, n: int) -> np.ndarray:
    """Wide random codes, of which those in the shell are kept."""
    rng = np.random.default_rng(5)
    u = rng.normal(size=(n, 3)) * rng.uniform(0.2, 2.0, (n, 1))
    z = space.aggregate.unwhiten(u)
    return z[array.shell.holds(space.aggregate.surprise(z))]


@pytest.mark.parametrize("directions", ["data", "uniform"])
@pytest.mark.parametrize(("strength", "bins"), [(1, 4), (2, 5), (2, 2), (3, 3)])
@pytest.mark.parametrize("between", [(1.0, 0.3), (0.1, 0.01)])
def test_every_feasible_combination_occurs_in_the_shell(space, directions, strength, bins, between):
    array = covering_scenarios(space, strength=strength, bins=bins, between=between, directions=directions)
    p = space.assess_codes(array.z)["exceedance"]
    assert p.max() <= between[0] * (1 + 1e-6)
    assert p.min() >= between[1] * (1 - 1e-6)
    np.testing.assert_allclose(p, array.exceedance.probability)
    np.testing.assert_array_equal(array.grid.find(array.z), array.bins)
    assert shown(array).sum() == array.covered == array.feasible == array.new.sum() == array.feasible_by_set.sum()
    assert (array.new > 0).all()
    assert array.share == 1


@pytest.mark.parametrize(
    ("strength", "bins", "between"), [(2, 9, (1.0, 0.5)), (3, 5, (0.3, 0.1)), (3, 4, (0.05, 0.01))]
)
def test_infeasible_under_a_gaussian_means_that_no_code_is_there(gaussian, strength, bins, between):
    array = covering_scenarios(gaussian, strength=strength, bins=bins, between=between)
    assert array.infeasible > 0
    assert array.unreached == 0
    z = codes_in_the_shell(gaussian, array, 200_000)
    found = Combinations(array.grid.axes, bins, strength).shown(array.grid.find(z))
    assert len(z) > 1000
    assert not (found & ~shown(array)).any()


def test_few_combinations_are_lost_to_the_search(mixture):
    array = covering_scenarios(mixture, strength=2, bins=8, between=(0.2, 0.02))
    assert array.infeasible == 0
    assert array.unreached > 0  # between the clusters and beyond them there is nothing in this shell
    z = codes_in_the_shell(mixture, array, 200_000)
    found = Combinations(3, 8, 2).shown(array.grid.find(z))
    assert (found & ~shown(array)).sum() <= 0.02 * found.sum()


def test_the_interval_arithmetic_agrees_with_corners_by_hand(gaussian):
    array = covering_scenarios(gaussian, strength=2, bins=6, between=(0.9, 0.4))
    outer = gaussian.aggregate.law.radius_along(np.eye(1, 3), array.shell.outer)[0]
    edges = array.grid.edges
    least = [0.0 if low <= 0 <= high else min(abs(low), abs(high)) for low, high in itertools.pairwise(edges)]
    possible = sum(a**2 + b**2 < outer**2 - 1e-6 for a, b in itertools.product(least, least))
    assert array.feasible == 3 * possible


def test_it_is_smaller_than_random_rows_and_not_below_the_bound(gaussian):
    array = covering_scenarios(gaussian, strength=2, bins=5, between=(0.1, 0.001))
    assert 25 <= len(array) <= 50
    rows = np.random.default_rng(0).integers(5, size=(len(array), 3))
    assert Combinations(3, 5, 2).shown(rows).sum() < array.covered


def test_the_seed_decides_and_nothing_else_does(space, untouched_randomness):
    one, same, other = (covering_scenarios(space, between=(0.5, 0.01), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.z, same.z)
    assert one.z.shape != other.z.shape or not np.allclose(one.z, other.z)


def test_a_budget_keeps_the_first_rows_that_show_most(gaussian):
    whole = covering_scenarios(gaussian, bins=6, between=(0.5, 0.01))
    part = covering_scenarios(gaussian, bins=6, between=(0.5, 0.01), budget=10)
    np.testing.assert_array_equal(part.z, whole.z[:10])
    assert part.feasible == whole.feasible
    assert 0 < part.share < 1
    assert part.new.mean() > whole.new.mean()


def test_directions_may_be_chosen(gaussian):
    two = covering_scenarios(gaussian, axes=2, bins=3, between=(0.5, 0.01))
    assert two.grid.axes == 2
    assert two.combinations == 9
    vectors = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0][:2]
    own = covering_scenarios(gaussian, axes=vectors, bins=3, between=(0.5, 0.01))
    u = gaussian.aggregate.whiten(own.z) @ vectors.T
    signs = np.sign((own.grid.rotation[:2] * vectors).sum(1))
    np.testing.assert_array_equal(own.bins, np.searchsorted(own.grid.edges[1:-1], u * signs))
    assert own.covered == own.feasible == 9


def test_near_the_data_means_nearer_to_real_codes_where_the_law_leaves_room_for_others(mixture):
    def distance(directions: str) -> float:
        array = covering_scenarios(mixture, axes=2, between=(0.5, 0.05), directions=directions)
        return mixture.aggregate.neighbours(array.z)[0].mean()

    assert distance("data") < distance("uniform")


def test_it_tells_what_it_is(gaussian):
    array = covering_scenarios(gaussian, between=(0.1, 0.01))
    assert f"{array.covered:,} of {array.feasible:,}" in str(array)
    assert len(array.words(0)) == 3
    assert "bin" in array.words(0)[0]
    document = array.document()
    assert len(document["z"]) == len(array)
    assert document["feasible"] == array.feasible
    assert len(array.samples(gaussian)) == len(array)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"strength": 4}, "strength"),
        ({"bins": 1}, "bins"),
        ({"axes": 7}, "axes"),
        ({"axes": np.ones((2, 3))}, "orthonormal"),
        ({"budget": 0}, "budget"),
        ({"directions": "up"}, "directions"),
        ({"between": (0.99, 0.9999)}, "larger first"),
    ],
)
def test_what_is_impossible_is_refused(gaussian, wrong, match):
    with pytest.raises(ConfigurationError, match=match):
        covering_scenarios(gaussian, **({"between": (0.1, 0.01)} | wrong))


def test_what_cannot_be_certified_is_refused(gaussian):
    with pytest.raises(CalibrationError, match="certify"):
        covering_scenarios(gaussian, between=(0.1, 1e-9))
