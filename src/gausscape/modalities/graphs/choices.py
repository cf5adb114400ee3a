"""The choices that a graph is made of, given a decoder's output, and how likely each is."""

__all__ = ["DIRECTIONS", "FIRST_STD", "FLOOR", "NEVER", "GraphChoices"]

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.likelihoods import Likelihood
from gausscape.modalities.graphs.cells import Blocks, CellMap

FLOOR = 0.05
FIRST_STD = 0.7
LEAST_NODES = 0.2
NEVER = -1e9
DIRECTIONS = 3


class GraphChoices(Likelihood):
    """Names of the output's parts, and the probabilities that follow from them.

    Args:
        cell_map: What the cells say.
        centre: Mean number of nodes in the fit.
        unit: Standard deviation of the number of nodes, in which the size cell is stated.
        disconnected: Whether a node may have no earlier neighbour.
    """

    def __init__(self, cell_map: CellMap, *, centre: float, unit: float, disconnected: bool):
        super().__init__()
        self.map = cell_map
        self.centre, self.unit, self.disconnected = centre, unit, disconnected
        self.cells = cell_map.cells
        pairs, slots = cell_map.pairs, cell_map.slots
        edges = pairs * cell_map.directions
        self.widths = {
            "size": 1,
            "types": slots * cell_map.types if cell_map.types > 1 else 0,
            "first": pairs,
            "none": slots - 1 if disconnected else 0,
            "further": pairs,
            "direction": pairs * DIRECTIONS if cell_map.directions > 1 else 0,
            "edge_types": edges * cell_map.edge_types if cell_map.edge_types > 1 else 0,
            "loops": slots if cell_map.loops else 0,
            "node_numbers": slots * cell_map.node_numbers,
            "edge_numbers": edges * cell_map.edge_numbers,
        }
        self.outputs = sum(self.widths.values())
        self.node_log_std = _scales(cell_map.node_numbers)
        self.edge_log_std = _scales(cell_map.edge_numbers)
        self.size_log_std = nn.Parameter(torch.zeros(1))

    def parts(self, output: Tensor) -> dict[str, Tensor]:
        """The output (..., outputs) by name, each (..., its own width)."""
        return dict(zip(self.widths, output.split(list(self.widths.values()), -1), strict=True))

    def _skeleton(self, blocks: Blocks) -> tuple[Tensor, Tensor, Tensor]:
        """Which slots exist (n, slots), edges by direction (n, pairs, directions), and at all (n, pairs); as 0 and 1."""
        edge = blocks.edges.sum(-1)
        return blocks.types.sum(-1), edge, edge.amax(-1)

    @property
    def _below(self) -> Tensor:
        return torch.ones(self.map.slots, self.map.slots).tril(-1)

    def _log_first(self, own: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Log-probability of each earliest neighbour (..., slots, slots) and of none (..., slots - 1)."""
        logits = self.map.square(own["first"])
        logits = logits.masked_fill(self._below == 0, NEVER)
        if not self.disconnected:
            return torch.log_softmax(logits, -1), own["none"]
        none = functional.pad(own["none"], (1, 0))
        whole = torch.log_softmax(torch.cat([logits, none[..., None]], -1), -1)
        return whole[..., :-1], whole[..., 1:, -1]

    def _log_sizes(self, own: dict[str, Tensor]) -> Tensor:
        """Log-probability of each number of nodes 1 .. slots: a normal density at whole numbers, made to add up to one."""
        counts = torch.arange(1, self.map.slots + 1, dtype=own["size"].dtype)
        off = (counts - self.centre - self.unit * own["size"]) / self._size_std
        return torch.log_softmax(-0.5 * off**2, -1)

    @property
    def _size_std(self) -> Tensor:
        return LEAST_NODES + torch.exp(self.size_log_std)

    def _log_types(self, own: dict[str, Tensor]) -> Tensor:
        return torch.log_softmax(own["types"].unflatten(-1, (self.map.slots, self.map.types)), -1)

    def _log_edge_types(self, own: dict[str, Tensor]) -> Tensor:
        return torch.log_softmax(own["edge_types"].unflatten(-1, (-1, self.map.directions, self.map.edge_types)), -1)

    @staticmethod
    def _std(log_std: Tensor) -> Tensor:
        return FLOOR + torch.exp(log_std)

    def _edge_types(self, own: dict[str, Tensor], n: int) -> Tensor:
        if self.map.edge_types > 1:
            return self._log_edge_types(own).exp()
        return own["size"].new_ones(n, self.map.pairs, self.map.directions, 1)

    def _existence(self, own: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Probability of each slot (n, slots) and of each edge (n, pairs, directions)."""
        exists = self._log_sizes(own).exp().flip(-1).cumsum(-1).flip(-1)
        first, passed = self._first(own)
        joined = first + passed * torch.sigmoid(self.map.square(own["further"]))
        pairs = (exists[..., None] * joined)[..., self.map.later, self.map.earlier]
        return exists, pairs[..., None] * self._directions(own, pairs)

    def _first(self, own: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Probability that a node is the earliest neighbour, and that the earliest one came before it, of a slot that exists."""
        first = self._log_first(own)[0].exp() * self._below
        return first, (first.cumsum(-1) - first).clamp(0, 1)

    def _directions(self, own: dict[str, Tensor], like: Tensor) -> Tensor:
        """Probability of each direction of an edge, (n, pairs, directions)."""
        if self.map.directions == 1:
            return torch.ones_like(like)[..., None]
        forward, backward, both = torch.softmax(own["direction"].unflatten(-1, (-1, DIRECTIONS)), -1).unbind(-1)
        return torch.stack([forward + both, backward + both], -1)


def _scales(numbers: int) -> Tensor | nn.Parameter:
    return nn.Parameter(torch.full((numbers,), math.log(FIRST_STD))) if numbers else torch.zeros(0)
