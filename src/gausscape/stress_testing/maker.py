"""Maker: an object from a code and from noise, always the same one, so that nearby arguments give nearby objects."""

__all__ = ["Maker"]

from typing import Any, final

import numpy as np
import torch

from gausscape.errors import ConfigurationError
from gausscape.modality import Features
from gausscape.space.rendering import Rendering, find_rendering, suitable_rendering
from gausscape.space.space import Space


@final
class Maker:
    """Makes the objects that a stress test asks y about.

    What a code leaves open (which category, how much measurement noise) is decided by standard normal numbers that belong to
    the scenario like its code. So a scenario can be made again, a search can follow y without being shaken by chance, and
    the probability of a failure counts both: where the code lies and what the noise does.

    Args:
        space: The fitted space.
        rendering: "expected" objects, for which noise does nothing, or "drawn" ones; None for what suits the data.

    Raises:
        ConfigurationError: If the rendering needs a real object ("carried"), which a scenario from the tails has not.

    Example:
        >>> from gausscape.modalities.images.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> maker = Maker(fit(example_items(100), latent=2, method="pca"))
        >>> maker.noise_size, maker.items(np.zeros((1, 2))).shape == example_items(1).shape
        (0, True)
    """

    def __init__(self, space: Space, rendering: str | Rendering | None = None):
        likelihood = space.codec.networks.likelihood
        self.space = space
        self.rendering = suitable_rendering(likelihood, real=False) if rendering is None else find_rendering(rendering)
        if self.rendering.carries:
            raise ConfigurationError(
                "Objects from the tails need a rendering without a real object, 'expected' or 'drawn', but 'carried' came. "
                "Choose one, or None."
            )
        self.noise_size = likelihood.cells if self.rendering.drawn else 0

    def draw_noise(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Noise for n objects, (n, noise_size)."""
        return rng.standard_normal((n, self.noise_size))

    def cells(self, z: np.ndarray, noise: np.ndarray | None = None) -> torch.Tensor:
        """Cells at latent points (n, latent) with noise (n, noise_size), None for noise that is 0; float32, (n, cells)."""
        codec = self.space.codec
        if not self.noise_size:
            return codec.cells(z)
        return codec.drawn(z, np.zeros((len(z), self.noise_size)) if noise is None else noise)

    def items(self, z: np.ndarray, noise: np.ndarray | None = None) -> Any:
        """The objects, in native form."""
        return self.space.modality.to_items(self.cells(z, noise))

    def features(self, z: np.ndarray, noise: np.ndarray | None = None) -> Features:
        """Numbers of the objects that people recognise."""
        return self.space.modality.features(self.cells(z, noise))

    def __repr__(self) -> str:
        return f"Maker({self.space.record['name']}: {self.rendering.summary})"
