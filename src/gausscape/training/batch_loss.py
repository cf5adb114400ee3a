"""What training minimises, of one batch: presented, encoded, decoded, scored."""

__all__ = ["BatchLoss"]

from dataclasses import dataclass

import torch
from torch import Tensor

from gausscape.gaussian import Gaussian
from gausscape.modality import Autoencoder, Modality, Tensors
from gausscape.training.device import carry, made_on
from gausscape.training.objective import Elbo
from gausscape.training.tightening import drawn_loss, shared_loss

ROWS = 1024


@dataclass(frozen=True)
class BatchLoss:
    """The objective of a batch, nats per object.

    Args:
        networks, modality: On `device`.
        objective: What is maximised.
        device: Where batches are.
        is_mixed: Whether products are bfloat16 while the networks train.
    """

    networks: Autoencoder
    modality: Modality
    objective: Elbo
    device: torch.device
    is_mixed: bool

    def __call__(self, batch: Tensors, generator: torch.Generator, progress: float) -> tuple[Tensor, Tensor]:
        """(loss (), mean divergence of each axis (latent,)) at that share of the training."""
        with made_on(self.device):
            inputs, targets = self.modality.present(batch, generator)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.is_mixed):
                posterior = self.networks.encode(inputs)
            loss = self._of_posterior(posterior, targets, generator, progress)
        return loss, posterior.divergence_by_axis().detach().mean(0)

    def bound(self, tensors: Tensors, generator: torch.Generator) -> float:
        """Mean of what is maximised at the end, whenever it is taken, so that evaluations can be compared."""
        total, rows = 0.0, len(next(iter(tensors.values())))
        with torch.no_grad(), made_on(self.device):
            for start in range(0, rows, ROWS):
                batch = {name: values[start : start + ROWS] for name, values in tensors.items()}
                inputs, targets = self.modality.present(carry(batch, self.device), generator)
                loss = self._of_posterior(self.networks.encode(inputs), targets, generator, 1.0)
                total -= float(loss) * len(targets["cells"])
        return total / rows

    def _of_posterior(self, posterior: Gaussian, targets: Tensors, generator: torch.Generator, progress: float) -> Tensor:
        objective, likelihood = self.objective, self.networks.likelihood
        draws, sharing = objective.draws_at(progress), objective.sharing_at(progress)
        if draws > 1:
            weight = objective.weight(progress)
            return drawn_loss(self._decode, likelihood, posterior, targets, draws=draws, weight=weight, generator=generator)
        z = posterior.sample(torch.randn(posterior.mean.shape, generator=generator))
        output, cells, observed = self._decode(z), targets["cells"], targets.get("observed")
        if not sharing:
            scores = likelihood.log_likelihood(output, cells, observed)
            return objective.loss(scores, posterior.divergence_by_axis(), progress)
        pairs = likelihood.log_likelihood_of_pairs(output, cells, observed)
        alone = objective.loss(pairs.diagonal(), posterior.divergence_by_axis(), progress)
        return (1 - sharing) * alone + sharing * shared_loss(posterior, z, pairs)

    def _decode(self, z: Tensor) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.is_mixed and self.networks.training):
            return self.networks.decoder(z).float()
