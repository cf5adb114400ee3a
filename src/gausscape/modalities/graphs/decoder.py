"""z -> the parameters of the law of a graph; the number of nodes on a way of its own."""

__all__ = ["GraphDecoder"]

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.networks import ResidualBlock

STEP = 0.3


class GraphDecoder(nn.Module):
    """A residual perceptron and a linear map of z, and of which slots the number of nodes fills.

    Args:
        latent: Number of latent coordinates.
        outputs: Number of outputs, the first of which is the number of nodes in the units of the size cell.
        slots: Number of slots.
        size: Mean and unit of the number of nodes.
        width: Features of each hidden layer.
        blocks: Number of residual blocks.
        dropped: Percentage of the last hidden features that are left out in training (Srivastava et al. 2014).
        counted: Whether the first coordinate is the number of nodes, which is then copied.
    """

    def __init__(
        self,
        latent: int,
        outputs: int,
        *,
        slots: int,
        size: tuple[float, float],
        width: int,
        blocks: int,
        dropped: int,
        counted: bool,
    ):
        super().__init__()
        self.slots, self.size, self.dropped, self.counted = slots, size, dropped / 100, int(counted)
        self.first = nn.Linear(latent + self.counted * slots, width)
        self.blocks = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        self.last = nn.Linear(width, outputs - self.counted)
        self.straight = nn.Linear(latent, outputs - self.counted, bias=False)
        nn.init.zeros_(self.straight.weight)

    def forward(self, z: Tensor) -> Tensor:
        inputs = z
        if self.counted:
            # Slot k is filled from k nodes on: where that begins matters to the wiring of its neighbours.
            centre, unit = self.size
            places = torch.arange(self.slots, dtype=z.dtype) + 0.5
            inputs = torch.cat([z, torch.sigmoid((z[..., :1] * unit + centre - places) / STEP)], -1)
        hidden = functional.silu(self.blocks(self.first(inputs)))
        if self.training and self.dropped:
            hidden = hidden * self._mask(z, hidden.shape)
        output = self.last(hidden) + self.straight(z)
        return torch.cat([z[..., :1], output], -1) if self.counted else output

    def _mask(self, z: Tensor, shape: torch.Size) -> Tensor:
        # Drawn from z, which is itself a draw: no other random state is read, and a resumed training gives the same bytes.
        seed = int(z.detach().double().sum().view(torch.int64)) & (2**63 - 1)
        generator = torch.Generator(z.device).manual_seed(seed)
        kept = torch.rand(shape, generator=generator, device=z.device) >= self.dropped
        return kept.to(z.dtype) / (1 - self.dropped)

    def start_at(self, output: Tensor) -> None:
        """Start near the constant `output` (outputs,)."""
        with torch.no_grad():
            self.last.bias.copy_(output[self.counted :])
