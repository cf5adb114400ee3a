"""What every likelihood promises: a law that sums to one, whose mean, draws and information belong to it."""

import inspect
import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.polynomial.legendre import leggauss
from torch.func import functional_call

from gausscape import likelihoods
from gausscape.likelihoods import (
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    DiscretisedLogistic,
    GradedGaussian,
    LearnedGaussian,
    Likelihood,
    Product,
)

SIGMAS = 6.0
"""Two-sided false-alarm rate of a normal mean at this distance: 2e-9 a comparison, under 1e-6 for each test."""
DRAWS = 100_000

EXAMPLES: dict[type[Likelihood], Callable[[], Likelihood]] = {
    Bernoulli: lambda: Bernoulli(3),
    Categorical: lambda: Categorical(4),
    ContinuousBernoulli: lambda: ContinuousBernoulli(4),
    DiscretisedLogistic: lambda: DiscretisedLogistic(3, levels=256),
    GradedGaussian: lambda: GradedGaussian([[-1.0, 0.2, 1.0], [0.0]]),
    LearnedGaussian: lambda: LearnedGaussian(2, shared=False),
    Product: lambda: Product([LearnedGaussian(1), Categorical(2), Bernoulli(1)]),
}
OUTPUTS = {
    Bernoulli: [-2.0, 0.0, 1.5],
    Categorical: [0.5, -1.0, 0.0, 1.2],
    ContinuousBernoulli: [-6.0, 0.01, 0.5, 3.0],
    DiscretisedLogistic: [-0.1, 0.4, 0.9],
    GradedGaussian: [0.3, -0.4],
    LearnedGaussian: [0.7, -1.0],
    Product: [0.3, 0.4, -0.6, 0.9],
}
LAWS = sorted(
    (
        kind
        for kind in vars(likelihoods).values()
        if inspect.isclass(kind) and issubclass(kind, Likelihood) and not inspect.isabstract(kind)
    ),
    key=lambda kind: kind.__name__,
)
each_law = pytest.mark.parametrize("kind", LAWS, ids=lambda kind: kind.__name__)


def build(kind: type[Likelihood]) -> tuple[Likelihood, torch.Tensor]:
    """An example in float64 with parameters away from their start, and one row of outputs."""
    law = EXAMPLES[kind]().double()
    with torch.no_grad():
        for number, parameter in enumerate(law.parameters()):
            parameter.add_(0.2 * (number + 1))
    for name, buffer in law.named_buffers():
        assert torch.isfinite(buffer).all(), name
    return law, torch.tensor([OUTPUTS[kind]], dtype=torch.float64)


def draws_of(law: Likelihood, output: torch.Tensor, n: int, seed: int) -> torch.Tensor:
    return law.sample(output.expand(n, -1), torch.Generator().manual_seed(seed)).detach()


def grids(kind: type[Likelihood], law: Likelihood) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """For each independent block of cells: its points and their weights, so that sum(weight * density) is the total."""
    ones = torch.ones
    if kind is Product:
        return [grid for block in law.blocks for grid in grids(type(block), block)]
    if kind is Categorical:
        return [(torch.eye(law.cells).double(), ones(law.cells))]
    if kind is Bernoulli:
        return [(torch.tensor([[0.0], [1.0]]).double(), ones(2))] * law.cells
    if kind is DiscretisedLogistic:
        return [(torch.arange(law.levels).double()[:, None] / (law.levels - 1), ones(law.levels))] * law.cells
    if kind is GradedGaussian:
        bounds = [row[row.abs() < law.EDGE] for row in law.bounds.double()]
        points = [torch.cat([row[:1] - 1, (row[1:] + row[:-1]) / 2, row[-1:] + 1]) for row in bounds]
        return [(point[:, None], ones(len(point))) for point in points]
    low, high = {ContinuousBernoulli: (0.0, 1.0), LearnedGaussian: (-40.0, 40.0)}[kind]
    nodes, weights = (torch.from_numpy(array) for array in leggauss(400))
    return [((low + (high - low) * (nodes[:, None] + 1) / 2), weights * (high - low) / 2)] * law.cells


def test_every_likelihood_has_an_example_here():
    assert set(LAWS) == set(EXAMPLES) == set(OUTPUTS)


@each_law
def test_the_law_sums_to_one(kind):
    law, output = build(kind)
    blocks = grids(kind, law)
    # Cells of different blocks are independent: put every block but one at a fixed point, and divide its density out.
    fixed = [points[:1] for points, _ in blocks]
    base = law.log_likelihood(output, torch.cat(fixed, -1))
    logs = []
    for number, (points, weights) in enumerate(blocks):
        rows = [points if other == number else row.expand(len(points), -1) for other, row in enumerate(fixed)]
        density = law.log_likelihood(output.expand(len(points), -1), torch.cat(rows, -1))
        logs.append(torch.logsumexp(density + torch.log(weights.double()), 0) - base)
    # The product of the blocks' totals, each relative to the fixed point, times the density there.
    total = torch.stack(logs).sum() + base
    assert float(total.detach()) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("kind", [kind for kind in LAWS if kind is not GradedGaussian], ids=lambda kind: kind.__name__)
def test_the_mean_is_the_average_of_the_draws(kind):
    law, output = build(kind)
    found = draws_of(law, output, DRAWS, seed=1)
    error = found.std(0) / DRAWS**0.5
    # Half a level's rounding averages out up to (level)^2.
    assert ((found.mean(0) - law.mean(output)[0].detach()).abs() <= SIGMAS * error + 2e-5).all()


def test_the_mean_of_ordered_grades_is_of_the_grade_of_their_median():
    # The one exception: an average of grades could be a grade that hardly ever comes. The bound of Hoeffding on the
    # share of draws below the median's grade has a false-alarm rate below 1e-6 for the two cells.
    law, output = build(GradedGaussian)
    found = draws_of(law, output, DRAWS, seed=1)
    for place in range(law.cells):
        cuts = law.bounds[place].double()
        grade = torch.searchsorted(cuts, law.mean(output)[:, place].detach().contiguous())
        grades = torch.searchsorted(cuts, found[:, place].contiguous())
        slack = (np.log(4e6) / (2 * DRAWS)) ** 0.5
        assert (grades < grade).double().mean() < 0.5 + slack
        assert (grades > grade).double().mean() < 0.5 + slack


@each_law
def test_draws_follow_their_generator_and_nothing_else(kind, untouched_randomness):
    law, output = build(kind)
    assert torch.equal(draws_of(law, output, 5, seed=3), draws_of(law, output, 5, seed=3))
    assert not torch.equal(draws_of(law, output, 50, seed=3), draws_of(law, output, 50, seed=4))
    assert draws_of(law, output, 5, seed=3).shape == (5, law.cells)
    assert draws_of(law, output, 5, seed=3).dtype == output.dtype


@each_law
def test_information_is_the_variance_of_the_score(kind):
    law, output = build(kind)
    wide = output.repeat(DRAWS, 1).requires_grad_()
    cells = draws_of(law, output, DRAWS, seed=5)
    (score,) = torch.autograd.grad(law.log_likelihood(wide, cells).sum(), wide)
    squares = score**2
    error = squares.std(0) / DRAWS**0.5
    stated = law.information(output)[0].detach()
    assert stated.shape == (law.outputs,)
    # 256 levels blur the location by (level / scale)^2 / 12.
    assert ((squares.mean(0) - stated).abs() <= SIGMAS * error + 2e-4 * stated).all()
    assert (score.mean(0).abs() <= SIGMAS * score.std(0) / DRAWS**0.5).all()


def fisher_matrix(kind: type[Likelihood], law: Likelihood, output: torch.Tensor) -> torch.Tensor:
    """E[score score'] over the points of each block's grid: the blocks are independent, so a block at a time."""
    blocks = grids(kind, law)
    fixed = [points[:1] for points, _ in blocks]
    total = torch.zeros(law.outputs, law.outputs, dtype=output.dtype)
    for number, (points, weights) in enumerate(blocks):
        rows = [points if other == number else row.expand(len(points), -1) for other, row in enumerate(fixed)]
        wide = output.repeat(len(points), 1).requires_grad_()
        logs = law.log_likelihood(wide, torch.cat(rows, -1))
        (score,) = torch.autograd.grad(logs.sum(), wide)
        mass = torch.softmax(logs.detach() + torch.log(weights.double()), 0)
        # The other blocks stand still: their part of the score is the same everywhere, and the mean takes it out.
        score = score - (mass[:, None] * score).sum(0)
        total = total + (mass[:, None] * score).T @ score
    return total


@each_law
def test_scaled_tangents_have_the_length_of_the_fisher_information(kind):
    law, output = build(kind)
    matrix = fisher_matrix(kind, law, output)
    tangents = torch.randn(40, law.outputs, dtype=torch.float64, generator=torch.Generator().manual_seed(12))
    found = law.scaled_tangent(output.expand(40, -1), tangents).detach()
    # 256 levels blur the location by (level / scale)^2 / 12; the edge of a grid cuts what is beyond 40 deviations.
    torch.testing.assert_close((found**2).sum(-1), ((tangents @ matrix) * tangents).sum(-1), rtol=5e-4, atol=1e-6)
    several = law.scaled_tangent(output.expand(40, -1), torch.stack([tangents, 2 * tangents])).detach()
    torch.testing.assert_close(several, torch.stack([found, 2 * found]))


@each_law
@pytest.mark.parametrize("size", [30.0, -30.0, 0.0])
def test_scaled_tangents_and_their_gradients_are_finite_in_single_precision(kind, size):
    law = EXAMPLES[kind]()
    output = (size * torch.linspace(0.9, 1, law.outputs)).expand(2, -1).clone().requires_grad_()
    (law.scaled_tangent(output, torch.ones_like(output)) ** 2).sum().backward()
    assert torch.isfinite(output.grad if output.grad is not None else output).all()


@each_law
def test_gradients_are_those_of_the_log_likelihood(kind):
    law, output = build(kind)
    rows = torch.cat([output, output.flip(-1) * 0.7]).requires_grad_()
    cells = draws_of(law, rows.detach()[:1], 2, seed=6)
    parameters = {name: parameter.detach().clone().requires_grad_() for name, parameter in law.named_parameters()}

    def scored(rows, *values):
        arguments = (rows, cells)
        return functional_call(_Scored(law), {f"law.{name}": value for name, value in zip(parameters, values, strict=True)}, arguments)

    assert torch.autograd.gradcheck(scored, (rows, *parameters.values()))


class _Scored(torch.nn.Module):
    def __init__(self, law):
        super().__init__()
        self.law = law

    def forward(self, output, cells):
        return self.law.log_likelihood(output, cells)


@each_law
def test_unobserved_cells_count_for_nothing(kind):
    law, output = build(kind)
    output = output.expand(6, -1)
    cells = draws_of(law, output[:1], 6, seed=7)
    whole = law.log_likelihood(output, cells)
    torch.testing.assert_close(law.log_likelihood(output, cells, torch.ones_like(cells)), whole)
    assert (law.log_likelihood(output, cells, torch.zeros_like(cells)) == 0).all()
    # A block of one-hot cells is seen or unseen as a whole.
    sizes = [block.cells for block in law.blocks] if kind is Product else [law.cells] if kind is Categorical else [1] * law.cells
    seen = torch.cat([torch.full((6, size), float(number % 2)).double() for number, size in enumerate(sizes)], -1)
    other = torch.where(seen > 0, cells, draws_of(law, output[:1], 6, seed=8))
    part = law.log_likelihood(output, cells, seen)
    torch.testing.assert_close(law.log_likelihood(output, other, seen), part)
    torch.testing.assert_close(part + law.log_likelihood(output, cells, 1 - seen), whole)


@each_law
@pytest.mark.parametrize("size", [30.0, -30.0, 0.0])
def test_N6_extreme_outputs_stay_finite_in_single_precision(kind, size):
    law = EXAMPLES[kind]()
    output = torch.full((2, law.outputs), size, requires_grad=True)
    cells = law.sample(output.detach() * 0, torch.Generator().manual_seed(9)).detach()
    value = law.log_likelihood(output, cells)
    value.sum().backward()
    for tensor in (value, output.grad, law.mean(output), law.information(output), law.sample(output.detach(), torch.Generator())):
        assert torch.isfinite(tensor).all()
    assert (law.information(output) >= 0).all()


@each_law
def test_training_starts_at_typical_cells(kind):
    law, output = build(kind)
    cells = draws_of(law, output, 400, seed=10)
    started = law.initial_output(cells)
    assert started.shape == (law.outputs,)
    first = law.log_likelihood(started.expand(400, -1).double(), cells).mean()
    assert first >= law.log_likelihood(torch.zeros(400, law.outputs).double(), cells).mean() - 1e-9


def test_a_product_is_the_sum_of_its_blocks():
    law, output = build(Product)
    cells = draws_of(law, output, 4, seed=11)
    parts = itertools.accumulate((0, *(block.cells for block in law.blocks)))
    edges = list(itertools.pairwise(parts))
    alone = sum(
        block.log_likelihood(output[:, a:b].expand(4, -1), cells[:, a:b]) for block, (a, b) in zip(law.blocks, edges, strict=True)
    )
    torch.testing.assert_close(law.log_likelihood(output.expand(4, -1), cells), alone)


def test_continuous_bernoulli_joins_its_series_smoothly():
    law = ContinuousBernoulli(1)
    logits = torch.tensor([[-0.0501], [-0.0499], [0.0499], [0.0501]]).double()
    for answer in (law.mean(logits), law.information(logits), law.log_likelihood(logits, torch.full((4, 1), 0.3).double())):
        answer = answer.flatten()
        assert float((answer[1] - answer[0]).abs()) < 1e-4
        assert float((answer[3] - answer[2]).abs()) < 1e-4


def test_continuous_bernoulli_information_falls_as_one_over_the_square():
    logit = torch.tensor([[100.0]]).double()
    assert float(ContinuousBernoulli(1).information(logit)) == pytest.approx(1e-4, rel=1e-9)


@pytest.mark.parametrize("levels", [2, 8, 256])
def test_discretised_logistic_levels_all_sum_to_one(levels):
    law = DiscretisedLogistic(1, levels=levels).double()
    grid = torch.arange(levels).double()[:, None] / (levels - 1)
    for place in np.linspace(-0.5, 1.5, 9):
        total = law.log_likelihood(torch.full_like(grid, float(place)), grid).exp().sum()
        assert float(total.detach()) == pytest.approx(1.0, abs=1e-9)


def test_graded_gradients_are_finite_at_every_scale():
    # torch's gradient of log Phi is infinite at some arguments beyond -10,000, which an open-ended grade reaches.
    law = GradedGaussian([[-1.0, 0.2, 1.63]] * 5_000)
    with torch.no_grad():
        law.log_std.copy_(torch.linspace(-6, 1, 5_000))
    output = torch.tensor([-3.0, 0.0, 2.0, 5.0])[:, None].repeat(1, 5_000).requires_grad_()
    for grade in (-2.0, 0.0, 1.0, 2.7):
        law.log_likelihood(output, torch.full_like(output, grade)).sum().backward()
        assert torch.isfinite(output.grad).all()
        assert torch.isfinite(law.log_std.grad).all()


def residual_of(law: Likelihood, output: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
    return cells - law.mean(output).detach()


@each_law
def test_noise_of_another_object_gives_legal_cells_of_its_own_generator(kind, untouched_randomness):
    law, output = build(kind)
    output = output.repeat(40, 1)
    other = output.flip(-1) * 0.7
    noise = residual_of(law, other, draws_of(law, other, 40, seed=12))
    answers = [law.renoise(output, noise, torch.Generator().manual_seed(seed)).detach() for seed in (3, 3)]
    assert torch.equal(*answers)
    assert answers[0].shape == (40, law.cells)
    assert answers[0].dtype == output.dtype
    assert torch.isfinite(law.log_likelihood(output, answers[0])).all()


ADDITIVE = [kind for kind in LAWS if kind not in (Categorical, GradedGaussian, Product)]


@pytest.mark.parametrize("kind", ADDITIVE, ids=lambda kind: kind.__name__)
def test_an_object_s_own_noise_gives_the_object_back(kind):
    law, output = build(kind)
    output = output.repeat(60, 1)
    cells = draws_of(law, output[:1], 60, seed=13)
    again = law.renoise(output, residual_of(law, output, cells), torch.Generator().manual_seed(1))
    torch.testing.assert_close(again.detach(), cells)


def test_flags_keep_their_rank_and_their_rate():
    # The noise of a flag with probability p turns a flag with probability q on with probability q, whatever p is.
    law = Bernoulli(1, grey=False)
    rates = torch.tensor([0.05, 0.5, 0.9]).double()
    for p, q in itertools.product(rates, rates):
        output, other = (torch.logit(rate).expand(DRAWS, 1) for rate in (q, p))
        cells = draws_of(law, other[:1], DRAWS, seed=14)
        noise = residual_of(law, other, cells)
        found = law.renoise(output, noise, torch.Generator().manual_seed(2))
        assert set(found.unique().tolist()) <= {0.0, 1.0}
        assert abs(float(found.mean() - q)) < SIGMAS * float((q * (1 - q) / DRAWS).sqrt())
        assert (found >= cells).all() if q >= p else (found <= cells).all()
    # An unobserved cell has no residual: it is drawn anew.
    drawn = law.renoise(torch.logit(rates[1]).expand(DRAWS, 1), torch.zeros(DRAWS, 1).double(), torch.Generator().manual_seed(3))
    assert abs(float(drawn.mean()) - 0.5) < SIGMAS * (0.25 / DRAWS) ** 0.5


@pytest.mark.parametrize("kind", [Categorical, GradedGaussian], ids=lambda kind: kind.__name__)
def test_what_cannot_carry_noise_is_drawn_anew(kind):
    law, output = build(kind)
    noise = torch.zeros(DRAWS, law.cells).double()
    found = law.renoise(output.expand(DRAWS, -1), noise, torch.Generator().manual_seed(4)).detach()
    expected = draws_of(law, output, DRAWS, seed=5)
    error = ((found.var(0) + expected.var(0)) / DRAWS).sqrt()
    assert ((found.mean(0) - expected.mean(0)).abs() <= SIGMAS * error).all()


def test_a_product_takes_noise_by_blocks():
    law, output = build(Product)
    noise = torch.tensor([[0.25, 0.0, 0.0, 0.125]]).double()
    found = law.renoise(output, noise, torch.Generator().manual_seed(6)).detach()
    assert float(found[0, 0]) == pytest.approx(float(output[0, 0]) + 0.25)
    assert found[0, 1:3].sum() == 1
    assert float(found[0, 3]) == pytest.approx(float(torch.sigmoid(output[0, 3])) + 0.125)
