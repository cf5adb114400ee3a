"""Does the space see that the same edit matters more at a hub than at a leaf? Edits of held-out graphs, against rivals.

    python benchmarks/graph_edits.py [--data FOLDER] [--seeds 3] [--fitted 1500] [--held-out 150]

`--data` is any source of graphs, such as an unpacked TU folder (AIDS, MUTAG); without it made-up molecules are drawn.
Held-out graphs are edited at their hub (the node of the highest betweenness, then degree) and at a leaf (of the lowest),
k = 1, 2, 3 times over: an edge is added, to the same third node for both; a ring edge of the highest or the lowest edge
betweenness is removed; a node of the commonest type is attached; a node is retyped, to the same type for both, and with
it the next ones in rank. All edits of a chain are nested, and the graph stays in one piece.

An oracle says of each pair whether the hub's edit is the larger one: the L2 distance of the sorted spectra of the
unnormalised Laplacians. The column "normalised" shows what changes under the normalised Laplacian, which weighs an
edit by its share of a node's edges and often says the opposite. Measures of the oracle's own family (both spectra,
the heat trace of NetLSD, and in part the space, which copies squared degrees and edges) have an advantage here. No
spectrum of a Laplacian sees types; for retyped nodes a number for each type is put on its diagonal, which is one
arbitrary choice of many, so that column stands apart and is not in "AUC".

- "AUC" is the share of pairs of the oracle in which a measure puts the hub's edit above the leaf's, ties counting half,
  over edges added and removed and nodes attached; then each kind by itself.
- "all pairs" is the same over hub and leaf edits of different graphs, whatever the oracle says: one common scale.
- "monotone" is the share of chains in which 1 < 2 < 3 edits, measured from the same graph.
- "relabelled" is the largest distance of a graph to a copy with its nodes renamed and reordered.

References: Tsitsulin et al. 2018, NetLSD (1805.10712); Shervashidze et al. 2011, Weisfeiler-Lehman graph kernels.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import networkx as nx
import numpy as np
import torch

import gausscape as gs

EDITS, DEPTH = (1, 2, 3), 3
TIMES = np.logspace(-2, 2, 250)
LEAST, LARGEST = 8, 50
KINDS = ("edge added", "edge removed", "node attached", "node retyped")

Graphs = list[nx.Graph]
Edit = Callable[[nx.Graph], None]
Measure = Callable[[Graphs, Graphs], np.ndarray]
"""Two lists of n graphs -> n distances."""


@dataclass(frozen=True)
class Chain:
    """One graph with 1, 2, 3 edits at one place."""

    kind: str
    place: str
    graph: int
    edited: Graphs


# --- edits ----------------------------------------------------------------------------------------------------------


def chains_of(index: int, graph: nx.Graph, levels: list, rng: np.random.Generator) -> list[Chain]:
    """Pairs of chains at hub and leaf; none of a kind for which the graph has no room. All graphs stay connected."""
    between, degree = nx.betweenness_centrality(graph), dict(graph.degree)
    ranked = sorted(graph, key=lambda node: (between[node], degree[node]), reverse=True)
    hub, leaf = ranked[0], ranked[-1]
    usual = Counter(data.get("type") for *_, data in graph.edges(data=True)).most_common(1)[0][0]
    most, found = max(EDITS), []

    def add(kind: str, at_hub: list[Edit], at_leaf: list[Edit]) -> None:
        if min(len(at_hub), len(at_leaf)) >= most:
            for place, edits in (("hub", at_hub), ("leaf", at_leaf)):
                found.append(Chain(kind, place, index, _steps(graph, edits[:most])))

    far = [node for node in ranked if node not in (hub, leaf) and not {hub, leaf} & set(graph[node])]
    ends = [far[i] for i in rng.permutation(len(far))]
    add(KINDS[0], *([_adding(node, end, usual) for end in ends] for node in (hub, leaf)))
    add(KINDS[1], _breaking(graph, True), _breaking(graph, False))
    add(KINDS[2], *([_attaching(node, levels[0], usual, k) for k in range(most)] for node in (hub, leaf)))
    at_hub, at_leaf = ranked[:most], ranked[: -most - 1 : -1]
    shared = [
        [level for level in levels if level not in (graph.nodes[u].get("type"), graph.nodes[v].get("type"))]
        for u, v in zip(at_hub, at_leaf, strict=True)
    ]
    if all(shared):
        kinds = [each[int(rng.integers(len(each)))] for each in shared]
        add(KINDS[3], *([_retyping(*pair) for pair in zip(nodes, kinds, strict=True)] for nodes in (at_hub, at_leaf)))
    return found


def _breaking(graph: nx.Graph, central: bool) -> list[Edit]:
    """Removals of ring edges of the highest or lowest betweenness, each after the one before."""
    graph, found = graph.copy(), []
    for _ in EDITS:
        between, bridges = nx.edge_betweenness_centrality(graph), {frozenset(edge) for edge in nx.bridges(graph)}
        free = [edge for edge in graph.edges if frozenset(edge) not in bridges]
        if not free:
            break
        edge = (max if central else min)(free, key=lambda edge: between[edge])
        found.append(_removing(*edge))
        graph.remove_edge(*edge)
    return found


def _steps(graph: nx.Graph, edits: list[Edit]) -> Graphs:
    found = []
    for edit in edits:
        graph = graph.copy()
        edit(graph)
        found.append(graph)
    return found


def _adding(node, end, kind) -> Edit:
    return lambda graph: graph.add_edge(node, end, **({} if kind is None else {"type": kind}))


def _removing(node, end) -> Edit:
    return lambda graph: graph.remove_edge(node, end)


def _attaching(node, level, kind, k) -> Edit:
    name = ("new", k)

    def attach(graph: nx.Graph) -> None:
        graph.add_node(name, **({} if level is None else {"type": level}))
        graph.add_edge(node, name, **({} if kind is None else {"type": kind}))

    return attach


def _retyping(node, kind) -> Edit:
    return lambda graph: graph.nodes[node].__setitem__("type", kind)


def relabelled(graph: nx.Graph, rng: np.random.Generator) -> nx.Graph:
    """The same graph with its nodes renamed and in another order."""
    nodes = list(graph)
    names = dict(zip(nodes, rng.permutation(len(nodes)).tolist(), strict=True))
    copy = nx.Graph()
    copy.add_nodes_from((names[nodes[i]], graph.nodes[nodes[i]]) for i in rng.permutation(len(nodes)))
    copy.add_edges_from((names[u], names[v], data) for u, v, data in graph.edges(data=True))
    return copy


# --- measures -------------------------------------------------------------------------------------------------------


def by_codes(space: gs.Space) -> Measure:
    """Mahalanobis distance of posterior means under the aggregate law: the distance of `measure_change`."""

    def distance(left: Graphs, right: Graphs) -> np.ndarray:
        codes = [space.aggregate.whiten(space.embed(side).mean) for side in (left, right)]
        return np.linalg.norm(codes[0] - codes[1], axis=1)

    return distance


def by_vectors(vector: Callable[[nx.Graph], np.ndarray]) -> Measure:
    """L2 distance of vectors; of vectors of two lengths the shorter is filled up with zeros."""

    def distance(left: Graphs, right: Graphs) -> np.ndarray:
        found = []
        for a, b in zip(left, right, strict=True):
            one, other = vector(a), vector(b)
            size = max(len(one), len(other))
            found.append(np.linalg.norm(np.pad(one, (size - len(one), 0)) - np.pad(other, (size - len(other), 0))))
        return np.array(found)

    return distance


def spectrum(graph: nx.Graph) -> np.ndarray:
    return np.linalg.eigvalsh(nx.laplacian_matrix(graph, weight=None).toarray().astype(float))


def normalised_spectrum(graph: nx.Graph) -> np.ndarray:
    return np.linalg.eigvalsh(nx.normalized_laplacian_matrix(graph, weight=None).toarray())


def typed_spectrum(levels: list) -> Callable[[nx.Graph], np.ndarray]:
    """Of the Laplacian plus 1, 2, 3 ... on the diagonal by type, the commonest first."""
    number = {level: 1.0 + k for k, level in enumerate(levels)}

    def vector(graph: nx.Graph) -> np.ndarray:
        potential = [number.get(data.get("type"), 0.0) for _, data in graph.nodes(data=True)]
        return np.linalg.eigvalsh(nx.laplacian_matrix(graph, weight=None).toarray() + np.diag(potential))

    return vector


def heat_trace(graph: nx.Graph) -> np.ndarray:
    """Signature of NetLSD: sum of exp(-t eigenvalue) of the normalised Laplacian, divided by the number of nodes."""
    return np.exp(-TIMES[:, None] * normalised_spectrum(graph)).sum(1) / len(graph)


def weisfeiler_lehman(left: Graphs, right: Graphs) -> np.ndarray:
    """Distance in the feature space of the subtree kernel of depth 3, with types of nodes and edges."""
    return np.array([_kernel_distance(_colours(a), _colours(b)) for a, b in zip(left, right, strict=True)])


def _colours(graph: nx.Graph) -> Counter:
    colour = {node: str(data.get("type")) for node, data in graph.nodes(data=True)}
    counts = Counter(colour.values())
    for _ in range(DEPTH):
        around = {node: sorted((str(graph.edges[node, other].get("type")), colour[other]) for other in graph[node]) for node in graph}
        colour = {node: f"({colour[node]}{''.join(map('<{0[0]}{0[1]}>'.format, around[node]))})" for node in graph}
        counts.update(colour.values())
    return counts


def _kernel_distance(a: Counter, b: Counter) -> float:
    return float(np.sqrt(sum((a[key] - b[key]) ** 2 for key in a.keys() | b.keys())))


def edit_count(left: Graphs, right: Graphs) -> np.ndarray:
    """Edits by name: what was done, counted."""
    found = []
    for a, b in zip(left, right, strict=True):
        nodes = sum(a.nodes[node].get("type") != b.nodes[node].get("type") for node in a if node in b) + len(set(b) - set(a))
        ends = [{frozenset(edge) for edge in graph.edges} for graph in (a, b)]
        found.append(nodes + len(ends[0] ^ ends[1]))
    return np.array(found, dtype=float)


# --- judging --------------------------------------------------------------------------------------------------------


def run(seed: int, graphs: Graphs, sizes: tuple[int, int], method: dict) -> dict[str, dict[str, float]]:
    """Fit on some graphs, edit others; by measure, by column."""
    rng = np.random.default_rng([seed, 51])
    order = rng.permutation(len(graphs))
    fitted = [graphs[i] for i in order[: sizes[0]]]
    held_out = [graphs[i] for i in order[sizes[0] : sizes[0] + sizes[1]]]
    counts = Counter(data.get("type") for graph in fitted for _, data in graph.nodes(data=True))
    levels = [level for level, _ in counts.most_common()]
    bonds = {data.get("type") for graph in fitted for *_, data in graph.edges(data=True)}
    largest = max(map(len, fitted)) - max(EDITS)
    held_out = [
        graph
        for graph in held_out
        if len(graph) <= largest
        and {data.get("type") for _, data in graph.nodes(data=True)} <= set(levels)
        and {data.get("type") for *_, data in graph.edges(data=True)} <= bonds
    ]
    started = time.process_time()
    space = gs.fit(fitted, seed=seed, **method)
    spent = time.process_time() - started
    rival = gs.fit(fitted, seed=seed, method="pca", latent=len(space.live_axes))
    print(f"seed {seed}: {space!r}; held-out bound {space.record['held_out_bound']:.1f} nats; {spent:.0f} CPU-s", flush=True)
    chains = [chain for i, graph in enumerate(held_out) if len(graph) >= LEAST for chain in chains_of(i, graph, levels[:4], rng)]
    measures = {
        "gausscape": by_codes(space),
        f"PCA-{rival.latent}, same calibration": by_codes(rival),
        "edit count": edit_count,
        "Weisfeiler-Lehman kernel": weisfeiler_lehman,
        "NetLSD heat trace": by_vectors(heat_trace),
        "spectrum, normalised": by_vectors(normalised_spectrum),
        "spectrum (the oracle)": by_vectors(spectrum),
    }
    oracles = {
        "oracle": {kind: by_vectors(typed_spectrum(levels) if kind == KINDS[3] else spectrum) for kind in KINDS},
        "normalised": {kind: by_vectors(normalised_spectrum) for kind in KINDS[:3]},
    }
    told = {name: _walk(measure, chains, held_out) for name, measure in measures.items()}
    truth = {name: {kind: _walk(oracle[kind], chains, held_out) for kind in oracle} for name, oracle in oracles.items()}
    copies = [relabelled(graph, rng) for graph in held_out]
    found = {}
    for name, measure in measures.items():
        wins = np.concatenate([_wins(told[name], truth["oracle"][kind], chains, kind) for kind in KINDS[:3]])
        row = {"AUC": float(wins.mean())} | {kind: _paired(told[name], truth["oracle"][kind], chains, kind) for kind in KINDS}
        row["normalised"] = float(np.mean([_paired(told[name], truth["normalised"][kind], chains, kind) for kind in KINDS[:3]]))
        row["all pairs"] = float(np.mean([_pooled(told[name], chains, kind) for kind in KINDS[:3]]))
        row["monotone"] = float(np.mean((np.diff(told[name], axis=1) > 0).all(1)))
        # Edits are counted by name, which a renamed copy has lost.
        row["relabelled"] = np.nan if measure is edit_count else float(measure(held_out, copies).max())
        found[name.partition(" (")[0] if name.startswith("PCA") else name] = row
    pairs = {kind: _ranked(truth["oracle"][kind], chains, kind) for kind in KINDS}
    counts = "; ".join(f"{kind} {int(up.sum())} of {up.size}" for kind, (up, *_) in pairs.items())
    print(f"  pairs in which the oracle puts the hub first: {counts}")
    print("  gausscape: " + "; ".join(f"{column} {value:.3g}" for column, value in found["gausscape"].items()), flush=True)
    return found


def _walk(measure: Measure, chains: list[Chain], graphs: Graphs) -> np.ndarray:
    """Distances from the graph itself after 1, 2, 3 edits, (chains, 3)."""
    left = [graphs[chain.graph] for chain in chains for _ in EDITS]
    right = [graph for chain in chains for graph in chain.edited]
    return measure(left, right).reshape(len(chains), len(EDITS))


def _ranked(values: np.ndarray, chains: list[Chain], kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(whether the hub's edit is larger, the hub's, the leaf's), each (graphs, 3)."""
    rows = {place: [k for k, chain in enumerate(chains) if (chain.kind, chain.place) == (kind, place)] for place in ("hub", "leaf")}
    hub, leaf = values[rows["hub"]], values[rows["leaf"]]
    return hub > leaf + 1e-9, hub, leaf


def _paired(values: np.ndarray, truth: np.ndarray, chains: list[Chain], kind: str) -> float:
    wins = _wins(values, truth, chains, kind)
    return float(wins.mean()) if len(wins) else np.nan


def _wins(values: np.ndarray, truth: np.ndarray, chains: list[Chain], kind: str) -> np.ndarray:
    """1, 1/2 or 0 for each pair that the oracle ranks."""
    counts = _ranked(truth, chains, kind)[0]
    _, hub, leaf = _ranked(values, chains, kind)
    return ((hub > leaf + 1e-9) + 0.5 * (np.abs(hub - leaf) <= 1e-9))[counts]


def _pooled(values: np.ndarray, chains: list[Chain], kind: str) -> float:
    _, hub, leaf = _ranked(values, chains, kind)
    apart = hub.T[:, :, None] - leaf.T[:, None]
    return float(((apart > 1e-9) + 0.5 * (np.abs(apart) <= 1e-9)).mean())


def print_table(runs: list[dict[str, dict[str, float]]]) -> None:
    """Median over seeds, with the least and the most."""
    columns = list(runs[0]["gausscape"])
    print(f"\nmedian of {len(runs)} seeds [least, most]; AUC under the oracle: of structural edits, then by kind of edit")
    print(f"{'measure':<30}" + "".join(f"  {column:>18}" for column in columns))
    names = [name for name in runs[0] if not name.startswith("PCA")]
    names.insert(1, "PCA")
    for name in names:
        rows = [next(row for key, row in run.items() if key.startswith(name)) for run in runs]
        cells = []
        for column in columns:
            values = np.array([row[column] for row in rows])
            cells.append(f"{np.median(values):.2g} [{values.min():.2g}, {values.max():.2g}]" if np.isfinite(values).all() else "-")
        print(f"{name:<30}" + "".join(f"  {cell:>18}" for cell in cells))
    ours = {column: np.median([run["gausscape"][column] for run in runs]) for column in columns}
    print("\nlost to (median higher): ", end="")
    lost = []
    for name in names[1:]:
        rows = [next(row for key, row in run.items() if key.startswith(name)) for run in runs]
        worse = [column for column in columns[:-1] if np.median([row[column] for row in rows]) > ours[column] + 0.005]
        if worse:
            lost.append(f"{name} on {', '.join(worse)}")
    print("; ".join(lost) or "nobody")


def main() -> None:
    """Parse, run every seed, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="a source of graphs; made-up molecules if left out")
    parser.add_argument("--seeds", type=int, default=3, help="number of fits (default 3)")
    parser.add_argument("--first-seed", type=int, default=0, help="first of the seeds (default 0)")
    parser.add_argument("--fitted", type=int, default=1500, help="graphs to fit at most (default 1500)")
    parser.add_argument("--held-out", type=int, default=150, help="graphs to edit at most (default 150)")
    parser.add_argument("--latent", type=int, help="latent axes, if not the default")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    loaded = gs.load_data(arguments.data or "molecules").values
    graphs = [_plain(graph) for graph in loaded if LEAST // 2 <= len(graph) <= LARGEST and nx.is_connected(graph)]
    held_out = min(arguments.held_out, len(graphs) // 5)
    sizes = (min(arguments.fitted, len(graphs) - held_out), held_out)
    print(f"{arguments.data or 'made-up molecules'}: {len(graphs)} connected graphs of {LEAST // 2} to {LARGEST} nodes; "
          f"{sizes[0]} fitted, {sizes[1]} held out, another split for each seed")  # fmt: skip
    method = {} if arguments.latent is None else {"latent": arguments.latent}
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    print_table([run(seed, graphs, sizes, method) for seed in seeds])


def _plain(graph: nx.Graph) -> nx.Graph:
    """Types only: places of atoms would not move with an edit."""
    plain = nx.Graph()
    plain.add_nodes_from((node, {"type": data["type"]} if "type" in data else {}) for node, data in graph.nodes(data=True))
    plain.add_edges_from((u, v, {"type": data["type"]} if "type" in data else {}) for u, v, data in graph.edges(data=True))
    return plain


if __name__ == "__main__":
    main()
