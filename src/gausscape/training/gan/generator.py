"""Which network makes cells from z? The decoder that a kind of data builds, with its likelihood's mean as the last layer."""

__all__ = ["build_generator"]

from typing import Any

import torch

from gausscape.errors import ConfigurationError
from gausscape.modality import Autoencoder, Modality, Tensors
from gausscape.space.inverting import CellGenerator


def build_generator(
    kind: Modality, latent: int, *, size: int, architecture: Any, tensors: Tensors, seed: int
) -> tuple[CellGenerator, Autoencoder]:
    """(the generator, the networks that its decoder was taken from).

    Generator and discriminator are the decoder and the encoder of the same settings, so that whatever builds a variational
    autoencoder builds a generator too, and is refused in the same words. Categories are made as the probabilities of their
    levels: a discriminator can tell these from real ones, which are 0 or 1, until the generator has learned to be sure.

    Raises:
        ConfigurationError: If the objects have parts that must be matched first: then cells stand in an order of their own in
            each object, and a discriminator would judge the order.
    """
    if type(kind).compare is not Modality.compare:
        raise ConfigurationError(
            f"method='gan' needs objects whose cells stand in one order, but the parts of {kind.name} must be matched before they "
            "can be compared: a discriminator of cells would judge their order. Use method='vae', whose encoder does not see it."
        )
    # torch's layers draw their first weights from the global generator: it is borrowed, and given back as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = kind.networks(latent, size=size, architecture=architecture, tensors=tensors)
    return CellGenerator(networks.decoder, networks.likelihood), networks
