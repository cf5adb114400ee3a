"""From graphs to their schema: what they have in common, and which options say so."""

__all__ = ["learn_schema", "read_options"]

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gausscape.errors import ConfigurationError, DataError
from gausscape.modalities.graphs.arrays import clean
from gausscape.modalities.graphs.gathering import Gathered, gather
from gausscape.modalities.graphs.number_reading import infer_numbers
from gausscape.modalities.graphs.order import MOST_ORDERED
from gausscape.modalities.graphs.schema import GraphSchema, Names, TypeLevels

FEWEST_GRAPHS = 10
FEWEST_SLOTS = 2
MARGIN, MARGIN_SHARE = 2, 0.1
OPTIONS = ("node_type", "edge_type", "weight", "ignore", "multi_edges", "largest")


def read_options(options: dict[str, Any]) -> tuple[Names, int]:
    """Names of attributes, and the most nodes of a graph that is decoded node by node.

    Raises:
        ConfigurationError: If an option is unknown or impossible.
    """
    unknown = [name for name in options if name not in OPTIONS]
    if unknown:
        raise ConfigurationError(f"Graphs take the options {', '.join(OPTIONS)}, but got {unknown[0]!r}. Use one of these.")
    for option in ("node_type", "edge_type", "weight"):
        if not isinstance(options.get(option, ""), str):
            raise ConfigurationError(f"Option {option} needs the name of an attribute, but got {options[option]!r}. Pass a text.")
    ignored = options.get("ignore") or ()
    if isinstance(ignored, str) or not isinstance(ignored, Sequence) or not all(isinstance(name, str) for name in ignored):
        raise ConfigurationError(f"Option ignore needs a list of attribute names, but got {ignored!r}. Write ignore=[...].")
    several = options.get("multi_edges", "refuse")
    if several not in ("refuse", "sum"):
        raise ConfigurationError(f"Option multi_edges needs 'refuse' or 'sum', but got {several!r}. Choose one.")
    largest = options.get("largest", MOST_ORDERED)
    if isinstance(largest, bool) or not isinstance(largest, int) or not FEWEST_SLOTS <= largest <= MOST_ORDERED:
        raise ConfigurationError(
            f"Option largest needs a whole number from {FEWEST_SLOTS} to {MOST_ORDERED}, but got {largest!r}. Leave it out."
        )
    names = Names(
        options.get("node_type", "type"),
        options.get("edge_type", "type"),
        options.get("weight", "weight"),
        tuple(ignored),
        several == "sum",
    )
    return names, largest


def learn_schema(values: Any, names: Names, *, largest: int) -> GraphSchema:
    """What these graphs have in common.

    Raises:
        DataError: If they cannot be fitted; the place is named.
    """
    gathered = gather(values)
    if len(gathered.sizes) < FEWEST_GRAPHS:
        raise DataError(f"A fit of graphs needs at least {FEWEST_GRAPHS}, but {len(gathered.sizes)} came. Collect more.")
    if gathered.directed.any() != gathered.directed.all():
        number = int(np.argmax(gathered.directed != gathered.directed[0]))
        kinds = ["directed" if gathered.directed[k] else "undirected" for k in (0, number)]
        raise DataError(
            f"Graphs of one fit need to be all directed or all undirected, but graph 0 is {kinds[0]} and graph {number} is "
            f"{kinds[1]}. Convert them with graph.to_directed() or graph.to_undirected()."
        )
    directed = bool(gathered.directed[0])
    gathered, loops = clean(gathered, names, directed=directed)
    node_types = TypeLevels.infer("node", names.node_type, gathered.node_data, gathered.name_of_node)
    edge_types = TypeLevels.infer("edge", names.edge_type, gathered.edge_data, gathered.name_of_edge)
    most = int(gathered.sizes.max())
    margin = max(MARGIN, round(MARGIN_SHARE * most))
    return GraphSchema(
        names=names,
        directed=directed,
        node_types=node_types,
        edge_types=edge_types,
        node_numbers=infer_numbers(
            "node", gathered.node_data, gathered.name_of_node, apart=(names.node_type, *names.ignored)
        ),
        edge_numbers=infer_numbers(
            "edge", gathered.edge_data, gathered.name_of_edge, apart=(names.edge_type, *names.ignored)
        ),
        loops=bool(loops.any()),
        disconnected=bool((count_components(gathered) > 1).any()),
        slots=min(largest, most + margin) if most <= largest else 0,
        size=(float(gathered.sizes.mean()), max(float(gathered.sizes.std()), 1.0)),
        largest=most,
        graphs=len(gathered.sizes),
    )


def count_components(gathered: Gathered) -> np.ndarray:
    """Number of parts that hang together in each graph, direction aside, (n,)."""
    ends = gathered.ends + gathered.starts[gathered.edge_graph][:, None]
    return components(gathered.sizes, ends)


def components(sizes: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Number of parts of each graph, (n,), from the positions of edge ends among all nodes."""
    nodes = int(sizes.sum())
    matrix = coo_array((np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    labels = connected_components(matrix, directed=False)[1]
    graph = np.repeat(np.arange(len(sizes)), sizes)
    roots = np.unique(labels, return_index=True)[1]
    return np.bincount(graph[roots], minlength=len(sizes))
