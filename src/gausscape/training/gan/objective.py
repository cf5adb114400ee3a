"""What the two networks of an adversarial training minimise, and what keeps them from running away."""

__all__ = ["Adversarial", "adversarial_schedule"]

from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from gausscape.errors import ConfigurationError
from gausscape.training.schedule import Schedule

STEPS = 2500
FEWEST_STEPS = 300
MOST_EPOCHS = 120
BATCH = 64
RATE = 2e-3
AVERAGE = 0.995


@dataclass(frozen=True)
class Adversarial:
    """The non-saturating adversarial losses (Goodfellow et al. 2014, section 3) with what steadies them.

    Args:
        real_label: What the discriminator shall say of real objects; below 1 it is never quite sure (one-sided label
            smoothing: Salimans et al. 2016, section 3.4). Of generated ones it shall say 0.
        instance_noise: Standard deviation of normal noise on the cells that the discriminator sees, real and generated
            alike, in standard deviations of the cells, at the start; it falls in a straight line to 0 (Sonderby et al.
            2017; Arjovsky & Bottou 2017, section 3).
        noise_until: Share of the training after which there is none.
        penalty: Weight of the squared slope of the discriminator at real objects (R1: Mescheder et al. 2018, eq. 9), in
            units of the cells' standard deviation.
        discriminator_rate: Learning rate of the discriminator over that of the generator (Heusel et al. 2017, section 2).
        inversion_steps: Steps of gradient descent with which the space's encoder looks for a code.

    Raises:
        ConfigurationError: If an argument is out of its range.

    Example:
        >>> Adversarial(instance_noise=0.2).noise(progress=0.25)
        0.1
    """

    real_label: float = 0.9
    instance_noise: float = 0.3
    noise_until: float = 0.5
    penalty: float = 3.0
    discriminator_rate: float = 1.0
    inversion_steps: int = 50

    def __post_init__(self):
        bounds = (
            ("real_label", 0.5, 1.0),
            ("instance_noise", 0.0, 10.0),
            ("noise_until", 0.0, 1.0),
            ("penalty", 0.0, 1000.0),
            ("discriminator_rate", 0.01, 100.0),
        )
        for name, low, high in bounds:
            value = getattr(self, name)
            if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
                raise ConfigurationError(
                    f"objective.{name} needs a number from {low:g} to {high:g}, but got {value!r}."
                )
        steps = self.inversion_steps
        if not isinstance(steps, int) or isinstance(steps, bool) or not 0 <= steps <= 10_000:
            raise ConfigurationError(
                f"objective.inversion_steps needs a whole number from 0 to 10,000, but got {steps!r}."
            )

    def noise(self, progress: float) -> float:
        """Instance noise at this share of the training, in standard deviations of the cells."""
        return self.instance_noise * max(0.0, 1 - progress / self.noise_until) if self.noise_until else 0.0

    def discriminator_loss(self, real: Tensor, generated: Tensor) -> Tensor:
        """Mean cross-entropy of the discriminator's logits for real and for generated objects, each (n,); nats."""
        smooth = torch.full_like(real, self.real_label)
        return functional.binary_cross_entropy_with_logits(real, smooth) + functional.softplus(generated).mean()

    def generator_loss(self, generated: Tensor) -> Tensor:
        """-log D(G(z)), mean over the discriminator's logits (n,), nats: its slope does not vanish where D is sure."""
        return functional.softplus(-generated).mean()


def adversarial_schedule(objects: int, asked: Schedule | None = None) -> Schedule:
    """The budget of an adversarial training: 2,500 steps of 64, at most 120 epochs, at least 300 steps.

    Args:
        objects: Number of fitted objects.
        asked: What the user wants; an entry that stands at the default of `Schedule`, which is that of another kind of
            training, takes the default of this one.

    Example:
        >>> adversarial_schedule(10_000).steps, adversarial_schedule(10_000, Schedule(steps=50)).learning_rate
        (2500, 0.002)
    """
    steps = max(FEWEST_STEPS, min(STEPS, MOST_EPOCHS * objects // BATCH))
    usual = Schedule(steps=steps, batch=BATCH, learning_rate=RATE, average=AVERAGE)
    if asked is None:
        return usual
    own = {name: value for name, value in asdict(asked).items() if value != getattr(Schedule(), name)}
    return replace(usual, **own)
