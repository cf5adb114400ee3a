"""Who fits: this process, one of several that torchrun started, or Ray's workers; the space is saved once."""

__all__ = ["fit_and_save"]

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gausscape.cli.given import Given
from gausscape.errors import ConfigurationError

if TYPE_CHECKING:
    from gausscape.space.space import Space


def fit_and_save(
    given: Given,
    out: Path,
    *,
    arguments: dict[str, Any],
    engine: str,
    workers: int,
    resume: bool,
    overwrite: bool,
) -> "Space | None":
    """Fit and save to `out`.

    Returns:
        The space; None in a process that shares the fit and is not the first.

    Raises:
        ConfigurationError: If there is no such engine, or the workers need another.
    """
    if engine not in ("local", "ray"):
        raise ConfigurationError(f"--engine needs local or ray, but got {engine!r}. Choose one.")
    is_vae = arguments.get("method", "vae") == "vae"
    if engine == "ray":
        return _fit_on_ray(given, out, arguments=arguments, workers=workers, resume=resume, overwrite=overwrite)
    if workers > 1:
        raise ConfigurationError(
            f"--workers {workers} needs --engine ray, but the engine is local. Without Ray start the processes so: "
            f"torchrun --nproc_per_node={workers} -m gausscape fit {given.source} --out {out}"
        )
    from gausscape.training.checkpoints import Checkpoints
    from gausscape.training.fitting import fit
    from gausscape.training.group import find_group

    items = given.load_or_scan()
    checkpoints = Checkpoints(out.with_name(out.name + ".run"), resume=resume) if is_vae else None
    space = fit(items, checkpoints=checkpoints, progress=True, **arguments)
    group = find_group()
    if group.rank > 0:
        return None
    space.save(out, overwrite=overwrite)
    if checkpoints:
        checkpoints.finish()
    if group.size > 1:
        shards = space.record["schedule"]["shards"]
        print(
            f"{group.size} processes shared this fit; with schedule.shards={shards} one process gives the same bytes.",
            file=sys.stderr,
        )
    return space


def _fit_on_ray(
    given: Given, out: Path, *, arguments: dict[str, Any], workers: int, resume: bool, overwrite: bool
) -> "Space":
    from gausscape.cli.given import open_space
    from gausscape.scale.ray_training import fit_on_ray

    if arguments.get("method", "vae") != "vae":
        raise ConfigurationError(f"--engine ray needs --method vae, but got {arguments['method']!r}. Leave the engine out.")
    if given.source == "-":
        raise ConfigurationError("--engine ray needs a SOURCE that each worker can read, but got standard input. Save it first.")
    fit_on_ray(given.load_or_scan, out, workers=workers, arguments=arguments, resume=resume, overwrite=overwrite)
    return open_space(out)
