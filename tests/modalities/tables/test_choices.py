"""Categorical columns scored at once give the figures of one block each."""

import pytest
import torch

from gausscape.likelihoods import Categorical, Product
from gausscape.modalities.tables.choices import Choices

LEVELS = [2, 5, 3]


def rows(n=50):
    generator = torch.Generator().manual_seed(0)
    output = 3 * torch.randn(n, sum(LEVELS), generator=generator, dtype=torch.float64)
    cells = Choices(LEVELS).double().sample(output, generator)
    return output, cells


@pytest.fixture
def pair():
    return Choices(LEVELS).double(), Product([Categorical(count) for count in LEVELS]).double()


def test_scores_means_and_slopes_are_those_of_the_blocks(pair):
    together, apart = pair
    output, cells = rows()
    output.requires_grad_()
    observed = (torch.rand(50, 3, generator=torch.Generator().manual_seed(1)) < 0.7).double()
    observed = observed.repeat_interleave(torch.tensor(LEVELS), 1)
    for mask in (None, observed):
        found = [law.log_likelihood(output, cells, mask) for law in (together, apart)]
        assert torch.allclose(*found, atol=1e-12)
        slopes = [torch.autograd.grad(score.sum(), output)[0] for score in found]
        assert torch.allclose(*slopes, atol=1e-12)
    for method in ("mean", "information"):
        assert torch.allclose(getattr(together, method)(output), getattr(apart, method)(output), atol=1e-12)
    noise = torch.randn(50, sum(LEVELS), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    assert torch.equal(together.drawn(output, noise), apart.drawn(output, noise))


def test_logits_of_very_different_columns_stay_finite(pair):
    together, apart = pair
    output = torch.tensor([[900.0, 880.0, -900.0, -910.0, -905.0, -901.0, -950.0, 0.0, 1.0, 2.0]]).double()
    cells = torch.zeros(1, 10).double()
    cells[0, [1, 3, 9]] = 1
    output.requires_grad_()
    score = together.log_likelihood(output, cells)
    assert torch.allclose(score, apart.log_likelihood(output, cells))
    (slope,) = torch.autograd.grad(score.sum(), output)
    assert torch.isfinite(slope).all()
    assert torch.isfinite(together.mean(output)).all()
