"""FORM: the nearest failure of a plane exactly, of a curve nearly, and never a point that does not fail."""

import numpy as np
import pytest

from gausscape.stress_testing.probability.form import find_design_point, pull_to_boundary
from gausscape.stress_testing.probability.limit_state import LimitState


@pytest.mark.parametrize("d", [1, 2, 10, 40])
def test_a_plane_gives_its_foot(d):
    rng = np.random.default_rng(d)
    normal = rng.standard_normal(d)
    normal /= np.linalg.norm(normal)
    state = LimitState(lambda u: 3 - u @ normal, d, calls=1000)
    found = find_design_point(state, 3.3 * normal + 0.3 * rng.standard_normal(d) * (d > 1), calls=1000)
    np.testing.assert_allclose(found, 3 * normal, atol=0.05)


def test_a_parabola_gives_its_vertex():
    state = LimitState(lambda u: 3 + 0.2 * np.square(u[:, 1:]).sum(1) - u[:, 0], 6, calls=500)
    found = find_design_point(state, np.array([5.0, 1, -1, 1, -1, 0.5]), calls=300)
    assert np.linalg.norm(found) < 3.1


def test_from_a_failure_there_is_always_a_failure_not_farther_out():
    rng = np.random.default_rng(3)

    def limit(u):
        return 2 - np.abs(u).max(1) + 0.2 * np.sin(30 * u[:, 0])

    for start in 3 * rng.standard_normal((20, 4)):
        if limit(start[None])[0] > 0:
            continue
        found = find_design_point(LimitState(limit, 4, calls=200), start, calls=200)
        assert limit(found[None])[0] <= 0
        assert np.linalg.norm(found) <= np.linalg.norm(start) * (1 + 1e-12)


def test_it_says_so_if_nothing_fails():
    assert find_design_point(LimitState(lambda u: 1 + np.square(u).sum(1), 3, calls=200), np.ones(3), calls=200) is None


def test_calls_are_kept():
    state = LimitState(lambda u: 3 - u[:, 0] * u[:, 1], 10, calls=1000)
    find_design_point(state, np.full(10, 3.0), calls=60)
    assert state.calls <= 60


def test_pulling_stops_at_the_boundary():
    state = LimitState(lambda u: 2 - np.linalg.norm(u, axis=1), 3, calls=1000)
    points = np.array([[2.2, 0, 0], [0, 0, -7.0]])
    radii = np.linalg.norm(pull_to_boundary(state, points, bisections=10), axis=1)
    assert (radii >= 2).all()
    assert (radii < 2.05).all()
