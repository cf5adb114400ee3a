"""Coverage is a count: of what objects hit, against what can be hit; the completion brings it to all."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.space.space import Space
from gausscape.stress_testing.covering_arrays.combinations import Combinations
from gausscape.stress_testing.covering_arrays.coverage import measure_coverage
from gausscape.stress_testing.covering_arrays.covering import covering_scenarios
from gausscape.training.fitting import fit

SHELL = (0.9, 0.02)


def spots(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng([seed, 3])
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(16, 16)))[0][:3]
    cells = 0.5 + 0.08 * rng.normal(size=(n, 3)) @ basis + 0.004 * rng.normal(size=(n, 16))
    return cells.clip(0, 1).reshape(n, 4, 4).astype("float32")


@pytest.fixture(scope="module")
def space() -> Space:
    return fit(spots(1000, 0), latent=3, method="pca", seed=0)


def test_a_covering_array_covers_all_and_needs_nothing(space):
    array = covering_scenarios(space, between=SHELL)
    coverage = measure_coverage(space, z=array.z, between=SHELL)
    assert coverage.share == 1
    assert coverage.hit == array.feasible
    assert len(coverage.completion) == 0
    assert coverage.missing == ()
    assert coverage.examples is None
    assert "0 scenarios complete it" in str(coverage)


@pytest.mark.parametrize("strength", [1, 2, 3])
def test_hits_are_counted_and_the_completion_brings_it_to_one(space, strength):
    z = space.sample(25, seed=3).codes
    coverage = measure_coverage(space, z=z, strength=strength, bins=4, between=SHELL)
    grid, shell = coverage.completion.grid, coverage.completion.shell
    inside = z[shell.holds(space.aggregate.surprise(z))]
    assert coverage.inside == len(inside) < coverage.objects == 25
    assert coverage.hit == Combinations(3, 4, strength).shown(grid.find(inside)).sum()
    both = measure_coverage(
        space, z=np.concatenate([z, coverage.completion.z]), strength=strength, bins=4, between=SHELL
    )
    assert both.share == 1
    assert both.feasible == coverage.feasible


def test_shares_by_pair_make_up_the_whole_at_strength_2(space):
    coverage = measure_coverage(space, spots(15, 4), between=SHELL)
    pairs = coverage.by_pair[np.triu_indices(3, 1)]
    np.testing.assert_allclose(pairs @ coverage.completion.feasible_by_set, coverage.hit)
    np.testing.assert_allclose(coverage.by_pair, coverage.by_pair.T)
    assert ((coverage.by_pair >= 0) & (coverage.by_pair <= 1)).all()
    assert coverage.drawn


def test_what_is_missing_is_missing_and_its_example_shows_it(space):
    z = space.sample(20, seed=3).codes
    coverage = measure_coverage(space, z=z, between=SHELL)
    grid = coverage.completion.grid
    hit = grid.find(z[coverage.completion.shell.holds(space.aggregate.surprise(z))])
    assert len(coverage.missing) == len(coverage.examples) == 8
    for each in coverage.missing:
        axes = list(each.axes)
        assert not (hit[:, axes] == each.bins).all(1).any()
        assert (coverage.completion.bins[each.row][axes] == each.bins).all()
        assert all(f"of {grid.bins}" in words for words in each.words)


def test_objects_outside_the_shell_hit_nothing(space):
    far = space.aggregate.unwhiten(np.full((5, 3), 20.0))
    coverage = measure_coverage(space, z=far, between=SHELL)
    assert (coverage.inside, coverage.hit, coverage.share) == (0, 0, 0)


def test_a_budget_says_how_far_it_brings(space):
    coverage = measure_coverage(space, spots(5, 4), between=SHELL, budget=3)
    assert len(coverage.completion) == 3
    assert "bring it to" in str(coverage)
    assert coverage.hit + coverage.completion.new.sum() == coverage.completion.covered < coverage.feasible
    assert coverage.document()["completion"]["covered"] == coverage.completion.covered


def test_the_seed_decides(space):
    one, same = (measure_coverage(space, spots(15, 4), between=SHELL, seed=1) for _ in range(2))
    assert one.hit == same.hit
    np.testing.assert_array_equal(one.completion.z, same.completion.z)


def test_what_cannot_be_measured_is_refused(space):
    with pytest.raises(ConfigurationError, match="one of them"):
        measure_coverage(space)
    with pytest.raises(ConfigurationError, match="one of them"):
        measure_coverage(space, spots(5, 0), z=np.zeros((5, 3)))
    with pytest.raises(ShapeError, match="latent points"):
        measure_coverage(space, z=np.zeros((5, 9)), between=SHELL)
