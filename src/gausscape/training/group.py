"""Group: the processes that share one fit, and what they tell each other."""

__all__ = ["Alone", "Distributed", "Group", "find_group", "join"]

import abc
import atexit
import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed
from torch.distributed.rendezvous import rendezvous

from gausscape.errors import ConfigurationError, GausscapeError, LostProcessError
from gausscape.training.differences import list_differences

PATIENCE = timedelta(seconds=60)
"""How long a process waits for the others in a step."""

GATHERING = timedelta(minutes=30)
"""How long a process waits for the others to come: each reads the data first."""

PARTING = timedelta(seconds=5)

State = tuple[dict[str, Any], dict[str, np.ndarray]]


class Group(abc.ABC):
    """The processes that share a fit. Each runs the whole fit and takes its own parts of every step.

    Attributes:
        rank: Number of this process, from 0; the first one writes.
        size: How many there are.
        asked: The signal that this process was asked to stop with; 0 for none.
    """

    rank: int
    size: int
    asked: int = 0

    @property
    @abc.abstractmethod
    def agreed(self) -> int:
        """The signal that all stop with after the step that was just taken; 0 for none."""

    def own(self, shards: int) -> range:
        """Which parts of a step are this process's.

        Raises:
            ConfigurationError: If the parts cannot be dealt out evenly.
        """
        if shards % self.size:
            raise ConfigurationError(
                f"A shared fit needs as many parts of a step for each process, but schedule.shards is {shards} and "
                f"{self.size} processes came. Start a number of processes that divides {shards}, or choose other shards."
            )
        each = shards // self.size
        return range(self.rank * each, (self.rank + 1) * each)

    @abc.abstractmethod
    def add(self, parts: Iterable[Tensor]) -> Tensor:
        """The sum of all parts of all processes, always in the order of the parts, so that it does not depend on who has which.

        Args:
            parts: A vector of each of the own parts, in their order.
        """

    @abc.abstractmethod
    def exchange(self, document: Any) -> list[Any]:
        """What each process says here, by rank; JSON-able."""

    @abc.abstractmethod
    def spread(self, state: State | None) -> State | None:
        """The first process's state: a JSON-able document and arrays."""

    def check_equal(self, document: Any, name: str) -> None:
        """Whether all processes have the same; each learns of any that has not.

        Raises:
            ConfigurationError: If one differs from the first; the differences are listed.
        """
        first, *others = self.exchange(document)
        for rank, other in enumerate(others, start=1):
            if found := list_differences(first, other, name):
                raise ConfigurationError(
                    f"A shared fit needs the same {name} in every process, but between process 0 and process {rank} "
                    f"{'; '.join(found)}. Give all the same data and settings, on processors and versions of one kind."
                )

    def lead(self, action: Callable[[], Any]) -> Any:
        """What `action` gives on the first process, told to all (JSON-able); if it is refused there, all refuse."""
        given, refusal = None, None
        if self.rank == 0:
            try:
                given = action()
            except GausscapeError as error:
                refusal = error
        given, words = self.exchange((given, str(refusal) if refusal else None))[0]
        if refusal:
            raise refusal
        if words:
            raise GausscapeError(f"Process {self.rank} stops, for process 0 cannot go on: {words}")
        return given


class Alone(Group):
    """One process.

    Example:
        >>> Alone().add([torch.ones(2), torch.ones(2)])
        tensor([2., 2.])
    """

    rank, size = 0, 1

    @property
    def agreed(self) -> int:
        return self.asked

    def add(self, parts: Iterable[Tensor]) -> Tensor:
        return _in_order(parts)

    def exchange(self, document: Any) -> list[Any]:
        return [document]

    def spread(self, state: State | None) -> State | None:
        return state

    def lead(self, action: Callable[[], Any]) -> Any:
        return action()


class Distributed(Group):
    """The processes of torch.distributed's default group.

    Args:
        store: Where processes leave a sign of life, so that the one that is lost can be named; None if there is none.
    """

    def __init__(self, store: Any = None):
        self.rank, self.size = distributed.get_rank(), distributed.get_world_size()
        self._store = store
        self._agreed = 0

    @property
    def agreed(self) -> int:
        return self._agreed

    def add(self, parts: Iterable[Tensor]) -> Tensor:
        # The wish to stop travels with the sum: all learn of it after the same step, at no cost.
        wish = torch.tensor([float(self.asked)])
        own = torch.stack([torch.cat([part, wish.to(part)]) for part in parts])
        every = torch.cat(self._gather(own))
        self._agreed = int(every[:, -1].max())
        return _in_order(every[:, :-1])

    def exchange(self, document: Any) -> list[Any]:
        told = torch.frombuffer(bytearray(json.dumps(document).encode()), dtype=torch.uint8)
        lengths = [int(length) for length in self._gather(torch.tensor([len(told)]))]
        rows = self._gather(torch.nn.functional.pad(told, (0, max(lengths) - len(told))))
        return [json.loads(bytes(row[:length].numpy())) for row, length in zip(rows, lengths, strict=True)]

    def spread(self, state: State | None) -> State | None:
        document, arrays = state or (None, {})
        kinds = {name: (array.dtype.str, array.shape) for name, array in arrays.items()}
        document, kinds = self.exchange((document, kinds))[0]
        if document is None:
            return None
        found: dict[str, np.ndarray] = {}
        for name, (kind, shape) in kinds.items():
            found[name] = np.ascontiguousarray(arrays[name]) if self.rank == 0 else np.empty(shape, kind)
            if found[name].size:
                with self._together():
                    distributed.broadcast(torch.from_numpy(found[name].reshape(-1).view(np.uint8)), src=0)
        return document, found

    def _gather(self, own: Tensor) -> list[Tensor]:
        every = [torch.empty_like(own) for _ in range(self.size)]
        with self._together():
            distributed.all_gather(every, own)
        return every

    @contextlib.contextmanager
    def _together(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise LostProcessError(
                f"A shared fit needs all its {self.size} processes, but {self._missing()} was lost "
                f"({str(error).splitlines()[0][:200]}). Start the fit again."
            ) from error

    def _missing(self) -> str:
        others = [rank for rank in range(self.size) if rank != self.rank]
        with contextlib.suppress(RuntimeError):  # the store may be gone with the process that kept it
            if self._store:
                self._store.set(f"gausscape/left/{self.rank}", "here")
                lost = [rank for rank in others if not self._is_there(rank)]
                return f"process {', '.join(map(str, lost))}" if lost else "one of them"
        return "one of them"

    def _is_there(self, rank: int) -> bool:
        with contextlib.suppress(RuntimeError):
            self._store.wait([f"gausscape/left/{rank}"], PARTING)
            return True
        return False


def _in_order(parts: Iterable[Tensor]) -> Tensor:
    total = None
    for part in parts:
        total = part.clone() if total is None else total.add_(part)
    if total is None:
        raise ConfigurationError("A sum needs at least one part, but none came. Give each process a part.")
    return total


def find_group() -> Group:
    """The group that this process was started in: by torchrun, or by whatever has set up torch.distributed; else alone.

    Example:
        >>> find_group().size
        1
    """
    if not distributed.is_available():
        return Alone()
    if distributed.is_initialized():
        return Alone() if distributed.get_world_size() == 1 else _joined[0] if _joined else Distributed()
    return join() if distributed.is_torchelastic_launched() and os.environ.get("WORLD_SIZE") != "1" else Alone()


_joined: list[Distributed] = []


def join() -> Distributed:
    """Meet the other processes, as the variables RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT say.

    Raises:
        LostProcessError: If they do not all come within half an hour.
    """
    if os.environ.get("MASTER_ADDR") in ("127.0.0.1", "::1", "localhost"):
        # Processes of one machine speak over its loopback, whatever other networks it has.
        loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), "lo")
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    store, rank, size = next(iter(rendezvous("env://", timeout=GATHERING)))
    try:
        store.set(f"gausscape/came/{rank}", "here")
        store.wait([f"gausscape/came/{each}" for each in range(size)], GATHERING)
        with_devices = torch.cuda.is_available() and distributed.is_nccl_available()
        backend = "cpu:gloo,cuda:nccl" if with_devices else "gloo"
        distributed.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=PATIENCE)
    except RuntimeError as error:
        raise LostProcessError(
            f"A shared fit needs {size} processes, but not all came: {str(error).splitlines()[0][:200]}. Start them all again."
        ) from error
    atexit.register(_leave)
    _joined.append(Distributed(store))
    return _joined[0]


def _leave() -> None:
    if distributed.is_initialized():
        distributed.destroy_process_group()
