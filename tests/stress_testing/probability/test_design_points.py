"""Design points: one for each way to fail, within their calls, and never a point that does not fail."""

import numpy as np

from gausscape.stress_testing.probability.design_points import (
    around,
    covering_laws,
    find_modes,
    group_centres,
    sharpen_modes,
)
from gausscape.stress_testing.probability.known_failures import KnownFailures
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.mixture import Mixture

D = 6


def both_sides(u):
    return 3.0 - np.abs(u[:, 0])


def scattered(n=100, seed=0, sides=(1.0, -1.0)):
    rng = np.random.default_rng(seed)
    u = rng.standard_normal((n, D))
    u[:, 0] = rng.choice(sides, n) * (3.0 + rng.exponential(1 / 3, n))
    return KnownFailures(u, np.full(n, 1 / n), 2.7e-3)


def test_two_sides_give_two_points():
    points = find_modes(LimitState(both_sides, D, calls=2000), scattered(), Mixture.plain(D, 400), calls=300)
    np.testing.assert_allclose(np.sort(points[:, 0]), [-3, 3], atol=0.1)
    assert (both_sides(points) <= 0).all()


def test_a_lost_side_is_found_from_what_was_asked():
    state = LimitState(both_sides, D, calls=2000)
    state.ask(np.random.default_rng(1).standard_normal((400, D)))
    points = find_modes(state, scattered(sides=(1.0,)), Mixture.plain(D, 400), calls=200)
    assert sorted(np.sign(points[:, 0])) == [-1, 1]


def test_calls_are_kept():
    state = LimitState(both_sides, D, calls=2000)
    find_modes(state, scattered(), Mixture.plain(D, 400), calls=100)
    assert state.calls <= 100 + 0.06 * 2000 + D + 20


def test_every_failure_is_covered_by_some_law():
    known = scattered()
    laws = covering_laws(known) + around(np.array([3.0] + [0.0] * (D - 1)))
    assert (sum(law.ratio(known.u) for law in laws) > 0).all()


def test_without_slopes_means_of_groups_stand_in():
    state = LimitState(lambda u: np.where(both_sides(u) <= 0, -1.0, 1.0), D, calls=2000)
    centres = group_centres(state, scattered(400))
    nearest = [np.linalg.norm(centres - side * 3 * np.eye(D)[0], axis=1).min() for side in (1, -1)]
    assert max(nearest) < 1


def test_points_only_ever_come_nearer():
    state = LimitState(lambda u: np.where(both_sides(u) <= 0, -1.0, 1.0), D, calls=2000)
    points = np.array([[3.5, 1, 1, 0, 0, 0], [-3.5, 0, 0, 1, 1, 1]])
    better = sharpen_modes(state, points, scattered(400))
    assert (both_sides(better) <= 0).all()
    assert np.linalg.norm(better, axis=1).max() < np.linalg.norm(points, axis=1).min()
