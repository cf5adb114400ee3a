"""Which cell says what: a graph of at most so many nodes as one row of numbers."""

__all__ = ["Blocks", "CellMap"]

from dataclasses import dataclass
from functools import cached_property
from typing import final

import torch
from torch import Tensor


@final
@dataclass(frozen=True)
class Blocks:
    """The cells of a batch, each block in its own shape.

    Args:
        size: Number of nodes, standardised, (n,).
        types: 1 for the type of each node, (n, slots, node types); all 0 behind the last node.
        edges: 1 for the type of each edge, (n, pairs, directions, edge types); all 0 where there is none.
        loops: 1 for a node with an edge to itself, (n, slots or 0).
        node_numbers: Scores of the numbers of each node, 0 behind the last, (n, slots, numbers).
        edge_numbers: The same for edges, 0 where there is none, (n, pairs, directions, numbers).
    """

    size: Tensor
    types: Tensor
    edges: Tensor
    loops: Tensor
    node_numbers: Tensor
    edge_numbers: Tensor

    def row(self) -> Tensor:
        """Side by side, (n, cells)."""
        flat = [block.flatten(1) for block in (self.types, self.edges, self.loops, self.node_numbers, self.edge_numbers)]
        return torch.cat([self.size[:, None], *flat], 1)


@final
@dataclass(frozen=True)
class CellMap:
    """The shape of a graph's cells.

    A slot is a place in the order of the nodes; a pair (later, earlier) of slots may hold an edge. Direction 0 runs from
    the earlier to the later slot, direction 1 back.

    Args:
        slots: Most nodes.
        types: Number of node types, at least 1.
        edge_types: Number of edge types, at least 1.
        directions: 1 for undirected graphs, else 2.
        loops: Whether nodes may have an edge to themselves.
        node_numbers: How many numbers a node bears.
        edge_numbers: How many numbers an edge bears.

    Example:
        >>> CellMap(slots=3, types=2, edge_types=1, directions=1, loops=False, node_numbers=0, edge_numbers=0).cells
        10
    """

    slots: int
    types: int
    edge_types: int
    directions: int
    loops: bool
    node_numbers: int
    edge_numbers: int

    @property
    def pairs(self) -> int:
        """Number of pairs of slots."""
        return self.slots * (self.slots - 1) // 2

    @cached_property
    def later(self) -> Tensor:
        """The later slot of each pair, (pairs,)."""
        return torch.tril_indices(self.slots, self.slots, -1)[0]

    @cached_property
    def earlier(self) -> Tensor:
        """The earlier slot of each pair, (pairs,)."""
        return torch.tril_indices(self.slots, self.slots, -1)[1]

    @property
    def widths(self) -> tuple[int, ...]:
        """Cells of each block, in order."""
        edges = self.pairs * self.directions
        loops = self.slots if self.loops else 0
        return (1, self.slots * self.types, edges * self.edge_types, loops, self.slots * self.node_numbers, edges * self.edge_numbers)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return sum(self.widths)

    def split(self, row: Tensor) -> Blocks:
        """Cells (n, cells) as blocks."""
        size, types, edges, loops, node_numbers, edge_numbers = row.split(self.widths, -1)
        n = len(row)
        return Blocks(
            size[:, 0],
            types.reshape(n, self.slots, self.types),
            edges.reshape(n, self.pairs, self.directions, self.edge_types),
            loops,
            node_numbers.reshape(n, self.slots, self.node_numbers),
            edge_numbers.reshape(n, self.pairs, self.directions, self.edge_numbers),
        )

    def square(self, pairs: Tensor) -> Tensor:
        """Values of pairs (..., pairs) below the diagonal of (..., slots, slots), 0 elsewhere."""
        found = pairs.new_zeros((*pairs.shape[:-1], self.slots, self.slots))
        found[..., self.later, self.earlier] = pairs
        return found
