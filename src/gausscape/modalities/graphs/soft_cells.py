"""What the encoder reads of a graph: its cells with nodes that cannot be told apart sharing their places, and plain counts.

Nothing here depends on what the nodes are called. `Tensors` hold nodes in the decoder's order, which may choose between
equals; here a node stands at its shared place, half in the slot below and half in that above if it falls between.
"""

__all__ = ["soft_cells", "soft_width"]

import torch
from torch import Tensor
from torch.nn import functional

from gausscape.modalities.graphs.cells import CellMap
from gausscape.modalities.graphs.tensors import RETURNS
from gausscape.modality import Tensors

DEGREES = 5


def soft_width(cell_map: CellMap) -> int:
    """Number of values that `soft_cells` gives."""
    edges = cell_map.pairs * cell_map.directions * _of_edge(cell_map)
    counts = 1 + cell_map.types + cell_map.edge_types + cell_map.directions * DEGREES + RETURNS
    return cell_map.slots * _of_node(cell_map) + edges + counts


def soft_cells(inputs: Tensors, cell_map: CellMap, dtype: torch.dtype) -> Tensor:
    """All that the encoder reads of each graph, (n, `soft_width`).

    The counts are those of nodes, of each type of node and edge, of nodes of degree 0 .. 3 and more, and the sums of the
    probabilities that a random walk is back after 1 .. 8 steps, which tell rings (Dwivedi et al. 2022, section 4).

    Args:
        inputs: From `tensors_of`.
        cell_map: What a graph may hold.
        dtype: Of the answer.
    """
    types, edges = inputs["types"].long(), inputs["edges"].long()
    exists = (types > 0).to(dtype)
    kinds = functional.one_hot(types, cell_map.types + 1)[..., 1:].to(dtype)
    parts = [exists[..., None], kinds]
    if cell_map.loops:
        parts.append(inputs["loops"].to(dtype)[..., None])
    if cell_map.node_numbers:
        known = inputs["known"].to(dtype) * exists[..., None]
        parts += [inputs["node_numbers"].to(dtype) * known, known]
    joined = (edges > 0).to(dtype)
    row, first, second = torch.nonzero(edges, as_tuple=True)
    own = functional.one_hot(edges[row, first, second] - 1, cell_map.edge_types).to(dtype)
    wires = [torch.ones_like(own[:, :1]), own]
    if cell_map.edge_numbers:
        wires.append(inputs["edge_numbers"][row, first, second].to(dtype))
    nodes, pairs = torch.cat(parts, -1), torch.cat(wires, -1)
    of_types = own.new_zeros(len(types), cell_map.edge_types).index_add_(0, row, own)
    counts = [exists.sum(1, keepdim=True), kinds.sum(1), of_types]
    for degree in (joined.sum(2), joined.sum(1))[: cell_map.directions]:
        table = functional.one_hot(degree.long().clamp_max(DEGREES - 1), DEGREES).to(dtype)
        counts.append((table * exists[..., None]).sum(1))
    counts.append((inputs["returns"].to(dtype) * exists[..., None]).sum(1))
    slots = Slots(inputs["places"], cell_map)
    found = [slots.of_nodes(nodes * exists[..., None]), slots.of_edges((row, first, second), pairs), *counts]
    return torch.cat(found, -1)


class Slots:
    """The two slots that each node stands in, which are one and the same if it shares its place with nobody.

    Args:
        places: Shared places, multiples of one half, (n, slots).
        cell_map: What a graph may hold.
    """

    def __init__(self, places: Tensor, cell_map: CellMap):
        self.map, self.n = cell_map, len(places)
        self.both = places.floor().long(), places.ceil().long().clamp_max(cell_map.slots - 1)

    def of_nodes(self, told: Tensor) -> Tensor:
        """What nodes (n, slots, width) bear, by slot, (n, slots * width)."""
        rows = self.map.slots * torch.arange(self.n)[:, None]
        found = told.new_zeros(self.n * self.map.slots, told.shape[-1])
        for slot in self.both:
            found.index_add_(0, (rows + slot).flatten(), 0.5 * told.flatten(0, 1))
        return found.reshape(self.n, -1)

    def of_edges(self, ends: tuple[Tensor, Tensor, Tensor], told: Tensor) -> Tensor:
        """What edges (edges, width) at (graph, from, to) bear, by pair of slots and direction, (n, pairs * directions * width)."""
        graph, first, second = ends
        directed, pairs = self.map.directions > 1, self.map.pairs
        found = told.new_zeros(self.n * pairs * self.map.directions, told.shape[-1])
        for one in self.both:
            for other in self.both:
                start, end = one[graph, first], other[graph, second]
                # Equals that are joined may share a slot; of an undirected graph each edge comes twice, and once is enough.
                kept = start != end if directed else start < end
                later, earlier = torch.maximum(start, end), torch.minimum(start, end)
                place = graph * pairs + later * (later - 1) // 2 + earlier
                if directed:
                    place = 2 * place + (start > end)
                found.index_add_(0, place[kept], 0.25 * told[kept])
        return found.reshape(self.n, -1)


def _of_node(cell_map: CellMap) -> int:
    return 1 + cell_map.types + int(cell_map.loops) + 2 * cell_map.node_numbers


def _of_edge(cell_map: CellMap) -> int:
    return 1 + cell_map.edge_types + cell_map.edge_numbers
