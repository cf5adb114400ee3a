"""How does one come back from an object to its code? The first guess is trained, the noise scale is measured."""

__all__ = ["Inversion", "fit_inversion"]

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from gausscape.errors import ConfigurationError
from gausscape.likelihoods import LearnedGaussian
from gausscape.modality import Autoencoder, Modality, Tensors
from gausscape.space.inverting import SMALLEST_NOISE, InvertingEncoder
from gausscape.training.gan.discriminator import Reading
from gausscape.training.machine import fast_products
from gausscape.training.seeds import mix_seeds

SHARE = 0.35
FEWEST_STEPS = 100
BATCH = 128
RATE = 1e-3
MEASURED = 500
ROUNDS = 3


@dataclass(frozen=True)
class Inversion:
    """How well objects are found again, on objects that the generator was not trained on.

    Args:
        noise_std: Scale of the noise about generated cells, in the unit of the cells.
        first_guess: Share of the cells' variance that the trained encoder alone leaves unexplained.
        start: The same for the better of that and the most alike of 2,000 generated objects, object by object.
        refined: The same after the descent.
        of_generated: The same for objects that the generator made, which could be explained altogether.
        code_error: Root mean squared error of the codes of these, in prior standard deviations.
    """

    noise_std: float
    first_guess: float
    start: float
    refined: float
    of_generated: float
    code_error: float

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


def fit_inversion(
    networks: Autoencoder,
    kind: Modality,
    tensors: Tensors,
    held_out: Tensors,
    *,
    reading: Reading,
    steps: int,
    seed: int,
) -> Inversion:
    """Train the first guess on pairs of generated objects and their z, then learn the noise scale of the likelihood.

    Generated objects get noise of the size of what real ones leave unexplained, so that real ones, which the generator
    never makes exactly, are no stranger to the guess. The scale and the codes depend on each other, so both are found
    in three rounds, on held-out objects.

    Args:
        networks: Of `inverting_networks`; encoder and likelihood are fitted in place, the generator stays.
        kind: Presents objects.
        tensors: Fitted objects.
        held_out: Objects to learn the scale on.
        reading: How the first guess reads cells.
        steps: Of the adversarial training; a third of them train the guess.
        seed: Of the pairs.
    """
    encoder, likelihood = networks.encoder, networks.likelihood
    if not isinstance(encoder, InvertingEncoder) or not isinstance(likelihood, LearnedGaussian):
        raise ConfigurationError(
            f"An inversion needs an InvertingEncoder and a LearnedGaussian, but got a {type(encoder).__name__} and a "
            f"{type(likelihood).__name__}. Pass what inverting_networks makes."
        )
    cells, observed = _cells(kind, held_out)
    scale = float((cells - _centre(cells, observed)).square().mean().sqrt())
    _train_first_guess(networks, encoder, tensors, kind, reading, steps=steps, noise=0.3 * scale, seed=seed)
    networks.eval().requires_grad_(False)
    inputs = reading.inputs(cells, observed)
    guess = encoder.first(inputs)[0]
    z = start = encoder.start(inputs)
    for _ in range(ROUNDS):
        _set_noise(likelihood, _residual(networks, z, cells, observed), observed)
        z = encoder.refine(start, cells, observed)
    _set_noise(likelihood, _residual(networks, z, cells, observed), observed)
    true = torch.randn(len(cells), networks.latent, generator=torch.Generator().manual_seed(mix_seeds(seed, 33)))
    made = networks.decoder(true)
    found = encoder.refine(encoder.start(reading.inputs(made, None)), made, None)
    return Inversion(
        noise_std=float(likelihood.std),
        first_guess=_unexplained(networks, guess, cells, observed),
        start=_unexplained(networks, start, cells, observed),
        refined=_unexplained(networks, z, cells, observed),
        of_generated=_unexplained(networks, found, made, None),
        code_error=float((found - true).square().mean().sqrt()),
    )


def _train_first_guess(
    networks: Autoencoder,
    encoder: InvertingEncoder,
    tensors: Tensors,
    kind: Modality,
    reading: Reading,
    *,
    steps: int,
    noise: float,
    seed: int,
) -> None:
    steps = max(FEWEST_STEPS, round(SHARE * steps))
    generator = torch.Generator().manual_seed(mix_seeds(seed, 31))
    networks.decoder.requires_grad_(False)
    objects = len(next(iter(tensors.values())))
    optimiser = torch.optim.Adam(encoder.first.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    encoder.first.train()
    with fast_products():
        for _ in range(steps):
            z = torch.randn(BATCH, networks.latent, generator=generator)
            rows = torch.randint(objects, (BATCH,), generator=generator)
            _, observed = _cells(kind, {name: values[rows] for name, values in tensors.items()})
            with torch.no_grad():
                cells = networks.decoder(z)
                cells = cells + noise * torch.rand(BATCH, 1, generator=generator) * torch.randn(
                    cells.shape, generator=generator
                )
            guess = encoder.first(reading.inputs(cells, observed))[0]
            loss = (guess - z).square().mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
    encoder.first.eval()


def _cells(kind: Modality, tensors: Tensors) -> tuple[torch.Tensor, torch.Tensor | None]:
    _, targets = kind.present({name: values[:MEASURED] for name, values in tensors.items()}, None)
    return targets["cells"].float(), targets.get("observed")


def _centre(cells: torch.Tensor, observed: torch.Tensor | None) -> torch.Tensor:
    return cells.mean(0) if observed is None else (cells * observed).sum(0) / observed.sum(0).clamp_min(1)


def _residual(
    networks: Autoencoder, z: torch.Tensor, cells: torch.Tensor, observed: torch.Tensor | None
) -> torch.Tensor:
    residual = cells - networks.decoder(z)
    return residual if observed is None else residual * observed


def _unexplained(networks: Autoencoder, z: torch.Tensor, cells: torch.Tensor, observed: torch.Tensor | None) -> float:
    deviation = cells - _centre(cells, observed)
    deviation = deviation if observed is None else deviation * observed
    left = _residual(networks, z, cells, observed).double().square().sum()
    return float(left / deviation.double().square().sum().clamp_min(1e-300))


def _set_noise(likelihood: LearnedGaussian, residual: torch.Tensor, observed: torch.Tensor | None) -> None:
    """The scale of greatest likelihood: the root of the mean squared residual."""
    squares = residual.double().square()
    mean = float(squares.mean() if observed is None else squares.sum() / observed.sum())
    with torch.no_grad():
        likelihood.log_std.fill_(float(np.log(max(np.sqrt(mean) - SMALLEST_NOISE, SMALLEST_NOISE))))
