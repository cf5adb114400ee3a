"""Networks for images in the terms of Keras: filters, kernel sizes, activations and strides, a value a layer."""

__all__ = ["ACTIVATIONS", "keras_networks"]

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from gausscape.configuration import where
from gausscape.errors import ConfigurationError
from gausscape.modalities.images.convolutions import SameConvolution, SameTransposed, channels_first, mirrored

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
ENCODER_KEYS = {"filters", "kernel_sizes", "activations", "strides", "latent_dim", "input_shape"}
DECODER_KEYS = {"filters", "kernel_sizes", "activations", "strides", "latent_dim", "reshape"}


class _KerasEncoder(nn.Module):
    def __init__(self, image: Size, latent: int, layers: list[nn.Module], features: int):
        super().__init__()
        self.image = image
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(features, 2 * latent)

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        features = self.layers(mirrored(channels_first(inputs["pixels"], self.image)))
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


def keras_networks(
    architecture: dict, image: Size, latent: int, *, logits: bool
) -> tuple[nn.Module, nn.Module, dict]:
    """(encoder, decoder, document) from a mapping {"encoder": {...}, "decoder": {...}} with one entry a layer in each list.

    Raises:
        ConfigurationError: If an entry is unknown, missing or impossible; its line is named if it has one.
    """
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
    return inward, _KerasDecoder(latent, start, layers), _plain(architecture)


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
