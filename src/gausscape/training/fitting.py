"""fit: data in, a calibrated space out."""

__all__ = ["METHODS", "Method", "fit"]

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items
from gausscape.modality import Autoencoder, Modality, Tensors, find_modality, recognise
from gausscape.space.building import build_space
from gausscape.space.codec import Codec
from gausscape.space.space import Space
from gausscape.training.checkpoints import Checkpoints, environment
from gausscape.training.ensemble import train_decoders
from gausscape.training.gan.fitting import fit_adversarial
from gausscape.training.gan.objective import Adversarial, adversarial_schedule
from gausscape.training.linear import fit_linear
from gausscape.training.loop import Training
from gausscape.training.objective import Elbo
from gausscape.training.reporting import no_report, show_progress
from gausscape.training.schedule import Schedule
from gausscape.training.splits import Split, split_objects

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

    Args:
        data: Array (n, h, w[, c]), frame, 2-D numeric array, or Items; at least 10 distinct objects.
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
        StoppedError: If Ctrl-C or SIGTERM came while `checkpoints` were kept.

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
        raise DataError(f"A fit needs objects, but got the name {str(data)!r}. Read it first: gs.fit(gs.load_data({str(data)!r}))")
    items = Items.of(data)
    if not len(items):
        raise DataError(f"A fit needs at least 10 objects, but there are 0 in {items.name}. Check the source.")
    kind = _modality(modality, items)
    tensors = kind.to_tensors(items.values)
    latent = _latent(latent, kind)
    split = split_objects(tensors, seed=int(seed))
    chosen = METHODS[method]
    objective = _objective(objective, kind, chosen.objective)
    schedule = chosen.schedule(kind, len(split.fit), schedule)
    settings = {
        "method": method,
        "latent": latent,
        "seed": int(seed),
        "objective": asdict(objective),
        "schedule": asdict(schedule),
    }
    facts = {
        "data": {"digest": _digest(items, tensors), "objects": len(items)},
        "configuration": settings | {"modality": kind.document(), "architecture": _described(architecture)},
        "environment": environment(),
    }
    networks, history = chosen.fit(
        kind,
        tensors,
        split,
        latent=latent,
        architecture=architecture,
        objective=objective,
        schedule=schedule,
        seed=int(seed),
        checkpoints=checkpoints,
        facts=facts,
        progress=progress,
    )
    record = settings | {"data": facts["data"], "training": history, "threads": torch.get_num_threads()}
    codec = Codec(kind, networks)
    unseen = torch.from_numpy(split.audit[:BOUND_ROWS])
    bound = codec.bound({name: values[unseen] for name, values in tensors.items()}, draws=BOUND_DRAWS, seed=int(seed))
    record["held_out_bound"] = float(bound.mean())
    record["held_out_bound_draws"] = BOUND_DRAWS
    return build_space(codec, items, tensors, split, seed=int(seed), record=record)


def _modality(asked: str | dict | Modality | None, items: Items) -> Modality:
    if isinstance(asked, Modality):
        return asked
    if isinstance(asked, dict):
        options = {key: value for key, value in asked.items() if key != "name"}
        kind = find_modality(asked["name"]) if "name" in asked else recognise(items.values)
        return kind.infer(items.values, **options)
    name = asked or items.modality
    return (find_modality(name) if name else recognise(items.values)).infer(items.values)


def _latent(asked: int | None, kind: Modality) -> int:
    if asked is None:
        return kind.suggested_latent()
    if not isinstance(asked, int | np.integer) or isinstance(asked, bool) or not 1 <= asked <= 512:
        raise ConfigurationError(f"latent needs a whole number from 1 to 512, but got {asked!r}. Pass latent=2 for a map.")
    return int(asked)


def _objective(
    asked: Elbo | Adversarial | None, kind: Modality, wanted: type[Elbo] | type[Adversarial]
) -> Elbo | Adversarial:
    if asked is not None and not isinstance(asked, wanted):
        raise ConfigurationError(
            f"This method needs an objective of the kind {wanted.__name__}, but got {asked!r}. Leave it out for the default."
        )
    objective = asked or wanted()
    if isinstance(objective, Elbo) and objective.kl_weight is None:
        return replace(objective, kl_weight=kind.suggested_kl_weight())
    return objective


def _digest(items: Items, tensors: Tensors) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensors[name].numpy()).data)
    digest.update("\0".join(items.ids.astype(str).tolist()).encode())
    return digest.hexdigest()


def _described(architecture: Any) -> Any:
    if architecture is None or isinstance(architecture, str):
        return architecture
    if isinstance(architecture, dict):
        return {str(key): _described(value) for key, value in architecture.items()}
    if isinstance(architecture, torch.nn.Module):
        return repr(architecture)
    return [_described(value) for value in architecture] if isinstance(architecture, list | tuple) else architecture


def _fit_pca(
    kind: Modality, tensors: Tensors, split: Split, *, latent: int, seed: int, architecture: Any, **unused: Any
) -> tuple[Autoencoder, dict[str, Any]]:
    if architecture is not None:
        raise ConfigurationError("method='pca' has no architecture, but one came. Leave it out, or use method='vae'.")
    rows = torch.from_numpy(np.concatenate([split.fit, split.validation]))
    return fit_linear(kind, {name: values[rows] for name, values in tensors.items()}, latent=latent, seed=seed)


def _fit_gan(
    kind: Modality,
    tensors: Tensors,
    split: Split,
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
    return fit_adversarial(
        kind,
        tensors,
        split,
        latent=latent,
        architecture=architecture,
        objective=objective,
        schedule=schedule,
        seed=seed,
        progress=progress,
    )


def _fit_vae(
    kind: Modality,
    tensors: Tensors,
    split: Split,
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
    def select(rows: np.ndarray) -> Tensors:
        return {name: values[torch.from_numpy(rows)].contiguous() for name, values in tensors.items()}

    fit_tensors = select(split.fit)
    first = {name: values[:INITIAL_ROWS] for name, values in fit_tensors.items()}

    def fresh(weights_seed: int) -> Autoencoder:
        # torch's layers draw their first weights from the global generator: it is borrowed, and given back as it was.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(weights_seed)
            return kind.networks(latent, size=len(split.fit), architecture=architecture, tensors=first)

    networks = fresh(seed)
    training = Training(networks, kind, fit_tensors, select(split.validation), objective, schedule, seed)
    with checkpoints.hold() if checkpoints else contextlib.nullcontext():
        if checkpoints:
            checkpoints.begin(training, facts)
        with show_progress() if progress else no_report() as report:
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
    return networks, history


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
    """

    fit: Callable[..., tuple[Autoencoder, dict[str, Any]]]
    objective: type[Elbo] | type[Adversarial]
    schedule: Callable[[Modality, int, Schedule | None], Schedule]


METHODS = {
    "vae": Method(_fit_vae, Elbo, _usual_schedule),
    "pca": Method(_fit_pca, Elbo, _usual_schedule),
    "gan": Method(_fit_gan, Adversarial, lambda kind, objects, asked: adversarial_schedule(objects, asked)),
}
"""Ways of fitting by name."""


