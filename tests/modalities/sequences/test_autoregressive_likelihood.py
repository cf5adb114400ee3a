"""Noise that remembers itself: the law against a dense multivariate normal, gaps, draws, lengths, and what it saves."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from gausscape.modalities.sequences.likelihood import AutoregressiveGaussian

SIGMAS = 6.0
"""Two-sided false-alarm rate of a normal mean at this distance: 2e-9 a comparison, under 1e-6 for each test."""
DRAWS = 40_000


def law(
    length: int = 6, channels: int = 2, knots: int = 3, links: tuple[float, ...] = (0.9, -0.6)
) -> AutoregressiveGaussian:
    made = AutoregressiveGaussian(length, channels, knots=knots).double()
    with torch.no_grad():
        made.log_std.copy_(torch.linspace(-1.0, 0.6, knots * channels).reshape(knots, channels))
        made.link.copy_(torch.tensor(links[:channels]))
    return made


def covariance(made: AutoregressiveGaussian) -> np.ndarray:
    """Dense, of all cells in their order: std_s std_t rho^|s - t| within a channel, 0 between channels."""
    std, rho = made.std.detach().numpy(), made.rho.detach().numpy()
    apart = np.abs(np.subtract.outer(np.arange(made.length), np.arange(made.length)))
    full = np.zeros((made.length, made.channels, made.length, made.channels))
    for c in range(made.channels):
        full[:, c, :, c] = np.outer(std[:, c], std[:, c]) * rho[c] ** apart
    return full.reshape(made.cells, made.cells)


@pytest.mark.parametrize(("length", "channels", "knots"), [(6, 2, 3), (4, 1, 1), (9, 2, 4)])
def test_the_log_likelihood_is_that_of_a_dense_normal_law(length, channels, knots):
    made, rng = law(length, channels, knots), np.random.default_rng(0)
    output, cells = (torch.from_numpy(rng.normal(size=(5, made.cells))) for _ in range(2))
    expected = [
        stats.multivariate_normal(mean.numpy(), covariance(made)).logpdf(row.numpy())
        for mean, row in zip(output, cells, strict=True)
    ]
    np.testing.assert_allclose(made.log_likelihood(output, cells).detach(), expected, rtol=1e-9)
    everything = torch.ones_like(cells)
    np.testing.assert_allclose(made.log_likelihood(output, cells, everything).detach(), expected, rtol=1e-9)


def test_missing_cells_are_integrated_out_whatever_stands_there():
    made, rng = law(9, 2, 4), np.random.default_rng(1)
    full = covariance(made)
    for _ in range(20):
        output, cells = rng.normal(size=(2, made.cells))
        seen = rng.random(made.cells) < rng.uniform(0.2, 0.9)
        expected = (
            stats.multivariate_normal(output[seen], full[np.ix_(seen, seen)]).logpdf(cells[seen]) if seen.any() else 0.0
        )
        for filler in (0.0, 1e3):
            row = torch.from_numpy(np.where(seen, cells, filler))[None]
            found = made.log_likelihood(torch.from_numpy(output)[None], row, torch.from_numpy(seen.astype(float))[None])
            assert float(found.detach()) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


def test_gradients_are_finite_with_gaps_and_those_of_the_log_likelihood():
    made, rng = law(5, 2, 2), np.random.default_rng(2)
    output = torch.from_numpy(rng.normal(size=(3, made.cells))).requires_grad_()
    cells, seen = (
        torch.from_numpy(rng.normal(size=(3, made.cells))),
        torch.from_numpy((rng.random((3, made.cells)) < 0.6) * 1.0),
    )

    def scored(output, log_std, link):
        return torch.func.functional_call(
            _Scored(made), {"law.log_std": log_std, "law.link": link}, (output, cells, seen)
        )

    parameters = [parameter.detach().clone().requires_grad_() for parameter in (made.log_std, made.link)]
    assert torch.autograd.gradcheck(scored, (output, *parameters))
    fresh = AutoregressiveGaussian(5, 2)  # a memory of exactly 0, where training starts
    fresh.log_likelihood(output.float(), cells.float(), seen.float()).sum().backward()
    assert torch.isfinite(fresh.link.grad).all()
    assert (fresh.link.grad != 0).all()


class _Scored(torch.nn.Module):
    def __init__(self, made):
        super().__init__()
        self.law = made

    def forward(self, output, cells, seen):
        return self.law.log_likelihood(output, cells, seen)


def test_draws_have_the_mean_and_the_covariance_of_the_law(untouched_randomness):
    made = law()
    output = torch.linspace(-1, 1, made.cells).double()[None]
    found = made.sample(output.expand(DRAWS, -1), torch.Generator().manual_seed(3)).detach().numpy()
    full = covariance(made)
    assert (np.abs(found.mean(0) - output[0].numpy()) <= SIGMAS * np.sqrt(np.diag(full) / DRAWS)).all()
    # The error of a covariance of normal numbers: sqrt((c_ii c_jj + c_ij^2) / n).
    error = np.sqrt((np.outer(np.diag(full), np.diag(full)) + full**2) / DRAWS)
    assert (np.abs(np.cov(found.T) - full) <= SIGMAS * error).all()


def test_information_and_lengths_are_those_of_the_inverse_covariance():
    made = law()
    inverse = np.linalg.inv(covariance(made))
    output = torch.zeros(1, made.cells).double()
    np.testing.assert_allclose(made.information(output)[0].detach(), np.diag(inverse), rtol=1e-9)
    tangents = torch.randn(7, made.cells, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    found = made.scaled_tangent(output.expand(7, -1), tangents).detach()
    np.testing.assert_allclose((found**2).sum(-1), np.einsum("ni,ij,nj->n", tangents, inverse, tangents), rtol=1e-9)
    several = made.scaled_tangent(output.expand(7, -1), torch.stack([tangents, 2 * tangents])).detach()
    torch.testing.assert_close(several, torch.stack([found, 2 * found]))


def test_an_objects_own_noise_gives_it_back():
    made = law()
    output = torch.zeros(4, made.cells).double()
    cells = made.sample(output, torch.Generator().manual_seed(5))
    torch.testing.assert_close(made.renoise(output, cells - made.mean(output), torch.Generator()), cells)


@pytest.mark.parametrize("rho", [-0.5, 0.3, 0.8, 0.95])
def test_the_memory_and_the_scale_are_found_again_in_simulated_noise(rho):
    # Error of the estimate of rho from N = n T steps: sqrt((1 - rho^2) / N) (Box et al. 2015, section 7.2).
    truth = AutoregressiveGaussian(60, 1).double()
    with torch.no_grad():
        truth.link.fill_(math.atanh(rho / 0.99))
        truth.log_std.fill_(math.log(0.49))
    n = 300
    output = torch.zeros(n, 60).double()
    cells = truth.sample(output, torch.Generator().manual_seed(6)).detach()
    seen = (torch.rand(n, 60, generator=torch.Generator().manual_seed(7)) < 0.8).double()
    for observed, share in ((None, 1.0), (seen, 0.4)):  # a gap leaves less than its share to learn from
        made = AutoregressiveGaussian(60, 1).double()
        optimiser = torch.optim.LBFGS(made.parameters(), max_iter=60, line_search_fn="strong_wolfe")

        def loss(made=made, observed=observed, optimiser=optimiser):
            optimiser.zero_grad()
            value = -made.log_likelihood(output, cells, observed).mean()
            value.backward()
            return value

        optimiser.step(loss)
        assert abs(float(made.rho.detach()) - rho) <= SIGMAS * math.sqrt((1 - rho**2) / (share * n * 60))
        slack = SIGMAS * math.sqrt((1 + rho**2) / (1 - rho**2) / (2 * share * n * 60))
        assert abs(math.log(float(made.std[0].detach()) / 0.5)) <= slack


@pytest.mark.parametrize("rho", [0.5, 0.8])
def test_independent_noise_makes_a_smooth_change_look_too_detectable(rho):
    """d' of a slow change under independent noise is sqrt((1 + rho) / (1 - rho)) times what the noise truly lets through."""
    length, strength = 150, 0.15
    made = AutoregressiveGaussian(length, 1).double()
    with torch.no_grad():
        made.link.fill_(math.atanh(rho / 0.99))
        made.log_std.fill_(math.log(0.99))
    change = strength * torch.sin(2 * math.pi * torch.arange(length).double() / length)
    output = torch.zeros(1, length).double()
    independent = float(change.norm())
    remembered = float(made.scaled_tangent(output, change[None]).detach().norm())
    assert independent / remembered == pytest.approx(math.sqrt((1 + rho) / (1 - rho)), rel=0.05)
    # An observer who knows the noise: the likelihood ratio between "no change" and "change" on draws of the noise itself.
    noise = made.sample(output.expand(DRAWS, -1), torch.Generator().manual_seed(8)).detach()
    with torch.no_grad():
        moved = made.log_likelihood(change[None], noise + change) - made.log_likelihood(output, noise + change)
        without = made.log_likelihood(change[None], noise) - made.log_likelihood(output, noise)
    achieved = float((moved.mean() - without.mean()) / without.std())
    assert achieved == pytest.approx(remembered, abs=SIGMAS * math.sqrt(3 / DRAWS) * (1 + remembered))
    assert independent > achieved + SIGMAS * math.sqrt(3 / DRAWS)


def test_training_starts_without_memory_and_may_bring_it_a_long_way():
    made = AutoregressiveGaussian(8, 1)
    made.start_at(torch.randn(50, 8, generator=torch.Generator().manual_seed(9)))
    assert float(made.rho.detach()) == 0
    assert {id(parameter) for parameter, _ in made.journeys()} == {id(made.link), id(made.log_std)}
    assert all(far > 0 for _, far in made.journeys())
    assert AutoregressiveGaussian(8, 1).journeys() == []


@pytest.mark.parametrize("size", [30.0, -30.0, 0.0])
def test_N6_extreme_outputs_stay_finite_in_single_precision(size):
    made = AutoregressiveGaussian(7, 2)
    output = torch.full((2, 14), size, requires_grad=True)
    value = made.log_likelihood(output, torch.zeros(2, 14), torch.eye(14)[:2])
    value.sum().backward()
    for tensor in (
        value,
        output.grad,
        made.mean(output),
        made.information(output),
        made.scaled_tangent(output, output),
    ):
        assert torch.isfinite(tensor).all()
