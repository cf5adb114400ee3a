"""A decoder whose last layer is local: neighbouring pixels come from the same few features."""

__all__ = ["SubpixelDecoder"]

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.networks import Decoder, DenseDecoder

Size = tuple[int, int, int]
MAPS = 8
FACTOR = 2
KERNEL = 3


class SubpixelDecoder(Decoder):
    """z (n, latent) -> feature maps of half the size, densely -> the four pixels of each place, from its 3 x 3 neighbours.

    Strokes and edges look alike everywhere, so a last layer that is the same everywhere describes unseen images better
    than a dense one of the same cost (sub-pixel convolution: Shi et al. 2016, section 3.2).

    Args:
        latent: Number of latent coordinates.
        image: Height, width and channels of one image.
        width, blocks, frequencies: Of the dense part, a `DenseDecoder`.

    Example:
        >>> SubpixelDecoder(2, (5, 8, 3))(torch.zeros(4, 2)).shape
        torch.Size([4, 120])
    """

    # Measured: its one small convolution costs less in bfloat16.
    suits_bfloat16 = True

    def __init__(self, latent: int, image: Size, *, width: int = 128, blocks: int = 2, frequencies: int = 0):
        super().__init__()
        height, columns, channels = image
        self.image = image
        self.maps = (MAPS * min(channels, 2), -(-height // FACTOR), -(-columns // FACTOR))
        places = self.maps[1] * self.maps[2]
        self.dense = DenseDecoder(latent, self.maps[0] * places, width=width, blocks=blocks, frequencies=frequencies)
        self.last = nn.Conv2d(self.maps[0], FACTOR**2 * channels, KERNEL, padding=KERNEL // 2, bias=False)
        self.shift = _Shift(height * columns * channels)

    def forward(self, z: Tensor) -> Tensor:
        height, width, channels = self.image
        depth, rows, columns = self.maps
        # Channels lie together in memory, as the convolution's fast path takes them.
        features = functional.silu(self.dense(z)).reshape(-1, rows, columns, depth).permute(0, 3, 1, 2)
        fine = self.last(features).reshape(-1, channels, FACTOR, FACTOR, rows, columns).permute(0, 4, 2, 5, 3, 1)
        whole = fine.reshape(-1, rows * FACTOR, columns * FACTOR, channels)
        return self.shift(whole[:, :height, :width].flatten(1))

    def start_at(self, output: Tensor) -> None:
        with torch.no_grad():
            self.shift.bias.copy_(output)

    def stretch(self, factor: Tensor) -> None:
        with torch.no_grad():
            self.last.weight.mul_(factor)


class _Shift(nn.Module):
    """One bias a pixel; that of the convolution itself would double the time of its backward pass."""

    def __init__(self, cells: int):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(cells))

    def forward(self, output: Tensor) -> Tensor:
        return output + self.bias
