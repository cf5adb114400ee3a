"""Coupled scores are one multivariate normal law; what is expected stays what the decoder says."""

import numpy as np
import pytest
import torch
from scipy import stats

from gausscape.likelihoods import Bernoulli, Categorical, LearnedGaussian
from gausscape.modalities.tables.coupling import Coupled


def build(parts=None, *, sources=None):
    """Three scores, a flag and a choice, with couplings away from zero, in float64."""
    parts = parts or [LearnedGaussian(3, shared=False, floor=0.02), Bernoulli(1, grey=False), Categorical(3)]
    law = Coupled(parts, sources=sources).double()
    with torch.no_grad():
        law.coupling.copy_(torch.randn(law.coupling.shape, generator=torch.Generator().manual_seed(0)) * 0.7)
        law.scores.log_std.copy_(torch.tensor([-0.5, -1.0, 0.2]))
    return law


def covariance(law):
    """Of the scores, given that nothing else moves them: (I - B)^-1 D^2 (I - B)^-T."""
    k = law.scores.cells
    unit = np.eye(k) - (law.coupling * law.before * law.sources)[:, :k].detach().numpy()
    root = np.linalg.inv(unit) @ np.diag(law.scores.std.detach().numpy())
    return root @ root.T


def scores_only():
    return build([LearnedGaussian(3, shared=False, floor=0.02)])


def test_its_density_is_that_of_a_multivariate_normal():
    law = scores_only()
    cells = torch.randn(20, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    output = torch.tensor([[0.3, -1.0, 2.0]], dtype=torch.float64)
    expected = stats.multivariate_normal(output[0].numpy(), covariance(law)).logpdf(cells.numpy())
    assert np.allclose(law.log_likelihood(output.expand(20, -1), cells).detach().numpy(), expected)


def test_draws_have_its_covariance_and_the_decoders_mean():
    law, n = scores_only(), 200_000
    output = torch.tensor([[0.3, -1.0, 2.0]], dtype=torch.float64)
    drawn = law.sample(output.expand(n, -1), torch.Generator().manual_seed(2)).detach().numpy()
    wanted = covariance(law)
    # Standard errors are below sqrt(2 / n) of the sizes here; six of them have a false-alarm rate of 2e-9 each.
    size = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    assert (np.abs(np.cov(drawn.T) - wanted) < 6 * np.sqrt(2 / n) * size).all()
    assert (np.abs(drawn.mean(0) - law.mean(output)[0].numpy()) < 6 * np.sqrt(np.diag(wanted) / n)).all()


def test_scores_follow_the_level_that_was_drawn_and_the_mean_stays():
    law, n = build(), 100_000
    output = torch.tensor([[0.0, 0.0, 0.0, 0.4, 0.1, -0.3, 0.2]], dtype=torch.float64)
    drawn = law.sample(output.expand(n, -1), torch.Generator().manual_seed(3)).detach()
    spread = drawn[:, :3].std(0)
    assert ((drawn[:, :3].mean(0) - law.mean(output)[0, :3]).abs() < 6 * spread / n**0.5).all()
    shift = drawn[drawn[:, 3] == 1, 0].mean() - drawn[drawn[:, 3] == 0, 0].mean()
    assert float(shift) == pytest.approx(float(law.coupling[0, 3].detach()), abs=0.05)


def test_an_unobserved_cell_moves_no_other():
    law = build()
    cells = law.sample(torch.zeros(5, 7, dtype=torch.float64), torch.Generator().manual_seed(4)).detach()
    observed = torch.ones(5, 7, dtype=torch.float64)
    observed[:, 0] = 0
    other = cells.clone()
    other[:, 0] += 9
    output = torch.zeros(5, 7, dtype=torch.float64)
    assert torch.allclose(law.log_likelihood(output, cells, observed), law.log_likelihood(output, other, observed))


def test_a_cell_that_can_be_unobserved_is_no_source_in_draws_either():
    law = build(sources=torch.tensor([0.0, 1, 1, 1, 1, 1, 1]))
    noise = torch.zeros(2, 7, dtype=torch.float64)
    noise[1, 0] = 3
    drawn = law.drawn(torch.zeros(2, 7, dtype=torch.float64), noise)
    assert drawn[0, 0] != drawn[1, 0]
    assert torch.equal(drawn[0, 1:3], drawn[1, 1:3])


def test_information_is_the_variance_of_the_score():
    law = scores_only()
    output = torch.zeros(200_000, 3, dtype=torch.float64, requires_grad=True)
    cells = law.sample(output, torch.Generator().manual_seed(5)).detach()
    (slope,) = torch.autograd.grad(law.log_likelihood(output, cells).sum(), output)
    assert torch.allclose(slope.var(0), law.information(output[:1])[0].detach(), rtol=0.03)


def test_a_tangent_has_its_fisher_length():
    law = scores_only()
    tangent = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64)
    length = law.scaled_tangent(torch.zeros(1, 3, dtype=torch.float64), tangent).detach().square().sum()
    wanted = tangent[0].numpy() @ np.linalg.inv(covariance(law)) @ tangent[0].numpy()
    assert float(length) == pytest.approx(wanted)


def test_without_couplings_it_is_the_product_of_its_blocks():
    law = build()
    with torch.no_grad():
        law.coupling.zero_()
    output = torch.randn(9, 7, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    noise = torch.randn(9, 7, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    cells = law.drawn(output, noise)
    assert torch.allclose(cells, law.inner.drawn(output, noise))
    assert torch.allclose(law.log_likelihood(output, cells), law.inner.log_likelihood(output, cells))


def test_the_first_block_must_hold_scores():
    with pytest.raises(TypeError, match="first block"):
        Coupled([Bernoulli(2)])
