"""A run folder: one training's checkpoint, held by one process, from which it goes on with the same bytes.

Where several processes share a fit, the first of them holds the folder and writes; all stop after the same step.
"""

__all__ = ["Checkpoints"]

import contextlib
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from gausscape.errors import (
    ConfigurationError,
    DamagedFileError,
    LostProcessError,
    MissingFileError,
    StoppedError,
    StorageError,
)
from gausscape.space.durable import RunLock, fault_point
from gausscape.space.folder import check_tensors, read_folder, write_folder
from gausscape.space.saving import versions
from gausscape.training.differences import list_differences
from gausscape.training.group import Alone, Group
from gausscape.training.loop import Training

CHECKPOINT = "checkpoint"
PREVIOUS = "checkpoint.previous"
DAMAGED = "checkpoint.damaged"
MOST_COST = 20
"""Times that the writing of one checkpoint must fit between two."""
ECHO = 10.0
"""Seconds in which a launcher passes on a signal that its processes had already: not a second wish."""


@dataclass
class Checkpoints:
    """Where a fit keeps its state, so that it can be stopped, killed and continued.

    Args:
        folder: The run folder; made if needed, removed when the fit has ended.
        resume: Go on from the checkpoint there. Without it an unfinished run is refused, not overwritten.
        interval: Seconds between checkpoints; more where writing one takes so long that it would cost over a twentieth of the
            time. 0 saves after every step.
        warnings: What a resumed run must be told (a damaged checkpoint, other versions); filled by `restore`.

    Example:
        >>> Checkpoints("digits.run").interval
        2.0
    """

    folder: str | Path
    resume: bool = False
    interval: float = 2.0
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.folder = Path(self.folder)
        self._saved_at, self._cost = time.monotonic(), 0.0
        self._group: Group = Alone()
        self._asked_at = -ECHO
        self._facts: dict[str, Any] = {}

    @contextlib.contextmanager
    def hold(self, group: Group | None = None) -> Iterator[None]:
        """Hold the run folder against other processes, and turn Ctrl-C and SIGTERM into a saved stop.

        Args:
            group: The processes that share the fit; None for this one alone.
        """
        self._group = group or Alone()
        with contextlib.ExitStack() as stack:
            self._group.lead(lambda: self._occupy(stack))
            stack.enter_context(self._signals())
            yield

    def _occupy(self, stack: contextlib.ExitStack) -> None:
        folder = Path(self.folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise StorageError(
                f"A fit needs to write checkpoints, but cannot write to {folder}: {error}. Choose another place."
            ) from error
        stack.enter_context(RunLock(folder))
        # Asked under the lock: a run that is still going on is "held", not "unfinished".
        if not self.resume and ((folder / CHECKPOINT).is_dir() or (folder / PREVIOUS).is_dir()):
            raise StorageError(
                f"A new fit needs a fresh run folder, but {folder} holds an unfinished run. "
                "Continue it with --resume (resume=True), or delete that folder."
            )

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def ask(number: int, frame: FrameType | None) -> None:
            is_echo = self._group.size > 1 and time.monotonic() - self._asked_at < ECHO
            if self._group.asked and not is_echo:  # asked twice: leave at once, the old checkpoint is whole
                raise KeyboardInterrupt
            if not self._group.asked:
                self._group.asked, self._asked_at = number, time.monotonic()

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            late, self._group.asked = self._group.asked, 0
        if late:  # came after the last step: whoever listened before shall hear it
            os.kill(os.getpid(), late)

    def begin(self, training: Training, facts: dict[str, Any]) -> None:
        """Restore an earlier state if asked to and there is one.

        Args:
            training: Brought to the saved state.
            facts: What must be the same for the same bytes: "data", "configuration"; and what should be: "environment".

        Raises:
            ConfigurationError: If data or configuration differ; the differences are listed.
            DamagedFileError: If no checkpoint is whole.
        """
        # As it will be read again: JSON knows no tuples.
        self._facts = json.loads(json.dumps(facts))
        if not self.resume:
            return
        read: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._group.lead(lambda: read.extend(self._read(training)))
        state = self._group.spread(read[0] if read else None)
        self.warnings = self._group.exchange(self.warnings)[0]
        if state:
            training.restore(*state)

    def _read(self, training: Training) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        found = [name for name in (CHECKPOINT, PREVIOUS) if (Path(self.folder) / name).is_dir()]
        for name in found:
            try:
                content = read_folder(Path(self.folder) / name)
            except (DamagedFileError, MissingFileError) as error:
                self.warnings.append(f"{name} is not whole ({error}); the one before it is used")
                self._set_aside(name)
                continue
            self._check(content.documents["facts.json"])
            _, arrays = training.state()
            own = {key: array for key, array in arrays.items() if key.startswith(("network/", "average/", "best/", "generator"))}
            came = {key: array for key, array in content.arrays["training.safetensors"].items() if key in own}
            check_tensors({key: (array.shape, array.dtype) for key, array in own.items()}, came)
            return [(content.documents["training.json"], content.arrays["training.safetensors"])]
        if found:
            raise DamagedFileError(
                f"Resuming needs a whole checkpoint, but none in {self.folder} is: {'; '.join(self.warnings)}. "
                "Delete the folder and start anew."
            )
        return []

    def _set_aside(self, name: str) -> None:
        # The next save would keep the damaged one as "previous" and drop the whole one.
        aside = Path(self.folder) / DAMAGED
        shutil.rmtree(aside, ignore_errors=True)
        os.replace(Path(self.folder) / name, aside)

    def _check(self, before: dict[str, Any]) -> None:
        for key, mend in (("data", "Resume with the same data"), ("configuration", "Resume with the same settings")):
            differences = list_differences(before[key], self._facts[key], key)
            if differences:
                raise ConfigurationError(
                    f"Resuming needs the {key} of the run, but {'; '.join(differences)}. {mend}, or start anew in another folder."
                )
        differences = list_differences(before["environment"], self._facts["environment"], "environment")
        if differences:
            self.warnings.append(f"equal bytes are no longer promised, for {'; '.join(differences)}")

    def after_step(self, training: Training) -> None:
        """Save now and then, and when asked to stop.

        Raises:
            StoppedError: After a signal; the state is saved.
        """
        asked = self._group.agreed
        if not asked and time.monotonic() - self._saved_at < self._pause():
            return
        self.save(training)
        if asked:
            self._group.exchange("saved")  # who left earlier would have the others ended by their launcher
            raise StoppedError(
                f"Stopped as asked at step {training.step} of {training.steps}; the state is in {self.folder}. "
                "Give the same command with --resume (resume=True) to go on.",
                exit_code=128 + asked,
            )

    @contextlib.contextmanager
    def rescue(self, training: Training) -> Iterator[None]:
        """Save the state of the last whole step if another process of the group is lost in here.

        Raises:
            LostProcessError: Again, with what to do.
        """
        try:
            yield
        except LostProcessError as error:
            self.save(training)
            saved = f"The state of step {training.step} of {training.steps} is" if self._group.rank == 0 else "The last state is"
            raise LostProcessError(
                f"{error} {saved} in {self.folder}; with --resume (resume=True) any number of processes that divides "
                f"schedule.shards={training.shards} goes on from there to the same bytes."
            ) from error

    def save(self, training: Training) -> None:
        """Write the state, keeping the one before it; the first process does."""
        if self._group.rank > 0:
            return
        folder = Path(self.folder)
        if not folder.is_dir():
            raise StorageError(f"The run folder {folder} is gone: it was moved or deleted while the fit was running. Start anew.")
        began = time.monotonic()
        document, arrays = training.state()
        current, previous = folder / CHECKPOINT, folder / PREVIOUS
        try:
            if current.is_dir():
                if previous.is_dir():
                    fault_point("remove")
                    shutil.rmtree(previous)
                fault_point("rename")
                os.replace(current, previous)
        except OSError as error:
            raise StorageError(
                f"The run folder {folder} could not be written: {error}. It may have been moved or deleted while the fit was "
                "running. Start anew."
            ) from error
        documents = {"training.json": document, "facts.json": self._facts}
        write_folder(current, documents=documents, arrays={"training.safetensors": arrays})
        self._saved_at = time.monotonic()
        self._cost = self._saved_at - began

    def _pause(self) -> float:
        return max(self.interval, MOST_COST * self._cost) if self.interval else 0.0

    def finish(self) -> None:
        """Remove the run folder: the fit has ended and its space is saved."""
        if self._group.rank > 0:
            return
        folder = Path(self.folder)
        # In one step: a half-removed checkpoint would look like a damaged one to the next run.
        aside = folder.with_name(f".{folder.name}.finished")
        shutil.rmtree(aside, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            os.replace(folder, aside)
        shutil.rmtree(aside, ignore_errors=True)


def environment(device: torch.device) -> dict[str, Any]:
    """What equal bytes depend on besides data and settings, for a training on this device."""
    gpu = {"gpu": torch.cuda.get_device_name(device)} if device.type == "cuda" else {}
    own = {"threads": str(torch.get_num_threads()), "processor": torch.backends.cpu.get_cpu_capability()}
    return versions() | own | gpu
