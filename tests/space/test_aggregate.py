"""The aggregate measures on the live axes only, and its measures agree with their definitions."""

import numpy as np
import pytest
from scipy import special, stats

from gausscape.gaussian import Gaussian
from gausscape.space.aggregate import NEIGHBOURS, Aggregate, find_live_axes, standard_normal_points
from gausscape.space.gaussian_law import GaussianLaw
from gausscape.space.mixture_law import MixtureLaw
from gausscape.space.whitening import Whitening


def aggregate(live=(0, 2), latent=4, n=200, seed=0) -> Aggregate:
    rng = np.random.default_rng(seed)
    d = len(live)
    codes = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 3
    return Aggregate(
        law=GaussianLaw.fit(codes),
        live=np.array(live),
        latent=latent,
        codes=codes,
        ids=np.array([f"id{number}" for number in range(n)]),
        tails=codes[:40],
        held_out=codes[:50],
    )


def test_live_axes_are_those_that_vary_and_inform():
    rng = np.random.default_rng(0)
    mean = np.c_[rng.normal(size=500), 1e-3 * rng.normal(size=500), np.full(500, 5.0), rng.normal(size=500)]
    std = np.tile([0.1, 1.0, 0.1, 0.5], (500, 1))
    assert find_live_axes(Gaussian(mean, std)).tolist() == [0, 3]


def test_one_axis_stands_in_where_none_is_alive():
    mean = np.zeros((10, 3))
    assert find_live_axes(Gaussian(mean, np.tile([1.0, 0.9, 1.0], (10, 1)))).tolist() == [1]


def test_whitening_is_undone_and_dead_axes_stand_at_zero():
    some = aggregate()
    u = np.random.default_rng(1).normal(size=(7, 2))
    z = some.unwhiten(u)
    assert z.shape == (7, 4)
    assert (z[:, [1, 3]] == 0).all()
    np.testing.assert_allclose(some.whiten(z), u, atol=1e-12)


def test_dead_axes_change_nothing():
    some = aggregate()
    z = np.random.default_rng(2).normal(size=(9, 4))
    moved = z + np.array([0, 50.0, 0, -50.0])
    assert np.array_equal(some.surprise(z), some.surprise(moved))
    assert np.array_equal(some.neighbours(z)[0], some.neighbours(moved)[0])


def test_neighbours_are_those_of_a_full_search():
    some = aggregate()
    z = np.random.default_rng(3).normal(3, 2, (30, 4))
    distance, nearest = some.neighbours(z)
    whole = np.linalg.norm(some.whiten(z)[:, None] - some.law.whiten(some.codes), axis=2)
    np.testing.assert_allclose(distance, np.sort(whole, 1)[:, :NEIGHBOURS].mean(1), rtol=1e-10)
    assert nearest.tolist() == [some.ids[row] for row in whole.argmin(1)]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_fitted_codes_have_fewer_neighbours(n):
    some = aggregate()
    few = Aggregate(some.law, some.live, some.latent, some.codes[:n], some.ids[:n], some.tails, some.held_out)
    distance, nearest = few.neighbours(np.zeros((3, 4)))
    assert distance.shape == nearest.shape == (3,)


def test_surprise_of_objects_is_that_of_the_mean_probability_of_its_draws():
    some = aggregate()
    rng = np.random.default_rng(4)
    posterior = Gaussian(rng.normal(3, 2, (20, 4)), np.exp(rng.normal(-1, 0.3, (20, 4))))
    draws = some.surprise_by_draw(posterior)
    expected = np.log(draws.shape[1]) - special.logsumexp(-draws, axis=1)
    np.testing.assert_allclose(some.surprise_of_objects(posterior), expected, rtol=1e-12)
    narrow = Gaussian(posterior.mean, np.full((20, 4), 1e-9))
    np.testing.assert_allclose(some.surprise_of_objects(narrow), some.surprise(posterior.mean), atol=1e-6)


def test_an_object_s_surprise_does_not_depend_on_its_company():
    some = aggregate()
    posterior = Gaussian(np.random.default_rng(5).normal(3, 2, (20, 4)), np.ones((20, 4)))
    np.testing.assert_allclose(some.surprise_of_objects(posterior[[7, 3]]), some.surprise_of_objects(posterior)[[7, 3]], rtol=1e-12)


@pytest.mark.parametrize("live", [(1,), (0, 2), (0, 1, 2, 3)])
@pytest.mark.parametrize("uniform", [True, False])
def test_directions_are_unit_vectors(live, uniform):
    some = aggregate(live=live)
    rays = some.directions(500, np.random.default_rng(6), uniform=uniform)
    assert rays.shape == (500, len(live))
    np.testing.assert_allclose(np.linalg.norm(rays, axis=1), 1, rtol=1e-12)
    if uniform:  # mean of 500 unit vectors, 6 standard deviations a coordinate: false-alarm rate below 1e-7
        assert (np.abs(rays.mean(0)) < 6 / np.sqrt(500 * len(live))).all()


def flat(n=4000, seed=0, std=None) -> Aggregate:
    """Codes in a plane of three axes: real ones leave the third direction almost empty."""
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(n, 3)) * [1.0, 1.0, 0.01]
    law = GaussianLaw(Whitening(np.zeros(3), np.eye(3)))
    outer = codes[np.argsort(-law.surprise(codes))[: n // 5]]
    ids = np.array([str(number) for number in range(n)])
    return Aggregate(law, np.arange(3), 3, codes, ids, outer, codes[:500], None if std is None else np.full((500, 3), std))


@pytest.mark.parametrize("level", [2.0, 4.6, np.inf])
@pytest.mark.parametrize("std", [None, 0.01])
def test_directions_of_the_data_leave_empty_directions_empty(level, std):
    some = flat(std=std)
    rays = some.directions(300, np.random.default_rng(7), uniform=False, level=level)
    np.testing.assert_allclose(np.linalg.norm(rays, axis=1), 1, rtol=1e-12)
    assert np.abs(rays[:, 2]).max() < 0.2
    assert np.abs(some.directions(300, np.random.default_rng(7), uniform=True)[:, 2]).max() > 0.5


def test_codes_stand_on_their_level_also_where_rays_run_into_gaps():
    rng = np.random.default_rng(0)
    codes = np.concatenate([rng.normal(-6, 1, (2000, 2)), rng.normal(6, 1, (2000, 2))])
    law = MixtureLaw.fit(codes, seed=0)
    ids = np.array([str(row) for row in range(4000)])
    some = Aggregate(law, np.arange(2), 2, codes, ids, codes[:800], codes[:500])
    rays, levels = rng.standard_normal((200, 2)), rng.uniform(0.5, 5, 200)
    assert (law.radius_along(rays, levels) == 0).any()
    u = some.at_level(rays, levels)
    np.testing.assert_allclose(some.surprise_of_white(u), levels, rtol=1e-5)


def test_seeds_are_codes_and_means_with_the_noise_of_posteriors():
    some = flat(std=0.5)
    assert some.seeds.u.shape == (len(some.tails) + len(some.codes), 4, 3)
    np.testing.assert_allclose(some.seeds.u[: len(some.tails)], np.repeat(some.tails[:, None], 4, 1))
    moved = some.seeds.u[len(some.tails) :] - some.codes[:, None]
    assert 0.2 < moved.std() < 0.6
    assert flat().seeds.u.shape[1] == 1


@pytest.mark.parametrize("d", [1, 2, 7])
def test_quasi_random_points_are_standard_normal_and_always_the_same(d):
    points = standard_normal_points(256, d)
    assert np.array_equal(points, standard_normal_points(256, d))
    assert (np.abs(points.mean(0)) < 0.05).all()
    assert (np.abs(points.std(0) - 1) < 0.05).all()
    assert all(stats.kstest(column, "norm").pvalue > 0.5 for column in points.T)  # fixed points: no chance involved
