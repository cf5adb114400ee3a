"""A fit can be killed, stopped, damaged and repeated, and ends with the same bytes or says why not."""

import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from gausscape.errors import LockedError, StorageError
from gausscape.modalities.images.example import example_items
from gausscape.training.checkpoints import CHECKPOINT, DAMAGED, PREVIOUS, Checkpoints
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule

sys.path.insert(0, str(Path(__file__).parent))
import run_fit

KILLS = int(os.environ.get("GAUSSCAPE_KILLS", "3"))
PAUSE = 0.02

# Each fit is a process of its own, forked from a server that has imported torch once.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    # The last is what the first optimiser of a process would load.
    ["gausscape.space.building", "gausscape.training.fitting", "gausscape.modalities.images.example", "torch._dynamo"]
)


def start(parent: Path, **options) -> multiprocessing.process.BaseProcess:
    (parent / "out.txt").unlink(missing_ok=True)
    options.setdefault("interval", 0.0 if "fault" in options else 1.0)
    process = SERVER.Process(target=run_fit.main, args=(str(parent), options), daemon=True)
    process.start()
    return process


def finish(process: multiprocessing.process.BaseProcess, parent: Path) -> tuple[int | None, str]:
    process.join(120)
    if process.is_alive():
        process.kill()
    return process.exitcode, (parent / "out.txt").read_text()


def run(parent: Path, **options) -> tuple[int | None, str]:
    return finish(start(parent, **options), parent)


def send(process: multiprocessing.process.BaseProcess, number: int) -> None:
    assert process.pid is not None
    os.kill(process.pid, number)


def wait_for_training(process: multiprocessing.process.BaseProcess, parent: Path) -> None:
    out = parent / "out.txt"
    while not (out.exists() and "training\n" in out.read_text()):
        if not process.is_alive():  # a run that was killed after its last step has none left
            assert process.exitcode == 0, out.read_text()
            return
        time.sleep(0.01)


def digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((folder / "space").iterdir())}


def warnings_of(out: str) -> list[str]:
    return json.loads(out.splitlines()[-1])


def damage(checkpoint: Path) -> None:
    path = checkpoint / "training.safetensors"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory) -> dict[str, str]:
    """Digests of the space that a fit without any trouble saves."""
    parent = tmp_path_factory.mktemp("unbroken")
    code, out = run(parent)
    assert code == 0, out
    assert warnings_of(out) == []
    assert not (parent / "run").exists()
    return digest(parent)


def test_C1_C2_killed_at_random_moments_and_resumed_a_fit_ends_with_the_same_bytes(tmp_path, unbroken):
    delays = random.Random(0)
    for _ in range(KILLS):
        process = start(tmp_path, pause=PAUSE, interval=0.05)
        wait_for_training(process, tmp_path)
        time.sleep(delays.uniform(0, 40 * PAUSE))
        process.kill()
        code, out = finish(process, tmp_path)
        assert code in (-signal.SIGKILL, 0), out
        if code == 0:  # it was faster than the kill; the next one starts anew
            assert digest(tmp_path) == unbroken
    code, out = run(tmp_path)
    assert code == 0, out
    assert warnings_of(out) == []
    assert digest(tmp_path) == unbroken


# One checkpoint is three files and a manifest: some twenty points a save. The later ones fall into the second and
# third save, where the one before is moved aside first.
@pytest.mark.parametrize("fault", ["kill@step:1", "kill@step:31", "kill@rename:1", "kill@rename:2", "kill@fsync:3", "kill@write:8"])
def test_C3_killed_at_a_named_point_the_state_is_old_or_new_but_whole(tmp_path, unbroken, fault):
    code, out = run(tmp_path, fault=fault)
    assert code == -signal.SIGKILL, out
    code, out = run(tmp_path, resume=True)
    assert code == 0, out
    assert warnings_of(out) == []
    assert digest(tmp_path) == unbroken


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["C4-SIGINT", "C5-SIGTERM"])
def test_C4_C5_asked_once_a_fit_saves_and_stops_and_can_be_resumed(tmp_path, unbroken, sent, code):
    process = start(tmp_path, pause=PAUSE, interval=1e6)  # only the signal saves
    wait_for_training(process, tmp_path)
    time.sleep(5 * PAUSE)
    send(process, sent)
    found, out = finish(process, tmp_path)
    assert found == code, out
    assert "StoppedError: Stopped as asked at step" in out
    assert "--resume" in out
    assert (tmp_path / "run" / CHECKPOINT).is_dir()
    again, out = run(tmp_path, resume=False)
    assert again == 3
    assert "unfinished run" in out
    final, out = run(tmp_path)
    assert final == 0, out
    assert warnings_of(out) == []
    assert digest(tmp_path) == unbroken


def test_C4_asked_twice_a_fit_leaves_at_once_with_the_old_checkpoint_whole(tmp_path, unbroken):
    assert run(tmp_path, fault="kill@step:12")[0] == -signal.SIGKILL
    process = start(tmp_path, pause=2.0)  # a long step: the first signal cannot be served in it
    wait_for_training(process, tmp_path)
    time.sleep(0.2)
    send(process, signal.SIGINT)
    time.sleep(0.2)
    send(process, signal.SIGINT)
    began = time.monotonic()
    code, out = finish(process, tmp_path)
    assert time.monotonic() - began < 1.2
    assert code == 130
    assert "KeyboardInterrupt" in out
    code, out = run(tmp_path)
    assert code == 0, out
    assert digest(tmp_path) == unbroken


def test_C15_a_damaged_checkpoint_falls_back_to_the_one_before_loudly(tmp_path, unbroken):
    assert run(tmp_path, fault="kill@step:12")[0] == -signal.SIGKILL
    damage(tmp_path / "run" / CHECKPOINT)
    # Killed again in its first save, while the damaged one is out of the way: the whole one must still be there.
    assert run(tmp_path, fault="kill@rename:1")[0] == -signal.SIGKILL
    assert (tmp_path / "run" / DAMAGED).is_dir()
    assert (tmp_path / "run" / PREVIOUS).is_dir()
    code, out = run(tmp_path)
    assert code == 0, out
    assert digest(tmp_path) == unbroken


def test_C15_the_fall_back_stands_in_the_record(tmp_path, unbroken):
    assert run(tmp_path, fault="kill@step:12")[0] == -signal.SIGKILL
    damage(tmp_path / "run" / CHECKPOINT)
    code, out = run(tmp_path)
    assert code == 0, out
    (warning,) = warnings_of(out)
    assert "checkpoint is not whole" in warning
    assert "training.safetensors" in warning
    assert digest(tmp_path) == unbroken


def test_C15_without_any_whole_checkpoint_a_resume_is_refused(tmp_path):
    assert run(tmp_path, fault="kill@step:12")[0] == -signal.SIGKILL
    for name in (CHECKPOINT, PREVIOUS):
        damage(tmp_path / "run" / name)
    code, out = run(tmp_path)
    assert code == 3
    assert "DamagedFileError: Resuming needs a whole checkpoint" in out


def test_C17_a_second_process_is_told_who_holds_the_run(tmp_path):
    process = start(tmp_path, pause=PAUSE, steps=2000, interval=1e6)
    try:
        wait_for_training(process, tmp_path)
        for resume in (True, False):
            with pytest.raises(LockedError, match=rf"run held by pid {process.pid} on host \S+ since"):
                fit(example_items(100), latent=2, checkpoints=Checkpoints(tmp_path / "run", resume=resume))
    finally:
        process.kill()
        process.join()
    # C18: the lock died with its process.
    code, out = run(tmp_path, steps=3)
    assert code == 0, out


def test_C19_a_run_folder_that_vanishes_is_named_and_not_made_anew(tmp_path):
    process = start(tmp_path, pause=PAUSE, steps=2000, interval=0.0)
    wait_for_training(process, tmp_path)
    time.sleep(5 * PAUSE)
    for _ in range(50):  # the run may write while the folder is being removed
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        if not (tmp_path / "run").exists():
            break
    code, out = finish(process, tmp_path)
    assert code == 3, out
    assert "StorageError" in out
    assert str(tmp_path / "run") in out
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "space").exists()


def test_C24_other_data_or_settings_are_refused_with_their_differences(tmp_path):
    assert run(tmp_path, fault="kill@step:10")[0] == -signal.SIGKILL
    before = {path.name: path.read_bytes() for path in (tmp_path / "run" / CHECKPOINT).iterdir()}
    cases = [
        ({"edit": True}, ["data.digest"]),
        ({"objects": 300}, ["data.digest", "data.objects was 260 and is 300"]),
        (
            {"learning_rate": 1e-3, "kl_weight": 0.5},
            ["configuration.schedule.learning_rate was 0.002 and is 0.001", "configuration.objective.kl_weight was 1.0 and is 0.5"],
        ),
    ]
    for options, differences in cases:
        code, out = run(tmp_path, **options)
        assert code == 3
        assert "ConfigurationError" in out
        assert all(difference in out for difference in differences), out
        assert {path.name: path.read_bytes() for path in (tmp_path / "run" / CHECKPOINT).iterdir()} == before


def test_C24_another_number_of_threads_is_allowed_with_a_warning(tmp_path):
    assert run(tmp_path, fault="kill@step:38")[0] == -signal.SIGKILL
    code, out = run(tmp_path, threads=2)
    assert code == 0, out
    (warning,) = warnings_of(out)
    assert "equal bytes are no longer promised" in warning
    assert "environment.threads was '1' and is '2'" in warning


def test_C9_a_folder_that_cannot_be_written_is_refused_before_training(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot write to"):
        fit(example_items(60), latent=2, checkpoints=Checkpoints(tmp_path / "file" / "run"))


def test_interval_zero_saves_after_every_step_and_finish_leaves_nothing(tmp_path):
    checkpoints = Checkpoints(tmp_path / "run", interval=0.0)
    space = fit(example_items(120), latent=2, schedule=Schedule(steps=3), checkpoints=checkpoints)
    assert space.record["training"]["steps"] == 3
    assert {CHECKPOINT, PREVIOUS} <= {path.name for path in (tmp_path / "run").iterdir()}
    checkpoints.finish()
    assert not (tmp_path / "run").exists()
