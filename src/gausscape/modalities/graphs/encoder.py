"""Graph -> posterior, the same whatever its nodes are called: messages along edges, pooled over all nodes."""

__all__ = ["GraphEncoder"]

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.modalities.graphs.cells import CellMap
from gausscape.modalities.graphs.tensors import RETURNS
from gausscape.modality import Tensors
from gausscape.networks import DenseEncoder

RELATIONS = 2
MOST_BUMPS = 12
PLAIN = 4 + RETURNS


class GraphEncoder(nn.Module):
    """Graph isomorphism layers (Xu et al. 2019) whose messages are weighted by edge type and numbers, sum and max pooling.

    A node starts with its type, its degrees, the number of nodes, eight return probabilities of a random walk (Dwivedi et
    al. 2022), its numbers, and its place in a breadth-first order from the centre in which equals share a place. In each
    layer the features are split into as many groups as there are learned relations (and directions); the messages of a
    group are summed with the weights of its relation, as with the heads of attention. Nodes are pooled as a whole, and by
    place: with that a code of few graphs learns where things are, and not only that they are there.

    Args:
        cell_map: What a graph may hold.
        latent: Number of latent coordinates.
        width: Features of a node.
        layers: Number of layers.
    """

    centres: Tensor

    def __init__(self, cell_map: CellMap, latent: int, *, width: int, layers: int):
        super().__init__()
        self.map = cell_map
        self.groups = RELATIONS * cell_map.directions
        self.relations = nn.Parameter(1 + 0.3 * torch.randn(cell_map.edge_types, RELATIONS))
        self.of_numbers = (
            nn.Parameter(0.3 * torch.randn(cell_map.edge_numbers, RELATIONS)) if cell_map.edge_numbers else None
        )
        bumps = min(MOST_BUMPS, cell_map.slots)
        own = bumps + PLAIN + cell_map.types + cell_map.loops + 2 * cell_map.node_numbers
        self.first = nn.Linear(own, width)
        self.layers = nn.ModuleList(GraphLayer(width) for _ in range(layers))
        self.told = nn.Linear(width, width // 2)
        centres = torch.linspace(0, 0.8 * cell_map.slots, bumps)
        self.register_buffer("centres", centres, persistent=False)
        self.breadth = float(centres[1] - centres[0])
        pooled = 2 * width + bumps * (width // 2) + cell_map.types + 1
        self.last = DenseEncoder(pooled, latent, width=2 * width, blocks=1)

    def forward(self, inputs: Tensors) -> tuple[Tensor, Tensor]:
        types, edges = inputs["types"].long(), inputs["edges"].long()
        exists = (types > 0).to(self.first.weight.dtype)[..., None]
        kinds = functional.one_hot(types, self.map.types + 1)[..., 1:].to(exists.dtype)
        joined = (edges > 0).to(exists.dtype)
        count = exists.sum(1, keepdim=True)
        out, back = joined.sum(2)[..., None], joined.sum(1)[..., None]
        plain = [torch.log1p(out), torch.log1p(back), out / count, torch.log(count).expand_as(out)]
        at = torch.exp(-0.5 * ((inputs["places"].to(exists.dtype)[..., None] - self.centres) / self.breadth) ** 2)
        parts = [at, *plain, inputs["returns"].to(exists.dtype), kinds]
        if self.map.loops:
            parts.append(inputs["loops"].to(exists.dtype)[..., None])
        if self.map.node_numbers:
            known = inputs["known"].to(exists.dtype)
            parts += [inputs["node_numbers"] * known, known]
        features = self.first(torch.cat(parts, -1)) * exists
        weights = self._weights(inputs, edges, joined)
        for layer in self.layers:
            features = layer(features, weights) * exists
        by_place = (at.transpose(1, 2) @ (self.told(features) * exists)).flatten(1)
        whole = [torch.log1p(kinds.sum(1)), torch.log(count[:, 0])]
        return self.last(torch.cat([*whole, *_pool(features, exists, count), by_place], -1))

    def _weights(self, inputs: Tensors, edges: Tensor, joined: Tensor) -> Tensor:
        """Weight of the message to each node from each node, (n, groups, slots, slots)."""
        table = torch.cat([torch.zeros_like(self.relations[:1]), self.relations])
        weights = table[edges]
        if self.of_numbers is not None:
            weights = weights + torch.tanh(inputs["edge_numbers"] @ self.of_numbers) * joined[..., None]
        weights = weights.permute(0, 3, 1, 2)
        # An edge is kept at [from, to]: the second half of the groups hears along it, the first half against it.
        return weights if self.map.directions == 1 else torch.cat([weights, weights.transpose(2, 3)], 1)


class GraphLayer(nn.Module):
    """h + W2 silu(W1 norm([h, sum over neighbours of h])).

    Args:
        width: Features of a node.
    """

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.own = nn.Linear(width, width)
        self.heard = nn.Linear(width, width)
        self.down = nn.Linear(width, width)

    def forward(self, features: Tensor, weights: Tensor) -> Tensor:
        normed = self.norm(features)
        n, slots, width = normed.shape
        groups = weights.shape[1]
        apart = normed.view(n, slots, groups, width // groups).transpose(1, 2)
        heard = (weights @ apart).transpose(1, 2).reshape(n, slots, width)
        return features + self.down(functional.silu(self.own(normed) + self.heard(heard)))


def _pool(features: Tensor, exists: Tensor, count: Tensor) -> list[Tensor]:
    """Sum over the nodes, tamed by the root of the fit's scale, and maximum, each (n, width)."""
    # sum / sqrt(n) keeps the number of nodes in sight (a mean would not) without growing as fast as it does.
    total = features.sum(1) / count[:, 0].sqrt()
    highest = features.masked_fill(exists == 0, -torch.inf).amax(1)
    return [total, highest]
