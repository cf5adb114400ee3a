"""The law of graphs: probabilities add up to one, draws follow them and are legal, and its information is that of its score."""

import itertools

import numpy as np
import pytest
import torch

from gausscape.modalities.graphs.cells import Blocks, CellMap
from gausscape.modalities.graphs.likelihood import GraphLikelihood

KINDS = {
    "plain": ({"types": 1, "edge_types": 1, "directions": 1, "loops": False}, False),
    "typed": ({"types": 2, "edge_types": 2, "directions": 1, "loops": True}, False),
    "in parts": ({"types": 1, "edge_types": 1, "directions": 1, "loops": False}, True),
    "directed": ({"types": 1, "edge_types": 2, "directions": 2, "loops": False}, True),
}
DRAWS = 60_000
SIGMAS = 6.0  # a false alarm in 5e8, times a few thousand cells


def law_of(kind: str) -> tuple[GraphLikelihood, torch.Tensor]:
    shape, disconnected = KINDS[kind]
    law = GraphLikelihood(CellMap(slots=3, node_numbers=0, edge_numbers=0, **shape), centre=2.0, unit=0.8, disconnected=disconnected)
    output = torch.randn(1, law.outputs, generator=torch.Generator().manual_seed(3)).double()
    return law.double(), output


def all_graphs(law: GraphLikelihood) -> torch.Tensor:
    """Cells of every graph in an order in which each node, if it must, has an earlier neighbour."""
    shape, found = law.map, []
    states = [np.zeros((shape.directions, shape.edge_types))]
    for levels in itertools.product(range(-1, shape.edge_types), repeat=shape.directions):
        if max(levels) >= 0:
            state = np.zeros((shape.directions, shape.edge_types))
            for direction, level in enumerate(levels):
                if level >= 0:
                    state[direction, level] = 1
            states.append(state)
    for size in range(1, shape.slots + 1):
        pairs = size * (size - 1) // 2
        for kinds, chosen, loops in itertools.product(
            itertools.product(range(shape.types), repeat=size),
            itertools.product(range(len(states)), repeat=pairs),
            itertools.product(range(2), repeat=size if shape.loops else 0),
        ):
            edges = np.zeros((shape.pairs, shape.directions, shape.edge_types))
            edges[:pairs] = np.array([states[k] for k in chosen]).reshape(pairs, shape.directions, shape.edge_types)
            rows = [edges[k * (k - 1) // 2 : k * (k + 1) // 2].sum() for k in range(1, size)]
            if not law.disconnected and min(rows, default=1) == 0:
                continue
            types = np.zeros((shape.slots, shape.types))
            types[np.arange(size), list(kinds)] = 1
            flags = np.zeros(shape.slots if shape.loops else 0)
            flags[: len(loops)] = loops
            found.append((size, types, edges, flags))
    sizes, types, edges, flags = (torch.tensor(np.array(column)).double() for column in zip(*found, strict=True))
    empty = torch.zeros(len(sizes), shape.slots, 0), torch.zeros(len(sizes), shape.pairs, shape.directions, 0)
    return Blocks((sizes - law.centre) / law.unit, types, edges, flags, *(part.double() for part in empty)).row()


each = pytest.mark.parametrize("kind", KINDS)


@each
def test_the_probabilities_of_all_graphs_add_up_to_one(kind):
    law, output = law_of(kind)
    cells = all_graphs(law)
    total = law.log_likelihood(output.expand(len(cells), -1), cells).exp().sum()
    assert float(total.detach()) == pytest.approx(1.0, abs=1e-9)


@each
def test_expected_cells_are_those_of_the_law(kind):
    law, output = law_of(kind)
    cells = all_graphs(law)
    weight = law.log_likelihood(output.expand(len(cells), -1), cells).exp()
    torch.testing.assert_close((weight[:, None] * cells).sum(0), law.mean(output)[0])


@each
def test_draws_follow_the_law(kind):
    law, output = law_of(kind)
    cells = all_graphs(law)
    chance = law.log_likelihood(output.expand(len(cells), -1), cells).exp().detach().numpy()
    drawn = law.drawn(output.expand(DRAWS, -1), torch.randn(DRAWS, law.cells, generator=torch.Generator().manual_seed(5)).double())
    known = {tuple(row): k for k, row in enumerate(np.round(cells.numpy(), 6).tolist())}
    counts = np.zeros(len(cells))
    rows, times = np.unique(np.round(drawn.detach().numpy(), 6) + 0.0, axis=0, return_counts=True)
    for row, many in zip(rows.tolist(), times, strict=True):
        counts[known[tuple(row)]] += many  # a draw that is no graph has no place
    error = np.sqrt(chance * (1 - chance) / DRAWS) + 1 / DRAWS
    assert (np.abs(counts / DRAWS - chance) < SIGMAS * error).all()


@each
def test_the_information_is_the_mean_square_of_the_score(kind):
    law, output = law_of(kind)
    cells = all_graphs(law)
    row = output.expand(len(cells), -1).clone().requires_grad_()
    scores = law.log_likelihood(row, cells)
    weight = scores.detach().exp()
    gradient = torch.autograd.grad(scores.sum(), row)[0]
    fisher = torch.einsum("n,na,nb->ab", weight, gradient, gradient)
    torch.testing.assert_close(law.information(output)[0].detach(), fisher.diagonal(), atol=1e-9, rtol=1e-6)
    tangents = torch.randn(7, 1, law.outputs, generator=torch.Generator().manual_seed(6)).double()
    squares = law.scaled_tangent(output, tangents).square().sum(-1)[:, 0]
    torch.testing.assert_close(squares, torch.einsum("ta,ab,tb->t", tangents[:, 0], fisher, tangents[:, 0]), atol=1e-6, rtol=1e-6)


def test_numbers_are_scored_where_there_is_something_to_bear_them():
    shape = CellMap(slots=2, types=1, edge_types=1, directions=1, loops=False, node_numbers=1, edge_numbers=1)
    law = GraphLikelihood(shape, centre=1.0, unit=1.0, disconnected=False).double()
    output = torch.zeros(1, law.outputs).double()
    one = torch.tensor([[0.0, 1, 0, 0, 0.3, 0, 0]]).double()
    second, own = one + torch.eye(7)[5:6].double(), one + torch.eye(7)[4:5].double()
    unseen = torch.ones_like(one)
    unseen[0, 4] = 0

    def score(cells, observed=None):
        return float(law.log_likelihood(output, cells, observed).detach())

    # One node: its own number counts, that of the second does not.
    assert score(one) == score(second)
    assert score(one) != score(own)
    assert score(one, unseen) == score(own, unseen)


@each
def test_what_was_left_out_of_a_graph_gives_it_back_and_surprises_nothing_that_is_certain(kind):
    law, output = law_of(kind)
    cells = all_graphs(law)
    rows = output.expand(len(cells), -1)
    residual, generator = cells - law.mean(rows), torch.Generator().manual_seed(1)
    torch.testing.assert_close(law.renoise(rows, residual, generator), cells)
    sure = 60 * torch.randn(1, law.outputs, generator=torch.Generator().manual_seed(4)).double()
    expected = law.mean(sure)
    again = law.renoise(sure.expand(len(cells), -1), residual, generator)
    settled = (expected[0, 1:].abs() < 1e-9) | ((expected[0, 1:] - 1).abs() < 1e-9)
    assert settled.any()
    assert float((again - expected)[:, 1:][:, settled].abs().max().detach()) < 0.01
