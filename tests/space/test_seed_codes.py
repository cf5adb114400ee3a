"""New codes lie near their level, where the data are, and are no copies."""

import numpy as np
import pytest

from gausscape.space.nearest import Nearest
from gausscape.space.seed_codes import SeedCodes


def radius(u: np.ndarray) -> np.ndarray:
    return np.linalg.norm(u, axis=1)


@pytest.fixture(scope="module")
def clusters() -> SeedCodes:
    rng = np.random.default_rng(0)
    centres = np.array([[4.0, 0.0, 0.0], [0.0, 4.0, 0.0]])[rng.integers(2, size=6000)]
    return SeedCodes((centres + rng.normal(size=(6000, 3)))[:, None])


@pytest.mark.parametrize(("target", "most"), [(3.0, 0.3), (5.0, 0.3), (7.0, 0.6)])
def test_new_codes_lie_near_their_targets(clusters, target, most):
    near = clusters.near(radius, np.full(300, target), np.random.default_rng(1))
    assert np.abs(radius(near) - target).max() < most  # at 7 lie 8 codes of 6,000


def test_every_code_is_near_its_own_target(clusters):
    targets = np.random.default_rng(2).uniform(3, 7, 200)
    near = clusters.near(radius, targets, np.random.default_rng(3))
    assert np.quantile(np.abs(radius(near) - targets), [0.5, 0.9]) == pytest.approx([0, 0], abs=0.2)


def test_gaps_between_the_data_stay_empty(clusters):
    near = clusters.near(radius, np.full(500, 5.0), np.random.default_rng(4))
    to_data = Nearest(clusters.u[:, 0]).query(near, 1)[0]
    assert np.median(to_data) < 1
    along = near[:, 0] - near[:, 1]
    assert (np.abs(along) < 1).mean() < 0.15  # 5 out and midway between two clusters lies hardly anyone


def test_new_codes_are_no_copies(clusters):
    near = clusters.near(radius, np.full(300, 6.0), np.random.default_rng(5))
    assert np.median(Nearest(clusters.u[:, 0]).query(near, 1)[0]) > 0.05
    assert len(np.unique(near.round(9), axis=0)) == 300


def test_targets_beyond_all_codes_take_the_outermost(clusters):
    near = clusters.near(radius, np.full(50, np.inf), np.random.default_rng(6))
    assert np.median(radius(near)) > 0.85 * radius(clusters.u[:, 0]).max()


@pytest.mark.parametrize("objects", [1, 2, 7])
def test_few_objects_suffice(objects):
    u = np.random.default_rng(objects).normal(size=(objects, 4, 2))
    near = SeedCodes(u).near(radius, np.ones(9), np.random.default_rng(0))
    assert near.shape == (9, 2)
    assert np.isfinite(near).all()


def test_same_seed_same_codes(clusters):
    one, two = (clusters.near(radius, np.full(20, 5.0), np.random.default_rng(8)) for _ in range(2))
    assert np.array_equal(one, two)
