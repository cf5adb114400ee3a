"""Graphs that follow from a decoder's output: expected, drawn, and observed again with what another one leaves out."""

__all__ = ["GraphDraws"]

import torch
from torch import Tensor
from torch.nn import functional

from gausscape.modalities.graphs.cells import Blocks
from gausscape.modalities.graphs.choices import DIRECTIONS, GraphChoices


class GraphDraws(GraphChoices):
    """Expected cells, draws of cells, and cells with the residual of another graph."""

    @property
    def chooses(self) -> bool:
        # Expected cells are read as the likeliest graph, which is a graph; a draw of the wiring hardly ever is one like
        # the data. A real graph that is moved keeps what its code leaves out.
        return False

    def mean(self, output: Tensor) -> Tensor:
        own = self.parts(output)
        size = self._log_sizes(own).exp()
        counts = torch.arange(1, self.map.slots + 1, dtype=output.dtype)
        exists, edge = self._existence(own)
        n = len(output)
        types = self._log_types(own).exp() if self.map.types > 1 else output.new_ones(n, self.map.slots, 1)
        kinds = self._edge_types(own, n)
        return Blocks(
            ((size * counts).sum(-1) - self.centre) / self.unit,
            exists[..., None] * types,
            edge[..., None] * kinds,
            exists * torch.sigmoid(own["loops"]) if self.map.loops else own["loops"],
            exists[..., None] * own["node_numbers"].reshape(n, self.map.slots, self.map.node_numbers),
            edge[..., None]
            * own["edge_numbers"].reshape(n, self.map.pairs, self.map.directions, self.map.edge_numbers),
        ).row()

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        """Each pair answers to its own noise: a pair that becomes likelier is never given up by its own number.

        Sizes and pairs are cut from the distribution function, types take the largest noisy logit (Gumbel 1954).
        """
        own, numbers = self.parts(output.double()), self.map.split(noise.double())
        n, slots = len(output), self.map.slots
        upto = self._log_sizes(own).exp().cumsum(-1)
        count = 1 + (torch.special.ndtr(numbers.size)[:, None] > upto[:, :-1]).sum(-1)
        exists = (torch.arange(slots) < count[:, None]).double()
        types = exists.new_ones(n, slots, 1)
        if self.map.types > 1:
            chosen = (self._log_types(own) + _gumbel(torch.special.ndtr(numbers.types))).argmax(-1)
            types = functional.one_hot(chosen, self.map.types).double()
        uniform = torch.special.ndtr(-numbers.edges)
        joined, left = self._drawn_pairs(own, exists, uniform[:, :, 0, 0])
        edge, left = self._drawn_directions(own, joined, left)
        kinds = exists.new_ones(n, self.map.pairs, self.map.directions, 1)
        if self.map.edge_types > 1:
            # What decided the pair has used up a part of its first number: what is left of it is uniform again.
            uniform = torch.cat([torch.cat([left[..., None, None], uniform[:, :, :1, 1:]], -1), uniform[:, :, 1:]], 2)
            chosen = (self._log_edge_types(own) + _gumbel(uniform)).argmax(-1)
            kinds = functional.one_hot(chosen, self.map.edge_types).double()
        loops = (
            (torch.special.ndtr(-numbers.loops) < torch.sigmoid(own["loops"])).double()
            if self.map.loops
            else numbers.loops
        )
        if self.map.loops:
            loops = loops * exists
        node = own["node_numbers"].view_as(numbers.node_numbers) + self._std(self.node_log_std) * numbers.node_numbers
        of_edge = (
            own["edge_numbers"].view_as(numbers.edge_numbers) + self._std(self.edge_log_std) * numbers.edge_numbers
        )
        return (
            Blocks(
                (count - self.centre) / self.unit,
                exists[..., None] * types,
                edge[..., None] * kinds,
                loops,
                exists[..., None] * node,
                edge[..., None] * of_edge,
            )
            .row()
            .to(output.dtype)
        )

    def _drawn_pairs(self, own: dict[str, Tensor], exists: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        """Which pairs are joined, (n, pairs), and a number for each that is uniform given that."""
        first, passed = self._first(own)
        # A node is the earliest neighbour, given that none before it is, with this probability.
        rest = (1 - passed).clamp_min(1e-12)
        hazard = (first / rest).clamp(0, 1)
        if not self.disconnected:  # rounding must leave nobody alone
            last = torch.arange(self.map.slots)[1:]
            hazard[:, last, last - 1] = 1.0
        later, earlier = self.map.later, self.map.earlier
        hit = self.map.square(exists[:, later] * (uniform < hazard[:, later, earlier]))
        opened = (hit.cumsum(-1) - hit) > 0
        chance = torch.where(opened, torch.sigmoid(self.map.square(own["further"])), hazard)[:, later, earlier]
        joined = exists[:, later] * (uniform < chance)
        return joined, (uniform / chance.clamp_min(1e-300)).clamp(1e-12, 1 - 1e-12)

    def _drawn_directions(self, own: dict[str, Tensor], joined: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        if self.map.directions == 1:
            return joined[..., None], uniform
        # Both stands between the two, so that a small move of the probabilities takes away or adds one direction.
        chance = torch.softmax(own["direction"].unflatten(-1, (-1, DIRECTIONS)), -1)[..., [0, 2, 1]]
        upto = chance.cumsum(-1)
        state = (uniform[..., None] > upto[..., :-1]).sum(-1)
        width = chance.gather(-1, state[..., None])[..., 0]
        below = upto.gather(-1, state[..., None])[..., 0] - width
        left = ((uniform - below) / width.clamp_min(1e-300)).clamp(1e-12, 1 - 1e-12)
        return torch.stack([joined * (state < 2), joined * (state > 0)], -1), left

    def renoise(self, output: Tensor, residual: Tensor, generator: torch.Generator) -> Tensor:
        """Expected cells and the residual added: `build_graphs` makes a graph of any cells.

        Where the other graph's residual comes from a choice that is surer here, it counts for less, in the ratio of the two
        standard deviations: what surprises in one place is no noise of another place where nothing is in doubt.
        """
        expected, left = self.map.split(self.mean(output)), self.map.split(residual)
        return Blocks(
            expected.size + left.size,
            _with_surprise(expected.types, left.types),
            _with_surprise(expected.edges, left.edges),
            _with_surprise(expected.loops, left.loops),
            expected.node_numbers + left.node_numbers,
            expected.edge_numbers + left.edge_numbers,
        ).row()


def _with_surprise(share: Tensor, residual: Tensor) -> Tensor:
    # A residual is 0 or 1 less a probability, and so tells that probability.
    other = torch.where(residual < 0, -residual, 1 - residual)
    ratio = (share * (1 - share)).clamp_min(0) / (other * (1 - other)).clamp_min(torch.finfo(share.dtype).tiny)
    return share + residual * ratio.clamp_max(1).sqrt()


def _gumbel(uniform: Tensor) -> Tensor:
    return -torch.log(-torch.log(uniform.clamp(1e-300, 1 - 1e-16)))
