"""The engine ray: the same shards as tasks of Ray Data, on this machine or on a cluster.

Only the shards' numbers pass through Ray: workers read the source and write the folder themselves, so both must lie where every
machine sees them. An actor that dies is started again and its shard done again; what is on disk is then written over with
the same bytes.
"""

__all__ = ["ENGINE", "Ray"]

import logging
import os
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

from gausscape.scale.engine import MOST_DEATHS, Engine, Report
from gausscape.scale.ray_session import import_ray, ray_session
from gausscape.scale.run_folder import RUN
from gausscape.scale.work import Task, sendable


@final
class Ray(Engine):
    """Actors that open the task once and do one shard after another."""

    def run(self, task: Task, numbers: Sequence[int]) -> Iterator[Report]:
        ray, data = import_ray("data", otherwise="take engine='local'")
        for number in numbers:
            _tries(task, number).unlink(missing_ok=True)
        with ray_session(ray, self.workers, shows_workers=False), _quiet(data):
            shards = data.from_items([{"number": number} for number in numbers], override_num_blocks=len(numbers))
            done = shards.map_batches(
                _Actor,
                fn_constructor_args=(task,),
                batch_size=1,
                compute=data.ActorPoolStrategy(size=min(self.workers, len(numbers))),
                num_cpus=1,
            )
            for row in done.iter_rows():
                if row["error"]:
                    raise pickle.loads(row["error"])
                yield Report(int(row["number"]), row["poison"])


class _Actor:
    """A worker of Ray's."""

    def __init__(self, task: Task):
        self._task = task
        self._doing = task.open()

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        (number,) = batch["number"].tolist()
        error, poison, tries = b"", "", _tries(self._task, number)
        # Ray starts a dead actor again and hands it the same shard, for ever: how often is known only on disk.
        if tries.is_file() and len(tries.read_text().split()) >= MOST_DEATHS:
            poison = f"{MOST_DEATHS} actors ended while they did it"
        else:
            with open(tries, "a") as file:
                file.write(f"{os.getpid()}\n")
            try:
                self._doing.finish(number, self._doing.read(number))
            except Exception as refusal:
                # As bytes: Ray would wrap it in an error of its own.
                error = sendable(refusal)
        tries.unlink(missing_ok=True)
        return {"number": [number], "error": [error], "poison": [poison]}


def _tries(task: Task, number: int) -> Path:
    """A file with a line, the process, for each time that a shard was begun and not ended."""
    return task.folder / RUN / f"tries-{number:05d}"


@contextmanager
def _quiet(data: Any) -> Iterator[None]:
    """Without Ray's own bars and plans: what is told is told by the run."""
    context, logger = data.DataContext.get_current(), logging.getLogger("ray.data")
    kept = context.enable_progress_bars, logger.level
    context.enable_progress_bars = False
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        context.enable_progress_bars = kept[0]
        logger.setLevel(kept[1])


ENGINE = Ray
