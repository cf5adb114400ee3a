"""fit: data in, a calibrated space out."""

__all__ = ["METHODS", "Method", "fit"]

import contextlib
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from gausscape.chunks import Chunks
from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items
from gausscape.modality import Autoencoder, Modality, Tensors
from gausscape.space.building import build_space
from gausscape.space.codec import Codec
from gausscape.space.space import Space
from gausscape.training.checkpoints import Checkpoints, environment
from gausscape.training.device import choose_device
from gausscape.training.ensemble import train_decoders
from gausscape.training.feed import MemoryFeed
from gausscape.training.gan.fitting import fit_adversarial
from gausscape.training.gan.objective import Adversarial, adversarial_schedule
from gausscape.training.group import Group, find_group
from gausscape.training.linear import fit_linear
from gausscape.training.loop import Training
from gausscape.training.machine import count_operations
from gausscape.training.material import Material, held_material
from gausscape.training.memory_need import explained, refuse_too_large_batch, while_calibrating, while_training
from gausscape.training.objective import Elbo
from gausscape.training.reporting import no_report, show_progress
from gausscape.training.schedule import Schedule
from gausscape.training.streaming import streamed_material

INITIAL_ROWS = 4096
BOUND_ROWS = 500
BOUND_DRAWS = 50


def fit(
    data: Any,
    *,
    latent: int | None = None,
    method: str = "vae",
    modality: str | dict | Modality | None = None,
    architecture: Any = None,
    objective: Elbo | Adversarial | None = None,
    schedule: Schedule | None = None,
    seed: int = 0,
    checkpoints: Checkpoints | None = None,
    progress: bool = False,
) -> Space:
    """Fit a multivariate-Gaussian space to data.

    The objects are split 70 / 20 / 10: the first part fits (and a tenth of it stops the fit), the second calibrates,
    the third audits. Same data, settings and seed give the same bytes on the same machine with the same number of
    threads. The global random state is neither read nor changed.

    Started by torchrun, the processes share the training: each reads the data, takes its own parts of every step and
    returns the same Space. One process with `schedule.shards` set to their number gives the same bytes.

    A "vae" trains on a GPU if PyTorch finds one (`schedule.device`; experimental); "pca" and "gan", and everything after the
    training, run on the processor. Bytes are promised for fits on the processor: a GPU may add in another order each time.

    Args:
        data: Array (n, h, w[, c]), frame, 2-D numeric array, Items, or Chunks (see `scan_data`) of more objects than memory
            holds; at least 10 distinct objects.
        latent: Latent coordinates; None for the modality's suggestion (dead axes are left out of every measure, so
            too many do little harm).
        method: "vae"; "pca" for probabilistic PCA with the same calibration: the rival to beat; or "gan" for a generative
            adversarial network whose codes are found by inversion, for comparison.
        modality: None to recognise the kind of data, a name, a mapping {"name": ..., option: ...}, or an instance.
        architecture: None for the modality's default, a mapping in its own terms, or own torch modules.
        objective: What training maximises; None for the evidence lower bound. Where it names no `kl_weight` the modality's
            suggestion is taken (3 for grey images, 0.25 for tables, otherwise 1); `space.record["objective"]` tells it.
            For "gan" an `Adversarial`.
        schedule: How long and how fast; None for what the modality suggests, else the default budget.
        seed: Of everything random.
        checkpoints: Where to keep the state, so that a stopped or killed fit can be resumed.
        progress: Show a progress bar on standard error.

    Returns:
        The fitted Space; `space.audit` says how far its probabilities can be trusted.

    Raises:
        DataError: If the data cannot be used; the message names the place.
        ConfigurationError: If a setting is unknown or impossible.
        DivergenceError: If training leaves the finite numbers; a checkpoint, if there is one, stays.
        MemoryLimitError: If a batch needs more memory than this process may take; it names a batch that fits.
        StoppedError: If Ctrl-C or SIGTERM came while `checkpoints` were kept.
        LostProcessError: If another process that shares the fit is gone.

    Example:
        >>> import numpy as np
        >>> spots = np.random.default_rng(0).uniform(size=(60, 4, 4)).astype("float32")
        >>> fit(spots, latent=2, method="pca").latent
        2
    """
    if method not in METHODS:
        raise ConfigurationError(f"method needs to be one of {', '.join(METHODS)}, but got {method!r}. Choose one.")
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise ConfigurationError(f"seed needs a whole number from 0, but got {seed!r}. Pass seed=0, say.")
    if isinstance(data, str | os.PathLike):
        raise DataError(
            f"A fit needs objects, but got the name {str(data)!r}. Read it first: gs.fit(gs.load_data({str(data)!r}))"
        )
    source = data if isinstance(data, Chunks) else Items.of(data)
    if not len(source):
        raise DataError(f"A fit needs at least 10 objects, but there are 0 in {source.name}. Check the source.")
    material = (
        streamed_material(source, modality, seed=int(seed))
        if isinstance(source, Chunks)
        else held_material(source, modality, seed=int(seed))
    )
    kind, split = material.kind, material.split
    latent = _latent(latent, kind)
    chosen = METHODS[method]
    objective = _objective(objective, kind, latent, chosen.objective)
    group = find_group()
    schedule = _placed(_dealt(chosen.schedule(kind, material.fitting, schedule), method, group), method)
    if schedule.weight_decay is None:
        schedule = replace(schedule, weight_decay=kind.suggested_weight_decay(latent))
    settings = {
        "method": method,
        "latent": latent,
        "seed": int(seed),
        "objective": asdict(objective),
        "schedule": asdict(schedule),
    }
    facts = {
        "data": {"digest": material.digest, "objects": material.objects},
        "configuration": settings | {"modality": kind.document(), "architecture": _described(architecture)},
        "environment": environment(choose_device(schedule.device)),
    }
    group.check_equal(facts, "fit")
    networks, history = chosen.fit(
        material,
        latent=latent,
        architecture=architecture,
        objective=objective,
        schedule=schedule,
        seed=int(seed),
        checkpoints=checkpoints,
        facts=facts,
        progress=progress,
    )
    record = settings | material.told | {"data": facts["data"], "training": history, "threads": torch.get_num_threads()}
    with explained(while_calibrating):
        codec = Codec(kind, networks)
        unseen = torch.from_numpy(split.audit[:BOUND_ROWS])
        bound = codec.bound(
            {name: values[unseen] for name, values in material.tensors.items()}, draws=BOUND_DRAWS, seed=int(seed)
        )
        record["held_out_bound"] = float(bound.mean())
        record["held_out_bound_draws"] = BOUND_DRAWS
        return build_space(codec, material.items, material.tensors, split, seed=int(seed), record=record)


def _latent(asked: int | None, kind: Modality) -> int:
    if asked is None:
        return kind.suggested_latent()
    if not isinstance(asked, int | np.integer) or isinstance(asked, bool) or not 1 <= asked <= 512:
        raise ConfigurationError(
            f"latent needs a whole number from 1 to 512, but got {asked!r}. Pass latent=2 for a map."
        )
    return int(asked)


def _objective(
    asked: Elbo | Adversarial | None, kind: Modality, latent: int, wanted: type[Elbo] | type[Adversarial]
) -> Elbo | Adversarial:
    if asked is not None and not isinstance(asked, wanted):
        raise ConfigurationError(
            f"This method needs an objective of the kind {wanted.__name__}, but got {asked!r}. Leave it out for the default."
        )
    objective = asked or wanted()
    if not isinstance(objective, Elbo):
        return objective
    if objective.kl_weight is None:
        objective = replace(objective, kl_weight=kind.suggested_kl_weight())
    if objective.draws is not None or objective.sharing is not None or objective.kl_weight != 1 or objective.free_bits:
        return objective
    return replace(objective, **kind.suggested_tightening(latent))


def _dealt(schedule: Schedule, method: str, group: Group) -> Schedule:
    shards = schedule.shards or group.size
    if shards > 1 and not METHODS[method].is_shared:
        raise ConfigurationError(
            f"A fit in {shards} parts needs method='vae', but got {method!r}, which one process does alone. "
            "Start it without torchrun and without schedule.shards."
        )
    group.own(shards)
    return replace(schedule, shards=shards)


def _placed(schedule: Schedule, method: str) -> Schedule:
    """With the device that "auto" stands for here, so that a run is resumed on one of the same kind."""
    if METHODS[method].uses_gpu:
        device = choose_device(schedule.device)
        return replace(schedule, device=device.type) if schedule.device == "auto" else schedule
    if schedule.device not in ("auto", "cpu"):
        raise ConfigurationError(
            f"A fit on a GPU needs method='vae', but got {method!r}, which runs on the processor. Use schedule.device='auto' or "
            "'cpu'."
        )
    return replace(schedule, device="cpu")


def _described(architecture: Any) -> Any:
    if architecture is None or isinstance(architecture, str):
        return architecture
    if isinstance(architecture, dict):
        return {str(key): _described(value) for key, value in architecture.items()}
    if isinstance(architecture, torch.nn.Module):
        return repr(architecture)
    return [_described(value) for value in architecture] if isinstance(architecture, list | tuple) else architecture


def _fit_pca(
    material: Material, *, latent: int, seed: int, architecture: Any, **unused: Any
) -> tuple[Autoencoder, dict[str, Any]]:
    if architecture is not None:
        raise ConfigurationError("method='pca' has no architecture, but one came. Leave it out, or use method='vae'.")
    rows = np.concatenate([material.split.fit, material.split.validation])
    return fit_linear(material.kind, _select(material, rows), latent=latent, seed=seed)


def _fit_gan(
    material: Material,
    *,
    latent: int,
    architecture: Any,
    objective: Adversarial,
    schedule: Schedule,
    seed: int,
    checkpoints: Checkpoints | None,
    facts: dict[str, Any],
    progress: bool,
) -> tuple[Autoencoder, dict[str, Any]]:
    if checkpoints is not None:
        raise ConfigurationError(
            "method='gan' keeps no checkpoints, but some were asked for: a fit takes minutes, and starts anew after a stop. "
            "Leave checkpoints out, or use method='vae'."
        )
    if material.feed is not None:
        raise ConfigurationError(
            "method='gan' needs all objects in memory, but chunks came. Pass some of them, as chunks.take(...) gives them, or use "
            "method='vae'."
        )
    return fit_adversarial(
        material.kind,
        material.tensors,
        material.split,
        latent=latent,
        architecture=architecture,
        objective=objective,
        schedule=schedule,
        seed=seed,
        progress=progress,
    )


def _fit_vae(
    material: Material,
    *,
    latent: int,
    architecture: Any,
    objective: Elbo,
    schedule: Schedule,
    seed: int,
    checkpoints: Checkpoints | None,
    facts: dict[str, Any],
    progress: bool,
) -> tuple[Autoencoder, dict[str, Any]]:
    kind, split = material.kind, material.split
    fitted = material.feed or MemoryFeed(_select(material, split.fit), seed=seed)
    first = fitted.first(INITIAL_ROWS)

    def fresh(weights_seed: int) -> Autoencoder:
        # torch's layers draw their first weights from the global generator: it is borrowed, and given back as it was.
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(weights_seed)  # not torch.manual_seed, which reaches for GPUs as well
            return kind.networks(latent, size=material.fitting, architecture=architecture, tensors=first)

    networks, group = fresh(seed), find_group()
    if material.feed is not None and schedule.steps is None:
        schedule = _whole_epoch(schedule, material, networks)
    training = Training(networks, kind, fitted, _select(material, split.validation), objective, schedule, seed, group)
    refuse_too_large_batch(training)
    told = partial(while_training, training, str(checkpoints.folder) if checkpoints else None)
    with checkpoints.hold(group) if checkpoints else contextlib.nullcontext(), explained(told):
        if checkpoints:
            checkpoints.begin(training, facts)
        rescued = checkpoints.rescue(training) if checkpoints else contextlib.nullcontext()
        with show_progress() if progress and group.rank == 0 else no_report() as report, rescued:
            trained = training.run(after_step=checkpoints.after_step if checkpoints else _nothing, report=report)
        if checkpoints:
            checkpoints.save(training)
        train_decoders(training, fresh)
    history = {
        "steps": trained.steps,
        "best_step": trained.best_step,
        "planned_steps": training.steps,
        "batch": training.batch,
        "stopped_early": trained.stopped_early,
        "history": trained.history,
        "warnings": (checkpoints.warnings if checkpoints else []) + training.setbacks,
    }
    return training.networks_at_home(), history


def _select(material: Material, rows: np.ndarray) -> Tensors:
    return {name: values[torch.from_numpy(rows)].contiguous() for name, values in material.tensors.items()}


def _whole_epoch(schedule: Schedule, material: Material, networks: Autoencoder) -> Schedule:
    """The usual budget, or as many steps as it takes to present each object once, if these are more."""
    fitting = material.fitting
    usual = schedule.length(fitting, count_operations(networks, material.kind, material.tensors))
    return replace(schedule, steps=max(usual, -(-fitting // schedule.batch_size(fitting))))


def _nothing(training: Training) -> None:
    return None


def _usual_schedule(kind: Modality, objects: int, asked: Schedule | None) -> Schedule:
    return asked or Schedule(**kind.suggested_schedule(objects))


@dataclass(frozen=True)
class Method:
    """A way of fitting.

    Args:
        fit: Makes the networks.
        objective: What its objective is.
        schedule: From the kind of data, the number of fitted objects and what was asked for to the budget.
        is_shared: Whether several processes may share it.
        uses_gpu: Whether it runs on a GPU if there is one.
    """

    fit: Callable[..., tuple[Autoencoder, dict[str, Any]]]
    objective: type[Elbo] | type[Adversarial]
    schedule: Callable[[Modality, int, Schedule | None], Schedule]
    is_shared: bool = False
    uses_gpu: bool = False


METHODS = {
    "vae": Method(_fit_vae, Elbo, _usual_schedule, is_shared=True, uses_gpu=True),
    "pca": Method(_fit_pca, Elbo, _usual_schedule),
    "gan": Method(_fit_gan, Adversarial, lambda kind, objects, asked: adversarial_schedule(objects, asked)),
}
"""Ways of fitting by name."""
