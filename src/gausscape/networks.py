"""Networks that any kind of data may use once its objects are flat: residual multilayer perceptrons and linear maps."""

__all__ = ["Decoder", "DenseDecoder", "DenseEncoder", "Encoder", "LinearEncoder", "ResidualBlock", "own_pair"]

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.errors import ConfigurationError


class ResidualBlock(nn.Module):
    """x + W2 (silu(gate) * value), (gate, value) = W1 norm(x) (Shazeer 2020, gated linear units).

    The last matrix starts at zero, so that a deep stack starts as the identity. The hidden layer has two thirds of the
    width, which gives the block as many weights as an ungated one.

    Args:
        width: Number of features in and out.
    """

    def __init__(self, width: int):
        super().__init__()
        # A multiple of 16 keeps the matrix kernels on their fast path.
        hidden = max(16, 16 * round(2 * width / 48))
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * hidden)
        self.down = nn.Linear(hidden, width)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, features: Tensor) -> Tensor:
        gate, value = self.up(self.norm(features)).chunk(2, -1)
        return features + self.down(functional.silu(gate) * value)


class Encoder(nn.Module):
    """Flat inputs (n, inputs) -> mean and log standard deviation, each (n, latent), as deviations from a centre."""

    centre: Tensor

    def start_at(self, inputs: Tensor) -> None:
        """Centre on the typical `inputs` (inputs,)."""
        self.centre.copy_(inputs)


class DenseEncoder(Encoder):
    """Flat inputs (n, inputs) -> mean and log standard deviation, each (n, latent).

    Args:
        inputs: Number of input values.
        latent: Number of latent coordinates.
        width: Features of each hidden layer.
        blocks: Number of residual blocks.

    Example:
        >>> mean, log_std = DenseEncoder(10, 2)(torch.zeros(3, 10))
        >>> mean.shape, log_std.shape
        (torch.Size([3, 2]), torch.Size([3, 2]))
    """

    def __init__(self, inputs: int, latent: int, *, width: int = 128, blocks: int = 2):
        super().__init__()
        self.register_buffer("centre", torch.zeros(inputs))
        self.first = nn.Linear(inputs, width)
        self.blocks = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        self.last = nn.Linear(width, 2 * latent)
        with torch.no_grad():
            self.last.bias.zero_()
            # Every posterior starts as wide as the prior.
            self.last.weight[latent:].zero_()

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        features = self.blocks(self.first(inputs - self.centre))
        # Under mixed precision a posterior keeps its full precision: the code is what everything else is measured in.
        with torch.autocast(features.device.type, enabled=False):
            mean, log_std = self.last(functional.silu(features.to(self.last.weight.dtype))).chunk(2, -1)
        return mean, log_std


class Decoder(nn.Module):
    """z (n, latent) -> the likelihood's output (n, outputs), where training can choose the start."""

    def start_at(self, output: Tensor) -> None:
        """Start near the constant `output` (outputs,): the typical object, so that training begins near the data."""
        raise NotImplementedError

    def stretch(self, factor: Tensor) -> None:
        """Let the output move `factor` () times as far with z."""
        raise NotImplementedError


class DenseDecoder(Decoder):
    """z (n, latent) -> the likelihood's output (n, outputs).

    Args:
        latent: Number of latent coordinates.
        outputs: Number of outputs.
        width: Features of each hidden layer.
        blocks: Number of residual blocks.
        frequencies: Learned Fourier features of z beside z itself (Tancik et al. 2020): they let few coordinates
            carry fine detail. 0 for none.

    Example:
        >>> DenseDecoder(2, 10, frequencies=8)(torch.zeros(3, 2)).shape
        torch.Size([3, 10])
    """

    def __init__(self, latent: int, outputs: int, *, width: int = 128, blocks: int = 2, frequencies: int = 0):
        super().__init__()
        # Kept flat: a trainer that decays matrices must leave frequencies alone, or fine detail fades with them.
        self.frequencies = nn.Parameter(2.0 * torch.randn(frequencies * latent)) if frequencies else None
        self.phases = nn.Parameter(2 * math.pi * torch.rand(frequencies)) if frequencies else None
        self.first = nn.Linear(latent + frequencies, width)
        self.blocks = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        self.last = nn.Linear(width, outputs)

    def forward(self, z: Tensor) -> Tensor:
        if self.frequencies is not None:
            waves = functional.linear(z, self.frequencies.reshape(-1, z.shape[-1]), self.phases)
            z = torch.cat([z, math.sqrt(2) * torch.sin(waves)], -1)
        return self.last(functional.silu(self.blocks(self.first(z))))

    def start_at(self, output: Tensor) -> None:
        with torch.no_grad():
            self.last.bias.copy_(output)

    def stretch(self, factor: Tensor) -> None:
        with torch.no_grad():
            self.last.weight.mul_(factor)


class LinearEncoder(nn.Module):
    """Posterior of probabilistic PCA (Tipping & Bishop 1999): mean (x - centre) A, one standard deviation an axis.

    Reads "cells" and, where some are missing, "observed": a missing cell stands at its mean.

    Args:
        cells: Number of cells.
        latent: Number of axes.
    """

    def __init__(self, cells: int, latent: int):
        super().__init__()
        self.centre = nn.Parameter(torch.zeros(cells))
        self.matrix = nn.Parameter(torch.zeros(cells, latent))
        self.log_std = nn.Parameter(torch.zeros(latent))

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        deviation = inputs["cells"] - self.centre
        if "observed" in inputs:
            deviation = deviation * inputs["observed"]
        mean = deviation @ self.matrix
        return mean, self.log_std.expand_as(mean)


def own_pair(pair: Any) -> tuple[nn.Module, nn.Module, dict[str, list[str]]]:
    """(encoder, decoder, document) of a user's modules: copies, for the caller's stay as they are.

    Raises:
        ConfigurationError: If it is no pair of modules.
    """
    if len(pair) != 2 or not all(isinstance(module, nn.Module) for module in pair):
        raise ConfigurationError(
            f"Own networks need a pair (encoder, decoder) of torch.nn.Module, but got {pair!r}. Pass two modules."
        )
    encoder, decoder = copy.deepcopy(tuple(pair))
    return encoder, decoder, {"own": [type(module).__name__ for module in pair]}
