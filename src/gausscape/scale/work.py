"""Work: what is done with each shard, and the task that a worker is sent: this work, in that folder."""

__all__ = ["Bench", "Shard", "Task", "Work", "sendable"]

import abc
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from gausscape.errors import DataError
from gausscape.scale.one_thread import one_thread
from gausscape.scale.run_folder import RunFolder, Shard


class Bench(abc.ABC):
    """A worker's place, with everything open that its shards need."""

    @abc.abstractmethod
    def read(self, number: int) -> Any:
        """The objects of a shard. May be called from another thread while `make` runs, but not twice at once."""

    @abc.abstractmethod
    def make(self, number: int, objects: Any) -> Shard:
        """The shard. It follows from its number, its objects and the work alone, to the last bit."""


class Work(abc.ABC):
    """What is done with each shard. It is sent to workers, so it holds names and numbers, not what is loaded."""

    @abc.abstractmethod
    def open(self) -> Bench:
        """Load what is needed, once for each worker.

        Raises:
            GausscapeError: If that cannot be.
        """


@final
@dataclass(frozen=True)
class Task:
    """Work and the folder that takes its shards: all that a worker has to be told.

    Args:
        work: What to do.
        folder: Where the shards go.
        run: Digest of what the run is, which every shard carries.
    """

    work: Work
    folder: Path
    run: str

    def open(self) -> "Doing":
        """Make ready to work."""
        with one_thread():
            return Doing(self.work.open(), RunFolder(self.folder, self.run))


@final
@dataclass(frozen=True)
class Doing:
    """A task with its bench open. Shards are put on disk here, by the worker: nothing but their numbers goes back."""

    bench: Bench
    folder: RunFolder

    def read(self, number: int) -> Any:
        """See `Bench.read`."""
        return self.bench.read(number)

    def finish(self, number: int, objects: Any) -> None:
        """Make the shard and put it on disk."""
        with one_thread():
            self.folder.put(number, self.bench.make(number, objects))


def sendable(error: Exception) -> bytes:
    """An error on its way from a worker to whoever started it; one that cannot be sent as it is goes by its words.

    Example:
        >>> pickle.loads(sendable(ValueError("no")))
        ValueError('no')
    """
    try:
        sent = pickle.dumps(error)
        pickle.loads(sent)
    except Exception:
        words = f"{type(error).__name__}: {error}"
        return pickle.dumps(DataError(f"A shard needs to be done, but a worker failed: {words}. Mend what is named, and go on."))
    return sent
