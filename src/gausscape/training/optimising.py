"""The optimiser of a training: what decays, what travels at a pace of its own."""

__all__ = ["decay_groups", "make_optimiser"]

import math
from typing import Any

import torch

from gausscape.modality import WEIGHT_DECAY, Autoencoder
from gausscape.training.schedule import Schedule


def make_optimiser(
    networks: Autoencoder, schedule: Schedule, steps: int
) -> tuple[torch.optim.AdamW, dict[str, torch.nn.Parameter]]:
    """(optimiser, its parameters by name, in its own order)."""
    named = {name: parameter for name, parameter in networks.named_parameters() if parameter.requires_grad}
    journeys = [(each, far) for each, far in networks.likelihood.journeys() if each.requires_grad]
    travellers = {id(parameter): number for number, (parameter, _) in enumerate(journeys, start=2)}
    # The optimiser numbers its parameters group by group.
    ordered = dict(sorted(named.items(), key=lambda pair: travellers.get(id(pair[1]), int(pair[1].ndim < 2))))
    others = [parameter for parameter in ordered.values() if id(parameter) not in travellers]
    # Adam moves a parameter by about its rate in each step (Kingma & Ba 2015, section 2.1), so that without a pace
    # of its own a scale would come further down in a long training than in a short one.
    reach = math.fsum(schedule.rate(step, steps) for step in range(steps)) if journeys else 1.0
    paced = [{"params": [parameter], "weight_decay": 0.0, "pace": far / reach} for parameter, far in journeys]
    groups = decay_groups(others, schedule.weight_decay) + paced
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True), ordered


def decay_groups(parameters: list[torch.nn.Parameter], weight_decay: float | None = None) -> list[dict[str, Any]]:
    """Weight decay on matrices only: biases, scales and norms have nothing to gain from being small."""
    decay = WEIGHT_DECAY if weight_decay is None else weight_decay
    groups = [
        {"params": [parameter for parameter in parameters if parameter.ndim >= 2], "weight_decay": decay},
        {"params": [parameter for parameter in parameters if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
