"""Graph -> posterior, the same whatever its nodes are called: a linear map of what was counted, and a small network beside it."""

__all__ = ["GraphEncoder"]

import math

import torch
from torch import Tensor, nn

from gausscape.modalities.graphs.cells import CellMap
from gausscape.modalities.graphs.exact import ExactMeasures
from gausscape.modalities.graphs.soft_cells import soft_cells, soft_width
from gausscape.modality import Tensors
from gausscape.networks import DenseEncoder

LEAST_SPREAD = 1.0
SEEN = 0.02
MOST_ROWS = 1000
FIRST_LOG_STD = -1.0
WIDEST_LOG_STD = -1.0


class GraphEncoder(nn.Module):
    """Linear and nonlinear code of `soft_cells`; the first coordinates are `ExactMeasures`.

    What is exactly known of a graph is handed on exactly: from 131 graphs a network learns the number of nodes of another
    one only roughly, and a number that is copied needs no learning. The slots alone would make every edit look alike, because
    one early in the order shifts all slots behind it. The linear map begins as the principal components of the fit (Tipping &
    Bishop 1999).

    Args:
        cell_map: What a graph may hold.
        latent: Number of latent coordinates.
        size: Mean and unit of the number of nodes.
        width: Features of the hidden layers.
        blocks: Number of residual blocks.
        counted: How many of the first coordinates are exact measures; nothing else then moves them.
    """

    centre: Tensor
    gain: Tensor

    def __init__(
        self, cell_map: CellMap, latent: int, *, size: tuple[float, float], width: int, blocks: int, counted: int
    ):
        super().__init__()
        self.map, self.counted = cell_map, counted
        self.exact = ExactMeasures(counted, size=size)
        inputs = soft_width(cell_map)
        self.register_buffer("centre", torch.zeros(inputs))
        self.register_buffer("gain", torch.ones(inputs))
        self.straight = nn.Linear(inputs, latent - self.counted, bias=False)
        self.bent = DenseEncoder(inputs, latent, width=width, blocks=blocks)
        with torch.no_grad():
            self.bent.last.bias[latent:] = FIRST_LOG_STD

    def forward(self, inputs: Tensors) -> tuple[Tensor, Tensor]:
        found = (soft_cells(inputs, self.map, self.centre.dtype) - self.centre) * self.gain
        mean, log_std = self.bent(found)
        # Under mixed precision the code keeps its full precision.
        with torch.autocast(found.device.type, enabled=False):
            straight = self.straight(found)
        known = self.counted
        if not known:
            return mean + straight, log_std
        # What is copied is known well, whether or not the decoder has a use for it.
        log_std = torch.cat([log_std[:, :known].clamp_max(WIDEST_LOG_STD), log_std[:, known:]], -1)
        return torch.cat([self.exact(inputs, mean.dtype), mean[:, known:] + straight], -1), log_std

    def start_at(self, inputs: Tensors) -> None:
        """Centre on these graphs, bring counts to their spread, and begin with the principal components.

        What none of the graphs has is not read. Cells are not blown up: a rare one would move the code the most.
        """
        self.exact.start_at(inputs)
        found = soft_cells(inputs, self.map, torch.float32)
        self.centre.copy_(found.mean(0))
        spread = found.std(0, correction=0)
        self.gain.copy_(torch.where(spread > SEEN, 1 / spread.clamp_min(LEAST_SPREAD), 0.0))
        rows = ((found - self.centre) * self.gain)[:MOST_ROWS].double()
        # From the products of the rows with each other: there may be far more inputs than rows.
        values, vectors = torch.linalg.eigh(rows @ rows.T)
        wanted = min(self.straight.out_features, len(rows))
        values, vectors = values[-wanted:].flip(0), vectors[:, -wanted:].flip(1)
        axes = (rows.T @ vectors) * (math.sqrt(len(rows)) / values.clamp_min(1e-6))
        with torch.no_grad():
            self.straight.weight.zero_()
            self.straight.weight[:wanted] = torch.where(values > 1e-3, axes, 0.0).T.float()
