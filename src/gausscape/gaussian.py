"""A batch of multivariate normal laws with diagonal covariance, and their closed forms.

Works on NumPy arrays and on torch tensors alike, and gives back what it was given; torch is never imported here.
"""

__all__ = ["Gaussian"]

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import ShapeError

LOG_2_PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class Gaussian:
    """A batch of n normal laws N(mean, diag(std^2)) in d dimensions.

    Args:
        mean: Centres, shape (n, d), in latent units.
        std: Standard deviations, same shape, all positive.

    Raises:
        ShapeError: If the two shapes differ.

    Example:
        >>> import numpy as np
        >>> two = Gaussian(np.zeros((2, 3)), np.ones((2, 3)))
        >>> len(two), two.dimension
        (2, 3)
        >>> two.divergence_from_standard()
        array([0., 0.])
    """

    mean: Any
    std: Any

    def __post_init__(self):
        if tuple(self.mean.shape) != tuple(self.std.shape):
            raise ShapeError(
                f"A Gaussian needs means and standard deviations of one shape, but got {tuple(self.mean.shape)} and "
                f"{tuple(self.std.shape)}. Pass one standard deviation for each coordinate of each mean."
            )

    def __len__(self) -> int:
        return len(self.mean)

    def __getitem__(self, index) -> "Gaussian":
        return Gaussian(self.mean[index], self.std[index])

    def __repr__(self) -> str:
        return f"Gaussian({len(self)} laws in {self.dimension} dimensions)"

    @property
    def dimension(self) -> int:
        """Number of coordinates d."""
        return self.mean.shape[-1]

    def sample(self, noise: Any) -> Any:
        """Reparametrised draw mean + std * noise; `noise` is standard normal of the same shape (Kingma & Welling 2014)."""
        return self.mean + self.std * noise

    def log_density(self, z: Any) -> Any:
        """Log density at z (n, d), in nats, shape (n,)."""
        standardised = (z - self.mean) / self.std
        return (-0.5 * (standardised**2 + LOG_2_PI) - _log(self.std)).sum(-1)

    def divergence_from_standard(self) -> Any:
        """KL(self, N(0, I)) = 1/2 sum(mean^2 + std^2 - 1 - log std^2), nats, shape (n,) (Kingma & Welling 2014, app. B)."""
        return self.divergence_by_axis().sum(-1)

    def divergence_by_axis(self) -> Any:
        """The terms of `divergence_from_standard`, one for each coordinate, shape (n, d)."""
        return 0.5 * (self.mean**2 + self.std**2 - 1) - _log(self.std)

    def divergence(self, other: "Gaussian") -> Any:
        """KL(self, other), nats, shape (n,).

        Example:
            >>> import numpy as np
            >>> a = Gaussian(np.array([[1.0]]), np.array([[1.0]]))
            >>> b = Gaussian(np.array([[0.0]]), np.array([[1.0]]))
            >>> a.divergence(b)
            array([0.5])
        """
        ratio = self.std / other.std
        return (0.5 * (ratio**2 + ((self.mean - other.mean) / other.std) ** 2 - 1) - _log(ratio)).sum(-1)

    def jeffreys(self, other: "Gaussian") -> Any:
        """Jeffreys divergence KL(self, other) + KL(other, self), nats, shape (n,)."""
        # The logarithms cancel; squares alone keep the sum at or above 0 and take half the time.
        ratio, apart = self.std / other.std, self.mean - other.mean
        return 0.5 * ((ratio - 1 / ratio) ** 2 + (apart / self.std) ** 2 + (apart / other.std) ** 2).sum(-1)

    def wasserstein(self, other: "Gaussian") -> Any:
        """2-Wasserstein distance, in latent units, shape (n,) (Dowson & Landau 1982, diagonal case)."""
        return ((self.mean - other.mean) ** 2 + (self.std - other.std) ** 2).sum(-1) ** 0.5

    def fisher_rao(self, other: "Gaussian") -> Any:
        """Fisher-Rao distance, the geodesic length under the Fisher information, in units of nats^(1/2), shape (n,).

        Squared, it is the sum over the coordinates of 2 arccosh^2(1 + (D^2 / 2 + (s - t)^2) / (2 s t)), with standard
        deviations s and t and means D apart. Two laws very close together lie sqrt(2 KL) apart.

        References:
            Atkinson & Mitchell 1981, Rao's distance measure; Costa, Santos & Strapasson 2015, section 3.1.

        Example:
            >>> import numpy as np
            >>> a = Gaussian(np.zeros((1, 1)), np.array([[1.0]]))
            >>> b = Gaussian(np.zeros((1, 1)), np.array([[np.exp(3.0)]]))
            >>> bool(np.isclose(a.fisher_rao(b)[0], 3 * 2**0.5))
            True
        """
        # arccosh(1 + 2 h^2) = 2 arcsinh(h) keeps its digits near 0, and dividing by the roots before squaring keeps
        # tiny and huge deviations apart from under- and overflow.
        scale = 2 * self.std**0.5 * other.std**0.5
        half = (0.5 * ((self.mean - other.mean) / scale) ** 2 + ((self.std - other.std) / scale) ** 2) ** 0.5
        return (8 * _arcsinh(half) ** 2).sum(-1) ** 0.5


def _log(values: Any) -> Any:
    return values.log() if _is_tensor(values) else np.log(values)


def _arcsinh(values: Any) -> Any:
    return values.arcsinh() if _is_tensor(values) else np.arcsinh(values)


def _is_tensor(values: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(values, torch.Tensor)
