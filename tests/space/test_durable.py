"""Faults at every point of a durable write, and two processes in one folder. Ids are rows of the fault matrix."""

import contextlib
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gausscape.errors import ConfigurationError, LockedError, MissingFileError, StorageError
from gausscape.space import durable
from gausscape.space.durable import FAULT_POINTS, RunLock, fault_point, open_folder, write_bytes, write_files

SOURCE = str(Path(durable.__file__).parents[2])
FILES = {"one": b"first file", "two": b"second file"}


def python(script: str, *arguments: object, **options) -> subprocess.Popen:
    """Starts a child with its own pid; only that pid is ever killed."""
    environment = {**os.environ, "PYTHONPATH": SOURCE, **options.pop("environment", {})}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, **options)


def run(script: str, *arguments: object, **options) -> str:
    child = python(script, *arguments, **options)
    output, _ = child.communicate(timeout=60)
    assert child.returncode == 0, output
    return output


def contents(folder: Path) -> dict[str, bytes]:
    descriptor = open_folder(folder)
    try:
        return {name: Path(f"/proc/self/fd/{descriptor}/{name}").read_bytes() for name in os.listdir(descriptor)}
    finally:
        os.close(descriptor)


def versioned(version: str) -> dict[str, bytes]:
    return {name: data + version.encode() for name, data in FILES.items()}


def may_replace(descriptor: int) -> None:
    pass


ACTIONS = """
import json, os, sys
from pathlib import Path
from gausscape.space import durable

FILES = {"one": b"first file", "two": b"second file"}
kind, has_exchange = sys.argv[2], sys.argv[3] == "True"
if not has_exchange:
    durable._exchange = lambda *names, **options: False

def write(place, version):
    if kind == "file":
        durable.write_bytes(place / "it", b"some bytes, " + version.encode())
    else:
        files = {name: data + version.encode() for name, data in FILES.items()}
        durable.write_files(place / "it", files, may_replace=lambda descriptor: None)

def read(place):
    if kind == "file":
        return (place / "it").read_bytes().decode().removeprefix("some bytes, ") if (place / "it").exists() else "none"
    try:
        descriptor = durable.open_folder(place / "it")
    except FileNotFoundError:
        return "none"
    found = {name: Path(f"/proc/self/fd/{descriptor}/{name}").read_bytes() for name in os.listdir(descriptor)}
    os.close(descriptor)
    for version in ("old", "new", "next"):
        if found == {name: data + version.encode() for name, data in FILES.items()}:
            return version
    return f"torn: {found}"
"""

KILL_EVERYWHERE = ACTIONS + """
start = sys.argv[4]
for point in range(1, 100):
    place = Path(sys.argv[1]) / f"{point}"
    place.mkdir()
    if start == "old":
        write(place, "old")
    child = os.fork()
    if child == 0:
        os.environ["GAUSSCAPE_FAULT"] = f"kill@any:{point}"
        write(place, "new")
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    after = read(place)
    write(place, "next")
    print(json.dumps([os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, after, read(place), os.listdir(place)]))
    if os.WIFEXITED(status):
        break
"""


@pytest.mark.parametrize("start", ["none", "old"])
@pytest.mark.parametrize(("kind", "has_exchange"), [("file", True), ("folder", True), ("folder", False)])
def test_C3_killed_at_every_point_old_or_new_is_whole(tmp_path, kind, has_exchange, start):
    lines = [json.loads(line) for line in run(KILL_EVERYWHERE, tmp_path, kind, has_exchange, start).splitlines()]
    signals = [line[0] for line in lines]
    assert signals == [signal.SIGKILL] * (len(lines) - 1) + [0]
    assert len(lines) >= (6 if kind == "file" else 10)
    states = [line[1] for line in lines]
    assert set(states) == {start, "new"}
    # Once the new state stands it stays: there is one moment at which the change happens.
    assert states == sorted(states, key=["none", "old", "new"].index)
    assert all(line[2:] == ["next", ["it"]] for line in lines), "the next writer must clean up"


@pytest.mark.parametrize("start", ["none", "old"])
@pytest.mark.parametrize(("kind", "has_exchange"), [("file", True), ("folder", True), ("folder", False)])
def test_C3_failing_at_every_point_keeps_the_old(tmp_path, monkeypatch, kind, has_exchange, start):
    if not has_exchange:
        monkeypatch.setattr(durable, "_exchange", lambda *names, **options: False)
    raised, numbers, point = [], set(), 0
    for point in range(1, 100):
        place = tmp_path / str(point) / "it"
        place.parent.mkdir()

        def write(version: str, place: Path = place) -> None:
            if kind == "file":
                write_bytes(place, b"bytes " + version.encode())
            else:
                write_files(place, versioned(version), may_replace=may_replace)

        def read(place: Path = place) -> object:
            if not place.exists():
                return None
            return place.read_bytes() if kind == "file" else contents(place)

        if start == "old":
            write("old")
        old = read()
        monkeypatch.setenv("GAUSSCAPE_FAULT", f"any:{point}")
        try:
            write("new")
        except StorageError as error:
            numbers.add(error.errno)
            assert read() == old
            assert os.listdir(place.parent) == ([] if old is None else ["it"])
            raised.append(point)
        else:
            assert read() == (b"bytes new" if kind == "file" else versioned("new"))
        fired = durable._fault_counts.get("any", 0) >= point
        monkeypatch.delenv("GAUSSCAPE_FAULT")
        write("next")
        assert os.listdir(place.parent) == ["it"]
        if not fired:
            break
    assert numbers == {errno.EIO}
    assert raised == list(range(1, len(raised) + 1))
    assert len(raised) >= (5 if kind == "file" else 9)
    assert point < 99


def test_C3_the_plan_comes_from_the_environment_of_a_fresh_process(tmp_path):
    script = "import sys; from gausscape.space.durable import write_bytes; write_bytes(sys.argv[1], b'new')"
    write_bytes(tmp_path / "it", b"old")
    for point, left in (("write:2", b"old"), ("fsync:1", b"old"), ("rename:1", b"old"), ("fsync:2", b"new")):
        child = python(script, tmp_path / "it", environment={"GAUSSCAPE_FAULT": f"kill@{point}"})
        child.communicate(timeout=60)
        assert child.returncode == -signal.SIGKILL
        assert (tmp_path / "it").read_bytes() == left
        write_bytes(tmp_path / "it", b"old")
    assert os.listdir(tmp_path) == ["it"]


@pytest.mark.parametrize("plan", ["", "fsync", "fsync:0", "fsync:-1", "flush:1", "kill@", "stop@fsync:1", "any:1:2"])
def test_a_plan_that_would_never_fire_is_refused(monkeypatch, plan):
    monkeypatch.setenv("GAUSSCAPE_FAULT", plan)
    with pytest.raises(ConfigurationError, match="GAUSSCAPE_FAULT needs the form"):
        fault_point("step")
    with pytest.raises(ConfigurationError, match="fault point must be one of"):
        fault_point("nowhere")


@pytest.mark.parametrize("point", FAULT_POINTS)
def test_fault_points_count_their_own_name_or_any(monkeypatch, point):
    monkeypatch.setenv("GAUSSCAPE_FAULT", f"{point}:2")
    other = next(name for name in FAULT_POINTS if name != point)
    for name in (other, point, other):
        fault_point(name)
    with pytest.raises(OSError, match=f"{point}:2"):
        fault_point(point)
    fault_point(point)


TOO_LARGE = ACTIONS + """
import resource, signal
from gausscape.errors import StorageError
place = Path(sys.argv[1])
write(place, "old")
resource.setrlimit(resource.RLIMIT_FSIZE, (8, resource.RLIM_INFINITY))
try:
    write(place, "new")
except StorageError as error:
    print(json.dumps([str(error), error.errno, read(place), os.listdir(place)]))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
write(place, "new")
print(json.dumps(read(place)))
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_C7_a_file_size_limit_keeps_the_old_and_names_the_need(tmp_path, kind):
    refused, again = map(json.loads, run(TOO_LARGE, tmp_path, kind, True).splitlines())
    message, number, state, listing = refused
    assert number == errno.EFBIG
    assert state == "old"
    assert listing == ["it"]
    assert str(tmp_path / "it") in message
    assert "bytes free" in message
    assert "Make room" in message
    assert ("15 bytes" if kind == "file" else "27 bytes") in message
    assert again == "new"


DISK_FULL = ACTIONS + """
from gausscape.errors import StorageError
place = Path(sys.argv[1])
write(place, "old")
ballast = os.open(place / "ballast", os.O_WRONLY | os.O_CREAT)
try:
    while os.write(ballast, bytes(4096)):
        pass
except OSError:
    pass
try:
    write(place, "new")
except StorageError as error:
    print(json.dumps([error.errno, "0 bytes free" in str(error), read(place), sorted(os.listdir(place))]))
os.unlink(place / "ballast"); os.close(ballast)
write(place, "new")
print(json.dumps(read(place)))
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_C7_a_full_disk_keeps_the_old(tmp_path, kind):
    mount = 'mount -t tmpfs -o size=64k tmpfs "$1" || exit 77; exec "$0" -c "$4" "$1" "$2" "$3"'
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here")
    child = subprocess.run(
        ["unshare", "-m", "sh", "-c", mount, sys.executable, tmp_path, kind, "True", DISK_FULL],
        env={**os.environ, "PYTHONPATH": SOURCE}, capture_output=True, text=True, timeout=60, check=False)
    if child.returncode in (1, 77) and not child.stdout:
        pytest.skip("may not mount a small disk here")
    refused, again = map(json.loads, child.stdout.splitlines())
    assert refused == [errno.ENOSPC, True, "old", ["ballast", "it"]]
    assert again == "new"


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_C9_unwritable_folder_is_named(tmp_path, monkeypatch, number):
    write_bytes(tmp_path / "it", b"old")
    write_files(tmp_path / "folder", versioned("old"))
    real = os.open

    def refuse(path, flags, *rest, **options):
        if flags & os.O_CREAT:
            raise OSError(number, os.strerror(number))
        return real(path, flags, *rest, **options)

    monkeypatch.setattr(os, "open", refuse)
    for write in (lambda: write_bytes(tmp_path / "it", b"new"), RunLock(tmp_path).acquire,
                  lambda: write_files(tmp_path / "folder", versioned("new"), may_replace=may_replace)):
        with pytest.raises(StorageError, match=os.strerror(number)) as caught:
            write()
        assert str(tmp_path) in str(caught.value)
        assert caught.value.errno == number
    monkeypatch.undo()
    assert (tmp_path / "it").read_bytes() == b"old"
    assert contents(tmp_path / "folder") == versioned("old")
    assert sorted(os.listdir(tmp_path)) == ["folder", "it"]


@pytest.mark.parametrize("has_exchange", [True, False])
def test_C10_failing_fsync_counts_as_failed_write(tmp_path, monkeypatch, has_exchange):
    write_bytes(tmp_path / "it", b"old")
    write_files(tmp_path / "folder", versioned("old"))
    if not has_exchange:
        monkeypatch.setattr(durable, "_exchange", lambda *names, **options: False)

    def fail(descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    # Every fsync fails, those of the undoing too.
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match="Input/output error"):
        write_bytes(tmp_path / "it", b"new")
    with pytest.raises(StorageError, match="Input/output error"):
        write_files(tmp_path / "folder", versioned("new"), may_replace=may_replace)
    assert (tmp_path / "it").read_bytes() == b"old"
    assert contents(tmp_path / "folder") == versioned("old")
    assert sorted(os.listdir(tmp_path)) == ["folder", "it"]


def test_C11_temporary_file_is_made_beside_the_target_and_flushed_before_the_rename(tmp_path, monkeypatch):
    elsewhere = Path("/dev/shm") if os.path.isdir("/dev/shm") else tmp_path.parent
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    events = []
    real_open, real_fsync, real_replace = os.open, os.fsync, os.replace

    def watched_open(path, flags, *rest, **options):
        descriptor = real_open(path, flags, *rest, **options)
        if flags & os.O_CREAT:
            parent = os.readlink(f"/proc/self/fd/{descriptor}").rpartition("/")[0]
            events.append(("create", parent))
        return descriptor

    def watched_fsync(descriptor):
        events.append(("fsync", os.path.isdir(f"/proc/self/fd/{descriptor}")))
        real_fsync(descriptor)

    def watched_replace(*names, **options):
        events.append(("rename",))
        real_replace(*names, **options)

    monkeypatch.setattr(os, "open", watched_open)
    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    write_bytes(tmp_path / "it", b"new")
    assert events == [("create", str(tmp_path)), ("fsync", False), ("rename",), ("fsync", True)]
    events.clear()
    write_files(tmp_path / "folder", {"one": b"1"})
    assert [event[0] for event in events] == ["create", "fsync", "fsync", "rename", "fsync"]
    assert os.path.dirname(events[0][1]) == str(tmp_path)


HOLD = """
import os, sys
from gausscape.space.durable import RunLock
with RunLock(sys.argv[1]):
    if sys.argv[2:] == ["fork"] and os.fork() == 0:
        print("ready", flush=True)
        sys.stdin.read()
        os._exit(0)
    if sys.argv[2:] != ["fork"]:
        print("ready", flush=True)
    sys.stdin.read()
"""


def test_C17_second_process_is_told_who_holds_the_run(tmp_path):
    with python(HOLD, tmp_path, stdin=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        with pytest.raises(LockedError, match=rf"run held by pid {holder.pid} on host .+ since 20\d\d-\S+; wait"):
            RunLock(tmp_path).acquire()
        holder.communicate(timeout=60)
    with RunLock(tmp_path) as lock:
        with pytest.raises(LockedError, match=f"pid {os.getpid()} "):
            lock.acquire()
        with pytest.raises(LockedError, match=f"pid {os.getpid()} "):
            RunLock(tmp_path).acquire()
    with lock:
        pass


@pytest.mark.parametrize("how", [(), ("fork",)])
def test_C18_lock_dies_with_its_process(tmp_path, how):
    with python(HOLD, tmp_path, *how, stdin=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        holder.kill()
        holder.wait(timeout=60)
        # A forked child may live on (it ends when its stdin is closed below): it must not hold the run.
        with RunLock(tmp_path):
            pass


def test_C17_lock_file_that_was_deleted_or_garbled(tmp_path):
    with RunLock(tmp_path):
        for garbage in (b"", b"[1]", b"\xff", b'{"pid": 1}', b"[" * 5000):
            (tmp_path / "run.lock").write_bytes(garbage)
            with pytest.raises(LockedError, match="run held by"):
                RunLock(tmp_path).acquire()
        (tmp_path / "run.lock").unlink()
    with RunLock(tmp_path):
        assert json.loads((tmp_path / "run.lock").read_bytes())["pid"] == os.getpid()


def test_C19_a_folder_that_went_away_is_not_made_anew(tmp_path):
    gone = tmp_path / "gone"
    for write in (RunLock(gone).acquire, lambda: write_bytes(gone / "it", b""), lambda: write_files(gone / "it", {})):
        with pytest.raises(StorageError, match="No such file or directory"):
            write()
    with pytest.raises(MissingFileError):
        open_folder(gone)
    assert os.listdir(tmp_path) == []


def test_C21_a_symbolic_link_at_the_target_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "file").write_bytes(b"secret")
    run_folder = tmp_path / "run"
    run_folder.mkdir()
    (run_folder / "it").symlink_to(secret / "file")
    (run_folder / "dangling").symlink_to(secret / "new")
    (run_folder / "run.lock").symlink_to(secret / "file")
    (run_folder / "folder").symlink_to(secret)
    before = sorted(os.listdir(run_folder))
    for name in ("it", "dangling"):
        with pytest.raises(StorageError, match="symbolic link"):
            write_bytes(run_folder / name, b"new")
    with pytest.raises(StorageError, match="symbolic link"):
        write_files(run_folder / "folder", {}, may_replace=may_replace)
    with pytest.raises(StorageError):
        RunLock(run_folder).acquire()
    assert os.listdir(secret) == ["file"]
    assert (secret / "file").read_bytes() == b"secret"
    assert sorted(os.listdir(run_folder)) == before


def test_C21_a_planted_temporary_name_is_not_written_through(tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / durable._hidden("it", "tmp")).symlink_to(tmp_path / "secret")
    write_bytes(tmp_path / "it", b"new")
    (tmp_path / durable._hidden("folder", "new")).symlink_to(tmp_path)
    with pytest.raises(StorageError):
        write_files(tmp_path / "folder", {"one": b"1"})
    assert (tmp_path / "secret").read_bytes() == b"secret"
    assert (tmp_path / "it").read_bytes() == b"new"


NAMES = ["a b", " ", "räksmörgås-雪-🙂", "x" * 255, "é" * 127, "CON", "nul.txt", "ends.", "-rf", "*", "a\nb", ".hidden",
         os.fsdecode(b"\xff\xfe")]


@pytest.mark.parametrize("name", NAMES)
def test_C22_odd_names_work(tmp_path, name):
    for _ in range(2):
        write_bytes(tmp_path / name, b"data")
    assert (tmp_path / name).read_bytes() == b"data"
    assert os.listdir(tmp_path) == [name]
    (tmp_path / name).unlink()
    for _ in range(2):
        write_files(tmp_path / name, versioned("data"), may_replace=may_replace)
    with RunLock(tmp_path / name):
        pass
    (tmp_path / name / "run.lock").unlink()
    assert contents(tmp_path / name) == versioned("data")
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["x" * 256, "é" * 128, "\0", "\ud800", "", "..", b"bytes", 7, None])
def test_C22_impossible_names_are_refused(tmp_path, name):
    path = f"{tmp_path}/{name}" if isinstance(name, str) and name else name
    for write in (write_bytes, lambda place, data: write_files(place, {"a": data})):
        with pytest.raises((StorageError, ConfigurationError)):
            write(path, b"data")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/b", "/a", "a\0"])
def test_a_file_name_that_leads_out_is_refused(tmp_path, name):
    with pytest.raises(ConfigurationError, match="plain name"):
        write_files(tmp_path / "folder", {name: b""})


def test_nothing_else_is_replaced(tmp_path):
    write_bytes(tmp_path / "file", b"old")
    write_files(tmp_path / "folder", FILES)
    with pytest.raises(StorageError, match="there is a folder"):
        write_bytes(tmp_path / "folder", b"new")
    with pytest.raises(StorageError, match="belongs to a file"):
        write_files(tmp_path / "file", {}, may_replace=may_replace)
    with pytest.raises(StorageError, match="overwrite=True"):
        write_files(tmp_path / "folder", {})
    assert (tmp_path / "file").read_bytes() == b"old"
    assert contents(tmp_path / "folder") == FILES


@pytest.mark.parametrize("has_exchange", [True, False])
def test_interrupted_by_the_user_at_every_call_old_or_new_is_whole(tmp_path, monkeypatch, has_exchange):
    if not has_exchange:
        monkeypatch.setattr(durable, "_exchange", lambda *names, **options: False)
    place, point = tmp_path / "it", 0
    for point in range(1, 100):
        write_files(place, versioned("old"), may_replace=may_replace)
        calls = 0

        def interrupt(name: str, point: int = point) -> None:
            nonlocal calls
            calls += 1
            if calls == point:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(durable, "fault_point", interrupt)
            try:
                write_files(place, versioned("new"), may_replace=may_replace)
            except KeyboardInterrupt:
                assert contents(place) in (versioned("old"), versioned("new"))
            else:
                break
    assert 10 < point < 99


def test_what_was_set_aside_is_never_half_removed_under_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(durable, "_exchange", lambda *names, **options: False)
    place, interrupted, point = tmp_path / "it", 0, 0
    for point in range(1, 100):
        write_files(place, versioned("old"), may_replace=may_replace)
        calls = 0

        def interrupt(name: str, point: int = point) -> None:
            nonlocal calls
            calls += 1
            if calls >= point:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(durable, "fault_point", interrupt)
            try:
                write_files(place, versioned("new"), may_replace=may_replace)
                break
            except KeyboardInterrupt:
                interrupted += 1
        # As if the user removed the folder by hand before anybody tidied up.
        shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(MissingFileError):
            assert contents(place) == versioned("old")
    assert interrupted > 10
    assert point < 99


def test_C17_a_lock_file_deleted_before_it_was_locked_does_not_count(tmp_path, monkeypatch):
    real, locked = durable.fcntl.flock, []

    def delete_first(descriptor, operation):
        if not locked:
            (tmp_path / "run.lock").unlink()
        locked.append(descriptor)
        real(descriptor, operation)

    monkeypatch.setattr(durable.fcntl, "flock", delete_first)
    with RunLock(tmp_path), pytest.raises(LockedError):
        RunLock(tmp_path).acquire()
    assert len(locked) == 3


TWO_WRITERS = ACTIONS + """
place = Path(sys.argv[1])
write(place, "old")
children = []
for version in ("old", "new"):
    children.append(os.fork())
    if children[-1] == 0:
        for _ in range(25):
            write(place, version)
        os._exit(0)
codes = [os.waitpid(child, 0)[1] for child in children]
print(json.dumps([codes, read(place), os.listdir(place)]))
"""


@pytest.mark.parametrize(("kind", "has_exchange"), [("file", True), ("folder", True), ("folder", False)])
def test_two_writers_of_one_target_take_turns(tmp_path, kind, has_exchange):
    codes, state, listing = json.loads(run(TWO_WRITERS, tmp_path, kind, has_exchange))
    assert codes == [0, 0]
    assert state in ("old", "new")
    assert listing == ["it"]
