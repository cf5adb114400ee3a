"""More decoders on one encoder: where they disagree, the decoder is guessing (Arvanitidis 2018; Syrota 2024, 2408.07507)."""

__all__ = ["train_decoders"]

from collections.abc import Callable

import torch

from gausscape.modality import Autoencoder
from gausscape.training.device import made_on, moved
from gausscape.training.loop import CLIP, Training
from gausscape.training.machine import fast_products
from gausscape.training.optimising import decay_groups
from gausscape.training.seeds import mix_seeds

SHARE = 1 / 3


def train_decoders(training: Training, fresh: Callable[[int], Autoencoder]) -> None:
    """Train `schedule.decoders` - 1 further decoders on the finished encoder and keep them in `training.networks.others`.

    Each starts from weights of its own, sees the objects in an order of its own, and takes a third of the training's
    steps. Encoder and likelihood stay as they are, so that codes and scores do not change.

    Args:
        training: A training that has run.
        fresh: From a seed to networks of the same kind with new weights.
    """
    for number in range(1, training.schedule.decoders):
        seed = mix_seeds(training.seed, 5, number)
        decoder = fresh(seed).decoder
        if training.device.type != "cpu":
            decoder = moved(decoder, training.device)
        training.networks.others.append(_train_one(training, decoder, seed))


def _train_one(training: Training, decoder: torch.nn.Module, seed: int) -> torch.nn.Module:
    networks, schedule = training.networks, training.schedule
    parameters = [parameter for parameter in decoder.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(decay_groups(parameters, schedule.weight_decay), lr=1e-3, betas=(0.9, 0.99), fused=True)
    generator = torch.Generator(training.device).manual_seed(seed)
    steps = max(1, round(SHARE * training.steps))
    feed = training.feed.reordered(seed)
    decoder.train()
    with fast_products(training.device):
        for step in range(steps):
            batch = training.batch_at(step, feed)
            with made_on(training.device):
                inputs, targets = training.modality.present(batch, generator)
                with torch.autocast(training.device.type, torch.bfloat16, enabled=training.is_mixed):
                    with torch.no_grad():
                        posterior = networks.encode(inputs)
                        z = posterior.sample(torch.randn(posterior.mean.shape, generator=generator))
                    output = decoder(z).float()
                loss = -networks.likelihood.log_likelihood(output, targets["cells"], targets.get("observed")).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, CLIP)
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate(step, steps)
            optimiser.step()
    return decoder.eval()
