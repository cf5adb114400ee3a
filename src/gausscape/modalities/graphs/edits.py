"""Small random edits of graphs in training, so that few graphs teach how any graph is coded and decoded."""

__all__ = ["edited"]

import numpy as np
import torch

from gausscape.modalities.graphs.schema import GraphSchema
from gausscape.modalities.graphs.tensors import arranged
from gausscape.modality import Tensors

FEWEST_NODES = 3
MOST_EDITS = 3
MADE_ANEW = ("returns", "places")


def edited(tensors: Tensors, schema: GraphSchema, *, share: float, generator: torch.Generator) -> Tensors:
    """The graphs, some of them replaced by copies with one to three edits.

    An edit drops a leaf, doubles one onto another node, moves one, or lets two nodes change places: what a code must learn is
    not which graphs there are.

    Args:
        tensors: From `tensors_of`.
        schema: Of the fit.
        share: Probability of each graph to be edited.
        generator: Of the edits.
    """
    seed = int(torch.randint(2**62, (1,), generator=generator))
    random = np.random.default_rng(seed)
    rows = np.flatnonzero(random.random(len(tensors["types"])) < share)
    if not len(rows):
        return tensors
    graphs = {name: values[rows].cpu().numpy().copy() for name, values in tensors.items() if name not in MADE_ANEW}
    for row in range(len(rows)):
        own = {name: array[row] for name, array in graphs.items()}
        for _ in range(random.integers(1, MOST_EDITS + 1)):
            _edit(own, random)
    found = dict(tensors)
    for name, array in arranged(graphs, schema).items():
        found[name] = tensors[name].clone()
        found[name][torch.from_numpy(rows)] = torch.from_numpy(array).to(found[name].device)
    return found


def _edit(graph: dict[str, np.ndarray], random: np.random.Generator) -> None:
    """One edit in place; padding stays behind the nodes."""
    types, edges = graph["types"], graph["edges"]
    size = int((types > 0).sum())
    if size < FEWEST_NODES:
        return
    joined = (edges > 0) | (edges > 0).T
    leaves = np.flatnonzero(joined.sum(1) == 1)
    choice = int(random.integers(4))
    if choice == 3 or not len(leaves):
        _swap(graph, *random.choice(size, 2, replace=False))
        return
    leaf = int(leaves[random.integers(len(leaves))])
    host = int(np.flatnonzero(joined[leaf])[0])
    if choice == 0:
        _drop(graph, leaf, size)
        return
    other = int(random.integers(size))
    if choice == 1 and size < len(types):
        for name, array in graph.items():
            if not name.startswith("edge"):
                array[size] = array[leaf]
        _hang(graph, size, other, like=(leaf, host))
    elif choice == 2 and other not in (leaf, host):
        _hang(graph, leaf, other, like=(leaf, host))
        _cut(graph, leaf, host)


def _swap(graph: dict[str, np.ndarray], one: int, other: int) -> None:
    for name, array in graph.items():
        if not name.startswith("edge"):
            array[[one, other]] = array[[other, one]]


def _drop(graph: dict[str, np.ndarray], node: int, size: int) -> None:
    for name, array in graph.items():
        array[node : size - 1] = array[node + 1 : size]
        array[size - 1] = name == "known"
        if name.startswith("edge"):
            array[:, node : size - 1] = array[:, node + 1 : size].copy()
            array[:, size - 1] = 0


def _hang(graph: dict[str, np.ndarray], node: int, host: int, *, like: tuple[int, int]) -> None:
    for name, array in graph.items():
        if name.startswith("edge"):
            array[node, host], array[host, node] = array[like].copy(), array[like[::-1]].copy()


def _cut(graph: dict[str, np.ndarray], node: int, host: int) -> None:
    for name, array in graph.items():
        if name.startswith("edge"):
            array[node, host] = array[host, node] = 0
