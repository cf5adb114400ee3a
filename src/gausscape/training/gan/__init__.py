"""A generative adversarial network as a space: for comparison, with the same law, calibration, gates and answers."""

__all__ = ["Adversarial", "CollapseWarning", "fit_adversarial"]

from gausscape.training.gan.fitting import fit_adversarial
from gausscape.training.gan.guard import CollapseWarning
from gausscape.training.gan.objective import Adversarial
