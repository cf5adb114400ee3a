"""Worker processes on this machine: each does one shard after another; one that dies is replaced, and its shard done again."""

__all__ = ["Processes"]

import contextlib
import multiprocessing
import pickle
import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, final

from gausscape.errors import ConfigurationError
from gausscape.scale.engine import MOST_DEATHS, Report
from gausscape.scale.work import Task, sendable

MOST_UNREADY = 5
"""Workers in a row that may be killed before they are ready: more, and there is no room for them."""


@final
@dataclass(eq=False)
class _Worker:
    process: Any
    connection: Connection
    number: int | None = None
    is_ready: bool = False


@final
class Processes:
    """A pool of processes with one task.

    Args:
        task: What they do.
        workers: How many.
    """

    def __init__(self, task: Task, workers: int):
        self._task = pickle.dumps(task)
        self._most = workers
        self._workers: list[_Worker] = []
        self._unready = 0

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.connection.close()
            worker.process.kill()
            worker.process.join()
            worker.process.close()
        self._workers.clear()

    @property
    def pids(self) -> list[int]:
        """Of the processes that live."""
        return [worker.process.pid for worker in self._workers]

    def run(self, numbers: Sequence[int]) -> Iterator[Report]:
        """Do these shards.

        Raises:
            ConfigurationError: If processes die before they are ready to work.
            GausscapeError: If a worker refuses its shard.
        """
        waiting, deaths, missing = deque(numbers), Counter[int](), len(numbers)
        while missing:
            while len(self._workers) < min(self._most, missing):
                self._workers.append(self._start())
            for worker in self._workers:
                if worker.is_ready and worker.number is None and waiting:
                    worker.number = waiting.popleft()
                    # If it has died meanwhile, its end is noticed below.
                    with contextlib.suppress(OSError):
                        worker.connection.send(worker.number)
            heard = wait([each for worker in self._workers for each in (worker.connection, worker.process.sentinel)])
            for worker in [each for each in self._workers if each.connection in heard or each.process.sentinel in heard]:
                said = self._hear(worker)
                if said is None:
                    number = worker.number
                    why = self._bury(worker)
                    if number is None:
                        continue
                    deaths[number] += 1
                    if deaths[number] < MOST_DEATHS:
                        waiting.appendleft(number)
                        continue
                    missing -= 1
                    yield Report(number, f"{MOST_DEATHS} workers ended while they did it, the last with {why}")
                elif isinstance(said, BaseException):
                    raise said
                elif worker.is_ready:
                    missing, worker.number = missing - 1, None
                    yield Report(said)
                else:
                    worker.is_ready = True

    def _start(self) -> _Worker:
        # Fresh processes: a fork would copy this one's threads in whatever state they are.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        # A daemon ends with this process, and one whose process was killed when it next listens.
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        with contextlib.suppress(OSError):
            ours.send_bytes(self._task)
        return _Worker(process, ours)

    def _hear(self, worker: _Worker) -> Any:
        """What a worker says, None where it has ended."""
        try:
            # What it said before it ended counts: its shard is on disk.
            return pickle.loads(worker.connection.recv_bytes()) if worker.connection.poll() else None
        except (EOFError, OSError):
            return None

    def _bury(self, worker: _Worker) -> str:
        worker.process.join(5)
        code = worker.process.exitcode
        self._workers.remove(worker)
        worker.connection.close()
        worker.process.close()
        why = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        self._unready = 0 if worker.is_ready else self._unready + 1
        if (not worker.is_ready and (code or 0) >= 0) or self._unready > MOST_UNREADY:
            raise ConfigurationError(
                f"Workers need to start as processes of their own, but one ended with {why} before it was ready. "
                "Put if __name__ == '__main__': around the main part of the script, or pass workers=1."
            )
        return why


def _serve(connection: Connection) -> None:
    """A worker's life: load, then do what numbers come until the other side is gone."""
    # Ctrl-C in a terminal reaches every process; the one that started the others decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        doing = pickle.loads(connection.recv_bytes()).open()
        connection.send_bytes(pickle.dumps("ready"))
        while True:
            number = connection.recv()
            doing.finish(number, doing.read(number))
            connection.send_bytes(pickle.dumps(number))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:
        with contextlib.suppress(OSError):
            connection.send_bytes(sendable(error))
