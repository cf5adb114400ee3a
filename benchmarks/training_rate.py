"""What does the training loop cost beyond the network itself?

Rival 1, the limit: a bare loop over tensors in memory with the same network, optimiser, likelihood, binary draws and
matrix products, and nothing else (no order, average, checks, evaluation); and the same loop with torch's default
products. Rival 2, with pythae installed: pythae's own trainer on pythae's own default network (MLP 784-512-16), which our
loop then trains as well. Images per CPU second (user + system), each contestant in turns within one process, so that a
noisy machine disturbs all alike; medians and spreads over rounds.

    python benchmarks/training_rate.py [--rounds 5] [--steps 400]
"""

import argparse
import contextlib
import importlib.util
import io
import logging
import statistics
import tempfile
import time
from collections.abc import Callable

import torch
from torch import nn

import gausscape as gs
from gausscape.modality import Autoencoder, Modality, Tensors, find_modality
from gausscape.training.loop import Training
from gausscape.training.machine import count_operations, fast_products

BATCH = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    modality = find_modality("images").infer(gs.load_data("mnist-5k").values)
    tensors = modality.to_tensors(gs.load_data("mnist-5k").values)
    seen = options.steps * BATCH

    def default() -> Autoencoder:
        return modality.networks(2, size=50_000, tensors=tensors)

    contests: dict[str, Callable[[], Callable[[], None]]] = {
        "gausscape's loop": lambda: ours(modality, default(), tensors, options.steps),
        "bare loop, same products": lambda: bare(modality, default(), tensors, options.steps, is_plain=False),
        "bare loop, torch's defaults": lambda: bare(modality, default(), tensors, options.steps, is_plain=True),
    }
    compare(contests, options.rounds, seen)
    if importlib.util.find_spec("pythae") is None:
        print("pythae is not installed, so its trainer was not measured")
        return

    def same_network() -> Autoencoder:
        return modality.networks(16, size=50_000, architecture=(PythaeEncoder(), pythae_decoder()), tensors=tensors)

    epochs = max(1, round(seen / 5000))
    contests = {
        "gausscape's loop, pythae's network": lambda: ours(modality, same_network(), tensors, epochs * (5000 // BATCH)),
        "pythae's trainer": lambda: pythae_trainer(tensors, epochs),
    }
    compare(contests, options.rounds, epochs * (5000 // BATCH) * BATCH)


def compare(contests: dict[str, Callable[[], Callable[[], None]]], rounds: int, seen: int) -> None:
    """Run every contestant once a round; print images per CPU second, and the ratios of the first to the others."""
    rates: dict[str, list[float]] = {name: [] for name in contests}
    for _ in range(rounds):
        for name, prepare in contests.items():
            run = prepare()
            began = time.process_time()
            run()
            rates[name].append(seen / (time.process_time() - began))
    for name, found in rates.items():
        print(f"{name:<36} {statistics.median(found):8.0f} images per CPU-s ({min(found):.0f} to {max(found):.0f})")
    first, *others = rates.items()
    for name, found in others:
        ratios = [one / other for one, other in zip(first[1], found, strict=True)]
        spread = f"({min(ratios):.3f} to {max(ratios):.3f})"
        print(f"  {first[0]} / {name}: {statistics.median(ratios):.3f} {spread}", flush=True)


def ours(modality: Modality, networks: Autoencoder, tensors: Tensors, steps: int) -> Callable[[], None]:
    """The product's loop, with its averages, checks and evaluations."""
    held_out = {name: values[:350] for name, values in tensors.items()}
    # One evaluated object to 57 presented ones, as in a default fit of MNIST (20 times 2,000 to 2.4 million).
    evaluations = max(1, steps * BATCH // 20_000)
    schedule = gs.Schedule(steps=steps, batch=BATCH, evaluations=evaluations, patience=1000)
    training = Training(networks, modality, tensors, held_out, gs.Elbo(), schedule, 0)
    return lambda: (training.run(after_step=lambda _: None, report=lambda _: None), None)[1]


def bare(
    modality: Modality, networks: Autoencoder, tensors: Tensors, steps: int, *, is_plain: bool
) -> Callable[[], None]:
    """The least a loop can do with this network: with torch's own products, or with those that ours takes."""
    is_mixed = not is_plain and gs.Schedule().is_mixed(count_operations(networks, modality, tensors))
    optimiser = torch.optim.AdamW(networks.parameters(), lr=2e-3, fused=True)
    generator = torch.Generator().manual_seed(0)
    rows = len(tensors["pixels"])

    def run() -> None:
        with contextlib.nullcontext() if is_plain else fast_products():
            loop()

    def loop() -> None:
        for step in range(steps):
            start = step * BATCH % (rows - BATCH)
            batch = {name: values[start : start + BATCH] for name, values in tensors.items()}
            inputs, targets = modality.present(batch, generator)
            with torch.autocast("cpu", torch.bfloat16, enabled=is_mixed):
                posterior = networks.encode(inputs)
                z = posterior.sample(torch.randn(posterior.mean.shape, generator=generator))
                output = networks.decoder(z).float()
            score = networks.likelihood.log_likelihood(output, targets["cells"])
            loss = (posterior.divergence_from_standard() - score).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(networks.parameters(), 50.0)
            optimiser.step()

    return run


class PythaeEncoder(nn.Module):
    """pythae's default encoder for flat data: one hidden layer of 512."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(784, 512), nn.ReLU())
        self.mean, self.log_std = nn.Linear(512, 16), nn.Linear(512, 16)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.hidden(pixels)
        return self.mean(features), self.log_std(features)


def pythae_decoder() -> nn.Module:
    """pythae's default decoder for flat data; its last sigmoid belongs to our likelihood."""
    return nn.Sequential(nn.Linear(16, 512), nn.ReLU(), nn.Linear(512, 784))


def pythae_trainer(tensors: Tensors, epochs: int) -> Callable[[], None]:
    """pythae's own pipeline on its own default VAE."""
    from pythae.models import VAE, VAEConfig
    from pythae.pipelines import TrainingPipeline
    from pythae.trainers import BaseTrainerConfig

    logging.disable(logging.CRITICAL)
    images = (tensors["pixels"].float() / 255).reshape(-1, 1, 28, 28)
    folder = tempfile.mkdtemp()
    config = BaseTrainerConfig(
        output_dir=folder, num_epochs=epochs, per_device_train_batch_size=BATCH, learning_rate=1e-3, no_cuda=True
    )
    model = VAE(VAEConfig(input_dim=(1, 28, 28), latent_dim=16, reconstruction_loss="bce"))
    pipeline = TrainingPipeline(model=model, training_config=config)

    def run() -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            pipeline(train_data=images)

    return run


if __name__ == "__main__":
    main()
