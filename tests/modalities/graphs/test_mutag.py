"""Real molecules: 188 nitroaromatic compounds (Debnath et al. 1991), of which none may change with its numbering."""

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import gausscape as gs
from gausscape.modalities.graphs import GraphModality
from gausscape.training.schedule import Schedule


@pytest.fixture(scope="module")
def molecules(shared_data: Path) -> list:
    folder = shared_data / "tu-mutag"
    if not folder.is_dir():
        pytest.skip(f"needs MUTAG, but {folder} is no folder")

    def read(name: str) -> np.ndarray:
        return np.loadtxt(folder / f"MUTAG_{name}.txt", delimiter=",", dtype=int)

    owner = read("graph_indicator") - 1
    graphs = [nx.Graph() for _ in range(owner.max() + 1)]
    for node, kind in enumerate(read("node_labels").tolist()):
        graphs[owner[node]].add_node(node, type=kind)
    for (one, other), kind in zip((read("A") - 1).tolist(), read("edge_labels").tolist(), strict=True):
        graphs[owner[one]].add_edge(one, other, type=kind)
    return graphs


def test_molecules_come_back_from_their_cells(molecules):
    modality = GraphModality.infer(molecules)
    back = modality.to_items(modality.present(modality.to_tensors(molecules), None)[1]["cells"])

    def same(a: dict, b: dict) -> bool:
        return a == b

    assert all(nx.is_isomorphic(a, b, node_match=same, edge_match=same) for a, b in zip(molecules, back, strict=True))


def test_a_short_fit_beats_the_mean_molecule_on_unseen_ones(molecules):
    fitted, unseen = molecules[:140], molecules[140:]
    modality = GraphModality.infer(molecules)
    space = gs.fit(fitted, modality=modality, schedule=Schedule(steps=60), seed=0)
    tensors = modality.to_tensors(unseen)
    cells = modality.present(tensors, None)[1]["cells"]
    mean = modality.present(modality.to_tensors(fitted), None)[1]["cells"].mean(0)
    found = space.codec.cells(space.embed(unseen).mean)
    assert float(((found - cells) ** 2).mean()) < float(((mean - cells) ** 2).mean())
    assert all(nx.is_connected(graph) for graph in space.reconstruct(unseen))
    sizes = np.array([len(graph) for graph in unseen])
    decoded = np.array([len(graph) for graph in space.reconstruct(unseen)])
    assert np.corrcoef(sizes, decoded)[0, 1] > 0.8
