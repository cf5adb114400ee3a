"""Tighter bounds lie between the evidence lower bound and the likelihood, and their gradients are those of the bound."""

import math

import pytest
import torch

from gausscape.errors import ConfigurationError
from gausscape.gaussian import Gaussian
from gausscape.likelihoods import Bernoulli, LearnedGaussian
from gausscape.modality import WEIGHT_DECAY
from gausscape.training.fitting import fit
from gausscape.training.objective import Elbo
from gausscape.training.schedule import Schedule
from gausscape.training.tightening import drawn_loss, shared_loss

ROWS = 20_000
X = 1.3
TRUE = -0.5 * X**2 / 2 - 0.5 * math.log(2 * math.pi * 2)
"""log p(x) of x = z + noise, both of variance 1."""


def one_object(mean: float = 0.4, std: float = 0.9) -> tuple[Gaussian, dict]:
    """Very many copies of one object, so that a mean over rows is an expectation."""
    posterior = Gaussian(torch.full((ROWS, 1), mean, requires_grad=True), torch.full((ROWS, 1), std, requires_grad=True))
    return posterior, {"cells": torch.full((ROWS, 1), X)}


def law(std: float = 1.0) -> LearnedGaussian:
    likelihood = LearnedGaussian(1, floor=0.0)
    with torch.no_grad():
        likelihood.log_std.fill_(math.log(std))
    return likelihood


def elbo(posterior: Gaussian) -> torch.Tensor:
    noise = torch.randn(posterior.mean.shape, generator=torch.Generator().manual_seed(7))
    cells = torch.full_like(posterior.mean, X)
    scores = law().log_likelihood(posterior.sample(noise), cells)
    return Elbo().loss(scores, posterior.divergence_by_axis(), 1.0)


def drawn(posterior: Gaussian, targets: dict, draws: int, decode=lambda z: z) -> torch.Tensor:
    generator = torch.Generator().manual_seed(draws)
    return drawn_loss(decode, law(), posterior, targets, draws=draws, weight=1.0, generator=generator)


def summed_gradients(loss: torch.Tensor, posterior: Gaussian) -> torch.Tensor:
    return torch.stack([gradient.sum() for gradient in torch.autograd.grad(loss, [posterior.mean, posterior.std])])


def test_one_draw_is_the_evidence_lower_bound_with_its_gradients():
    posterior, targets = one_object()
    single, whole = drawn(posterior, targets, 1), elbo(posterior)
    assert single.item() == pytest.approx(whole.item(), abs=0.05)
    torch.testing.assert_close(summed_gradients(single, posterior), summed_gradients(whole, posterior), atol=0.05, rtol=0)


def test_more_draws_rise_to_the_likelihood_and_never_beyond():
    posterior, targets = one_object(mean=0.0, std=1.4)
    with torch.no_grad():
        bounds = [-float(elbo(posterior)), *(-float(drawn(posterior, targets, draws)) for draws in (2, 5, 20))]
    assert all(low < high for low, high in zip(bounds, [*bounds[1:], TRUE + 0.01], strict=True))
    assert bounds[-1] == pytest.approx(TRUE, abs=0.05)


def test_the_resampled_gradients_are_those_of_the_bound():
    posterior, targets = one_object(std=1.3)
    shift = torch.zeros(1, requires_grad=True)
    noise = torch.randn((4, ROWS, 1), generator=torch.Generator().manual_seed(1))
    z = posterior.mean + posterior.std * noise
    ratios = -0.5 * (X - z - shift) ** 2 - 0.5 * z**2 - posterior.log_density(z).unsqueeze(-1)
    whole = -(torch.logsumexp(ratios, 0) - math.log(4)).mean()
    expected = [gradient.sum() for gradient in torch.autograd.grad(whole, [posterior.mean, posterior.std, shift])]
    found = torch.autograd.grad(drawn(posterior, targets, 4, lambda z: z + shift), [posterior.mean, posterior.std, shift])
    for one, other in zip(found, expected, strict=True):
        assert float(one.sum()) == pytest.approx(float(other), abs=0.05)


def shared(posterior: Gaussian, cells: torch.Tensor, seed: int = 3) -> float:
    z = posterior.sample(torch.randn(posterior.mean.shape, generator=torch.Generator().manual_seed(seed)))
    return -shared_loss(posterior, z, law().log_likelihood_of_pairs(z, cells)).item()


def test_shared_codes_of_one_object_come_near_its_likelihood():
    mean, std = torch.zeros(500, 1), torch.full((500, 1), 1.4)
    assert shared(Gaussian(mean, std), torch.full((500, 1), X)) == pytest.approx(TRUE, abs=0.1)


def test_shared_codes_see_posteriors_of_several_parts():
    # |z| is told, not its sign: half of the objects sit at each of two places that explain them equally well.
    sign = torch.tensor([1.0, -1.0]).repeat(100)[:, None]
    posterior = Gaussian(2 * sign, torch.full_like(sign, 0.3))
    z = posterior.sample(torch.randn(sign.shape, generator=torch.Generator().manual_seed(3)))
    cells = torch.full_like(sign, 2.0)
    pairs = law().log_likelihood_of_pairs(z.abs(), cells)
    alone = (pairs.diagonal() - posterior.divergence_from_standard()).mean().item()
    assert -shared_loss(posterior, z, pairs).item() > alone + 0.9 * math.log(2)


def test_shared_codes_far_apart_are_the_evidence_lower_bound_of_one_draw():
    posterior = Gaussian(torch.tensor([[-2.0], [0.0], [2.0]]), torch.full((3, 1), 0.05))
    noise = torch.tensor([[0.3], [-1.0], [0.2]])
    z = posterior.sample(noise)
    likelihood = law(std=0.1)
    alone = likelihood.log_likelihood(z, z) - 0.5 * (z**2).sum(-1) + 0.5 * (noise**2).sum(-1) + math.log(0.05)
    pairs = likelihood.log_likelihood_of_pairs(z, z)
    assert -shared_loss(posterior, z, pairs).item() == pytest.approx(alone.mean().item(), rel=1e-5)


@pytest.mark.parametrize("likelihood", [Bernoulli(5), LearnedGaussian(5)])
@pytest.mark.parametrize("gaps", [False, True])
def test_pairs_are_scored_as_one_by_one(likelihood, gaps):
    generator = torch.Generator().manual_seed(0)
    cells = (torch.rand((4, 5), generator=generator) < 0.5).float()
    observed = (torch.rand((4, 5), generator=generator) < 0.7).float() if gaps else None
    output = torch.randn((3, 5), generator=generator)
    pairs = likelihood.log_likelihood_of_pairs(output, cells, observed)
    for j in range(3):
        column = likelihood.log_likelihood(output[j].expand(4, -1), cells, observed)
        torch.testing.assert_close(pairs[:, j], column)


def test_only_a_bound_is_tightened_by_default():
    binary = (torch.rand((60, 4, 4), generator=torch.Generator().manual_seed(0)) < 0.5).numpy()
    brief = Schedule(steps=10)

    def told(latent: int, objective: Elbo | None = None) -> tuple:
        record = fit(binary, latent=latent, schedule=brief, objective=objective).record["objective"]
        return record["draws"], record["sharing"]

    draws, sharing = told(2)
    assert draws is None
    assert sharing > 0
    draws, sharing = told(4)
    assert draws > 1
    assert sharing is None
    assert told(4, Elbo(kl_weight=0.5)) == told(4, Elbo(free_bits=0.1)) == (None, None)
    assert told(4, Elbo(draws=1)) == (1, None)


def test_the_decay_is_that_of_the_kind_of_data_unless_asked_for():
    binary = (torch.rand((60, 4, 4), generator=torch.Generator().manual_seed(0)) < 0.5).numpy()

    def told(latent: int, **asked) -> float:
        return fit(binary, latent=latent, schedule=Schedule(steps=10, **asked)).record["schedule"]["weight_decay"]

    assert told(4) > told(2) == WEIGHT_DECAY
    assert told(4, weight_decay=0.0) == 0
    with pytest.raises(ConfigurationError, match=r"schedule\.weight_decay needs a number from 0 to 10"):
        Schedule(weight_decay=-1.0)


def test_draws_with_free_bits_or_sharing_are_refused():
    with pytest.raises(ConfigurationError, match="draws=4 needs free_bits=0"):
        Elbo(draws=4, free_bits=0.5)
    with pytest.raises(ConfigurationError, match=r"sharing is 0\.5"):
        Elbo(draws=4, sharing=0.5)
    with pytest.raises(ConfigurationError, match=r"objective\.draws needs a whole number"):
        Elbo(draws=0)
