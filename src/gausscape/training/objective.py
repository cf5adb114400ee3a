"""What training maximises: the evidence lower bound, warmed up and weighted, and in its later part a tighter one."""

__all__ = ["Elbo"]

from dataclasses import dataclass

from torch import Tensor

from gausscape.errors import ConfigurationError

MOST_DRAWS = 100
DRAWS_FROM = 0.6
SHARING_FROM = 0.2
# Of a step: one more draw is a forward pass of the decoder; sharing is products of matrices. Measured on MNIST as processor time.
DRAW_WORK = 0.19
SHARING_WORK = 0.4


@dataclass(frozen=True)
class Elbo:
    """The evidence lower bound E log p(x|z) - w KL(q(z|x), N(0, I)) (Kingma & Welling 2014).

    Args:
        kl_weight: w after the warm-up; 1 is the bound itself, less keeps more axes alive (Higgins et al. 2017). None for
            what the kind of data suggests, which `fit` fills in.
        free_bits: Nats of divergence that each axis may spend for nothing (Kingma et al. 2016).
        warm_up: Share of the training steps over which w rises from 0 (Sonderby et al. 2016).
        draws: Codes drawn for each object in the last two fifths of the training: from 2 on it maximises the
            importance-weighted bound (Burda et al. 2016). None for what the kind of data suggests.
        sharing: Weight, after the first fifth, of the bound in which all objects of a batch use each other's codes (see
            `tightening.shared_loss`); for maps of few coordinates. None for what the kind of data suggests.

    Raises:
        ConfigurationError: If an argument is out of its range, or two of them exclude each other.

    Example:
        >>> Elbo(kl_weight=0.2).weight(progress=0.5)
        0.2
    """

    kl_weight: float | None = None
    free_bits: float = 0.0
    warm_up: float = 0.1
    draws: int | None = None
    sharing: float | None = None

    def __post_init__(self):
        ranges = (("kl_weight", 0.0, 100.0), ("free_bits", 0.0, 100.0), ("warm_up", 0.0, 1.0), ("sharing", 0.0, 1.0))
        for name, low, high in ranges:
            value = getattr(self, name)
            if name in ("kl_weight", "sharing") and value is None:
                continue
            if not isinstance(value, int | float) or not low <= value <= high:
                raise ConfigurationError(f"objective.{name} needs a number from {low:g} to {high:g}, but got {value!r}.")
        if self.draws is not None and (not isinstance(self.draws, int) or not 1 <= self.draws <= MOST_DRAWS):
            raise ConfigurationError(f"objective.draws needs a whole number from 1 to {MOST_DRAWS}, but got {self.draws!r}.")
        if self.draws and self.draws > 1 and (self.free_bits or self.sharing):
            other = "free_bits" if self.free_bits else "sharing"
            raise ConfigurationError(
                f"objective.draws={self.draws} needs free_bits=0 and sharing=0, but {other} is {getattr(self, other)!r}. Choose one."
            )

    @property
    def work(self) -> float:
        """Work of an average step, in steps of the evidence lower bound: the budget is one of work."""
        drawn = (1 - DRAWS_FROM) * DRAW_WORK * (self.draws if self.draws and self.draws > 1 else 0)
        return 1 + drawn + ((1 - SHARING_FROM) * SHARING_WORK if self.sharing else 0)

    def draws_at(self, progress: float) -> int:
        """Codes drawn for each object at this share of the training."""
        return self.draws if self.draws and progress >= DRAWS_FROM else 1

    def sharing_at(self, progress: float) -> float:
        """Weight of the shared bound at this share of the training."""
        return self.sharing if self.sharing and progress >= SHARING_FROM else 0.0

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
