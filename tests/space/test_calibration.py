"""Calibrated exceedance, held to what a probability must do. Statistical tests: false alarm 1e-6 or less."""

import json

import numpy as np
import pytest
from scipy import stats

from gausscape.errors import CalibrationError, ConfigurationError, DamagedFileError, DataError, ShapeError
from gausscape.space.calibration import Calibration, Exceedance

FALSE_ALARM = 1e-6


def exponential(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).exponential(size=n)


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return Calibration.fit(exponential(2000, 0), seed=0)


def test_bulk_is_conformal_on_exchangeable_data():
    # Given n calibration and one new exchangeable score, P(new one among the i largest) = i / (n + 1), whatever the law
    # of the scores. The mean over the fresh scores of one fit has variance p (1 - p) (1 / (n + 2) + 1 / fresh), nearly.
    n, fits, fresh = 99, 80, 40
    rng = np.random.default_rng(1)
    claimed = np.array([0.12, 0.3, 0.5, 0.8])
    shares = np.empty((fits, len(claimed)))
    for row in shares:
        fitted = Calibration.fit(rng.standard_cauchy(n) ** 2, seed=0)
        row[:] = (fitted.exceedance(rng.standard_cauchy(fresh) ** 2).probability[:, None] <= claimed).mean(0)
    spread = np.sqrt(claimed * (1 - claimed) * (1 / n + 1 / fresh) / fits)
    sigmas = stats.norm.isf(FALSE_ALARM / 2 / len(claimed))
    # Interpolation between two ranks may move a claim by up to one rank.
    assert (np.abs(shares.mean(0) - claimed) < sigmas * spread + 1 / (n + 1)).all()


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.8])
def test_tail_is_true_whether_the_law_is_too_wide_or_too_narrow(scale):
    # t = scale * Exp(1): the truth is S(t) = exp(-t / scale). Over 12 calibrations the mean log10 error has a standard
    # error below .25 / sqrt(12) = .07; half a decade is beyond seven of them.
    claims = np.array([0.1, 0.01, 0.001])
    errors = []
    for seed in range(12):
        level = Calibration.fit(scale * exponential(2000, seed), seed=seed).level(claims)
        errors.append(-level / scale / np.log(10) - np.log10(claims))
    assert (np.abs(np.mean(errors, axis=0)) < [0.15, 0.3, 0.5]).all()


def test_interval_holds_the_truth_about_as_often_as_it_says():
    claims = np.array([0.1, 0.01, 0.001])
    held = 0
    for seed in range(40):
        fitted = Calibration.fit(exponential(1000, seed), seed=seed)
        levels = fitted.level(claims)
        stated = fitted.exceedance(levels)
        held += ((stated.lower <= np.exp(-levels)) & (np.exp(-levels) <= stated.upper)).all()
    # Each of three holds with ~.9; all three with >= .7. Fewer than 13 of 40 has a probability below 1e-6 at .7.
    assert stats.binom.cdf(12, 40, 0.7) < FALSE_ALARM
    assert held >= 13


def test_more_surprise_never_has_larger_probability(calibration):
    t = np.concatenate([np.linspace(0, 60, 20_001), [100.0, 1e3, np.inf]])
    rarity = calibration.exceedance(t)
    assert (np.diff(rarity.probability) <= 0).all()
    assert (np.diff(rarity.probability[t < 15]) < 0).all()
    for ends in (rarity.lower, rarity.upper):
        assert (np.diff(ends) <= 0).all()
    assert (rarity.lower > 0).all()
    assert (rarity.lower <= rarity.probability).all()
    assert (rarity.probability <= rarity.upper).all()
    assert (rarity.upper <= 1).all()
    assert rarity.probability[0] == 1


def test_level_is_the_inverse_of_exceedance(calibration):
    p = np.geomspace(calibration.floor, 1, 500)
    np.testing.assert_allclose(calibration.exceedance(calibration.level(p)).probability, p, rtol=1e-9)
    assert calibration.level(p.reshape(5, 100)).shape == (5, 100)
    assert np.ndim(calibration.level(0.1)) == 0


def test_below_the_floor_is_refused(calibration):
    assert calibration.floor == pytest.approx(1 / 40_000)
    with pytest.raises(CalibrationError, match="calibrate on") as refusal:
        calibration.level([0.1, 1e-6])
    assert "2000 calibration objects" in str(refusal.value)
    assert "50000 objects" in str(refusal.value)
    for wrong in (0.0, -0.1, 1.1, np.nan):
        with pytest.raises(ConfigurationError):
            calibration.level(wrong)


def test_bad_surprise_is_refused(calibration):
    for bad in (np.nan, np.inf, -1.0):
        with pytest.raises(DataError):
            Calibration.fit(np.append(exponential(50, 0), bad), seed=0)
    with pytest.raises(DataError):
        calibration.exceedance([1.0, np.nan])
    with pytest.raises(ShapeError):
        Calibration.fit(np.ones((30, 2, 2)), seed=0)
    with pytest.raises(ConfigurationError):
        Calibration.fit(exponential(50, 0), seed=0, confidence=1.0)


def test_too_few_or_equal_objects_are_refused():
    with pytest.raises(CalibrationError, match="at least 2 "):
        Calibration.fit(exponential(1, 0), seed=0)
    with pytest.raises(CalibrationError, match="at least 2 "):
        Calibration.fit(np.empty(0), seed=0)
    with pytest.raises(CalibrationError, match="different"):
        Calibration.fit(np.full(50, 3.0), seed=0)


def test_few_objects_certify_what_their_ranks_do():
    for n in (2, 3, 10, 19):
        assert Calibration.fit(exponential(n, 0), seed=0).floor == 1 / (n + 1)
    assert Calibration.fit(exponential(20, 0), seed=0).floor == 1 / 400


@pytest.mark.parametrize("n", [20, 21, 50, 100, 360, 1000])
def test_few_objects_still_give_a_sound_function(n):
    fitted = Calibration.fit(exponential(n, n), seed=0)
    t = np.linspace(0, 40, 500)
    rarity = fitted.exceedance(t)
    assert (np.diff(rarity.probability) < 0).all()
    assert np.isfinite(fitted.level(fitted.floor))


def test_ties_and_heavy_values_are_borne():
    tied = np.round(exponential(500, 0), 1)
    assert (np.diff(Calibration.fit(tied, seed=0).exceedance(np.linspace(0, 20, 300)).probability) < 0).all()
    heavy = 1e6 * exponential(500, 0) ** 8
    assert np.isfinite(Calibration.fit(heavy, seed=0).knots).all()
    mostly_zero = np.concatenate([np.zeros(480), exponential(20, 0)])
    assert Calibration.fit(mostly_zero, seed=0).exceedance([0.5]).probability < 0.1


def test_posterior_draws_share_the_weight_of_their_object():
    t = exponential(400, 3)
    one, four = Calibration.fit(t, seed=0), Calibration.fit(np.repeat(t[:, None], 4, axis=1), seed=0)
    assert four.count == 400
    p = np.array([0.5, 0.2, 0.1, 0.01, 0.001])
    # Copies of a draw add no information: the same levels, up to the interpolation between ranks.
    np.testing.assert_allclose(four.level(p), one.level(p), rtol=0.03, atol=0.03)
    widths = [
        np.log(fitted.exceedance(fitted.level(p)).upper / fitted.exceedance(fitted.level(p)).lower)
        for fitted in (one, four)
    ]
    np.testing.assert_allclose(widths[0], widths[1], rtol=0.15)
    np.testing.assert_array_equal(four.beyond([0.1, 1.0, 3.0]), one.beyond([0.1, 1.0, 3.0]))
    np.testing.assert_array_equal(one.beyond(t), [(t >= each).sum() for each in t])


def test_probabilities_of_an_objects_draws_are_averaged(calibration):
    draws = exponential(30, 4).reshape(10, 3)
    rarity = calibration.exceedance(draws)
    expected = calibration.exceedance(draws.ravel()).probability.reshape(10, 3).mean(1)
    np.testing.assert_allclose(rarity.probability, expected)


def test_same_seed_same_interval_and_another_seed_another():
    t = exponential(300, 5)
    first, second, third = (Calibration.fit(t, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.log_upper, second.log_upper)
    np.testing.assert_array_equal(first.knots, third.knots)
    assert not np.array_equal(first.log_upper, third.log_upper)


def test_more_confidence_gives_a_wider_interval():
    t = exponential(500, 6)
    narrow, wide = (
        Calibration.fit(t, seed=0, confidence=confidence).exceedance([3.0, 6.0]) for confidence in (0.5, 0.99)
    )
    assert (wide.lower < narrow.lower).all()
    assert (narrow.upper < wide.upper).all()


def test_state_round_trip_is_exact(calibration):
    document, arrays = calibration.state()
    again = Calibration.from_state(json.loads(json.dumps(document)), arrays)
    t = np.linspace(0, 20, 100)
    np.testing.assert_array_equal(again.exceedance(t).lower, calibration.exceedance(t).lower)
    np.testing.assert_array_equal(again.beyond(t), calibration.beyond(t))
    assert again.floor == calibration.floor


def test_damaged_state_is_refused(calibration):
    document, arrays = calibration.state()
    for key in arrays:
        for damaged in (arrays[key][::-1], arrays[key] * np.nan, arrays[key][:-1]):
            with pytest.raises(DamagedFileError):
                Calibration.from_state(document, arrays | {key: damaged})
        with pytest.raises(DamagedFileError):
            Calibration.from_state(document, {name: array for name, array in arrays.items() if name != key})
    for wrong in ({"count": 3}, {"confidence": 2.0}, {"count": "many"}):
        with pytest.raises(DamagedFileError):
            Calibration.from_state(document | wrong, arrays)


def test_a_million_rows_take_no_loop(calibration):
    assert len(calibration.exceedance(exponential(1_000_000, 7))) == 1_000_000


def test_exceedance_reads_like_a_batch():
    rarity = Exceedance(np.array([0.3, 1e-7]), np.array([0.2, 1e-9]), np.array([0.4, 1e-5]), floor=1e-5)
    assert len(rarity) == 2
    assert len(list(rarity)) == 2
    assert repr(rarity) == "Exceedance(0.3 [0.2, 0.4], <1e-05)"
    assert rarity[1].probability == [1e-7]
    assert rarity[rarity.probability > 0.1].upper == [0.4]


@pytest.mark.parametrize("edge", ["probability", "lower", "upper"])
def test_weighted_draws_of_the_law_have_the_calibrated_tail(edge):
    rng = np.random.default_rng(5)
    calibration = Calibration.fit(1.3 * rng.exponential(size=(1500, 8)), seed=0)
    t = rng.exponential(size=400_000)
    weight = np.exp(calibration.log_density_ratio(t, edge=edge))
    assert abs(weight.mean() - 1) < 5 * weight.std() / np.sqrt(len(t)) + 1e-3
    for level in (0.3, 0.05, 0.01):
        beyond = float(calibration.level(level))
        share = weight * (t >= beyond)
        claimed = float(getattr(calibration.exceedance([beyond]), edge)[0])
        # 5 standard errors of the weighted share, and 10% for the coarse steps of the slope.
        assert abs(share.mean() - claimed) < 5 * share.std() / np.sqrt(len(t)) + 0.1 * claimed
