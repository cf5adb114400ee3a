"""fit_adversarial: generator, discriminator, first guess and noise scale, one after the other."""

__all__ = ["fit_adversarial"]

import contextlib
from typing import Any

import numpy as np
import torch

from gausscape.errors import ConfigurationError
from gausscape.modality import Autoencoder, Modality, Tensors
from gausscape.space.inverting import inverting_networks
from gausscape.training.gan.discriminator import Reading, build_discriminator
from gausscape.training.gan.generator import build_generator
from gausscape.training.gan.guard import FEWEST, Guard
from gausscape.training.gan.inversion import fit_inversion
from gausscape.training.gan.loop import AdversarialTraining
from gausscape.training.gan.objective import Adversarial
from gausscape.training.reporting import show_progress
from gausscape.training.schedule import Schedule
from gausscape.training.seeds import mix_seeds
from gausscape.training.splits import Split

INITIAL_ROWS = 4096
BLIND_GATES = (
    "The gates of generated objects are blind to torn ones: the code of a generated object is found from what the generator made, so "
    "it comes back to itself however unlike real objects that is. SUPPORTED says here that the code lies among real codes, not that "
    "the object looks real: look at it."
)


def fit_adversarial(
    kind: Modality,
    tensors: Tensors,
    split: Split,
    *,
    latent: int,
    architecture: Any,
    objective: Adversarial,
    schedule: Schedule,
    seed: int,
    progress: bool = False,
) -> tuple[Autoencoder, dict[str, Any]]:
    """Networks of a generative adversarial space, and what is worth keeping of their training.

    Args:
        kind: The kind of data.
        tensors: All objects.
        split: Who fits, and who watches the fit.
        latent: Coordinates of z.
        architecture: As for the variational autoencoder: "decoder" terms make the generator, "encoder" terms the
            discriminator and the first guess of the inversion.
        objective: The losses.
        schedule: The budget.
        seed: Of everything random.
        progress: Show a progress bar on standard error.

    Raises:
        ConfigurationError: If the objects or settings do not suit a generator of cells.
        DivergenceError: If a loss leaves the finite numbers.
    """
    if schedule.decoders > 1:
        raise ConfigurationError(
            f"method='gan' has one generator, but schedule.decoders is {schedule.decoders}. Leave it out, or use method='vae'."
        )

    def select(rows: np.ndarray) -> Tensors:
        return {name: values[torch.from_numpy(rows)].contiguous() for name, values in tensors.items()}

    fitted = select(split.fit)
    first = {name: values[:INITIAL_ROWS] for name, values in fitted.items()}
    # So few validation objects tell nothing: then fitted ones are watched, for collapse shows on these too.
    watched = select(split.validation) if len(split.validation) >= FEWEST else fitted
    build = {"size": len(split.fit), "architecture": architecture, "tensors": first}
    generator, networks = build_generator(kind, latent, seed=mix_seeds(seed, 23), **build)
    discriminator, reading = build_discriminator(kind, latent, seed=mix_seeds(seed, 24), **build)
    training = AdversarialTraining(
        generator,
        discriminator,
        kind=kind,
        tensors=fitted,
        guard=Guard(_watched_cells(kind, watched)),
        latent=latent,
        objective=objective,
        schedule=schedule,
        seed=seed,
    )
    with show_progress() if progress else contextlib.nullcontext(_silent) as report:
        training.run(report=report)
    gaps = "observed" in kind.present({name: values[:1] for name, values in first.items()}, None)[1]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mix_seeds(seed, 25))
        inverting = inverting_networks(
            networks, steps=objective.inversion_steps, reads_cells=reading is None, gaps=gaps
        )
    found = fit_inversion(
        inverting, kind, fitted, watched, reading=reading or Reading((), ()), steps=training.steps, seed=seed
    )
    history = {
        "steps": training.step,
        "best_step": training.kept_step,
        "planned_steps": training.steps,
        "batch": training.batch,
        "stopped_early": training.collapsed,
        "collapsed": training.collapsed,
        "history": training.history,
        "inversion": found.document(),
        "notes": [BLIND_GATES],
        "warnings": training.setbacks,
    }
    return inverting, history


def _watched_cells(kind: Modality, tensors: Tensors) -> np.ndarray:
    _, targets = kind.present({name: values[:2000] for name, values in tensors.items()}, None)
    cells = targets["cells"].float()
    observed = targets.get("observed")
    if observed is not None:
        there = observed > 0
        cells = torch.where(there, cells, (cells * there).sum(0) / there.sum(0).clamp_min(1))
    return cells.numpy()


def _silent(progress: Any) -> None:
    return None
