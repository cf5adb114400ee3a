"""How are graphs written as arrays in common codes? The form in which they are matched, compared and laid out."""

__all__ = ["Attributes", "Wiring", "levels_of", "number_of", "wire"]

import math
import numbers
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Attributes:
    """What the attributes of nodes and edges are called.

    Args:
        node_type: Attribute of a node that tells its type; a node without it has the type None.
        edge_type: The same of an edge.
        weight: Attribute of an edge that tells its weight; an edge without it has the weight 1.
    """

    node_type: str = "type"
    edge_type: str = "type"
    weight: str = "weight"


@dataclass(frozen=True)
class Wiring:
    """One graph as arrays.

    Args:
        names: Its nodes, n of them, in the order of the arrays.
        types: Code of the type of each node, (n,).
        codes: 0 where there is no edge, else 1 + the code of its type, (n, n), source first; symmetric if undirected.
        weights: Weights of the edges, 0 where there is none, (n, n).
        numbers: Further numbers of the nodes, each scaled to a spread of 1 over all graphs, (n, numbers).
        directed: Whether edges have a direction.
        node_levels: The types that the codes stand for, in their order.
        edge_levels: The same of edges.
    """

    names: tuple[Hashable, ...]
    types: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    numbers: np.ndarray
    directed: bool
    node_levels: tuple[Any, ...] = ()
    edge_levels: tuple[Any, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def joined(self) -> np.ndarray:
        """Whether two nodes are joined by an edge of any direction, (n, n), without loops."""
        joined = (self.codes > 0) | (self.codes.T > 0)
        np.fill_diagonal(joined, False)
        return joined

    def reordered(self, order: np.ndarray) -> "Wiring":
        """The same graph with its nodes in another order."""
        square = np.ix_(order, order)
        return replace(
            self,
            names=tuple(self.names[i] for i in order),
            types=self.types[order],
            codes=self.codes[square],
            weights=self.weights[square],
            numbers=self.numbers[order],
        )


def levels_of(values: Iterable[Any], known: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The known levels, then other values, the commonest first; None stands for "has no type".

    Example:
        >>> levels_of(["N", "C", None, "C"])
        ('C', None, 'N')
        >>> levels_of(["N", "C"], known=["O", "N"])
        ('O', 'N', 'C')
    """
    first = {str(value): value for value in known if value not in ("", None)}
    others = [value for value in values if str(value) not in first]
    count, found = Counter(map(str, others)), {str(value): value for value in others}
    return (*first.values(), *sorted(found.values(), key=lambda value: (-count[str(value)], _rank(value))))


def wire(
    graphs: Sequence[Any], attributes: Attributes, *, node_levels: Sequence[Any] = (), edge_levels: Sequence[Any] = ()
) -> list[Wiring]:
    """Graphs as arrays in codes that they share.

    Args:
        graphs: networkx graphs, directed or not; of several edges between two nodes the last one counts.
        attributes: What their attributes are called.
        node_levels: Types of nodes that get the first codes, in this order.
        edge_levels: The same of edges.

    Example:
        >>> import networkx
        >>> one = wire([networkx.path_graph(3)], Attributes())[0]
        >>> one.codes.tolist()
        [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    """
    of_nodes = [[data.get(attributes.node_type) for _, data in graph.nodes(data=True)] for graph in graphs]
    of_edges = (data.get(attributes.edge_type) for graph in graphs for *_, data in graph.edges(data=True))
    levels = levels_of(chain.from_iterable(of_nodes), node_levels), levels_of(of_edges, edge_levels)
    node_codes, edge_codes = ({str(level): code for code, level in enumerate(known)} for known in levels)
    told = _numbers(graphs, attributes)
    found = []
    for graph, values, kinds in zip(graphs, told, of_nodes, strict=True):
        names = tuple(graph.nodes)
        place = {name: i for i, name in enumerate(names)}
        types = np.array([node_codes[str(kind)] for kind in kinds], dtype=int)
        codes, weights = np.zeros((len(names), len(names)), dtype=int), np.zeros((len(names), len(names)))
        for source, target, data in graph.edges(data=True):
            i, j = place[source], place[target]
            pairs = ((i, j),) if graph.is_directed() else ((i, j), (j, i))
            for pair in pairs:
                codes[pair] = 1 + edge_codes[str(data.get(attributes.edge_type))]
                weights[pair] = number_of(data.get(attributes.weight), 1.0)
        found.append(Wiring(names, types, codes, weights, values, graph.is_directed(), *levels))
    return found


def number_of(value: Any, default: float = math.nan) -> float:
    """A number as a float; the default for anything else."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
    return float(value) if is_number and math.isfinite(value) else default


def _rank(value: Any) -> tuple[int, float, str]:
    number = number_of(value)
    return (0, 0.0, "") if value is None else (1, number, "") if math.isfinite(number) else (2, 0.0, str(value))


def _numbers(graphs: Sequence[Any], attributes: Attributes) -> list[np.ndarray]:
    """Further numbers of the nodes, (n, numbers) each; what a node lacks is set to the mean."""
    names = sorted(
        {
            str(name)
            for graph in graphs
            for _, data in graph.nodes(data=True)
            for name, value in data.items()
            if name != attributes.node_type and math.isfinite(number_of(value))
        }
    )
    counts = [graph.number_of_nodes() for graph in graphs]
    rows = [[number_of(data.get(name)) for name in names] for graph in graphs for _, data in graph.nodes(data=True)]
    values = np.array(rows, dtype=np.float64).reshape(sum(counts), len(names))
    if values.size:
        there = np.isfinite(values)
        mean = np.where(there, values, 0).sum(0) / np.maximum(there.sum(0), 1)
        values = np.where(there, values, mean) - mean
        values /= np.maximum(np.sqrt((values**2).mean(0)), 1e-12)
    return np.split(values, np.cumsum(counts)[:-1])
