"""The encoder of tables: values and a mask of which are shown, side by side."""

__all__ = ["TableEncoder"]

import torch
from torch import Tensor, nn

from gausscape.modality import Tensors
from gausscape.networks import DenseEncoder


class TableEncoder(nn.Module):
    """Values and mask side by side into a dense encoder.

    Args:
        inputs: Number of cells and parts together.
        latent: Number of latent coordinates.
        width: Features of each hidden layer.
        blocks: Number of residual blocks.
    """

    def __init__(self, inputs: int, latent: int, *, width: int, blocks: int):
        super().__init__()
        self.dense = DenseEncoder(inputs, latent, width=width, blocks=blocks)

    def forward(self, inputs: Tensors) -> tuple[Tensor, Tensor]:
        return self.dense(torch.cat([inputs["values"], inputs["mask"]], -1))
