"""How does a model run in this process without moving the caller's folder, random numbers or threads?"""

__all__ = ["CtrlC", "Undisturbed"]

import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class _Global:
    """One thing that a process has once: how to read it and how to set it."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]
    belongs_to_model: bool


class Undisturbed:
    """Runs blocks with the model's own random streams and puts back what is the caller's.

    The streams of `random`, NumPy and torch start where the caller's stand and then go on by themselves: if they were
    wound back at each call, a model that draws from them would seem to be deterministic. A block that imports modules is no
    witness about streams: to import some libraries draws from them, whatever the model does. It is neither told nor kept.

    Example:
        >>> import random
        >>> undisturbed, before = Undisturbed(), random.getstate()
        >>> with undisturbed.block():
        ...     first = random.random()
        >>> with undisturbed.block():
        ...     second = random.random()
        >>> random.getstate() == before, first == second, sorted(undisturbed.changed)
        (True, False, ["Python's global random numbers"])
    """

    def __init__(self):
        self._own: dict[str, Any] = {}
        self.changed: set[str] = set()

    @contextmanager
    def block(self) -> Iterator[None]:
        """Whatever runs inside leaves no trace; what it tried to change is added to `changed`."""
        watched = _globals()
        callers = {thing.name: thing.read() for thing in watched}
        for thing in watched:
            if thing.name in self._own:
                thing.write(self._own[thing.name])
        before, modules = {thing.name: thing.read() for thing in watched}, len(sys.modules)
        try:
            yield
        finally:
            imported = len(sys.modules) > modules
            for thing in watched:
                now = thing.read()
                if not _same(now, before[thing.name]) and not (imported and thing.belongs_to_model):
                    self.changed.add(thing.name)
                    if thing.belongs_to_model:
                        self._own[thing.name] = now
                if not _same(now, callers[thing.name]):
                    thing.write(callers[thing.name])


def _globals() -> list[_Global]:
    things = [
        _Global("the current folder", _folder, _go_back, belongs_to_model=False),
        _Global("Python's global random numbers", random.getstate, random.setstate, belongs_to_model=True),
        # The global stream is read and put back, never drawn from.
        _Global("NumPy's global random numbers", np.random.get_state, np.random.set_state, belongs_to_model=True),
    ]
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "get_rng_state"):
        things.append(
            _Global("torch's global random numbers", torch.get_rng_state, torch.set_rng_state, belongs_to_model=True)
        )
        things.append(_Global("torch's threads", torch.get_num_threads, torch.set_num_threads, belongs_to_model=False))
        if torch.cuda.is_initialized():
            cuda = torch.cuda
            things.append(
                _Global(
                    "CUDA's global random numbers",
                    cuda.get_rng_state_all,
                    cuda.set_rng_state_all,
                    belongs_to_model=True,
                )
            )
    return things


def _folder() -> str | None:
    try:
        return os.getcwd()
    except FileNotFoundError:  # deleted by somebody else
        return None


def _go_back(folder: str | None) -> None:
    if folder is not None:
        os.chdir(folder)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, list | tuple) and any(hasattr(part, "shape") for part in a):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if hasattr(a, "shape"):
        return bool((a == b).all())
    return a == b


class CtrlC:
    """Tells a real Ctrl-C from a KeyboardInterrupt that a model raised by itself.

    Example:
        >>> with CtrlC() as ctrl_c:
        ...     pass
        >>> ctrl_c.was_pressed
        False
    """

    def __init__(self):
        self.was_pressed = False
        self._previous: Any = None

    def __enter__(self) -> "CtrlC":
        # Python runs signal handlers in the main thread alone, and only there may they be set.
        if threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT)):
            self._previous = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        if self._previous is not None and signal.getsignal(signal.SIGINT) == self._hear:
            signal.signal(signal.SIGINT, self._previous)

    def _hear(self, number: int, frame: Any) -> None:
        self.was_pressed = True
        self._previous(number, frame)
