"""The law of a graph, given a decoder's output: how many nodes, of which types, joined to whom.

The nodes stand in an order in which (almost) every node has an earlier neighbour. A row of the law belongs to a node: it
draws the earliest of its neighbours among the nodes before it, then each node between that and itself as a further
neighbour. Each graph in that order is reached in exactly one way, so that the probabilities add up to one, and every
draw hangs together.
"""

__all__ = ["GraphLikelihood"]

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.gaussian import LOG_2_PI
from gausscape.modalities.graphs.choices import DIRECTIONS, FIRST_STD, FLOOR, NEVER
from gausscape.modalities.graphs.draws import GraphDraws

EVEN = 0.5
FAR_SIZE = 2.5


class GraphLikelihood(GraphDraws):
    """Size, node types, earliest neighbours, further neighbours, directions, edge types, self-loops and numbers.

    Args:
        cell_map: What the cells say.
        centre: Mean number of nodes in the fit.
        unit: Standard deviation of the number of nodes, in which the size cell is stated.
        disconnected: Whether a node may have no earlier neighbour.

    Example:
        >>> from gausscape.modalities.graphs.cells import CellMap
        >>> cells = CellMap(slots=3, types=1, edge_types=1, directions=1, loops=False, node_numbers=0, edge_numbers=0)
        >>> law = GraphLikelihood(cells, centre=2.0, unit=1.0, disconnected=False)
        >>> one_edge = torch.tensor([[0.0, 1, 1, 0, 1, 0, 0]])  # two nodes, joined
        >>> round(law.log_likelihood(torch.zeros(1, law.outputs), one_edge).exp().item(), 3)  # of sizes 1, 2 and 3
        0.414
    """

    # -- score --------------------------------------------------------------------------------------------------------

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        own, blocks = self.parts(output), self.map.split(cells)
        seen = None if observed is None else self.map.split(observed)
        exists, edge, at_all = self._skeleton(blocks)
        last = exists - torch.cat([exists[:, 1:], torch.zeros_like(exists[:, :1])], 1)
        score = (last * self._log_sizes(own)).sum(-1)
        if self.map.types > 1:
            score = score + (blocks.types.flatten(1) * self._log_types(own).flatten(1)).sum(-1)
        score = score + self._wiring_score(own, exists, at_all)
        if self.map.directions > 1:
            log_direction = torch.log_softmax(own["direction"].unflatten(-1, (-1, DIRECTIONS)), -1)
            score = score + (_direction_flags(edge) * log_direction).flatten(1).sum(-1)
        if self.map.edge_types > 1:
            score = score + (blocks.edges.flatten(1) * self._log_edge_types(own).flatten(1)).sum(-1)
        if self.map.loops:
            terms = blocks.loops * own["loops"] - functional.softplus(own["loops"])
            score = score + (exists * terms).sum(-1)
        if self.map.node_numbers:
            mask = exists[..., None] if seen is None else exists[..., None] * seen.node_numbers
            terms = _gaussian(
                blocks.node_numbers, own["node_numbers"].view_as(blocks.node_numbers), self._std(self.node_log_std)
            )
            score = score + (terms * mask).flatten(1).sum(-1)
        if self.map.edge_numbers:
            mask = edge[..., None] if seen is None else edge[..., None] * seen.edge_numbers
            terms = _gaussian(
                blocks.edge_numbers, own["edge_numbers"].view_as(blocks.edge_numbers), self._std(self.edge_log_std)
            )
            score = score + (terms * mask).flatten(1).sum(-1)
        return score

    def _wiring_score(self, own: dict[str, Tensor], exists: Tensor, at_all: Tensor) -> Tensor:
        joined = self.map.square(at_all)
        before = joined.cumsum(-1) - joined
        first = joined * (before == 0)
        log_first, log_none = self._log_first(own)
        score = (first * log_first.clamp_min(NEVER)).flatten(1).sum(-1)
        if self.disconnected:
            alone = exists[:, 1:] * (joined[:, 1:].sum(-1) == 0)
            score = score + (alone * log_none).sum(-1)
        logits = self.map.square(own["further"])
        return score + ((joined * logits - functional.softplus(logits)) * (before > 0) * self._below).flatten(1).sum(-1)

    # -- information --------------------------------------------------------------------------------------------------

    def information(self, output: Tensor) -> Tensor:
        return torch.cat(
            [weight * share * (1 - share) if share is not None else weight for weight, share in self._fisher(output)],
            -1,
        )

    def scaled_tangent(self, output: Tensor, tangent: Tensor) -> Tensor:
        # Where a choice is made with probability w, its logits carry w (diag(p) - p p'); the mean of a normal law w / std^2.
        least = torch.finfo(output.dtype).tiny
        own, found, told = self.parts(tangent), [], dict(zip(self.widths, self._fisher(output), strict=True))
        of_first = told["first"][1], told["none"][1]
        for name, (weight, share) in told.items():
            moved = own[name]
            if not self.widths[name]:
                found.append(moved)
            elif share is None:
                found.append(weight.clamp_min(least).sqrt() * moved)
            elif name in ("further", "loops"):
                found.append((weight * share * (1 - share)).clamp_min(least).sqrt() * moved)
            else:
                centred = moved - self._average(name, share, own, of_first)
                found.append((weight * share).clamp_min(least).sqrt() * centred)
        return torch.cat(found, -1)

    def _average(self, name: str, share: Tensor, own: dict[str, Tensor], of_first: tuple) -> Tensor:
        """Mean of the tangent over each choice, in the shape of the tangent."""
        moved = own[name]
        if name in ("first", "none"):
            whole = self.map.square(of_first[0] * own["first"]).sum(-1)
            if self.disconnected:
                whole = whole + functional.pad(of_first[1] * own["none"], (1, 0))
            return whole[..., self.map.later] if name == "first" else whole[..., 1:]
        levels = {"types": self.map.types, "edge_types": self.map.edge_types, "direction": DIRECTIONS}[name]
        mean = (share * moved).unflatten(-1, (-1, levels)).sum(-1, keepdim=True)
        return mean.expand(*mean.shape[:-1], levels).flatten(-2)

    def _fisher(self, output: Tensor) -> list[tuple[Tensor, Tensor | None]]:
        """For each part of the output (weight, probability), or (information, None) of a mean."""
        own, n = self.parts(output), len(output)
        exists, edge = self._existence(own)
        first, passed = self._first(own)
        later, earlier = self.map.later, self.map.earlier
        at_all = (exists[..., None] * (first + passed * torch.sigmoid(self.map.square(own["further"]))))[
            :, later, earlier
        ]
        none = self._log_first(own)[1].exp() if self.disconnected else own["none"]
        direction = own["direction"]
        if self.map.directions > 1:
            direction = torch.softmax(direction.unflatten(-1, (-1, DIRECTIONS)), -1).flatten(1)
        types = self._log_types(own).exp().flatten(1) if self.map.types > 1 else own["types"]
        kinds = self._log_edge_types(own).exp().flatten(1) if self.map.edge_types > 1 else own["edge_types"]

        def wide(weights: Tensor, name: str) -> Tensor:
            """One weight for each output of the part."""
            width = self.widths[name]
            return weights.repeat_interleave(width // weights.shape[1], 1) if width else weights[:, :0]

        of_node = wide(exists, "node_numbers") / self._std(self.node_log_std).square().repeat(self.map.slots)
        edges = edge.flatten(1)
        of_edge = wide(edges, "edge_numbers") / self._std(self.edge_log_std).square().repeat(edges.shape[1])
        return [
            (self._size_information(own), None),
            (wide(exists, "types"), types),
            (exists[:, later], first[:, later, earlier]),
            (exists[:, 1:] if self.disconnected else none, none),
            ((exists[..., None] * passed)[:, later, earlier], torch.sigmoid(own["further"])),
            (wide(at_all, "direction"), direction),
            (wide(edges, "edge_types"), kinds),
            (exists if self.map.loops else own["loops"], torch.sigmoid(own["loops"])),
            (of_node.reshape(n, -1), None),
            (of_edge.reshape(n, -1), None),
        ]

    def _size_information(self, own: dict[str, Tensor]) -> Tensor:
        # An exponential family whose statistic is the number of nodes: its variance, times the slope of the parameter squared.
        counts = torch.arange(1, self.map.slots + 1, dtype=own["size"].dtype)
        share = self._log_sizes(own).exp()
        mean = (share * counts).sum(-1, keepdim=True)
        variance = (share * (counts - mean) ** 2).sum(-1, keepdim=True)
        return variance * (self.unit / self._size_std**2) ** 2

    # -- where to start -----------------------------------------------------------------------------------------------

    def initial_output(self, cells: Tensor) -> Tensor:
        blocks = self.map.split(cells)
        exists, edge, at_all = self._skeleton(blocks)
        there = exists.sum(0)
        size = blocks.size.mean(0, keepdim=True)
        joined = self.map.square(at_all)
        before = joined.cumsum(-1) - joined
        first = (joined * (before == 0)).sum(0) + EVEN / torch.arange(self.map.slots).clamp_min(1)[:, None]
        more = ((joined * (before > 0)).sum(0) + EVEN * 0.2, ((before > 0) * exists[..., None]).sum(0) + EVEN)
        later, earlier = self.map.later, self.map.earlier
        found = {
            "size": size,
            "types": torch.log(blocks.types.sum(0) + EVEN).flatten(),
            "first": torch.log(first)[later, earlier],
            "none": torch.log(there[1:] - (joined[:, 1:].sum(-1) > 0).sum(0) + EVEN),
            "further": torch.logit((more[0] / more[1]).clamp(0.002, 0.9))[later, earlier],
            "direction": torch.log(_direction_flags(edge).sum(0) + EVEN).flatten()
            if self.map.directions > 1
            else size[:0],
            "edge_types": torch.log(blocks.edges.sum(0) + EVEN).flatten(),
            "loops": torch.logit(((blocks.loops.sum(0) + EVEN) / (there + 1)).clamp(0.002, 0.998))
            if self.map.loops
            else size[:0],
            "node_numbers": (blocks.node_numbers.sum(0) / there.clamp_min(1)[:, None]).flatten(),
            "edge_numbers": (blocks.edge_numbers.sum(0) / edge.sum(0).clamp_min(1)[..., None]).flatten(),
        }
        return torch.cat([found[name] if width else size[:0] for name, width in self.widths.items()])

    def journeys(self) -> list[tuple[nn.Parameter, float]]:
        far = math.log(FIRST_STD / FLOOR)
        found = [(scale, far) for scale in (self.node_log_std, self.edge_log_std) if isinstance(scale, nn.Parameter)]
        return [(self.size_log_std, FAR_SIZE), *found]


def _gaussian(values: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return -0.5 * (((values - mean) / std) ** 2 + LOG_2_PI) - torch.log(std)


def _direction_flags(edge: Tensor) -> Tensor:
    """Edges by direction (n, pairs, 2) as forward only, backward only, both, (n, pairs, 3)."""
    forward, backward = edge.unbind(-1)
    return torch.stack([forward * (1 - backward), backward * (1 - forward), forward * backward], -1)
