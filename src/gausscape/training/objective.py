"""What training maximises: the evidence lower bound, with a warm-up, a weight and free bits on its divergence term."""

__all__ = ["Elbo"]

from dataclasses import dataclass

from torch import Tensor

from gausscape.errors import ConfigurationError


@dataclass(frozen=True)
class Elbo:
    """The evidence lower bound E log p(x|z) - w KL(q(z|x), N(0, I)) (Kingma & Welling 2014).

    Args:
        kl_weight: w after the warm-up; 1 is the bound itself, less keeps more axes alive (Higgins et al. 2017). None for
            what the kind of data suggests, which `fit` fills in.
        free_bits: Nats of divergence that each axis may spend for nothing (Kingma et al. 2016).
        warm_up: Share of the training steps over which w rises from 0 (Sonderby et al. 2016).

    Raises:
        ConfigurationError: If an argument is out of its range.

    Example:
        >>> Elbo(kl_weight=0.2).weight(progress=0.5)
        0.2
    """

    kl_weight: float | None = None
    free_bits: float = 0.0
    warm_up: float = 0.1

    def __post_init__(self):
        for name, low, high in (("kl_weight", 0.0, 100.0), ("free_bits", 0.0, 100.0), ("warm_up", 0.0, 1.0)):
            value = getattr(self, name)
            if name == "kl_weight" and value is None:
                continue
            if not isinstance(value, int | float) or not low <= value <= high:
                raise ConfigurationError(f"objective.{name} needs a number from {low:g} to {high:g}, but got {value!r}.")

    def weight(self, progress: float) -> float:
        """Weight of the divergence at this share of the training, in [0, kl_weight]; kl_weight is 1 if nobody said."""
        full = 1.0 if self.kl_weight is None else self.kl_weight
        return full * min(1.0, progress / self.warm_up) if self.warm_up else full

    def loss(self, log_likelihood: Tensor, divergence: Tensor, progress: float) -> Tensor:
        """Mean loss of a batch, nats.

        Args:
            log_likelihood: (n,) nats.
            divergence: (n, latent) nats for each axis.
            progress: Share of the training that is done, in [0, 1].
        """
        axes = divergence.mean(0)
        if self.free_bits:
            axes = axes.clamp_min(self.free_bits)
        return self.weight(progress) * axes.sum() - log_likelihood.mean()
