"""Both searches find what a full sort finds."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from gausscape.space.nearest import Nearest, nearest_of_all


@pytest.mark.parametrize(("m", "d", "k"), [(700, 16, 5), (700, 3, 5), (6, 12, 5), (1, 9, 1), (40, 1, 2)])
def test_neighbours_are_those_of_a_tree(m, d, k):
    rng = np.random.default_rng([m, d])
    codes, points = rng.normal(size=(m, d)), rng.normal(size=(1500, d))
    expected = KDTree(codes).query(points, k=k)
    for distance, position in (Nearest(codes).query(points, k), nearest_of_all(points, codes, k)):
        np.testing.assert_allclose(distance, expected[0].reshape(-1, k), rtol=1e-12)
        assert np.array_equal(position, expected[1].reshape(-1, k))


def test_points_on_codes_far_from_the_origin_are_found_exactly():
    # |c|^2 / 2 - q'c rounds at 1e-4 here; the distances are measured anew.
    codes = 1e6 + np.random.default_rng(0).normal(size=(200, 10))
    distance, position = nearest_of_all(codes, codes, 1)
    assert (distance == 0).all()
    assert np.array_equal(position[:, 0], np.arange(200))


def test_no_points_have_no_neighbours():
    distance, position = nearest_of_all(np.zeros((0, 9)), np.ones((3, 9)), 2)
    assert distance.shape == position.shape == (0, 2)


@pytest.mark.parametrize("m", [6, 300])
def test_what_single_precision_cannot_rank_is_still_found_exactly(m):
    rng = np.random.default_rng(m)
    # Pairs of codes a millionth apart, some far out; points near them, and points beyond what single precision holds.
    codes = np.repeat(rng.normal(size=(m // 2, 9)) * np.geomspace(1, 1e4, m // 2)[:, None], 2, axis=0)
    codes += 1e-6 * rng.normal(size=codes.shape)
    points = np.concatenate(
        [codes + 1e-6 * rng.normal(size=codes.shape), rng.normal(size=(200, 9)) * np.geomspace(1, 1e60, 200)[:, None]]
    )
    distance, position = Nearest(codes).query(points, 5)
    expected = KDTree(codes).query(points, k=5)
    np.testing.assert_allclose(distance, expected[0], rtol=1e-12)
    near = np.arange(len(codes))
    assert np.array_equal(position[near, 0], expected[1][near, 0])


def test_a_point_has_the_same_neighbours_in_any_company():
    rng = np.random.default_rng(3)
    search, points = Nearest(rng.normal(size=(500, 12))), rng.normal(size=(150, 12))
    together = search.query(points, 5)
    for start in range(0, 150, 7):
        alone = search.query(points[start : start + 7], 5)
        assert np.array_equal(alone[1], together[1][start : start + 7])
        assert np.array_equal(alone[0], together[0][start : start + 7])
