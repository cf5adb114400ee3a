"""Do the intervals hold? Re-measured objects, finite numbers of held-out objects, and the parts together."""

import numpy as np
import pytest

from gausscape.local_change import measure_change
from gausscape.local_change.interval import Band, Uncertainty, calibration_band, measurement_band, model_band
from gausscape.local_change.ruler import Ruler

SIGMAS = 6.0
"""False-alarm rate of a count beyond this distance from its mean: 1e-9."""


@pytest.fixture(scope="module")
def ruler():
    return Ruler.of(np.random.default_rng(0).normal(size=(400, 3)), again=0.1)


@pytest.mark.parametrize("distance", [0.05, 0.5, 1.0, 4.0])
def test_the_interval_of_a_measured_distance_covers_the_true_one(ruler, distance):
    rng = np.random.default_rng([1, round(100 * distance)])
    n, d = 3000, 3
    scale = np.array([0.1, 0.3, 0.2])
    direction = rng.normal(size=(n, d))
    true = distance * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    draws = rng.normal(size=(200, d)) * scale * np.sqrt(2)
    band = measurement_band(
        true + rng.normal(size=(n, d)) * scale * np.sqrt(2),
        np.zeros(n, bool),
        ruler,
        noise=np.concatenate([draws, -draws]),
    )
    inside = (band.distance[:, 0] <= distance) & (distance <= band.distance[:, 1])
    # The 400 draws are finite as well: their quantiles add an error of their own, that of 5% among them.
    assert inside.mean() > 0.9 - SIGMAS * np.sqrt(0.9 * 0.1 * (1 / n + 1 / 400))


def test_the_interval_covers_the_codes_that_objects_were_measured_from(linear, remeasured):
    z, seen, _ = remeasured
    changes = measure_change(linear, seen[:1000], seen[1000:])
    u = linear.aggregate.whiten(z)
    true = np.linalg.norm(u[1000:] - u[:1000], axis=1)
    low, high = changes.uncertainty.posterior.distance.T
    assert ((low <= true) & (true <= high)).mean() > 0.9 - SIGMAS * np.sqrt(0.09 / 1000 + 0.09 / 400)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_the_percentile_covers_the_share_of_all_pairs(share):
    rng = np.random.default_rng(7)
    distance = np.array([np.sqrt(-4 * np.log(1 - share))])  # of two standard normal points in the plane
    intervals = np.array([Ruler.of(rng.normal(size=(100, 2)), again=0.1).chance(distance)[0] for _ in range(400)])
    inside = (intervals[:, 0] <= 100 * share) & (100 * share <= intervals[:, 1])
    assert inside.mean() > 0.9 - SIGMAS * np.sqrt(0.09 / 400)


def test_a_percentile_of_0_or_100_is_not_certain(ruler):
    low, high = ruler.chance(np.array([1e-9, 1e9])).T
    assert low[0] == 0
    assert 0 < high[0] < 5
    assert high[1] == 100
    assert 95 < low[1] < 100


def test_more_objects_give_a_narrower_percentile():
    rng = np.random.default_rng(0)
    widths = [np.ptp(Ruler.of(rng.normal(size=(n, 3)), again=0.1).chance(np.array([2.0]))) for n in (50, 200, 1000)]
    assert widths[0] > widths[1] > widths[2]


def test_the_unit_covers_the_true_distance():
    rng = np.random.default_rng(5)
    n, d, shift = 30, 3, np.array([1.0, -2.0, 0.5])
    ruler = Ruler.of(rng.normal(size=(20, d)), again=0.1)
    measured = []
    for _ in range(2000):
        covariance = np.cov(rng.normal(size=(n, d)).T, bias=True)
        measured.append(np.sqrt(shift @ np.linalg.solve(covariance, shift)))
    low, high = calibration_band(np.array(measured), np.zeros(2000, bool), ruler, fitted=n, dimension=d).distance.T
    true = np.linalg.norm(shift)
    assert abs(((low <= true) & (true <= high)).mean() - 0.9) < SIGMAS * np.sqrt(0.09 / 2000)


def test_fits_that_agree_leave_no_doubt_and_those_that_differ_do():
    distance, percentile = np.array([2.0, 2.0]), np.array([40.0, 40.0])
    ratios = np.array([[1.0, 1.0], [1.0, 1.5], [1.0, 0.5]])
    percentiles = np.array([[40.0, 40.0], [40.0, 70.0], [40.0, 10.0]])
    band = model_band(distance, percentile, ratios=ratios, percentiles=percentiles)
    np.testing.assert_allclose(band.percentile[0], 40)
    np.testing.assert_allclose(band.distance[0], 2)
    assert band.percentile[1].tolist() == [0, 100]
    assert np.ptp(band.distance[1]) > 1


def test_parts_add_as_variances_and_the_widest_is_named():
    value = np.array([50.0])
    parts = [Band(np.array([[50.0 - w, 50.0 + w]]), np.array([[50.0 - w, 50.0 + w]])) for w in (3.0, 4.0, 12.0)]
    both, all_three = Uncertainty(parts[0], parts[1], None), Uncertainty(*parts)
    np.testing.assert_allclose(both.total(value, value).percentile, [[45, 55]])
    np.testing.assert_allclose(all_three.total(value, value).percentile, [[37, 63]])
    assert both.dominant.tolist() == ["calibration"]
    assert all_three.dominant.tolist() == ["model"]
    assert both.sources["model"] is None


def test_another_seed_hardly_moves_an_interval(space, images):
    one, two = (measure_change(space, images[0], images[1], seed=seed) for seed in (0, 1))
    np.testing.assert_allclose(one.distance_interval, two.distance_interval, rtol=0.1, atol=0.1)
