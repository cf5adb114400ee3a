"""Networks for sequences: residual dense, strided convolutions along time, or own modules."""

__all__ = ["SeriesEncoder", "build_networks"]

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.architectures import BLOCKS, WIDTH, read_sizes
from gausscape.errors import ConfigurationError
from gausscape.networks import Decoder, DenseDecoder, DenseEncoder, Encoder, own_pair

MOST_STAGES = 4
SIZES = {"dense": {"width": WIDTH, "blocks": BLOCKS}, "convolutional": {"width": (1, 512), "stages": (1, MOST_STAGES)}}


def build_networks(
    shape: tuple[int, int], latent: int, *, size: int, gaps: bool, architecture: Any
) -> tuple["SeriesEncoder", nn.Module, Any]:
    """(encoder, decoder, document) for sequences of `shape` = (time, channels).

    Args:
        shape: Of one sequence.
        latent: Number of latent coordinates.
        size: Number of fitting sequences: small data get narrower networks.
        gaps: Whether the encoder sees which cells are there.
        architecture: None or "dense"; "convolutional"; a mapping {"name": "dense", "width": 128, "blocks": 2} or
            {"name": "convolutional", "width": 16, "stages": 3} of the sizes of one of these; or a pair of own modules:
            ((n, cells), or with gaps (n, 2 cells) -> (mean, log_std), z -> output (n, cells)).

    Raises:
        ConfigurationError: If it is none of these.
    """
    length, channels = shape
    cells = length * channels
    if isinstance(architecture, tuple | list):
        encoder, decoder, document = own_pair(architecture)
        return SeriesEncoder(encoder), decoder, document
    architecture = "dense" if architecture is None else architecture
    settings = {"name": architecture} if isinstance(architecture, str) else architecture
    if not isinstance(settings, dict) or settings.get("name") not in SIZES:
        raise ConfigurationError(
            "An architecture of sequences needs 'dense', 'convolutional', a mapping with such a name and sizes, or a pair of torch "
            f"modules, but got {architecture!r}. Choose one of these."
        )
    name = settings["name"]
    asked = {key: value for key, value in settings.items() if key != "name"}
    sizes = _usual_sizes(name, size, length) | read_sizes(asked, SIZES[name], of=f"The architecture {name}")
    document = {"name": name, **sizes}
    if name == "dense":
        encoder = DenseEncoder(cells * (1 + gaps), latent, **sizes)
        return SeriesEncoder(encoder), DenseDecoder(latent, cells, **sizes), document
    widths = (sizes["width"], *[2 * sizes["width"]] * (sizes["stages"] - 1))
    encoder = _ConvolutionalEncoder(shape, latent, widths=widths, gaps=gaps)
    return SeriesEncoder(encoder), _ConvolutionalDecoder(shape, latent, widths=widths), document


def _usual_sizes(name: str, size: int, length: int) -> dict[str, int]:
    if name == "dense":
        return {"width": 256 if size >= 20_000 else 192 if size >= 2_000 else 128, "blocks": 2}
    return {"width": 32 if size >= 2_000 else 16, "stages": max(1, min(MOST_STAGES, (length // 4).bit_length()))}


class SeriesEncoder(nn.Module):
    """Hands the values, and where there are gaps the mask beside them, to an encoder of flat rows."""

    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        return self.encoder(self._rows(inputs))

    def start_at(self, inputs: dict[str, Tensor]) -> None:
        """Centre a built-in dense encoder on typical rows; others start as they are."""
        if isinstance(self.encoder, Encoder):
            self.encoder.start_at(self._rows(inputs).mean(0))

    @staticmethod
    def _rows(inputs: dict[str, Tensor]) -> Tensor:
        return torch.cat([inputs["series"], inputs["mask"]], -1) if "mask" in inputs else inputs["series"]


class _Block(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.GroupNorm(min(8, width), width)
        self.inner = nn.Conv1d(width, width, 5, padding=2)
        self.outer = nn.Conv1d(width, width, 5, padding=2)
        nn.init.zeros_(self.outer.weight)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.outer(functional.silu(self.inner(functional.silu(self.norm(features)))))


class _ConvolutionalEncoder(nn.Module):
    """Strided stages with a residual block each, then a dense head."""

    def __init__(self, shape: tuple[int, int], latent: int, *, widths: tuple[int, ...], gaps: bool):
        super().__init__()
        self.shape, self.planes = shape, 1 + gaps
        layers: list[nn.Module] = []
        before, length = shape[1] * self.planes, shape[0]
        for width in widths:
            layers += [nn.Conv1d(before, width, 5, stride=2, padding=2), _Block(width), nn.SiLU()]
            before, length = width, -(-length // 2)
        self.stages = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(before * length, 2 * latent)
        with torch.no_grad():
            self.head.weight[latent:].zero_()

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        planes = rows.reshape(-1, self.planes, *self.shape).permute(0, 1, 3, 2).flatten(1, 2)
        mean, log_std = self.head(self.stages(planes)).chunk(2, -1)
        return mean, log_std


class _ConvolutionalDecoder(Decoder):
    """A dense layer to the shortest stage, then transposed stages, cut to the length; a constant is learned beside them."""

    def __init__(self, shape: tuple[int, int], latent: int, *, widths: tuple[int, ...]):
        super().__init__()
        self.shape = shape
        length = shape[0]
        for _ in widths:
            length = -(-length // 2)
        self.start = (widths[-1], length)
        self.head = nn.Linear(latent, widths[-1] * length)
        layers: list[nn.Module] = []
        outward = [*widths[::-1][1:], None]
        for width, after in zip(widths[::-1], outward, strict=True):
            layers += [_Block(width), nn.SiLU(), nn.ConvTranspose1d(width, after or shape[1], 4, stride=2, padding=1)]
        self.stages = nn.Sequential(*layers)
        self.constant = nn.Parameter(torch.zeros(shape[0] * shape[1]))

    def forward(self, z: Tensor) -> Tensor:
        output = self.stages(self.head(z).reshape(-1, *self.start))[:, :, : self.shape[0]]
        return output.permute(0, 2, 1).flatten(1) + self.constant

    def start_at(self, output: Tensor) -> None:
        with torch.no_grad():
            self.constant.copy_(output)

    def stretch(self, factor: Tensor) -> None:
        with torch.no_grad():
            weight, _ = self.stages[-1].parameters()
            weight.mul_(factor)
