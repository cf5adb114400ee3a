"""Graphs to codes: exact measures are handed on as they are, and the linear part starts at principal components."""

import networkx as nx
import pytest
import torch

from gausscape.modalities.graphs import GraphModality
from gausscape.modalities.graphs.example import example_items

GRAPHS = example_items(80)
MODALITY = GraphModality.infer(GRAPHS)


def fresh(modality: GraphModality = MODALITY, graphs=GRAPHS, latent: int = 4, **architecture):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        return modality.networks(
            latent, size=len(graphs), architecture=architecture, tensors=modality.to_tensors(graphs)
        )


def test_every_graph_keeps_its_number_of_nodes_even_before_training():
    networks, unseen = fresh().eval(), example_items(200, seed=1)
    unseen = [graph for graph in unseen if len(graph) <= MODALITY.schema.slots]
    with torch.no_grad():
        dict(networks.likelihood.named_parameters())["size_log_std"].fill_(-2.5)  # where training leads it
        output = networks.decoder(networks.encode(MODALITY.to_tensors(unseen)).mean)
        back = MODALITY.to_items(networks.likelihood.mean(output))
    assert [len(graph) for graph in back] == [len(graph) for graph in unseen]


def test_the_linear_part_starts_at_standardised_principal_components():
    networks, tensors = fresh(), MODALITY.to_tensors(GRAPHS)
    with torch.no_grad():
        for name, parameter in networks.encoder.named_parameters():
            if name.startswith("bent"):
                parameter.zero_()
        code = networks.encode(tensors).mean[:, networks.encoder.counted :]
    torch.testing.assert_close(torch.cov(code.T, correction=0), torch.eye(code.shape[1]), atol=1e-3, rtol=0)


@pytest.mark.parametrize(("graphs", "latent"), [([nx.path_graph(5), nx.star_graph(4)] * 10, 3), (GRAPHS, 1)])
def test_a_number_that_never_varies_or_would_be_all_gets_no_coordinate(graphs, latent):
    modality = GraphModality.infer(graphs)
    networks = fresh(modality, graphs, latent)
    assert not networks.encoder.counted
    again = modality.networks(latent, **networks.document)
    assert [value.shape for value in again.state_dict().values()] == [
        value.shape for value in networks.state_dict().values()
    ]


def test_exact_measures_take_a_fourth_of_the_coordinates_and_training_cannot_move_them():
    assert [fresh(latent=latent).encoder.counted for latent in (2, 4, 8, 12, 40)] == [1, 1, 2, 3, 3]
    networks, tensors = fresh(latent=12), MODALITY.to_tensors(GRAPHS)
    before = networks.encode(tensors)
    with torch.no_grad():
        for parameter in networks.encoder.parameters():
            parameter.add_(0.1)
    after = networks.encode(tensors)
    assert torch.equal(before.mean[:, :3], after.mean[:, :3])
    assert not torch.allclose(before.mean[:, 3:], after.mean[:, 3:], atol=0.01)


def test_an_edge_at_the_hub_moves_the_code_further_than_one_between_leaves():
    tree = nx.Graph([(0, k) for k in range(1, 5)] + [(1, 5), (2, 6), (3, 7), (7, 8)])
    trees = [nx.random_labeled_tree(int(5 + k % 8), seed=k) for k in range(60)]
    rings = [nx.cycle_graph(int(4 + k % 8)) for k in range(20)]
    modality = GraphModality.infer(trees + rings)
    hub, leaf = tree.copy(), tree.copy()
    hub.add_edge(0, 8)
    leaf.add_edge(5, 8)
    with torch.no_grad():
        code = fresh(modality, trees + rings, 12).encode(modality.to_tensors([tree, hub, leaf])).mean[:, :3]
    assert torch.linalg.norm(code[1] - code[0]) > torch.linalg.norm(code[2] - code[0])
