"""Made-up molecules: fused rings with branches, by a seeded generator, so that graphs are at hand without a download."""

__all__ = ["ENTRIES", "make_molecule"]

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gausscape.datasets.entry import Entry
from gausscape.items import Items

if TYPE_CHECKING:
    import networkx as nx

OBJECTS = 400
SEED = 20_240
SIZES = (10, 28)
FLIPPED = 0.05
"""Share of the molecules whose label is not what their structure says."""

NEIGHBOURS = ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1))
"""Steps from one ring to the next in a honeycomb, in axial coordinates."""
BRANCHES = (("Cl", 0.2), ("F", 0.15), ("Br", 0.1), ("C", 0.25), ("O", 0.15), ("N", 0.15))
"""Branches of one atom, with their shares."""


def read(split: str | None, data_dir: Path | None) -> Items:
    """Graphs with node types C N O F Cl Br and edge types aromatic, single and double; labels 0 and 1.

    The label is 1 for molecules with a nitro group and three fused rings or more, and 0 for others; for 5 % of the
    molecules, drawn at random, it is turned round.
    """
    graphs, labels = [], []
    for number in range(OBJECTS):
        generator = np.random.default_rng([SEED, number])
        graph, active = make_molecule(generator)
        graphs.append(graph)
        labels.append(int(active) ^ int(generator.random() < FLIPPED))
    ids = np.arange(OBJECTS).astype(str)
    return Items(graphs, ids, np.asarray(labels), name="molecules", modality="graphs")


def make_molecule(generator: np.random.Generator) -> tuple["nx.Graph", bool]:
    """One molecule, and whether its structure makes it active.

    Args:
        generator: Where its randomness comes from.

    Example:
        >>> graph, active = make_molecule(np.random.default_rng(0))
        >>> 10 <= len(graph) <= 28, {bond for _, _, bond in graph.edges(data="type")} <= {"aromatic", "single", "double"}
        (True, True)
    """
    while True:
        rings = int(generator.choice([1, 2, 3, 4], p=[0.2, 0.3, 0.35, 0.15]))
        graph = fused_rings(generator, rings)
        nitro = add_branches(generator, graph)
        if SIZES[0] <= len(graph) <= SIZES[1]:
            return graph, nitro > 0 and rings >= 3


def fused_rings(generator: np.random.Generator, rings: int) -> "nx.Graph":
    """Rings of six atoms that share edges, cut out of a honeycomb; now and then a carbon is a nitrogen."""
    import networkx as nx

    cells = [(0, 0)]
    while len(cells) < rings:
        q, r = cells[generator.integers(len(cells))]
        step = NEIGHBOURS[generator.integers(6)]
        cell = (q + step[0], r + step[1])
        if cell not in cells:
            cells.append(cell)
    graph = nx.Graph()
    numbers: dict[tuple[int, int], int] = {}
    for q, r in cells:
        corners = [numbers.setdefault(corner, len(numbers)) for corner in corners_of(q, r)]
        for one, other in zip(corners, corners[1:] + corners[:1], strict=True):
            graph.add_edge(one, other, type="aromatic")
    outer = [node for node in graph if graph.degree(node) == 2]
    replaced = {int(generator.choice(outer))} if generator.random() < 0.25 else set()
    nx.set_node_attributes(graph, {node: "N" if node in replaced else "C" for node in graph}, "type")
    return graph


def corners_of(q: int, r: int) -> list[tuple[int, int]]:
    """The six corners of a cell, in order, on a grid of whole numbers that neighbours share."""
    x, y = 2 * q + r, 3 * r
    return [(x, y + 2), (x + 1, y + 1), (x + 1, y - 1), (x, y - 2), (x - 1, y - 1), (x - 1, y + 1)]


def add_branches(generator: np.random.Generator, graph: "nx.Graph") -> int:
    """Nitro groups and single atoms on free carbons; gives the number of nitro groups."""
    free = [node for node in graph if graph.degree(node) == 2 and graph.nodes[node]["type"] == "C"]
    places = generator.permutation(free)[: generator.integers(1, 5)].tolist()
    nitro = 0
    for place in places:
        if generator.random() < 0.4:
            nitro += 1
            add_nitro(graph, place)
        else:
            kinds, shares = zip(*BRANCHES, strict=True)
            attach(graph, place, str(generator.choice(kinds, p=shares)), "single")
    return nitro


def add_nitro(graph: "nx.Graph", place: int) -> None:
    nitrogen = attach(graph, place, "N", "single")
    attach(graph, nitrogen, "O", "double")
    attach(graph, nitrogen, "O", "single")


def attach(graph: "nx.Graph", place: int, kind: str, bond: str) -> int:
    node = len(graph)
    graph.add_node(node, type=kind)
    graph.add_edge(place, node, type=bond)
    return node


ENTRIES = (
    Entry(
        name="molecules",
        kind="graphs",
        objects=OBJECTS,
        summary="Made-up molecules of 10-28 atoms: fused rings, nitro groups, halogens; labels: nitro and 3 rings or more.",
        licence="As this package: the molecules are drawn by it",
        source="A seeded generator, after the look of MUTAG (Debnath and others 1991); no real compounds",
        bundled=True,
        read=read,
    ),
)
