"""Networks for images: built in by name, in the terms of Keras, or own modules."""

__all__ = ["build_networks"]

from typing import Any

import torch
from torch import Tensor, nn

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.modalities.images.built_in import DEFAULT, NAMES, FlatEncoder, built_in_networks
from gausscape.modalities.images.keras_terms import keras_networks
from gausscape.networks import own_pair

Size = tuple[int, int, int]


def build_networks(
    image: Size, latent: int, *, size: int, architecture: Any, logits: bool
) -> tuple[nn.Module, nn.Module, Any]:
    """(encoder, decoder, document) for images of `image` = (height, width, channels).

    Args:
        image: Size of one image.
        latent: Number of latent coordinates.
        size: Number of fitting images: small data get narrower networks.
        architecture: None for "subpixel", whose decoder is dense up to half the size and local from there; "dense";
            "convolutional"; a mapping {"name": "subpixel", "encoder": {"width": 384, "blocks": 2}, "decoder": {...}} of
            the sizes of one of these; a mapping {"encoder": {...}, "decoder": {...}} in the terms of Keras (lists with one
            entry a layer); or a pair of own modules: (pixels (n, cells) -> (mean, log_std), z -> output (n, cells)).
        logits: Whether the outputs are logits, so that a last sigmoid belongs to the likelihood.

    Raises:
        ConfigurationError: If an entry is unknown, missing or impossible; its line is named if it has one.
    """
    if isinstance(architecture, tuple | list):
        return _own(architecture, image, latent)
    architecture = DEFAULT if architecture is None else architecture
    if isinstance(architecture, str) and architecture in NAMES:
        architecture = {"name": architecture}
    if isinstance(architecture, dict):
        if "name" in architecture:
            return built_in_networks(image, latent, size=size, settings=architecture)
        return keras_networks(architecture, image, latent, logits=logits)
    raise ConfigurationError(
        f"An architecture of images needs one of the names {', '.join(NAMES)}, a mapping with such a name and sizes, a mapping "
        f"with encoder and decoder, or a pair of torch modules, but got {architecture!r}. Choose one of these."
    )


def _own(pair: Any, image: Size, latent: int) -> tuple[nn.Module, nn.Module, Any]:
    encoder, decoder, document = own_pair(pair)
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
    return FlatEncoder(encoder), decoder, document


def _tried(module: nn.Module, inputs: Tensor, name: str) -> Any:
    try:
        return module.eval()(inputs)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ShapeError(f"An own {name} needs to take {tuple(inputs.shape)}, but fails: {error}. Change its first layer.") from error
