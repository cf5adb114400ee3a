"""Exact measures: standardised over the fit, each apart from those before it, the same under any names, tame far away."""

import networkx as nx
import numpy as np
import torch

from gausscape.modalities.graphs import GraphModality
from gausscape.modalities.graphs.exact import FAR, ExactMeasures, varying_measures

GRAPHS = [nx.gnm_random_graph(4 + k % 9, 5 + k % 7, seed=k) for k in range(120)]
MODALITY = GraphModality.infer(GRAPHS)


def started(modality: GraphModality, graphs: list) -> ExactMeasures:
    exact = ExactMeasures(3, size=modality.schema.size)
    exact.start_at(modality.to_tensors(graphs))
    return exact


def test_they_have_a_spread_of_one_and_say_nothing_twice():
    told = started(MODALITY, GRAPHS)(MODALITY.to_tensors(GRAPHS), torch.float64)
    assert told.abs().max() < FAR
    torch.testing.assert_close(torch.cov(told.T, correction=0), torch.eye(3).double(), atol=1e-3, rtol=0)


def test_names_do_not_matter_at_all():
    random = np.random.default_rng(3)
    other = [
        nx.relabel_nodes(graph, dict(zip(graph, random.permutation(len(graph)).tolist(), strict=True)))
        for graph in GRAPHS
    ]
    exact = started(MODALITY, GRAPHS)
    first, second = (exact(MODALITY.to_tensors(graphs), torch.float64) for graphs in (GRAPHS, other))
    assert torch.equal(first, second)


def test_far_from_the_fit_they_grow_slowly_but_grow():
    modality = GraphModality.infer([nx.path_graph(5 + k % 8) for k in range(40)] + [nx.cycle_graph(12)])
    stars = [nx.star_graph(n) for n in (6, 8, 10, 11)]
    told = started(modality, [nx.path_graph(5 + k % 8) for k in range(40)] + [nx.cycle_graph(12)])
    far = told(modality.to_tensors(stars), torch.float64)[:, 1]
    assert (far.diff() > 0).all()
    assert far[0] > FAR
    assert far[-1] < 10 * FAR


def test_what_never_varies_or_follows_from_the_rest_is_not_counted():
    paths = [nx.path_graph(3 + k % 6) for k in range(30)]
    trees = [nx.random_labeled_tree(4 + k % 6, seed=k) for k in range(40)]
    for graphs, wanted in ((paths[:1] * 12, 0), (paths, 1), (trees, 2), (GRAPHS, 3)):
        assert varying_measures(GraphModality.infer(graphs).to_tensors(graphs)) == wanted
