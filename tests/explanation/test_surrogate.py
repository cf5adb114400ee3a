"""Laws of the surrogate: linear is found exactly, a bend does not tilt the slope, noise is no statement, errors are honest."""

import numpy as np
import pytest
from scipy import stats

from gausscape.explanation.surrogate import Estimate, fit_surrogate, robust_regression


def ball(pairs: int, live: int, seed: int, radius: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rays = rng.normal(size=(pairs, live))
    return radius * rng.random((pairs, 1)) ** (1 / live) * rays / np.linalg.norm(rays, axis=1, keepdims=True)


@pytest.mark.parametrize("live", [1, 3, 12])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_linear_y_is_found_exactly_at_any_scale(live, scale):
    steps = ball(100, live, 0)
    slope = scale * np.arange(1.0, live + 1)
    found = fit_surrogate(steps, 5 * scale + steps @ slope, 5 * scale - steps @ slope)
    np.testing.assert_allclose(found.gradient, slope, rtol=1e-4)
    np.testing.assert_allclose(found.halves, [slope, slope], rtol=1e-4)
    np.testing.assert_allclose(found.level, 5 * scale, rtol=1e-9)
    np.testing.assert_allclose(found.steepness.value, np.linalg.norm(slope), rtol=1e-4)
    assert found.fit == pytest.approx(1, abs=1e-6)
    assert found.is_linear
    assert found.curvature is None


def test_a_bend_is_told_and_does_not_tilt_the_slope():
    steps = ball(200, 3, 1)
    bend = np.array([4.0, 0.0, -2.0])
    slope = np.array([1.0, -0.5, 0.0])
    even = steps**2 @ bend / 2
    found = fit_surrogate(steps, 2 + steps @ slope + even, 2 - steps @ slope + even)
    np.testing.assert_allclose(found.gradient, slope, atol=1e-4)
    np.testing.assert_allclose(found.curvature, bend, atol=0.1)
    assert found.level == pytest.approx(2, abs=0.02)
    assert found.fit > 0.99


def test_what_is_not_linear_is_not_called_linear():
    steps = ball(200, 4, 2, radius=3.0)

    def wave(u):
        return np.sin(9 * u[:, 0])

    found = fit_surrogate(steps, wave(steps), wave(-steps))
    assert not found.is_linear


def test_noise_alone_is_no_statement():
    rng = np.random.default_rng(3)
    steps = ball(150, 5, 3)
    plus, minus = rng.normal(size=(2, 150))
    found = fit_surrogate(steps, plus, minus)
    assert found.fit < 0.3
    assert not found.is_linear


def test_intervals_hold_the_truth_as_often_as_they_say_with_unequal_noise():
    # 1,500 intervals at 90%; below 85% or above 95% has probability under 1e-8 if they are right.
    slope, held = np.array([1.0, 0.0, -1.0]), 0
    for seed in range(500):
        rng = np.random.default_rng([seed, 4])
        steps = ball(60, 3, seed)
        spread = 0.2 + 2 * np.linalg.norm(steps, axis=1)
        plus, minus = rng.normal(size=(2, 60)) * spread
        found = fit_surrogate(steps, steps @ slope + plus, -steps @ slope + minus)
        for axis in range(3):
            told = found.along(np.eye(3)[axis])
            held += told.low <= slope[axis] <= told.high
    assert 0.85 < held / 1500 < 0.95


def test_p_values_of_no_slope_are_uniform():
    p_values = []
    for seed in range(600):
        steps = ball(60, 4, seed)
        plus, minus = np.random.default_rng([seed, 5]).normal(size=(2, 60))
        p_values.append(fit_surrogate(steps, plus, minus).along(np.array([1.0, 0, 0, 0])).p_value)
    # HC3 errors are a little wide; they may not be narrow. One-sided at 1e-7.
    assert stats.kstest(p_values, "uniform", alternative="greater").pvalue > 1e-7


def test_the_length_of_a_gradient_of_noise_is_not_told_as_its_own():
    lengths, raw = [], []
    for seed in range(200):
        steps = ball(60, 10, seed)
        plus, minus = np.random.default_rng([seed, 6]).normal(size=(2, 60))
        found = fit_surrogate(steps, plus, minus)
        lengths.append(found.steepness.low)
        raw.append(np.linalg.norm(found.gradient))
    assert np.mean(np.array(lengths) > 0) < 0.2
    assert np.mean(raw) > 0.5


def test_draws_hide_no_linear_statement_and_noise_of_draws_makes_none():
    rng = np.random.default_rng(7)
    steps = ball(400, 3, 7)
    slope = np.array([1.0, 0.5, 0.0])

    def answers(signal):
        # The level of an object is drawn and shared by both ends; a little of the noise is not.
        level = rng.normal(0, 2, len(signal))
        plus, minus = level + signal, level - signal
        return plus + rng.normal(0, 0.4, len(signal)), minus + rng.normal(0, 0.4, len(signal))

    for strength in (1.0, 0.0):
        plus, minus = answers(strength * steps @ slope)
        again = answers(strength * steps @ slope)
        first, second = (plus - minus) / 2, (again[0] - again[1]) / 2
        found = fit_surrogate(steps, plus, minus, again=(first, second))
        assert found.is_linear == bool(strength)
        assert found.explainable < 0.9
        assert fit_surrogate(steps, plus, minus).fit < 0.3  # judged against all of y, the draws drown it


def test_the_regression_is_blind_to_the_order_of_rows_and_turns_with_the_axes():
    rng = np.random.default_rng(8)
    steps, answers = rng.normal(size=(50, 3)), rng.normal(size=50)
    slope, covariance = robust_regression(steps, answers)
    order = rng.permutation(50)
    np.testing.assert_allclose(robust_regression(steps[order], answers[order])[0], slope, rtol=1e-9)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turned, turned_covariance = robust_regression(steps @ turn, answers)
    np.testing.assert_allclose(turned, turn.T @ slope, rtol=1e-6)
    np.testing.assert_allclose(turned_covariance, turn.T @ covariance @ turn, rtol=1e-6, atol=1e-12)


def test_an_estimate_tells_what_its_error_allows():
    assert Estimate.of(0.0, 0.0, freedom=5).p_value == 1
    assert Estimate.of(1.0, 0.0, freedom=5).p_value == 0
    wide, narrow = (Estimate.of(1.0, error, freedom=20) for error in (2.0, 0.1))
    assert not wide.is_certain
    assert narrow.is_certain
