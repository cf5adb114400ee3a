"""The graded likelihood of ordered columns, and the product that a table makes of its columns."""

import numpy as np
import torch

from gausscape.likelihoods import GradedGaussian
from gausscape.modalities.tables import TableModality
from gausscape.modalities.tables.example import example_items


def test_grades_have_total_mass_one():
    law = GradedGaussian([[-1.0, 0.3, 2.0]])
    for output in (-70.0, -3.0, 0.0, 5.0, 70.0):
        masses = [
            law.log_likelihood(torch.tensor([[output]]), torch.tensor([[cell]])).exp() for cell in (-2.0, 0.0, 1.0, 9.0)
        ]
        assert abs(float(torch.stack(masses).sum().detach()) - 1) < 1e-5


def test_gradients_are_right_and_finite_far_out():
    law = GradedGaussian([[-1.0, 1.0], [0.0]]).double()
    generator = torch.Generator().manual_seed(0)
    output = torch.randn(6, 2, dtype=torch.float64, generator=generator).requires_grad_()
    cells = torch.randn(6, 2, dtype=torch.float64, generator=generator)
    assert torch.autograd.gradcheck(lambda given: law.log_likelihood(given, cells), (output,))
    far = torch.full((1, 2), 500.0, requires_grad=True)
    GradedGaussian([[-1.0, 1.0], [0.0]]).log_likelihood(far, torch.full((1, 2), -5.0)).sum().backward()
    assert torch.isfinite(far.grad).all()


def test_information_is_the_variance_of_the_score():
    law = GradedGaussian([[-1.0, 0.2, 1.5]]).double()
    output = torch.full((200_000, 1), 0.4, dtype=torch.float64, requires_grad=True)
    cells = law.sample(output, torch.Generator().manual_seed(0)).detach()
    (slope,) = torch.autograd.grad(law.log_likelihood(output, cells).sum(), output)
    assert abs(float(slope.var() / law.information(output[:1]).detach()) - 1) < 0.03


def test_draws_fall_into_grades_as_scored():
    law = GradedGaussian([[-0.5, 0.8]])
    output = torch.full((50_000, 1), 0.3)
    drawn = law.sample(output, torch.Generator().manual_seed(0)).detach()
    claimed = law.log_likelihood(output[:1], torch.tensor([[0.0]])).exp().item()
    actual = ((drawn > -0.5) & (drawn < 0.8)).float().mean().item()
    assert abs(claimed - actual) < 0.012  # 5 standard errors, false alarms < 1e-6


def test_unobserved_cells_are_not_scored():
    tables = TableModality.infer(example_items(100))
    law = tables.likelihood()
    _, target = tables.present(tables.to_tensors(example_items(100)), None)
    output = torch.zeros(100, law.outputs)
    cells, observed = target["cells"], target["observed"]
    changed = torch.where(observed > 0, cells, cells + 3)
    assert np.allclose(
        law.log_likelihood(output, cells, observed).detach(), law.log_likelihood(output, changed, observed).detach()
    )


def test_outputs_that_run_off_stay_among_the_grades():
    """Beyond the last cut an output may grow without changing its mass; neither mean nor draws may follow it."""
    law = GradedGaussian([[-1.0, 1.0]])
    far = torch.full((1000, 1), 50.0)
    drawn = law.sample(far, torch.Generator().manual_seed(0)).detach()
    assert float(drawn.min()) > 1
    assert float(drawn.max()) < 6
    assert abs(float(law.mean(far)[0]) - float(drawn.mean())) < 0.1
    assert float(law.mean(-far)[0]) == -float(law.mean(far)[0])
