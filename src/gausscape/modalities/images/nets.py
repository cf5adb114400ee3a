"""Networks for images: dense (the last layer local), residual convolutional, convolutions in Keras terms, or own modules."""

__all__ = ["MAP", "FlatEncoder", "build_networks"]

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.configuration import where
from gausscape.errors import ConfigurationError, ShapeError
from gausscape.modalities.images.convolutions import SameConvolution, SameTransposed, mirrored
from gausscape.modalities.images.subpixel import SubpixelDecoder
from gausscape.networks import DenseDecoder, DenseEncoder

Size = tuple[int, int, int]

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.3),
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "swish": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "linear": nn.Identity,
}
DEFAULT = "subpixel"
MAP = 3  # coordinates up to which a space is looked at as a map
WAVES = 128
ENCODER_KEYS = {"filters", "kernel_sizes", "activations", "strides", "latent_dim", "input_shape"}
DECODER_KEYS = {"filters", "kernel_sizes", "activations", "strides", "latent_dim", "reshape"}


def build_networks(
    image: Size, latent: int, *, size: int, architecture: Any, logits: bool
) -> tuple[nn.Module, nn.Module, Any]:
    """(encoder, decoder, document) for images of `image` = (height, width, channels).

    Args:
        image: Size of one image.
        latent: Number of latent coordinates.
        size: Number of fitting images: small data get narrower networks.
        architecture: None for "subpixel", whose decoder is dense up to half the size and local from there; "dense";
            "convolutional"; a mapping {"encoder": {...}, "decoder": {...}} in the terms of Keras (lists with one entry
            a layer); or a pair of own modules: (pixels (n, cells) -> (mean, log_std), z -> output (n, cells)).
        logits: Whether the outputs are logits, so that a last sigmoid belongs to the likelihood.

    Raises:
        ConfigurationError: If an entry is unknown, missing or impossible; its line is named if it has one.
    """
    if isinstance(architecture, tuple | list):
        return _own(architecture, image, latent)
    architecture = DEFAULT if architecture is None else architecture
    if isinstance(architecture, str) and architecture in DECODERS:
        return _dense_encoder(image, latent, size), DECODERS[architecture](image, latent, size), architecture
    if architecture == "convolutional":
        return _ConvolutionalEncoder(image, latent), _ConvolutionalDecoder(image, latent), architecture
    if isinstance(architecture, dict):
        return *_keras(architecture, image, latent, logits), _plain(architecture)
    raise ConfigurationError(
        "An architecture of images needs 'subpixel', 'dense', 'convolutional', a mapping with encoder and decoder, or a pair of "
        f"torch modules, but got {architecture!r}. Choose one of these."
    )


class FlatEncoder(nn.Module):
    """Hands the flat pixels of the inputs to an encoder."""

    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        return self.encoder(inputs["pixels"])

    def start_at(self, pixels: Tensor) -> None:
        """Centre a dense encoder on the typical pixels; others start as they are."""
        if isinstance(self.encoder, DenseEncoder):
            self.encoder.start_at(pixels)


def _share(size: int) -> float:
    # Of two or three thousand images a decoder of half the width tells unseen ones as well, and a page that holds it is half as large.
    return 1.0 if size >= 20_000 else 0.75 if size >= 4_000 else 0.5 if size >= 2_000 else 0.25


def _subpixel(image: Size, latent: int, size: int) -> nn.Module:
    return SubpixelDecoder(latent, image, width=int(384 * _share(size)), blocks=2, frequencies=_waves(latent))


def _dense(image: Size, latent: int, size: int) -> nn.Module:
    cells = image[0] * image[1] * image[2]
    return DenseDecoder(latent, cells, width=int(512 * _share(size)), blocks=2, frequencies=_waves(latent))


def _dense_encoder(image: Size, latent: int, size: int) -> nn.Module:
    # A map of few coordinates is limited by its decoder: its encoder can be small, and its decoder sees z through waves.
    is_map = latent <= MAP
    share = 1.0 if size >= 20_000 else 0.75 if size >= 2_000 else 0.25
    cells = image[0] * image[1] * image[2]
    return FlatEncoder(
        DenseEncoder(cells, latent, width=int(share * (256 if is_map else 384)), blocks=1 if is_map else 2)
    )


def _waves(latent: int) -> int:
    return WAVES if latent <= MAP else 0


DECODERS = {"subpixel": _subpixel, "dense": _dense}


class _ConvolutionalBlock(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.norm = nn.GroupNorm(min(8, channels), channels)
        self.inner = nn.Conv2d(channels, channels, 3, padding=1)
        self.outer = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.outer.weight)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.outer(functional.silu(self.inner(functional.silu(self.norm(features)))))


class _ConvolutionalEncoder(nn.Module):
    """Two strided stages with a residual block each, then a dense head."""

    suits_bfloat16 = True

    def __init__(self, image: Size, latent: int):
        super().__init__()
        height, width, channels = image
        self.image = image
        self.stages = nn.Sequential(
            nn.Conv2d(channels, 32, 3, stride=2, padding=1),
            _ConvolutionalBlock(32),
            nn.SiLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            _ConvolutionalBlock(64),
            nn.SiLU(),
            nn.Flatten(),
        )
        self.head = nn.Linear(64 * _quarter(height) * _quarter(width), 2 * latent)

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        mean, log_std = self.head(self.stages(_channels_first(inputs["pixels"], self.image))).chunk(2, -1)
        return mean, log_std


class _ConvolutionalDecoder(nn.Module):
    """A dense layer to a quarter of the size, then two transposed stages, cropped to the image."""

    suits_bfloat16 = True

    def __init__(self, image: Size, latent: int):
        super().__init__()
        height, width, channels = image
        self.image = image
        self.start = (64, _quarter(height), _quarter(width))
        self.head = nn.Linear(latent, 64 * self.start[1] * self.start[2])
        self.stages = nn.Sequential(
            _ConvolutionalBlock(64),
            nn.SiLU(),
            nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1),
            _ConvolutionalBlock(32),
            nn.SiLU(),
            nn.ConvTranspose2d(32, channels, 4, stride=2, padding=1),
        )

    def forward(self, z: Tensor) -> Tensor:
        height, width, _ = self.image
        output = self.stages(self.head(z).reshape(-1, *self.start))[:, :, :height, :width]
        return output.permute(0, 2, 3, 1).flatten(1)


def _quarter(side: int) -> int:
    return -(-side // 4)


def _channels_first(pixels: Tensor, image: Size) -> Tensor:
    height, width, channels = image
    return pixels.reshape(-1, height, width, channels).permute(0, 3, 1, 2)


# --- the terms of Keras ------------------------------------------------------------------------------------------


class _KerasEncoder(nn.Module):
    def __init__(self, image: Size, latent: int, layers: list[nn.Module], features: int):
        super().__init__()
        self.image = image
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(features, 2 * latent)

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        features = self.layers(mirrored(_channels_first(inputs["pixels"], self.image)))
        mean, log_std = self.head(mirrored(features).flatten(1)).chunk(2, -1)
        return mean, log_std


class _KerasDecoder(nn.Module):
    def __init__(self, latent: int, start: tuple[int, int, int], layers: list[nn.Module]):
        super().__init__()
        self.start = start
        self.head = nn.Linear(latent, start[0] * start[1] * start[2])
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        height, width, channels = self.start
        features = self.head(z).reshape(-1, height, width, channels).permute(0, 3, 1, 2)
        return mirrored(self.layers(mirrored(features))).permute(0, 2, 3, 1).flatten(1)


def _keras(architecture: dict, image: Size, latent: int, logits: bool) -> tuple[nn.Module, nn.Module]:
    for key in architecture:
        if key not in ("encoder", "decoder"):
            raise ConfigurationError(
                f"An architecture has the entries encoder and decoder, but {key!r} came{where(architecture, key)}. Remove it."
            )
    for key in ("encoder", "decoder"):
        if not isinstance(architecture.get(key), dict):
            raise ConfigurationError(
                f"An architecture needs an entry {key} with lists of filters, kernel_sizes, activations and strides."
            )
    encoder, decoder = architecture["encoder"], architecture["decoder"]
    rows = _layers("encoder", encoder, ENCODER_KEYS)
    height, width, channels = image
    if "input_shape" in encoder and tuple(_numbers("encoder", encoder, "input_shape")) != image:
        raise ConfigurationError(
            f"encoder.input_shape{where(encoder, 'input_shape')} is {list(encoder['input_shape'])}, but the images are "
            f"{list(image)} (height, width, channels). Change the entry or resize the images."
        )
    for name, part in (("encoder", encoder), ("decoder", decoder)):
        if part.get("latent_dim", latent) != latent:
            raise ConfigurationError(
                f"{name}.latent_dim{where(part, 'latent_dim')} is {part['latent_dim']}, but the fit has latent={latent}. "
                "Make them equal."
            )
    layers: list[nn.Module] = []
    for filters, kernel, activation, stride in rows:
        layers += [SameConvolution(channels, filters, kernel, stride), ACTIVATIONS[activation]()]
        channels, height, width = filters, -(-height // stride), -(-width // stride)
    inward = _KerasEncoder(image, latent, layers, channels * height * width)

    rows = _layers("decoder", decoder, DECODER_KEYS)
    if "reshape" not in decoder:
        raise ConfigurationError("decoder needs an entry reshape: [height, width, channels], where its convolutions start.")
    start = tuple(_numbers("decoder", decoder, "reshape"))
    if len(start) != 3:
        raise ConfigurationError(f"decoder.reshape{where(decoder, 'reshape')} needs [height, width, channels], but got {list(start)}.")
    height, width, channels = start
    layers = []
    for number, (filters, kernel, activation, stride) in enumerate(rows):
        layers.append(SameTransposed(channels, filters, kernel, stride))
        if not (logits and number == len(rows) - 1 and activation == "sigmoid"):
            layers.append(ACTIVATIONS[activation]())
        channels, height, width = filters, height * stride, width * stride
    if (height, width, channels) != image:
        raise ConfigurationError(
            f"The decoder ends at {[height, width, channels]}, but the images are {list(image)} (height, width, channels). "
            f"Change decoder.reshape{where(decoder, 'reshape')}, strides or the last filter."
        )
    return inward, _KerasDecoder(latent, start, layers)


def _layers(name: str, part: dict, known: set[str]) -> list[tuple[int, int, str, int]]:
    for key in part:
        if key not in known:
            raise ConfigurationError(
                f"{name} has the entries {', '.join(sorted(known))}, but {key!r} came{where(part, key)}. Correct or remove it."
            )
    for key in ("filters", "kernel_sizes", "activations", "strides"):
        if key not in part:
            raise ConfigurationError(f"{name} needs an entry {key}, a list with one value a layer.")
    filters = _numbers(name, part, "filters")
    kernels = _numbers(name, part, "kernel_sizes")
    strides = _numbers(name, part, "strides")
    activations = part["activations"]
    if not isinstance(activations, list):
        activations = [activations] * len(filters)
    for activation in activations:
        if not isinstance(activation, str) or activation not in ACTIVATIONS:
            raise ConfigurationError(
                f"{name}.activations{where(part, 'activations')} has {activation!r}; known are {', '.join(ACTIVATIONS)}. Choose one."
            )
    for key, column in (("kernel_sizes", kernels), ("activations", activations), ("strides", strides)):
        if len(column) != len(filters):
            raise ConfigurationError(
                f"{name}.{key}{where(part, key)} has {len(column)} values for {len(filters)} filters. Give one a layer."
            )
    return list(zip(filters, kernels, activations, strides, strict=True))


def _numbers(name: str, part: dict, key: str) -> list[int]:
    values = part[key]
    # Keras writes kernel sizes as 3, [3, 3] or (3, 3): squares are read, others named.
    flat = [_side(value) for value in values] if isinstance(values, list | tuple) else None
    if flat is None or not flat or not all(isinstance(value, int) and not isinstance(value, bool) and value > 0 for value in flat):
        raise ConfigurationError(f"{name}.{key}{where(part, key)} needs a list of whole numbers above 0, but got {values!r}.")
    return flat


def _side(value: Any) -> Any:
    is_square = isinstance(value, list | tuple) and 1 <= len(value) <= 2 and all(other == value[0] for other in value)
    return value[0] if is_square else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    return [_plain(child) for child in value] if isinstance(value, list | tuple) else value


# --- own modules -------------------------------------------------------------------------------------------------


def _own(pair: Any, image: Size, latent: int) -> tuple[nn.Module, nn.Module, Any]:
    if len(pair) != 2 or not all(isinstance(module, nn.Module) for module in pair):
        raise ConfigurationError(f"Own networks need a pair (encoder, decoder) of torch.nn.Module, but got {pair!r}.")
    encoder, decoder = copy.deepcopy(tuple(pair))  # the caller's modules stay as they are
    cells = image[0] * image[1] * image[2]
    with torch.no_grad():
        was = encoder.training, decoder.training
        found = _tried(encoder, torch.zeros(2, cells), "encoder")
        if not (isinstance(found, tuple) and len(found) == 2 and all(part.shape == (2, latent) for part in found)):
            raise ShapeError(
                f"An own encoder needs to turn (n, {cells}) pixels into a pair (mean, log_std) of shape (n, {latent}) each, "
                f"but gave {[tuple(part.shape) for part in found] if isinstance(found, tuple) else type(found).__name__}."
            )
        output = _tried(decoder, torch.zeros(2, latent), "decoder")
        if tuple(output.shape) != (2, cells):
            raise ShapeError(f"An own decoder needs to turn (n, {latent}) into (n, {cells}), but gave {tuple(output.shape)}.")
        encoder.train(was[0])
        decoder.train(was[1])
    return FlatEncoder(encoder), decoder, {"own": [type(encoder).__qualname__, type(decoder).__qualname__]}


def _tried(module: nn.Module, inputs: Tensor, name: str) -> Any:
    try:
        return module.eval()(inputs)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ShapeError(f"An own {name} needs to take {tuple(inputs.shape)}, but fails: {error}. Change its first layer.") from error
