"""Failure probabilities: near the truth within calls, with intervals that hold it, and honest where nothing can be known."""

import numpy as np
import pytest
from scipy import stats

from gausscape.errors import ConfigurationError
from gausscape.stress_testing.probability.rare_event import estimate_probability

LINE = np.array([0.6, 0.8, 0.0, 0.0, 0.0, 0.0])
D = len(LINE)


def plane(p):
    beta = stats.norm.isf(p)
    return lambda u: beta - u @ LINE


@pytest.mark.parametrize("p", [1e-2, 1e-3, 1e-5])
def test_a_plane_is_measured(p):
    for seed in range(5):
        found = estimate_probability(plane(p), D, seed=seed)
        assert found.calls <= 3000
        assert found.accepted
        # A log-normal interval at 90%: six standard errors have a false alarm of 2e-9.
        assert abs(np.log(found.estimate / p)) < 6 * found.variation
        np.testing.assert_allclose(found.design_points[0], stats.norm.isf(p) * LINE, atol=0.2)


@pytest.mark.parametrize("seed", range(4))
def test_two_modes_and_a_shell_are_never_silently_halved(seed):
    p = 1e-3
    beta, radius = stats.norm.isf(p / 2), stats.chi.isf(p, D)
    both = estimate_probability(lambda u: beta - np.abs(u @ LINE), D, seed=seed)
    shell = estimate_probability(lambda u: radius - np.linalg.norm(u, axis=1), D, seed=seed)
    for found in (both, shell):
        assert abs(np.log10(found.estimate / p)) < 0.2
    assert len(both.design_points) == 2
    # Halves of the probability, each known to 5% or so.
    np.testing.assert_allclose(both.shares, 0.5, atol=0.2)


def test_intervals_cover():
    net = np.random.default_rng(1).standard_normal((2, D, D)) / np.sqrt(D)

    def limit(u):
        return 1.45 - np.tanh(2 * np.tanh(u @ net[0]) @ net[1])[:, :2].sum(1)

    u = np.random.default_rng(2).standard_normal((1_000_000, D))
    p = float((limit(u) <= 0).mean())
    assert p > 1e-5
    held = [
        found.lower <= p <= found.upper for found in (estimate_probability(limit, D, seed=seed) for seed in range(30))
    ]
    # At the stated 90% fewer than 17 of 30 has probability 3e-7.
    assert sum(held) >= 17


def test_a_common_failure_is_counted_plainly():
    found = estimate_probability(lambda u: 0.5 - u[:, 0], 3, calls=2000)
    p = stats.norm.sf(0.5)
    assert found.method == "plain draws"
    assert abs(found.estimate / p - 1) < 6 * found.variation
    assert len(found.design_points) >= 1
    assert found.shares.sum() == pytest.approx(1)


def test_always_is_said_as_such():
    found = estimate_probability(lambda u: np.full(len(u), -1.0), 3, calls=1000)
    assert found.bound.startswith("always true")
    assert found.estimate == found.upper == 1
    assert 0.99 < found.lower < 1


@pytest.mark.parametrize("height", [1.0, 9.0])
def test_never_is_said_as_such(height):
    constant = estimate_probability(lambda u: np.full(len(u), height), 3, calls=1000)
    assert constant.bound.startswith("never found")
    assert "too few values" in constant.bound
    assert constant.estimate == constant.lower == 0
    assert 0.002 < constant.upper < 0.006
    assert constant.design_points.shape == (0, 3)
    bounded = estimate_probability(lambda u: height + np.exp(-u[:, 0]), 3, calls=1000)
    assert bounded.bound.startswith("never found")
    assert bounded.is_graded
    assert "subset simulation came down to" in bounded.bound


def test_yes_or_no_is_found_farther_out():
    p = 1e-3
    graded = plane(p)
    for seed in range(5):
        found = estimate_probability(lambda u: np.where(graded(u) <= 0, -1.0, 1.0), D, seed=seed)
        assert not found.is_graded
        assert found.subset is None
        assert "no second opinion" in found.agreement
        assert abs(np.log10(found.estimate / p)) < 0.5
        assert found.lower < p * 1.3


def test_no_number_is_failure():
    found = estimate_probability(lambda u: np.where(u[:, 0] > 2, np.nan, 3 - u[:, 0]), 4)
    assert abs(np.log10(found.estimate / stats.norm.sf(2))) < 0.15


def test_the_law_can_be_re_weighted():
    # All is N((1, 0, ...), I): beyond 4 has the probability of beyond 3.
    found = estimate_probability(lambda u: 4 - u[:, 0], 5, log_weight=lambda u: u[:, 0] - 0.5)
    p = stats.norm.sf(3)
    assert abs(np.log(found.estimate / p)) < 6 * max(found.variation, 0.03)
    common = estimate_probability(lambda u: 1 - u[:, 0], 5, log_weight=lambda u: u[:, 0] - 0.5)
    assert abs(common.estimate - 0.5) < 6 * 0.5 * common.variation


def test_answers_repeat_and_leave_randomness_alone():
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one, same, other = (estimate_probability(plane(1e-3), D, seed=seed) for seed in (1, 1, 2))
    assert one.estimate == same.estimate != other.estimate
    np.testing.assert_array_equal(one.failures, same.failures)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_failures_fail_and_importance_sums_to_one():
    limit = plane(1e-3)
    found = estimate_probability(limit, D)
    assert (limit(found.failures) <= 0).all()
    assert (limit(found.design_points) <= 0).all()
    assert found.importance.sum() == pytest.approx(1)
    assert found.shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("calls", [100, 150, 400])
@pytest.mark.parametrize("d", [1, 40])
def test_few_calls_still_give_an_answer(calls, d):
    for limit in (lambda u: 2 - u[:, 0], lambda u: np.where(u[:, 0] > 2, -1.0, 1.0), lambda u: 9 - u[:, 0]):
        found = estimate_probability(limit, d, calls=calls, seed=1)
        assert found.calls <= calls
        assert 0 <= found.lower <= found.estimate <= found.upper <= 1


def test_too_few_calls_are_refused():
    with pytest.raises(ConfigurationError, match="100"):
        estimate_probability(plane(1e-3), D, calls=50)
