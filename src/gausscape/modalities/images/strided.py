"""An encoder whose first two layers are strided convolutions: strokes are looked for alike everywhere."""

__all__ = ["StridedEncoder"]

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.modalities.images.convolutions import channels_first
from gausscape.networks import DenseEncoder, Encoder

KERNEL, STRIDE = 5, 2


class StridedEncoder(Encoder):
    """Pixels (n, cells) -> mean and log standard deviation, each (n, latent).

    Args:
        image: Height, width and channels of one image.
        latent: Number of latent coordinates.
        filters: Of the first convolution; the second has twice as many.
        width, blocks: Of the dense part, a `DenseEncoder`.

    Example:
        >>> mean, log_std = StridedEncoder((5, 8, 3), 2, filters=4)(torch.zeros(6, 120))
        >>> mean.shape, log_std.shape
        (torch.Size([6, 2]), torch.Size([6, 2]))
    """

    # Measured: where few channels go in, and they lie together in memory, these cost less in bfloat16.
    suits_bfloat16 = True

    def __init__(self, image: tuple[int, int, int], latent: int, *, filters: int, width: int = 128, blocks: int = 2):
        super().__init__()
        height, columns, channels = image
        self.image = image
        self.register_buffer("centre", torch.zeros(height * columns * channels))
        self.first = nn.Conv2d(channels, filters, KERNEL, stride=STRIDE, padding=KERNEL // 2)
        self.second = nn.Conv2d(filters, 2 * filters, KERNEL, stride=STRIDE, padding=KERNEL // 2)
        places = -(-height // STRIDE**2) * -(-columns // STRIDE**2)
        self.dense = DenseEncoder(2 * filters * places, latent, width=width, blocks=blocks)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        images = channels_first(pixels - self.centre, self.image).contiguous(memory_format=torch.channels_last)
        features = functional.silu(self.second(functional.silu(self.first(images))))
        return self.dense(features.permute(0, 2, 3, 1).flatten(1))
