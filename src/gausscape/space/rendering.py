"""Rendering: how a code becomes an object that y receives: the expected one, a draw, or a real one moved.

An expected object is smooth and clean, and y may react to exactly that. A draw has all its roughness and chooses its
categories; a regression over many draws averages the noise. Carrying adds what a real object's own code leaves out, so
that at that object y is exactly y(x).
"""

__all__ = ["RENDERINGS", "Carried", "Drawn", "Expected", "Rendering", "find_rendering", "suitable_rendering"]

import abc
from typing import ClassVar, final

import numpy as np
import torch

from gausscape.errors import ConfigurationError
from gausscape.likelihoods import Likelihood
from gausscape.space.codec import Codec


class Rendering(abc.ABC):
    """How latent points become cells of objects.

    Attributes:
        name: What users call it.
        summary: In words, for prints: "as expected by the decoder".
        drawn: Whether two renderings of one point differ.
        carries: Whether it adds the residual of a real object.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    drawn: ClassVar[bool] = False
    carries: ClassVar[bool] = False

    @abc.abstractmethod
    def cells(self, codec: Codec, z: np.ndarray, residual: torch.Tensor, *, seed: int) -> torch.Tensor:
        """Cells of an object at each point.

        Args:
            codec: Of the space.
            z: Latent points, (n, latent).
            residual: What real objects' own codes leave out, (n, cells) or (1, cells); 0 where there is no real object.
            seed: Of the draws. One seed and one number of points give the same noise whatever the points, so that the
                two ends of an antithetic pair can share it (common random numbers).

        Returns:
            float32, (n, cells).
        """

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


@final
class Expected(Rendering):
    """The expected object, g(z)."""

    name = "expected"
    summary = "the decoder's expected objects"

    def cells(self, codec: Codec, z: np.ndarray, residual: torch.Tensor, *, seed: int) -> torch.Tensor:
        return codec.cells(z)


@final
class Drawn(Rendering):
    """A draw from the likelihood at z: right where objects hold categories, which an expected object never flips smoothly."""

    name = "drawn"
    summary = "draws from the decoder's law"
    drawn = True

    def cells(self, codec: Codec, z: np.ndarray, residual: torch.Tensor, *, seed: int) -> torch.Tensor:
        return codec.cells(z, seed=seed)


@final
class Carried(Rendering):
    """The expected object and the real one's residual, g(z) + x - g(z_x): at z = z_x this is x itself."""

    name = "carried"
    summary = "the real object moved, its own residual kept"
    carries = True

    def cells(self, codec: Codec, z: np.ndarray, residual: torch.Tensor, *, seed: int) -> torch.Tensor:
        return codec.cells(z) + residual


RENDERINGS: dict[str, type[Rendering]] = {kind.name: kind for kind in (Expected, Drawn, Carried)}


def find_rendering(asked: str | Rendering) -> Rendering:
    """The rendering of that name; a Rendering passes through.

    Raises:
        ConfigurationError: If there is none.

    Example:
        >>> find_rendering("drawn")
        Drawn()
    """
    if isinstance(asked, Rendering):
        return asked
    if not isinstance(asked, str) or asked not in RENDERINGS:
        raise ConfigurationError(
            f"A rendering needs one of the names {', '.join(RENDERINGS)}, but got {asked!r}. Choose one, or None."
        )
    return RENDERINGS[asked]()


def suitable_rendering(likelihood: Likelihood, *, real: bool) -> Rendering:
    """The rendering that suits the data.

    - Categories, grades or flags among the cells (tables): `Drawn`;
    - else, at a real object: `Carried`;
    - else `Expected`.

    It goes by the likelihood, so that a linear space (PCA), which is Gaussian throughout, carries residuals in tables too:
    a category then stays what it is until the move outweighs its residual.

    Args:
        likelihood: Of the space's decoder.
        real: Whether there is a real object whose residual can be carried.

    Example:
        >>> from gausscape.likelihoods import Categorical, LearnedGaussian, Product
        >>> suitable_rendering(LearnedGaussian(4), real=True), suitable_rendering(LearnedGaussian(4), real=False)
        (Carried(), Expected())
        >>> suitable_rendering(Product([LearnedGaussian(4), Categorical(3)]), real=True)
        Drawn()
    """
    if likelihood.chooses:
        return Drawn()
    return Carried() if real else Expected()
