"""What errors of codes promise: the analytic ones of a linear space, regions that hold, units that mean something."""

import copy

import numpy as np
import pytest
from scipy import stats

import gausscape
from gausscape.errors import CalibrationError, ConfigurationError, ShapeError
from gausscape.modalities.images.example import example_items
from gausscape.modalities.tables.example import example_items as example_rows
from gausscape.space.round_trip import RoundTrip, _lenders
from gausscape.space.space import Space
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule

SIGMAS = 6.0
"""Two-sided false-alarm rate of a normal mean at this distance: 2e-9 a comparison."""
BIAS = 0.015
"""Room for what a finite calibration adds: neighbours are near, not equal, and E is an estimate."""
SIDE, LATENT, NOISE = 6, 3, 0.03


def clean_images(n: int, seed: int) -> np.ndarray:
    """Images on a 3-dimensional linear subspace, without noise."""
    weights = np.random.default_rng(100).normal(0, 0.03, (LATENT, SIDE * SIDE)) * [[1.5], [1.0], [0.7]]
    return 0.5 + np.random.default_rng(seed).standard_normal((n, LATENT)) @ weights


def measured(clean: np.ndarray, seed: int) -> np.ndarray:
    noisy = clean + NOISE * np.random.default_rng([seed, 5]).standard_normal(clean.shape)
    return noisy.clip(0, 1).astype("float32").reshape(-1, SIDE, SIDE)


@pytest.fixture(scope="module")
def linear() -> Space:
    return fit(measured(clean_images(8000, 1), 1), latent=LATENT, method="pca", seed=0)


def true_codes(space: Space, clean: np.ndarray) -> np.ndarray:
    """The codes whose decoded objects are these, exactly: the decoder is linear."""
    state = {name: tensor.double().numpy() for name, tensor in space.codec.networks.state_dict().items()}
    return np.linalg.lstsq(state["decoder.weight"], (clean - state["decoder.bias"]).T, rcond=None)[0].T


def normal_trips(m: int, live: int, seed: int = 0) -> RoundTrip:
    rng = np.random.default_rng(seed)
    return RoundTrip(rng.normal(size=(m, live)), rng.normal(size=(m, live)))


# --- a linear space, where everything is known ---------------------------------------------------------------------


def test_errors_and_noise_of_a_linear_space_are_the_analytic_ones(linear):
    # Tipping & Bishop 1999: the posterior variance is s = 1 - k an axis, and m(x) = k z + noise of variance k (1 - k).
    s = linear.embed(measured(clean_images(1, 2), 2)).std[0] ** 2
    m = len(linear.round_trip.errors)
    slack = SIGMAS * np.sqrt(2 / m) + 0.05
    for found, expected in ((linear.round_trip.covariance, s), (linear.round_trip.noise, s * (1 - s))):
        relative = found / np.sqrt(np.outer(expected, expected))
        assert np.abs(relative - np.eye(LATENT)).max() < slack


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_regions_hold_the_true_codes_of_new_objects(linear, level):
    clean = clean_images(6000, 3)
    errors = linear.embed(measured(clean, 3)).mean - true_codes(linear, clean)
    share = linear.round_trip.contains(errors, level).mean()
    spread = np.sqrt(level * (1 - level) * (1 / 6000 + 1 / len(linear.round_trip.errors)))
    assert abs(share - level) < SIGMAS * spread + BIAS


def test_two_measurements_of_one_object_stay_within_the_landmark(linear):
    clean = clean_images(6000, 4)
    first, second = (linear.aggregate.whiten(linear.embed(measured(clean, seed)).mean) for seed in (5, 6))
    again = linear.round_trip.again(linear.aggregate.law)
    share = (np.linalg.norm(first - second, axis=1) <= again).mean()
    assert abs(share - 0.95) < SIGMAS * np.sqrt(0.05 * 0.95 * (1 / 6000 + 1 / len(linear.round_trip.errors))) + BIAS
    # And the p-value of such pairs is uniform.
    shifts = linear.embed(measured(clean, 5)).mean - linear.embed(measured(clean, 6)).mean
    assert abs((linear.round_trip.probability(shifts) <= 0.2).mean() - 0.2) < SIGMAS * 0.4 * np.sqrt(1 / 6000 + 1 / 1600) + BIAS


@pytest.mark.parametrize("target", [0.5, 1.0, 2.0])
def test_stated_accuracy_is_the_rate_of_right_answers(linear, target):
    n = 20_000
    base, end = clean_images(2, 7)[:, None]
    step = end - base
    a, b = (linear.embed(measured(row, 0)).mean for row in (base, base + step))
    trips = linear.round_trip
    # Two measurements shift as their means do; scale the step so that the stated d' is the target.
    step = step * target / trips.detectability(b - a)[0]
    first, second = (
        linear.embed(measured(np.tile(row, (n, 1)), seed)).mean for row, seed in ((base, 8), (base + step, 9))
    )
    shift = second.mean(0) - first.mean(0)
    right = ((second - first) @ np.linalg.solve(trips.noise, shift) > 0).mean()
    stated = float(trips.accuracy(trips.detectability(shift[None]))[0])
    # Of the noise some 1,600 objects tell: a relative error of 1/sqrt(2 * 1600) of d' moves the accuracy by 0.005 at most.
    assert abs(right - stated) < SIGMAS * (0.5 / np.sqrt(n) + 0.005)


# --- arithmetic ----------------------------------------------------------------------------------------------------


def test_normal_errors_have_normal_units():
    trips = normal_trips(20_000, 4)
    slack = SIGMAS * np.sqrt(2 / 20_000)
    assert np.abs(trips.covariance - np.eye(4)).max() < slack
    assert np.abs(trips.noise - np.eye(4)).max() < 2 * slack
    assert trips.radius(0.9) == pytest.approx(stats.chi2.ppf(0.9, 4), rel=0.1)
    np.testing.assert_allclose(trips.detectability(np.eye(4)[:1] * 2), 2.0, rtol=0.1)
    np.testing.assert_allclose(trips.accuracy([0.0, np.inf]), [0.5, 1.0])


def test_there_and_back_are_alike():
    trips = normal_trips(500, 3)
    difference = np.random.default_rng(1).normal(size=(50, 3)) * 3
    for verb in (trips.detectability, trips.contains, trips.probability):
        assert np.array_equal(verb(difference), verb(-difference))
    assert (trips.detectability(np.zeros((1, 3))) == 0).all()
    assert (trips.probability(np.zeros((1, 3))) == 1).all()


def test_neither_units_nor_order_nor_outliers_matter():
    trips = normal_trips(800, 3)
    difference = np.random.default_rng(2).normal(size=(50, 3)) * 2
    order, axes, units = np.random.default_rng(3).permutation(800), [2, 0, 1], np.array([0.25, 8.0, 1024.0])
    for other, moved in (
        (RoundTrip(trips.errors[order], trips.repeats[order]), difference),
        (RoundTrip(trips.errors[:, axes], trips.repeats[:, axes]), difference[:, axes]),
        (RoundTrip(trips.errors * units, trips.repeats * units), difference * units),
    ):
        np.testing.assert_allclose(other.detectability(moved), trips.detectability(difference), rtol=1e-9)
        assert other.radius(0.9) == pytest.approx(trips.radius(0.9))
    wild = trips.errors.copy()
    wild[:8] *= 50
    robust = RoundTrip(wild, trips.repeats)
    # One object in a hundred, lost altogether, takes at most a few percent from the others' d'.
    assert robust.detectability(difference).mean() > 0.9 * trips.detectability(difference).mean()


def test_regions_leave_each_object_out():
    trips = normal_trips(30, 2)
    own = []
    for row in range(30):
        others = np.delete(trips.errors, row, 0)
        weight = 3.0
        scatter = others.T @ others + weight * np.diag((trips.errors**2).mean(0))
        own.append(trips.errors[row] @ np.linalg.solve(scatter / (29 + weight), trips.errors[row]))
    assert trips.radius(0.9) == pytest.approx(np.sort(own)[int(np.ceil(31 * 0.9)) - 1])


def test_coverage_holds_with_few_objects_and_many_axes():
    # 400 spaces with 25 objects each, one new error each: the share is a binomial one.
    rng = np.random.default_rng(4)
    inside = [
        RoundTrip(rng.normal(size=(25, 8)), rng.normal(size=(25, 8))).contains(rng.normal(size=(1, 8)), 0.8)[0]
        for _ in range(400)
    ]
    assert abs(np.mean(inside) - 0.8) < SIGMAS * np.sqrt(0.16 / 400) + 1 / 26


def test_what_few_objects_cannot_certify_is_everywhere():
    trips = normal_trips(5, 3)
    assert trips.radius(0.9) == np.inf
    assert trips.contains(np.full((1, 3), 1e6)).all()
    assert np.isfinite(trips.radius(0.5))


def test_errors_of_nothing_are_answered():
    exact = RoundTrip(np.zeros((20, 2)), np.zeros((20, 2)))
    assert np.isfinite(exact.detectability(np.ones((1, 2)))).all()
    assert exact.detectability(np.ones((1, 2)))[0] > 1e3
    half = RoundTrip(np.eye(20, 2), np.zeros((20, 2)))
    assert np.isfinite(half.noise).all()
    assert np.linalg.eigvalsh(half.noise).min() > 0


def test_noise_is_lent_by_two_different_others():
    rng = np.random.default_rng(5)
    for u in (rng.normal(size=(300, 3)), np.zeros((50, 2)), rng.normal(size=(4, 2)), rng.normal(size=(3, 1))):
        first, second = _lenders(u, rng)
        rows = np.arange(len(u))
        assert (first != rows).all()
        assert (second != rows).all()
        assert (first != second).all()
    # Of two objects, one lends to itself once.
    for lenders in zip(*_lenders(np.zeros((2, 1)), rng), strict=True):
        assert sorted(lenders) == [0, 1]


# --- in a space ----------------------------------------------------------------------------------------------------


def test_spaces_of_every_kind_measure_themselves(untouched_randomness):
    settings = {"schedule": Schedule(steps=20), "seed": 3}
    for data in (example_items(60, seed=2), example_rows()):
        one, two = (fit(data, latent=2, **settings).round_trip for _ in range(2))
        assert np.array_equal(one.errors, two.errors)
        assert np.array_equal(one.repeats, two.repeats)
        assert one.errors.shape == (len(one.errors), one.covariance.shape[0])
        assert "objects measured twice" in repr(one)
        assert np.linalg.eigvalsh(one.noise).min() > 0
    smallest = fit(example_items(10, seed=2), latent=1, method="pca").round_trip
    assert 2 <= len(smallest.errors) <= 3


def test_saved_and_loaded_round_trips_are_equal(linear, tmp_path):
    linear.save(tmp_path / "space")
    loaded = gausscape.load(tmp_path / "space").round_trip
    assert np.array_equal(loaded.errors, linear.round_trip.errors)
    assert np.array_equal(loaded.repeats, linear.round_trip.repeats)


def test_an_older_folder_answers_all_but_this(linear, tmp_path):
    older = copy.copy(linear)
    older._round_trip = None
    older.save(tmp_path / "older")
    loaded = gausscape.load(tmp_path / "older")
    images = measured(clean_images(5, 9), 9)
    assert np.array_equal(loaded.exceedance(images).probability, linear.exceedance(images).probability)
    with pytest.raises(CalibrationError, match="Fit it again"):
        _ = loaded.round_trip
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again" / "manifest.json").read_bytes() == (tmp_path / "older" / "manifest.json").read_bytes()


def test_impossible_requests_are_refused(linear):
    trips = linear.round_trip
    for level in (0.0, 1.0, float("nan"), 90):
        with pytest.raises(ConfigurationError, match=r"in \(0, 1\)"):
            trips.radius(level)
        with pytest.raises(ConfigurationError, match=r"in \(0, 1\)"):
            trips.again(linear.aggregate.law, level)
    for wrong in (np.zeros(3), np.zeros((2, 4))):
        with pytest.raises(ShapeError, match=r"\(n, 3\)"):
            trips.detectability(wrong)
    with pytest.raises(ShapeError):
        RoundTrip(np.zeros((2, 3)), np.zeros((3, 3)))
    with pytest.raises(CalibrationError):
        RoundTrip(np.full((2, 3), np.nan), np.zeros((2, 3)))
