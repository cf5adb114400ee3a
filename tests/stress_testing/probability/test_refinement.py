"""Refinement: sharper than what it starts from, several modes, all directions, and a warning where it cannot reach."""

import numpy as np
import pytest
from scipy import stats

from gausscape.stress_testing.probability.known_failures import KnownFailures
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.plain_sampling import draw_plain
from gausscape.stress_testing.probability.refinement import refine

D = 6


def start(limit, known, p, *, calls=2500, seed=0):
    rng = np.random.default_rng(seed)
    state = LimitState(limit, D, calls=calls)
    plain = draw_plain(state, 400, rng)
    failures = KnownFailures(known, np.full(len(known), 1 / len(known)), p)
    return state, failures, plain, rng


def beyond(least, n=200, seed=5, sign=1.0):
    """Exact draws given that the first coordinate lies beyond."""
    rng = np.random.default_rng(seed)
    u = rng.standard_normal((n, D))
    u[:, 0] = sign * stats.norm.isf(rng.random(n) * stats.norm.sf(least))
    return u


def test_a_plane_comes_out_sharp():
    p = stats.norm.sf(3.5)
    found = refine(*start(lambda u: 3.5 - u[:, 0], beyond(3.5), p))
    assert found.variation < 0.06
    assert abs(found.estimate / p - 1) < 6 * found.variation
    np.testing.assert_allclose(found.design_points, [[3.5] + [0.0] * (D - 1)], atol=0.1)
    assert found.failures.probability == pytest.approx(found.estimate)
    assert (found.failures.u[:, 0] >= 3.5).all()


def test_both_of_two_modes_are_covered():
    p = 2 * stats.norm.sf(3.5)
    known = np.concatenate([beyond(3.5), beyond(3.5, sign=-1.0)])
    found = refine(*start(lambda u: 3.5 - np.abs(u[:, 0]), known, p))
    assert len(found.design_points) == 2
    assert abs(found.estimate / p - 1) < 6 * found.variation


def test_a_mode_that_the_known_failures_lost_is_found_again():
    p = 2 * stats.norm.sf(3.0)
    state, known, plain, rng = start(lambda u: 3.0 - np.abs(u[:, 0]), beyond(3.0), p / 2)
    found = refine(state, known, plain, rng)
    assert sorted(np.sign(found.design_points[:, 0])) == [-1, 1]
    assert abs(found.estimate / p - 1) < 6 * found.variation


def test_a_shell_is_covered_in_all_directions():
    p = 1e-4
    radius = stats.chi.isf(p, D)
    rng = np.random.default_rng(0)
    known = rng.standard_normal((200, D))
    known *= (stats.chi.isf(rng.random(200) * p, D) / np.linalg.norm(known, axis=1))[:, None]
    found = refine(*start(lambda u: radius - np.linalg.norm(u, axis=1), known, p))
    assert abs(found.estimate / p - 1) < 0.2


def test_known_failures_out_of_reach_are_told():
    # Failures in every direction of a far shell are more than a few calls can cover, next to a plane that they can.
    rng = np.random.default_rng(1)
    far = rng.standard_normal((50, D))
    far *= 5.5 / np.linalg.norm(far, axis=1, keepdims=True)
    known = np.concatenate([beyond(3.5), far])
    near = refine(*start(lambda u: 3.5 - u[:, 0], beyond(3.5), stats.norm.sf(3.5), calls=700))
    both = refine(*start(lambda u: 3.5 - u[:, 0], known, stats.norm.sf(3.5), calls=700))
    assert both.uncovered > near.uncovered
