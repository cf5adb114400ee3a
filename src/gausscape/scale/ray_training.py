"""A fit shared by Ray's workers: each calls the very same fit, and the first of them saves the space."""

__all__ = ["fit_on_ray"]

import importlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gausscape import errors
from gausscape.chunks import Chunks
from gausscape.errors import ConfigurationError, GausscapeError, LostProcessError, StoppedError
from gausscape.items import Items
from gausscape.scale.ray_session import import_ray, ray_session
from gausscape.space.durable import write_bytes
from gausscape.training.checkpoints import Checkpoints
from gausscape.training.fitting import fit
from gausscape.training.group import GATHERING, find_group

RESTARTS = 2
REFUSAL = "refusal.json"


def fit_on_ray(
    read: Callable[[], Items | Chunks],
    out: str | Path,
    *,
    workers: int,
    arguments: dict[str, Any],
    resume: bool = False,
    overwrite: bool = False,
) -> None:
    """Fit with Ray's TorchTrainer and save the space to `out`: the bytes that torchrun, or one process, would give.

    The state is kept in the folder `out`.run. A worker that dies is replaced, and the fit goes on from there. `out` and what
    `read` reads must lie where every worker sees them.

    Args:
        read: Reads the data, in each worker; Ray carries it there.
        out: Folder to save the space to.
        workers: Processes, of one CPU each. They must divide `schedule.shards`, where that is given.
        arguments: Arguments of `fit`, by name.
        resume: Go on from the checkpoint of a stopped or killed fit.
        overwrite: Replace a space that stands at `out`.

    Raises:
        MissingExtraError: If Ray is not installed.
        LostProcessError: If workers were lost more than twice.
        StoppedError: After Ctrl-C; the last checkpoint is kept.
    """
    if not isinstance(workers, int) or workers < 1:
        raise ConfigurationError(f"A fit on Ray needs a whole number of workers from 1, but got {workers!r}. Pass workers=2, say.")
    ray, train = import_ray("train", otherwise="share the fit with torchrun")
    out = Path(out).absolute()
    run = out.with_name(out.name + ".run")
    with Checkpoints(run, resume=resume).hold():
        (run / REFUSAL).unlink(missing_ok=True)
    # Whoever is started again after a loss goes on; that nobody's run is overwritten was asked just now.
    task = {"read": read, "arguments": arguments, "out": str(out), "run": str(run), "overwrite": overwrite, "home": os.getcwd()}
    trainer = importlib.import_module("ray.train.torch").TorchTrainer(
        _work,
        train_loop_config=task,
        torch_config=importlib.import_module("ray.train.torch").TorchConfig(
            backend="gloo", timeout_s=int(GATHERING.total_seconds())
        ),
        scaling_config=train.ScalingConfig(num_workers=workers, use_gpu=False, resources_per_worker={"CPU": 1}),
        run_config=train.RunConfig(
            name="ray",
            storage_path=str(run),
            failure_config=train.FailureConfig(max_failures=RESTARTS),
            logging_config=train.LoggingConfig(log_level="ERROR"),
        ),
    )
    try:
        with ray_session(ray, workers, shows_workers=True):
            trainer.fit()
    except KeyboardInterrupt:
        raise StoppedError(
            f"Stopped as asked; the last checkpoint is in {run}. Give the same command with --resume (resume=True) to go on."
        ) from None
    except train.TrainingFailedError as error:
        _raise_refusal(run)
        raise LostProcessError(
            f"A fit on Ray needs its {workers} workers, but they were lost {RESTARTS + 1} times, last with: "
            f"{str(error).strip().splitlines()[-1][:300]}. The last checkpoint is in {run}: resume when that is mended."
        ) from error
    _raise_refusal(run)
    Checkpoints(run).finish()


def _work(task: dict[str, Any]) -> None:
    """What each worker does."""
    os.chdir(task["home"])  # Ray starts its workers in folders of its own, and paths may be relative
    run = Path(task["run"])
    try:
        space = fit(
            task["read"](), checkpoints=Checkpoints(run, resume=True), progress=True, **task["arguments"]
        )
        if find_group().rank == 0:
            space.save(task["out"], overwrite=task["overwrite"])
    except LostProcessError:
        raise  # for Ray, which starts all workers anew
    except GausscapeError as error:
        # Through the run folder: Ray would try again what is refused for good, and wrap it in an error of its own.
        write_bytes(run / REFUSAL, json.dumps({"kind": type(error).__name__, "words": str(error)}).encode())


def _raise_refusal(run: Path) -> None:
    if (run / REFUSAL).is_file():
        told = json.loads((run / REFUSAL).read_bytes())
        (run / REFUSAL).unlink()
        kind = getattr(errors, told["kind"]) if told["kind"] in errors.__all__ else GausscapeError
        raise kind(told["words"])
