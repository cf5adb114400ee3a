"""Residual convolutions: two strided stages inward, two transposed ones outward."""

__all__ = ["ConvolutionalDecoder", "ConvolutionalEncoder"]

from torch import Tensor, nn
from torch.nn import functional

from gausscape.modalities.images.convolutions import channels_first

Size = tuple[int, int, int]


class _Block(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.norm = nn.GroupNorm(min(8, channels), channels)
        self.inner = nn.Conv2d(channels, channels, 3, padding=1)
        self.outer = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.outer.weight)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.outer(functional.silu(self.inner(functional.silu(self.norm(features)))))


class ConvolutionalEncoder(nn.Module):
    """Two strided stages with a residual block each, then a dense head."""

    suits_bfloat16 = True

    def __init__(self, image: Size, latent: int):
        super().__init__()
        height, width, channels = image
        self.image = image
        self.stages = nn.Sequential(
            nn.Conv2d(channels, 32, 3, stride=2, padding=1),
            _Block(32),
            nn.SiLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            _Block(64),
            nn.SiLU(),
            nn.Flatten(),
        )
        self.head = nn.Linear(64 * _quarter(height) * _quarter(width), 2 * latent)

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        mean, log_std = self.head(self.stages(channels_first(inputs["pixels"], self.image))).chunk(2, -1)
        return mean, log_std


class ConvolutionalDecoder(nn.Module):
    """A dense layer to a quarter of the size, then two transposed stages, cropped to the image."""

    suits_bfloat16 = True

    def __init__(self, image: Size, latent: int):
        super().__init__()
        height, width, channels = image
        self.image = image
        self.start = (64, _quarter(height), _quarter(width))
        self.head = nn.Linear(latent, 64 * self.start[1] * self.start[2])
        self.stages = nn.Sequential(
            _Block(64),
            nn.SiLU(),
            nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1),
            _Block(32),
            nn.SiLU(),
            nn.ConvTranspose2d(32, channels, 4, stride=2, padding=1),
        )

    def forward(self, z: Tensor) -> Tensor:
        height, width, _ = self.image
        output = self.stages(self.head(z).reshape(-1, *self.start))[:, :, :height, :width]
        return output.permute(0, 2, 3, 1).flatten(1)


def _quarter(side: int) -> int:
    return -(-side // 4)
