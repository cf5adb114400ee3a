"""The closed forms of Gaussian against sampling, quadrature and each other."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from gausscape.errors import ShapeError
from gausscape.gaussian import Gaussian

SIGMAS = 5.5
"""Two-sided false-alarm rate of a normal mean at this distance: 4e-8 a comparison."""


def some(n: int, d: int, seed: int) -> Gaussian:
    rng = np.random.default_rng(seed)
    return Gaussian(rng.normal(0, 2, (n, d)), np.exp(rng.normal(0, 0.7, (n, d))))


def test_log_density_is_the_density_of_the_normal_law():
    law, z = some(7, 3, 0), np.random.default_rng(1).normal(size=(7, 3))
    expected = [stats.multivariate_normal(m, np.diag(s**2)).logpdf(x) for m, s, x in zip(law.mean, law.std, z, strict=True)]
    np.testing.assert_allclose(law.log_density(z), expected, rtol=1e-12)


def test_divergence_is_the_integral_of_its_definition():
    one, other = some(6, 1, 2), some(6, 1, 3)
    for a, b, found in zip(one, other, one.divergence(other), strict=True):
        p, q = stats.norm(a.mean[0], a.std[0]), stats.norm(b.mean[0], b.std[0])
        reach = 12 * a.std[0]
        value, _ = integrate.quad(
            lambda x, p=p, q=q: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), a.mean[0] - reach, a.mean[0] + reach, epsabs=1e-9
        )
        assert found == pytest.approx(value, rel=1e-6, abs=1e-7)


def test_divergence_equals_the_mean_log_ratio_of_samples():
    # False-alarm rate 3 * 4e-8.
    one, other = some(3, 4, 4), some(3, 4, 5)
    noise = np.random.default_rng(6).standard_normal((20_000, 3, 4))
    ratios = np.stack([one.log_density(z) - other.log_density(z) for z in one.sample(noise)])
    error = ratios.std(0) / np.sqrt(len(ratios))
    assert (np.abs(ratios.mean(0) - one.divergence(other)) < SIGMAS * error).all()


def test_wasserstein_is_the_length_of_the_best_coupling():
    # In one dimension the best coupling is monotone: the same noise for both.
    one, other = some(3, 1, 7), some(3, 1, 8)
    noise = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)[:, None, None]
    lengths = np.sqrt(((one.sample(noise) - other.sample(noise)) ** 2).mean((0, 2)))
    np.testing.assert_allclose(one.wasserstein(other), lengths, rtol=1e-3)


positive = st.floats(0.01, 100)
number = st.floats(-100, 100)


@settings(deadline=None, max_examples=60)
@given(number, positive, number, positive)
def test_divergences_are_at_least_zero_and_zero_only_for_equals(m1, s1, m2, s2):
    one, other = (Gaussian(np.array([[m]]), np.array([[s]])) for m, s in ((m1, s1), (m2, s2)))
    for value in (one.divergence(other)[0], one.jeffreys(other)[0], one.divergence_from_standard()[0]):
        assert value >= -1e-12
    assert one.divergence(one)[0] == 0 == one.jeffreys(one)[0] == one.wasserstein(one)[0]
    if abs(m1 - m2) > 1e-2 * s2 or abs(np.log(s1 / s2)) > 1e-2:
        assert one.divergence(other)[0] > 0
        assert one.jeffreys(other)[0] > 0
    assert one.jeffreys(other)[0] == pytest.approx(other.jeffreys(one)[0], rel=1e-9, abs=1e-12)


def test_divergence_from_standard_is_that_from_a_standard_normal_law():
    law = some(9, 5, 9)
    standard = Gaussian(np.zeros((9, 5)), np.ones((9, 5)))
    np.testing.assert_allclose(law.divergence_from_standard(), law.divergence(standard), rtol=1e-12)
    np.testing.assert_allclose(law.divergence_by_axis().sum(-1), law.divergence_from_standard(), rtol=1e-12)


@pytest.mark.parametrize("measure", ["log_density", "divergence", "jeffreys", "wasserstein", "fisher_rao", "divergence_from_standard"])
def test_numpy_and_torch_agree_and_give_back_their_own_kind(measure):
    one, other = some(4, 3, 10), some(4, 3, 11)
    twins = [Gaussian(torch.from_numpy(law.mean), torch.from_numpy(law.std)) for law in (one, other)]
    arguments = {"log_density": (other.mean, twins[1].mean), "divergence_from_standard": ()}.get(measure, (other, twins[1]))
    ours = getattr(one, measure)(*arguments[:1])
    theirs = getattr(twins[0], measure)(*arguments[1:])
    assert isinstance(ours, np.ndarray)
    assert isinstance(theirs, torch.Tensor)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-12)


def test_sample_has_the_law_it_is_drawn_from():
    # Kolmogorov-Smirnov at 1e-7 a coordinate, 4 coordinates: false-alarm rate 4e-7.
    law = some(2, 2, 12)
    draws = law.sample(np.random.default_rng(13).standard_normal((5_000, 2, 2)))
    standardised = ((draws - law.mean) / law.std).reshape(len(draws), -1)
    assert all(stats.kstest(column, "norm").pvalue > 1e-7 for column in standardised.T)


def test_rows_are_chosen_like_those_of_an_array():
    law = some(5, 2, 14)
    assert len(law[1:3]) == 2
    assert np.array_equal(law[[4, 0]].mean, law.mean[[4, 0]])
    assert repr(law) == "Gaussian(5 laws in 2 dimensions)"


def test_means_and_deviations_need_one_shape():
    with pytest.raises(ShapeError, match=r"\(2, 3\) and \(2,\)"):
        Gaussian(np.zeros((2, 3)), np.ones(2))


def test_fisher_rao_is_a_metric():
    one, two, three = (some(200, 4, seed) for seed in (15, 16, 17))
    np.testing.assert_allclose(one.fisher_rao(two), two.fisher_rao(one), rtol=1e-12)
    assert (one.fisher_rao(one) == 0).all()
    assert (one.fisher_rao(two) > 0).all()
    assert (one.fisher_rao(three) <= one.fisher_rao(two) + two.fisher_rao(three) + 1e-12).all()


def test_fisher_rao_does_not_depend_on_the_units():
    one, two = some(50, 3, 18), some(50, 3, 19)
    shift, scale = np.array([5.0, -2.0, 0.3]), np.array([1e-6, 1e8, 3.0])
    other = [Gaussian(shift * scale + scale * law.mean, scale * law.std) for law in (one, two)]
    np.testing.assert_allclose(other[0].fisher_rao(other[1]), one.fisher_rao(two), rtol=1e-9)


def test_fisher_rao_of_equal_means_is_the_log_ratio_of_the_deviations():
    ratio = np.array([1 + 1e-12, 1.5, 1e-3, 1e200])[:, None]
    base = np.array([1.0, 1e-150, 1e150, 1e-100])[:, None]
    centre = np.zeros((4, 1))
    found = Gaussian(centre, base).fisher_rao(Gaussian(centre, base * ratio))
    np.testing.assert_allclose(found, np.sqrt(2) * np.abs(np.log(base * ratio / base))[:, 0], rtol=1e-9)


def test_fisher_rao_of_a_tiny_step_keeps_its_digits():
    step = np.array([1e-4, 1e-9, 1e-14, 1e-100])[:, None]
    one, other = Gaussian(0 * step, 1 + 0 * step), Gaussian(step, 1 + 0 * step)
    np.testing.assert_allclose(one.fisher_rao(other), step[:, 0], rtol=1e-8)


def test_fisher_rao_is_the_length_of_the_shortest_path():
    # Geodesics of ds^2 = (dm^2 + 2 ds^2) / s^2 are half ellipses about the axis s = 0; this one is that about m = 0.
    angle = np.linspace(0.4, 2.0, 20_001)
    mean, std = 3 * np.sqrt(2) * np.cos(angle), 3 * np.sin(angle)
    middle = (std[1:] + std[:-1]) / 2
    length = (np.sqrt(np.diff(mean) ** 2 + 2 * np.diff(std) ** 2) / middle).sum()
    one, other = (Gaussian(mean[[end], None], std[[end], None]) for end in (0, -1))
    assert one.fisher_rao(other)[0] == pytest.approx(length, rel=1e-6)


def test_fisher_rao_of_near_laws_is_the_root_of_twice_their_divergence():
    one, step = some(20, 5, 20), some(20, 5, 21)
    other = Gaussian(one.mean + 1e-5 * step.mean, one.std * np.exp(1e-5 * step.mean))
    np.testing.assert_allclose(one.fisher_rao(other), np.sqrt(2 * one.divergence(other)), rtol=1e-4)


@pytest.mark.parametrize("measure", ["divergence", "jeffreys", "wasserstein", "fisher_rao"])
def test_one_law_is_measured_against_many(measure):
    one, many = some(1, 3, 22), some(6, 3, 23)
    expected = [getattr(one, measure)(many[[row]])[0] for row in range(6)]
    np.testing.assert_allclose(getattr(one, measure)(many), expected, rtol=1e-12)


def test_jeffreys_is_the_sum_of_both_divergences():
    one, other = some(50, 4, 24), some(50, 4, 25)
    np.testing.assert_allclose(one.jeffreys(other), one.divergence(other) + other.divergence(one), rtol=1e-10)
