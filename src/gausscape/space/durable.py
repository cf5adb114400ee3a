"""How are bytes put on disk so that a crash leaves the old state or the new one, never a torn one?

Everything is first written beside its target (same folder, so same file system), flushed to the disk with fsync, and
only then given its name in one step; the folder that holds the name is flushed last. Leftovers of a killed writer
carry a hidden name made from the target's name, so the next writer of that target finds and removes them.

An existing folder is swapped with its successor in one step where the system can (Linux, ``renameat2`` with
``RENAME_EXCHANGE``). Elsewhere the old folder is renamed aside first; a crash between the two renames leaves it there,
readers take it from there, and the next writer puts it back.

Writers of one parent folder take turns through an advisory lock on that folder. POSIX only (``fcntl``, ``dir_fd``).
"""

__all__ = ["FAULT_POINTS", "RunLock", "fault_point", "open_folder", "write_bytes", "write_files"]

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import json
import os
import re
import signal
import socket
import stat
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from gausscape.errors import ConfigurationError, GausscapeError, LockedError, MissingFileError, StorageError

FAULT_POINTS = ("write", "fsync", "rename", "remove", "step", "score")

_FAULT_VARIABLE = "GAUSSCAPE_FAULT"
_PIECE = 64 << 20  # one system call moves less than 2 GiB on Linux
_PATIENCE = 600.0  # seconds that a writer waits for its turn in a folder
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_fault_plan: str | None = None
_fault_counts: dict[str, int] = {}


def fault_point(name: str) -> None:
    """Fails or kills the process here if the environment asks for it; otherwise does nothing.

    ``GAUSSCAPE_FAULT=fsync:3`` raises ``OSError(EIO)`` at the third "fsync" of the process, ``any:7`` at the seventh
    point of whatever name, and ``kill@rename:2`` sends SIGKILL to the process right before the second "rename".
    Each plan fires once. Counting starts again when the variable changes, so that tests can try one plan after another.

    Args:
        name: One of ``FAULT_POINTS``.

    Raises:
        ConfigurationError: If the name or the variable is not understood.
        OSError: If the plan says so.

    Example:
        >>> import os
        >>> os.environ["GAUSSCAPE_FAULT"] = "step:2"
        >>> fault_point("step")
        >>> fault_point("step")
        Traceback (most recent call last):
            ...
        OSError: [Errno 5] Input/output error (asked for by GAUSSCAPE_FAULT=step:2)
        >>> del os.environ["GAUSSCAPE_FAULT"]
        >>> fault_point("step")
    """
    global _fault_plan
    if name not in FAULT_POINTS:
        raise ConfigurationError(f"A fault point must be one of {', '.join(FAULT_POINTS)}, but got {name!r}. "
                                 "Use one of these names.")
    plan = os.environ.get(_FAULT_VARIABLE)
    if plan != _fault_plan:
        _fault_plan = plan
        _fault_counts.clear()
    if plan is None:
        return
    match = re.fullmatch(r"(kill@)?([a-z]+):([1-9][0-9]{0,8})", plan)
    if match is None or match[2] not in (*FAULT_POINTS, "any"):
        raise ConfigurationError(f"{_FAULT_VARIABLE} needs the form POINT:N or kill@POINT:N, with POINT one of "
                                 f"{', '.join(FAULT_POINTS)}, any; but got {plan!r}. Correct it, or unset it.")
    if match[2] not in (name, "any"):
        return
    _fault_counts[match[2]] = count = _fault_counts.get(match[2], 0) + 1
    if count == int(match[3]):
        if match[1]:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(errno.EIO, f"{os.strerror(errno.EIO)} (asked for by {_FAULT_VARIABLE}={plan})")


def write_bytes(path: str | os.PathLike[str], data: bytes | bytearray | memoryview) -> None:
    """Writes one file durably: after a crash it holds the old bytes or the new ones, whole.

    If the write fails, the old file is back under its name and nothing is left beside it. A symbolic link at the
    target is refused, never followed. On file systems without hard links, a failing flush of the *folder* (the last
    step) leaves the new file in place instead, whole.

    Args:
        path: The file. Its folder must exist.
        data: The bytes it shall hold.

    Raises:
        StorageError: If the bytes could not be put there.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_bytes(Path(folder) / "note.txt", b"kept")
        ...     (Path(folder) / "note.txt").read_bytes()
        b'kept'
    """
    target = _path(path)
    data = memoryview(data).cast("B")
    name = target.name
    fresh, spare = _hidden(name, "tmp"), _hidden(name, "bak")
    with _explained(target, data.nbytes), _turn(target) as parent:
        try:
            for leftover in (fresh, spare):
                _unlink(leftover, parent)
            old = _lstat(name, parent)
            if old is not None and not stat.S_ISREG(old.st_mode):
                raise StorageError(f"Writing {target} needs a plain file or nothing in that place, but there is "
                                   f"{_kind(old.st_mode)}. Choose another name, or remove it yourself.")
            _write_new(fresh, data, parent)
            if old is not None:
                # A second name for the old bytes, to put them back if the flush of the folder fails.
                with contextlib.suppress(OSError):
                    os.link(name, spare, src_dir_fd=parent, dst_dir_fd=parent, follow_symlinks=False)
            _rename(fresh, name, parent)
            try:
                _fsync(parent)
            except OSError:
                if old is None:
                    os.unlink(name, dir_fd=parent)
                elif _lstat(spare, parent) is not None:
                    os.replace(spare, name, src_dir_fd=parent, dst_dir_fd=parent)
                raise
        finally:
            for leftover in (fresh, spare):
                with contextlib.suppress(OSError):
                    _unlink(leftover, parent)


def write_files(
    path: str | os.PathLike[str],
    contents: Mapping[str, bytes],
    *,
    may_replace: Callable[[int], None] | None = None,
) -> None:
    """Publishes a folder of files all at once: after a crash the old folder stands, or the new one, whole.

    Args:
        path: The folder to make. Its parent must exist.
        contents: File name -> bytes.
        may_replace: Called with a descriptor of the folder that already stands there; it raises if that folder must
            not be replaced. Without it nothing that exists is replaced.

    Raises:
        ConfigurationError: If a file name leads out of the folder.
        StorageError: If something stands there that may not be replaced, or the folder could not be written.

    Example:
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     write_files(os.path.join(parent, "pair"), {"a": b"1", "b": b"2"})
        ...     sorted(os.listdir(os.path.join(parent, "pair")))
        ['a', 'b']
    """
    target = _path(path)
    name = target.name
    fresh = _hidden(name, "new")
    for file_name in contents:
        if file_name in ("", ".", "..") or "/" in file_name or "\0" in file_name:
            raise ConfigurationError(f"A file in {target} needs a plain name, but got {file_name!r}. "
                                     "Leave out separators and dots alone.")
    with _explained(target, sum(map(len, contents.values()))), _turn(target) as parent:
        try:
            _settle(name, parent)
            old = _lstat(name, parent)
            if old is not None:
                _check_replaceable(target, old, parent, may_replace)
            os.mkdir(fresh, dir_fd=parent)
            with _opened(fresh, parent) as inside:
                for file_name, data in contents.items():
                    _write_new(file_name, memoryview(data), inside)
                _fsync(inside)
            _swap_in(name, parent, is_new=old is None)
        except BaseException:
            with contextlib.suppress(OSError):
                _settle(name, parent)
            raise
        # The new folder stands and is flushed: what cannot be removed now is removed by the next writer.
        with contextlib.suppress(OSError):
            _settle(name, parent)


def open_folder(path: str | os.PathLike[str]) -> int:
    """Opens a folder for reading, also one that an interrupted swap has left beside its name.

    Args:
        path: The folder. A symbolic link to it is followed.

    Returns:
        A descriptor, for the caller to close. It keeps pointing at the same folder when the name is given to another.

    Raises:
        MissingFileError: If there is no such folder.
        OSError: If it cannot be opened.

    Example:
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     descriptor = open_folder(folder)
        ...     os.listdir(descriptor)
        ...     os.close(descriptor)
        []
    """
    target = _path(path)
    # Asked again at the end: a swap may have ended between the first question and the second.
    for place in (target, target.with_name(_hidden(target.name, "old")) if target.name else target, target):
        with contextlib.suppress(FileNotFoundError):
            return os.open(place, _OPEN_FOLDER)
    raise MissingFileError(f"Reading needs the folder {target}, but there is nothing of that name. "
                           "Check the path, or write it first.")


class RunLock:
    """Holds a run folder for one process; a second one is told who holds it.

    The lock is an advisory ``flock`` on the file ``run.lock`` in the folder. It ends with the process, however that
    dies, so that there is no stale lock to remove. Forked children do not inherit it.

    Args:
        path: The run folder, which must exist.

    Raises:
        LockedError: On entering, if another run holds the folder.
        StorageError: On entering, if the folder is gone or cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, RunLock(folder):
        ...     try:
        ...         RunLock(folder).acquire()
        ...     except LockedError as error:
        ...         print(str(error).split(": ")[1][:11])
        run held by
    """

    def __init__(self, path: str | os.PathLike[str]):
        self._path = _path(path) / "run.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Takes the lock at once, or raises.

        Raises:
            LockedError: If a run holds the folder, this object included.
            StorageError: If the lock file cannot be used.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     lock = RunLock(folder)
            ...     lock.acquire()
            ...     lock.release()
        """
        with _explained(self._path, 4096):
            while True:
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    # The file may have been deleted between open and lock: then the lock would guard nothing.
                    if _is_at(descriptor, self._path):
                        os.ftruncate(descriptor, 0)
                        os.pwrite(descriptor, json.dumps(_whoami()).encode(), 0)
                        break
                except BlockingIOError:
                    holder = _holder(os.pread(descriptor, 4096, 0))
                    os.close(descriptor)
                    raise LockedError(f"{self._path.parent}: {holder}; wait for it or stop it") from None
                except BaseException:
                    os.close(descriptor)
                    raise
                os.close(descriptor)
        self._descriptor = descriptor
        _held_locks.add(self)

    def release(self) -> None:
        """Gives the lock back; does nothing if it is not held.

        Example:
            >>> RunLock("anywhere").release()
        """
        _held_locks.discard(self)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> "RunLock":
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


_held_locks: "weakref.WeakSet[RunLock]" = weakref.WeakSet()


def _release_inherited() -> None:
    # Closing (not unlocking) drops the child's share only: a child that outlives its parent must not hold the run.
    for lock in list(_held_locks):
        lock.release()


os.register_at_fork(after_in_child=_release_inherited)


def _whoami() -> dict[str, str | int]:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since}


def _holder(record: bytes) -> str:
    try:
        told = json.loads(record)
        return f"run held by pid {told['pid']} on host {told['host']} since {told['since']}"
    except (ValueError, TypeError, KeyError, RecursionError):
        return "run held by a process that has not written its name yet"


def _path(path: str | os.PathLike[str]) -> Path:
    try:
        text = os.fspath(path)
        if "\0" not in text:
            os.fsencode(text)
            return Path(text)
    except (ValueError, TypeError):
        pass
    raise ConfigurationError(f"A path needs characters that a file name can hold, but got {path!r}. "
                             "Choose another name.")


def _hidden(name: str, role: str) -> str:
    # Made from a digest, not from the name itself: a name of 255 bytes leaves no room for a suffix.
    return f".gausscape-{hashlib.sha256(os.fsencode(name)).hexdigest()[:24]}.{role}"


@contextlib.contextmanager
def _explained(target: Path, needed: int) -> Iterator[None]:
    try:
        yield
    except GausscapeError:
        raise
    except OSError as problem:
        try:
            room = os.statvfs(target.parent)
            free = f"{room.f_bavail * room.f_frsize:,} bytes free"
        except OSError:
            free = "free room unknown"
        error = StorageError(f"Writing {target} needs {needed:,} bytes there, but it failed: "
                             f"{problem.strerror or problem} ({free}). Make room, or choose a folder that can be "
                             "written, and try again; what was complete before is untouched.")
        error.errno = problem.errno
        raise error from problem


@contextlib.contextmanager
def _turn(target: Path) -> Iterator[int]:
    """Yields a descriptor of the target's parent folder once no other writer is at work in it."""
    if target.name in ("", ".."):
        raise StorageError(f"Writing needs a name for the new file or folder, but got {str(target)!r}. "
                           "Give the full path, with a name at its end.")
    parent = os.open(target.parent, _OPEN_FOLDER)
    try:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(parent, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LockedError(f"Writing {target} needs its turn in {target.parent}, but another process has "
                                      f"been writing there for {_PATIENCE:.0f} s. Wait for it or stop it.") from None
                time.sleep(0.005)
            except OSError:
                # Some network file systems lock no folders. One writer at a time is then up to the user.
                break
        yield parent
    finally:
        os.close(parent)


@contextlib.contextmanager
def _opened(name: str, parent: int) -> Iterator[int]:
    descriptor = os.open(name, _OPEN_FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write_new(name: str, data: memoryview, parent: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o666, dir_fd=parent)
    try:
        # At least two pieces, so that a fault can fall in the middle of a file and leave it torn.
        piece = min(_PIECE, max(1, (data.nbytes + 1) // 2))
        done = 0
        while done < data.nbytes:
            fault_point("write")
            done += os.write(descriptor, data[done : done + piece])
        _fsync(descriptor)
    finally:
        os.close(descriptor)


def _fsync(descriptor: int) -> None:
    fault_point("fsync")
    os.fsync(descriptor)


def _rename(old: str, new: str, parent: int) -> None:
    fault_point("rename")
    os.replace(old, new, src_dir_fd=parent, dst_dir_fd=parent)


def _unlink(name: str, parent: int) -> None:
    if _lstat(name, parent) is not None:
        fault_point("remove")
        os.unlink(name, dir_fd=parent)


def _lstat(name: str, parent: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    return "a folder" if stat.S_ISDIR(mode) else "a file" if stat.S_ISREG(mode) else "a device or pipe"


def _check_replaceable(
    target: Path, old: os.stat_result, parent: int, may_replace: Callable[[int], None] | None
) -> None:
    if not stat.S_ISDIR(old.st_mode):
        raise StorageError(f"Writing the folder {target} needs that name, but it belongs to {_kind(old.st_mode)}. "
                           "Choose another name, or remove it yourself.")
    if may_replace is None:
        raise StorageError(f"Writing the folder {target} needs a free name, but it exists already. "
                           "Pass overwrite=True to replace it, or choose another name.")
    with _opened(target.name, parent) as standing:
        may_replace(standing)


def _swap_in(name: str, parent: int, *, is_new: bool) -> None:
    """Gives the finished folder its name; if that cannot be flushed, takes the name back from it."""
    fresh, aside = _hidden(name, "new"), _hidden(name, "old")
    move = {"src_dir_fd": parent, "dst_dir_fd": parent}
    if is_new:
        _rename(fresh, name, parent)
        try:
            _fsync(parent)
        except OSError:
            os.rename(name, fresh, **move)
            raise
    elif _exchange(fresh, name, parent):
        try:
            _fsync(parent)
        except OSError:
            _exchange(fresh, name, parent, is_undo=True)
            raise
    else:
        _rename(name, aside, parent)
        _rename(fresh, name, parent)
        try:
            _fsync(parent)
        except OSError:
            # The name is free again: settling puts the old folder back under it.
            os.rename(name, fresh, **move)
            raise


def _exchange(one: str, other: str, parent: int, *, is_undo: bool = False) -> bool:
    """Swaps two names in one step; False where the system or the file system cannot."""
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    if not is_undo:
        fault_point("rename")
    rename_exchange = 2
    if swap(parent, os.fsencode(one), parent, os.fsencode(other), rename_exchange) == 0:
        return True
    problem = ctypes.get_errno()
    if problem in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(problem, os.strerror(problem))


def _settle(name: str, parent: int) -> None:
    """Ends an interrupted swap: the folder that holds the name wins, else the one set aside; the rest is removed."""
    fresh, aside = _hidden(name, "new"), _hidden(name, "old")
    _remove_folder(fresh, parent)
    if _lstat(aside, parent) is None:
        return
    if _lstat(name, parent) is None:
        _rename(aside, name, parent)
        _fsync(parent)
    else:
        # Under the name of what is never read, so that a half-removed folder is not taken for a whole one.
        _rename(aside, fresh, parent)
        _remove_folder(fresh, parent)


def _remove_folder(name: str, parent: int) -> None:
    if _lstat(name, parent) is None:
        return
    with _opened(name, parent) as inside:
        for file_name in os.listdir(inside):
            _unlink(file_name, inside)
    fault_point("remove")
    os.rmdir(name, dir_fd=parent)
