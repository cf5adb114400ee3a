"""Do held-out graphs come back: their edges, types and number of nodes? The space against three rivals, over several splits.

    python benchmarks/graph_reconstruction.py [--data FOLDER] [--seeds 5] [--largest 30] [--ignore NAME ...]

`--data` is any source of undirected graphs, such as an unpacked TU folder (MUTAG, AIDS); without it made-up molecules are drawn.
Each seed is a split and a fit of its own. What is scored is what neither the networks nor the early stopping saw: the
calibrating and the auditing part. (The rivals that are no space know the fitting part alone.)

- "slot F1": an edge counts as found only between the same two slots of the order in which graphs are decoded, so that one
  node too many early on costs all edges behind it. Summed over all graphs.
- "aligned F1": the same after the graph that came back is laid upon the original with as few edits as can be found.
- "nodes", "types": share of graphs with exactly the right number of nodes; share of nodes whose slot has the right type.
- "whole": share of graphs that come back with every node type, edge and edge type in its slot.

Rivals: "pca" is the built-in linear space with the same calibration; "mean graph" the graph of the mean cells;
"nearest fitted" the fitted graph whose code is nearest in the space, which always is a real graph.

Median over the seeds, with the least and the largest in brackets. Below: seconds to fit, and (once) to embed 10,000 graphs of 20
nodes (from networkx objects), the largest move of a code under new names and another order of the nodes, and how far an
object measured again moves against a random pair, in standard deviations of the space.
"""

import argparse
import time
from typing import Any

import networkx as nx
import numpy as np
import torch

import gausscape as gs
from gausscape.modalities.graphs import GraphModality
from gausscape.modalities.graphs.alignment import align
from gausscape.training.splits import split_objects

SCORES = ("slot F1", "aligned F1", "nodes", "types", "whole")
MOST_ALIGNED, MOST_RELABELLED, PAIRS = 60, 200, 4000
MANY, NODES = 10_000, 20

Graphs = list[nx.Graph]


def scored(kind: GraphModality, graphs: Graphs, back: Graphs) -> dict[str, float]:
    """The scores of graphs that came back; both are compared as cells, slot by slot."""
    wanted, found = kind.to_tensors(graphs), _as_decoded(kind, back)
    edges = wanted["edges"].numpy(), found["edges"].numpy()
    types = wanted["types"].numpy(), found["types"].numpy()
    joined = tuple(np.triu(each > 0) for each in edges)
    hits = (joined[0] & joined[1]).sum()
    exists = types[0] > 0
    aligned = [_aligned(*pair) for pair in zip(graphs[:MOST_ALIGNED], back[:MOST_ALIGNED], strict=True)]
    right, least = np.sum(aligned, axis=0)
    return {
        "slot F1": 2 * hits / (joined[0].sum() + joined[1].sum()),
        "aligned F1": 2 * right / least,
        "nodes": float((exists.sum(1) == (types[1] > 0).sum(1)).mean()),
        "types": float((types[0] == types[1])[exists].mean()),
        "whole": float(((types[0] == types[1]).all(1) & (edges[0] == edges[1]).all((1, 2))).mean()),
    }


def _as_decoded(kind: GraphModality, back: Graphs) -> dict[str, torch.Tensor]:
    """Types and edges by node number: a decoded graph's nodes are its slots, and must not be put in order anew."""
    slots = kind.schema.slots
    types, edges = np.zeros((len(back), slots), dtype=np.uint8), np.zeros((len(back), slots, slots), dtype=np.uint8)
    both = kind.schema.node_types, kind.schema.edge_types
    node, edge = ({level: 1 + k for k, level in enumerate(own.levels)} for own in both)
    names = both[0].attribute, both[1].attribute
    for row, graph in enumerate(back):
        for k, data in graph.nodes(data=True):
            types[row, k] = node[data[names[0]]] if names[0] else 1
        for i, j, data in graph.edges(data=True):
            edges[row, i, j] = edges[row, j, i] = edge[data[names[1]]] if names[1] else 1
    return {"types": torch.from_numpy(types), "edges": torch.from_numpy(edges)}


def _aligned(graph: nx.Graph, back: nx.Graph) -> tuple[int, int]:
    forward = align(graph, back).forward
    right = sum(u in forward and v in forward and back.has_edge(forward[u], forward[v]) for u, v in graph.edges)
    return right, graph.number_of_edges() + back.number_of_edges()


def in_slots(kind: GraphModality, graphs: Graphs) -> Graphs:
    """The graphs with their nodes called after their slots."""
    return kind.to_items(kind.present(kind.to_tensors(graphs), None)[1]["cells"])


def relabelled(graph: nx.Graph, rng: np.random.Generator) -> nx.Graph:
    """The same graph with its nodes renamed and in another order."""
    nodes = list(graph)
    names = dict(zip(nodes, rng.permutation(len(nodes)).tolist(), strict=True))
    copy = nx.Graph()
    copy.add_nodes_from((names[nodes[k]], graph.nodes[nodes[k]]) for k in rng.permutation(len(nodes)))
    copy.add_edges_from((names[u], names[v], data) for u, v, data in graph.edges(data=True))
    return copy


def trial(kind: GraphModality, graphs: Graphs, seed: int) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """(scores of each method, what else was measured) of one split."""
    rng = np.random.default_rng([seed, 83])
    split = split_objects(kind.to_tensors(graphs), seed=seed)
    fitted = [graphs[k] for k in split.fit]
    unseen = [graphs[k] for k in np.concatenate([split.calibration, split.audit])]
    begun = time.perf_counter()
    space = gs.fit(graphs, modality=kind, seed=seed)
    facts = {"seconds to fit": time.perf_counter() - begun, "steps": space.record["training"]["steps"]}
    linear = gs.fit(graphs, modality=kind, method="pca", seed=seed)
    cells = kind.present(kind.to_tensors(fitted), None)[1]["cells"].mean(0, keepdim=True)
    codes, own = space.embed(unseen).mean, space.embed(fitted).mean
    nearest = ((codes[:, None] - own) ** 2).sum(-1).argmin(1)
    back = {
        "space": space.reconstruct(unseen),
        "pca": linear.reconstruct(unseen),
        "mean graph": kind.to_items(cells) * len(unseen),
        "nearest fitted": in_slots(kind, [fitted[k] for k in nearest]),
    }
    some = unseen[:MOST_RELABELLED]
    moved = space.embed([relabelled(graph, rng) for graph in some]).mean - space.embed(some).mean
    law = space.aggregate.law
    whitened = law.whiten(codes[:, space.live_axes])
    first, second = rng.integers(len(codes), size=(2, PAIRS))
    apart = np.linalg.norm(whitened[first] - whitened[second], axis=1)[first != second]
    facts |= {
        "relabelled": float(np.abs(moved).max()),
        "measured again (95%), sd": space.round_trip.again(law),
        "random pair (median), sd": float(np.median(apart)),
        "audit, claims that hold": sum(line.endswith(" holds") for line in str(space.audit).splitlines()),
    }
    if seed == 0 and kind.schema.slots >= NODES:
        many = made_up(kind, rng)
        begun = time.perf_counter()
        space.embed(many)
        facts["seconds to embed 10,000"] = time.perf_counter() - begun
    return {name: scored(kind, unseen, found) for name, found in back.items()}, facts


def made_up(kind: GraphModality, rng: np.random.Generator) -> Graphs:
    """10,000 random trees of 20 nodes with two chords each and types of the fit."""
    node, edge = kind.schema.node_types, kind.schema.edge_types
    found = []
    for _ in range(MANY):
        graph = nx.Graph()
        kinds = rng.integers(len(node.levels), size=NODES)
        for k in range(NODES):
            graph.add_node(k, **({node.attribute: node.levels[kinds[k]]} if node.attribute else {}))
        chords = rng.permutation(NODES)[:4].reshape(2, 2).tolist()
        ends = [*((int(rng.integers(k)), k) for k in range(1, NODES)), *chords]
        bonds = rng.integers(len(edge.levels), size=len(ends))
        for k, (u, v) in enumerate(ends):
            graph.add_edge(u, v, **({edge.attribute: edge.levels[bonds[k]]} if edge.attribute else {}))
        found.append(graph)
    return found


def told(values: list[float], digits: int = 3) -> str:
    return f"{np.median(values):.{digits}f} ({min(values):.{digits}f} .. {max(values):.{digits}f})"


def report(tables: list[dict[str, dict[str, float]]], facts: list[dict[str, float]]) -> None:
    print(f"{'':16}" + "".join(f"{name:>26}" for name in SCORES))
    for method in tables[0]:
        print(f"{method:16}" + "".join(f"{told([table[method][name] for table in tables]):>26}" for name in SCORES))
    for name in facts[0]:
        values = [own[name] for own in facts if name in own]
        print(f"{name}: {told(values, 2) if max(values) > 0.01 else f'at most {max(values):.1e}'}")
    lost = [
        f"{name} to {method} at seed {seed}"
        for name in SCORES
        for method in tables[0]
        for seed, table in enumerate(tables)
        if table[method][name] > table["space"][name]
    ]
    print("lost: " + ("; ".join(lost) if lost else "nothing"))


def plain(graph: nx.Graph, ignore: list[str]) -> nx.Graph:
    """The graph without what is to be ignored."""
    copy = graph.copy()
    for _, data in [*copy.nodes(data=True), *((u, data) for u, _, data in copy.edges(data=True))]:
        for name in ignore:
            data.pop(name, None)
    return copy


def main() -> None:
    parser = argparse.ArgumentParser(description="Held-out graphs, decoded from their codes.")
    parser.add_argument("--data", help="a source of graphs; made-up molecules if left out")
    parser.add_argument("--seeds", type=int, default=5, help="number of splits and fits (default 5)")
    parser.add_argument("--largest", type=int, default=30, help="larger graphs are left out (default 30 nodes)")
    parser.add_argument("--ignore", nargs="*", default=[], help="attributes to leave out, such as coordinates")
    arguments = parser.parse_args()
    loaded: Any = gs.load_data(arguments.data or "molecules").values
    graphs = [plain(graph, arguments.ignore) for graph in loaded if len(graph) <= arguments.largest]
    kind = GraphModality.infer(graphs)
    source = arguments.data or "made-up molecules"
    print(f"{source}: {len(graphs)} of {len(loaded)} graphs, of up to {arguments.largest} nodes")
    tables, facts = [], []
    for seed in range(arguments.seeds):
        table, fact = trial(kind, graphs, seed)
        tables.append(table)
        facts.append(fact)
        print(f"seed {seed}: slot F1 {table['space']['slot F1']:.3f}, {fact['seconds to fit']:.0f} s", flush=True)
    report(tables, facts)


if __name__ == "__main__":
    main()
