"""Where a watch keeps its state: a folder of one process, from which it goes on without losing or repeating a window."""

__all__ = ["WatchFolder"]

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, StorageError
from gausscape.items import Items
from gausscape.space.durable import RunLock, fault_point, write_bytes
from gausscape.space.folder import read_folder, write_folder
from gausscape.watching.alarm_log import AlarmLog
from gausscape.watching.answers import WindowReport
from gausscape.watching.state import state_of, watch_from_state
from gausscape.watching.telling import told_file
from gausscape.watching.watch import Watch

STATE = "state"
ALARMS = "alarms"


class WatchFolder:
    """A folder with the state of a watch, the objects of its alarms and, unless another file is named, `alarms.jsonl`.

    Args:
        path: The folder; made if needed.
        out: File of the alarms, one line of JSON each; None for `alarms.jsonl` in the folder.
        every: Seconds between saves of the state; 0 to save after every window. After a crash the windows since the last save
            are watched once more, with the same result.

    Raises:
        LockedError: On entering, if another process watches with this folder.
        StorageError: On entering, if it cannot be written.

    Example:
        >>> import tempfile
        >>> from gausscape.training.fitting import fit
        >>> rng = np.random.default_rng(0)
        >>> space = fit(rng.normal(size=(600, 3)), latent=2, method="pca", modality="tables")
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     with WatchFolder(Path(parent) / "state") as folder:
        ...         watch = folder.open(Watch.begin(space))
        ...         report = folder.observe(watch, rng.normal(size=(20, 3)))
        ...         folder.save(watch)
        ...     with WatchFolder(Path(parent) / "state") as folder:
        ...         folder.open(Watch.begin(space)).counts["windows"]
        1
    """

    def __init__(self, path: str | Path, *, out: str | Path | None = None, every: float = 1.0):
        self.path = Path(path)
        self.out = Path(out) if out is not None else self.path / "alarms.jsonl"
        self.every = every
        self._lock = RunLock(self.path)
        self._log: AlarmLog | None = None
        self._saved_at = time.monotonic()

    def __enter__(self) -> "WatchFolder":
        try:
            (self.path / ALARMS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"A watch needs a folder for its state, but {self.path}: {error.strerror}. Choose another."
            ) from error
        self._lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def open(self, fresh: Watch) -> Watch:
        """The watch whose state is here, or the fresh one where there is none.

        Args:
            fresh: `Watch.begin` with the space, the rule and the settings; a state of others is refused.

        Raises:
            ConfigurationError: If the state is of another space, rule or settings; the differences are listed.
            DamagedFileError: If the state was altered, or the file of the alarms is shorter than it was.
            StorageError: If there is no state, but a file of alarms.
        """
        place = self.path / STATE
        if not place.exists() and not any(self.path.glob(".gausscape-*.old")):
            self._log = AlarmLog(self.out, position=0, fresh=True)
            # A state from the start: from here on a crash is told from a new watch.
            self.save(fresh)
            return fresh
        content = read_folder(place)
        document = content.documents["watch.json"]
        watch = watch_from_state(fresh, document["watch"], content.arrays["watch.safetensors"])
        known = document["alarms"]
        if known["file"] != str(self.out.absolute()):
            raise ConfigurationError(
                f"A watch goes on with the file of alarms that it began with, {known['file']}, but {self.out.absolute()} came. "
                "Give the same again, or another folder for a new watch."
            )
        self._log = AlarmLog(self.out, position=int(known["position"]), fresh=False)
        return watch

    def follow(self, watch: Watch, windows: Iterable[Any]) -> Iterator[WindowReport]:
        """Reports of windows as they come, each kept; windows that the stream ended in the middle of are left for later.

        Args:
            watch: From `open`.
            windows: Each has `number`, `start`, `end`, `items`, `events`, `late`, `cursor`, and may have `complete`.
        """
        for window in windows:
            if not getattr(window, "complete", True):
                continue
            yield self.observe(
                watch,
                window.items,
                number=window.number,
                span=(window.start, window.end),
                events=window.events,
                late=window.late,
                cursor=window.cursor,
            )
        self.save(watch)

    def observe(
        self,
        watch: Watch,
        items: Any,
        *,
        number: int | None = None,
        span: tuple[Any, Any] | None = None,
        events: int | None = None,
        late: int = 0,
        cursor: dict[str, Any] | None = None,
    ) -> WindowReport:
        """`Watch.observe`, its alarm written to the file of alarms and its objects to `alarms/`, the state saved when due."""
        fault_point("step")
        items = Items.of(items)
        report = watch.observe(items, number=number, span=span, events=events, late=late, cursor=cursor)
        if report.alarm is not None:
            self._write_alarm(watch, items, report)
        if report.alarm is not None or time.monotonic() - self._saved_at >= self.every:
            self.save(watch)
        return report

    def save(self, watch: Watch) -> None:
        """Keep the state durably, all at once."""
        document, arrays = state_of(watch)
        log = self._opened()
        alarms = {"file": str(log.path.absolute()), "position": log.position}
        write_folder(
            self.path / STATE,
            documents={"watch.json": {"watch": document, "alarms": alarms}},
            arrays={"watch.safetensors": arrays},
            overwrite=True,
        )
        self._saved_at = time.monotonic()

    def _write_alarm(self, watch: Watch, items: Items, report: WindowReport) -> None:
        alarm, modality = report.alarm, watch.space.modality
        if alarm is None:
            return
        ids = items.ids.astype(str)
        rows = np.array([int(np.flatnonzero(ids == each.id)[0]) for each in alarm.objects])
        name = f"{report.number}{modality.endings[0]}"
        write_bytes(
            self.path / ALARMS / name,
            modality.to_file(items.take(rows).values, told_file(alarm.objects), modality.endings[0]),
        )
        self._opened().append(report.document() | {"file": f"{ALARMS}/{name}"})

    def _opened(self) -> AlarmLog:
        if self._log is None:
            raise ConfigurationError(
                "A watch folder keeps a watch that it opened, but none was. Call open(Watch.begin(...)) first."
            )
        return self._log
