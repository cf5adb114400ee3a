"""Built-in networks for images, by name: how wide they are by default, and the sizes that a saved space records."""

__all__ = ["DEFAULT", "MAP", "NAMES", "FlatEncoder", "built_in_networks"]

from typing import Any

from torch import Tensor, nn

from gausscape.architectures import BLOCKS, WIDTH, read_sizes
from gausscape.configuration import where
from gausscape.errors import ConfigurationError
from gausscape.modalities.images.residual import ConvolutionalDecoder, ConvolutionalEncoder
from gausscape.modalities.images.strided import StridedEncoder
from gausscape.modalities.images.subpixel import SubpixelDecoder
from gausscape.networks import DenseDecoder, DenseEncoder, Encoder

Size = tuple[int, int, int]

DEFAULT = "subpixel"
NAMES = ("subpixel", "dense", "convolutional")
MAP = 3  # coordinates up to which a space is looked at as a map
WAVES = 128
SIZES = {"width": WIDTH, "blocks": BLOCKS}
PARTS = {"encoder": SIZES | {"filters": (0, 512)}, "decoder": SIZES | {"frequencies": (0, 4096)}}


class FlatEncoder(nn.Module):
    """Hands the flat pixels of the inputs to an encoder."""

    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        return self.encoder(inputs["pixels"])

    def start_at(self, pixels: Tensor) -> None:
        """Centre a built-in encoder on the typical pixels; others start as they are."""
        if isinstance(self.encoder, Encoder):
            self.encoder.start_at(pixels)


def built_in_networks(image: Size, latent: int, *, size: int, settings: dict) -> tuple[nn.Module, nn.Module, dict]:
    """(encoder, decoder, document) of the architecture that `settings` name.

    Args:
        image: Height, width and channels of one image.
        latent: Number of latent coordinates.
        size: Number of fitting images, which decides about every size that `settings` leave open.
        settings: {"name": one of NAMES}, and for "subpixel" and "dense" sizes of the "encoder" (width, blocks, filters: 0 for none,
            else of a strided convolution before it, and a second of twice as many) and the "decoder" (width, blocks, frequencies).

    Raises:
        ConfigurationError: If an entry is unknown or impossible; its line is named if it has one.
    """
    name = settings["name"]
    if name not in NAMES:
        raise ConfigurationError(
            f"A built-in architecture of images needs a name among {', '.join(NAMES)}, but got {name!r}{where(settings, 'name')}. "
            "Choose one."
        )
    asked = {key: value for key, value in settings.items() if key != "name"}
    if name == "convolutional":
        if asked:
            raise ConfigurationError(
                f"The architecture convolutional has one size only, but {', '.join(map(repr, asked))} came"
                f"{where(settings, next(iter(asked)))}. Leave that out, or write the layers in the terms of Keras."
            )
        return ConvolutionalEncoder(image, latent), ConvolutionalDecoder(image, latent), {"name": name}
    for key in asked:
        if key not in PARTS:
            raise ConfigurationError(
                f"The architecture {name} takes name, encoder and decoder, but {key!r} came{where(settings, key)}. Remove it."
            )
    parts = {
        key: usual | read_sizes(asked.get(key), PARTS[key], of=f"The {key} of the architecture {name}")
        for key, usual in _usual_sizes(name, latent, size).items()
    }
    cells = image[0] * image[1] * image[2]
    outer, inner = dict(parts["encoder"]), parts["decoder"]
    filters = outer.pop("filters")
    encoder = StridedEncoder(image, latent, filters=filters, **outer) if filters else DenseEncoder(cells, latent, **outer)
    decoder = SubpixelDecoder(latent, image, **inner) if name == "subpixel" else DenseDecoder(latent, cells, **inner)
    return FlatEncoder(encoder), decoder, {"name": name, **parts}


def _usual_sizes(name: str, latent: int, size: int) -> dict[str, dict[str, Any]]:
    # A map of few coordinates is limited by its decoder: its encoder can be small, and its decoder sees z through waves.
    is_map = latent <= MAP
    inward = 1.0 if size >= 20_000 else 0.75 if size >= 2_000 else 0.25
    # Of two or three thousand images a decoder of half the width tells unseen ones as well, and a page that holds it is half as large.
    outward = 1.0 if size >= 20_000 else 0.75 if size >= 4_000 else 0.5 if size >= 2_000 else 0.25
    return {
        "encoder": {"width": int(inward * (256 if is_map else 384)), "blocks": 1 if is_map else 2, "filters": 0},
        "decoder": {
            "width": int(outward * (384 if name == "subpixel" else 512)),
            "blocks": 2,
            "frequencies": WAVES if is_map else 0,
        },
    }
