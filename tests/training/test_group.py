"""A fit shared by several processes is the fit of one: the same bytes, whoever takes part, whoever is lost on the way."""

import hashlib
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import gausscape as gs
from gausscape.errors import ConfigurationError
from gausscape.modalities.images.example import example_items
from gausscape.modality import find_modality, modalities
from gausscape.training.group import Alone, find_group
from gausscape.training.loop import Training

sys.path.insert(0, str(Path(__file__).parent))
import run_shared

# Each process is forked from a server that has imported torch once.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    [
        *("gausscape.space.building", "gausscape.space.saving", "gausscape.training.fitting", "gausscape.modalities.images.example"),
        *("torch._dynamo", *(f"gausscape.modalities.{name}" for name in modalities())),
    ]
)
PATIENCE = 300


class Fit:
    """Processes that share one fit; none outlives the `with`."""

    def __init__(self, parent: Path, processes: int = 1, **options):
        self.parent, parent = parent, str(parent)
        port = free_port()
        self.processes = [
            SERVER.Process(target=run_shared.main, args=(parent, rank, processes, port, options), daemon=True)
            for rank in range(processes)
        ]

    def __enter__(self) -> "Fit":
        for rank, process in enumerate(self.processes):
            (self.parent / f"out-{rank}.txt").unlink(missing_ok=True)
            process.start()
        return self

    def __exit__(self, *_) -> None:
        for process in self.processes:
            process.kill()
            process.join()

    def said(self, rank: int) -> str:
        file = self.parent / f"out-{rank}.txt"
        return file.read_text() if file.exists() else ""

    def wait_for_training(self) -> None:
        end = time.monotonic() + PATIENCE
        while not all("training\n" in self.said(rank) for rank in range(len(self.processes))):
            assert time.monotonic() < end
            assert all(process.is_alive() for process in self.processes), [self.said(0), self.said(1)]
            time.sleep(0.01)

    def send(self, number: int, *, rank: int) -> None:
        pid = self.processes[rank].pid
        assert pid is not None
        os.kill(pid, number)

    def codes(self) -> list[int | None]:
        for process in self.processes:
            process.join(PATIENCE)
        return [process.exitcode for process in self.processes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def fitted(parent: Path, processes: int = 1, **options) -> dict[str, str]:
    with Fit(parent, processes, **options) as fit:
        assert fit.codes() == [0] * processes, [fit.said(rank) for rank in range(processes)]
    return digest(parent / "space")


@pytest.fixture(scope="module")
def two_parts(tmp_path_factory) -> dict[str, str]:
    """Digests of the space that one process fits in two parts."""
    return fitted(tmp_path_factory.mktemp("alone"), shards=2)


def test_parts_are_dealt_out_evenly_or_not_at_all():
    group = Alone()
    for size in (1, 2, 3, 6):
        dealt = []
        for rank in range(size):
            group.rank, group.size = rank, size
            dealt += group.own(6)
        assert dealt == list(range(6))
    group.rank, group.size = 0, 4
    with pytest.raises(ConfigurationError, match=r"schedule\.shards is 6 and 4 processes came"):
        group.own(6)


def test_alone_a_process_finds_itself_alone():
    group = find_group()
    assert (group.rank, group.size) == (0, 1)
    assert group.exchange({"a": 1}) == [{"a": 1}]


def test_the_gradient_in_parts_is_the_gradient_of_the_whole_batch(monkeypatch):
    images = example_items(400)
    kind = find_modality("images").infer(images)
    tensors = kind.to_tensors(images)
    monkeypatch.setattr(torch, "randn", lambda *shape, generator=None: torch.zeros(*shape))

    def gradients(shards: int) -> list[torch.Tensor]:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            networks = kind.networks(2, size=400, tensors=tensors)
        objective = gs.Elbo(kl_weight=1.0)
        training = Training(networks, kind, tensors, tensors, objective, gs.Schedule(steps=9, batch=96, shards=shards), 0)
        training._take_gradients()
        return [parameter.grad for parameter in training.parameters if parameter.grad is not None]

    whole = gradients(1)
    for shards in (2, 3):
        for one, other in zip(whole, gradients(shards), strict=True):
            assert float((one - other).norm()) <= 1e-3 * float(one.norm())


def test_a_step_has_at_least_one_object_for_each_part():
    with pytest.raises(ConfigurationError, match="at least one object in each of its parts"):
        gs.fit(example_items(60), latent=2, schedule=gs.Schedule(steps=2, batch=4, shards=8))


@pytest.mark.parametrize("method", ["pca", "gan"])
def test_what_cannot_be_shared_is_refused(method):
    with pytest.raises(ConfigurationError, match="needs method='vae'"):
        gs.fit(example_items(60), latent=2, method=method, schedule=gs.Schedule(steps=2, shards=2))


def test_two_processes_give_the_bytes_of_one_with_two_parts(tmp_path, two_parts):
    assert fitted(tmp_path, 2) == two_parts


def test_four_parts_give_the_same_bytes_whoever_takes_them(tmp_path, two_parts):
    alone = fitted(tmp_path, shards=4)
    assert fitted(tmp_path, 2, shards=4) == alone
    assert alone != two_parts


@pytest.mark.parametrize(("lost", "processes"), [(1, 2), (0, 1)])
def test_D8_one_process_is_killed_the_other_says_so_and_the_run_can_be_resumed(tmp_path, two_parts, lost, processes):
    with Fit(tmp_path, 2, keeps=True, pause=0.1, announce=8) as fit:
        fit.wait_for_training()
        fit.send(signal.SIGKILL, rank=lost)
        began = time.monotonic()
        codes = fit.codes()
        assert time.monotonic() - began < 60
        assert codes[lost] == -signal.SIGKILL
        assert codes[1 - lost] == 3
        said = fit.said(1 - lost)
    assert "LostProcessError: A shared fit needs all its 2 processes, but" in said
    assert "--resume" in said
    if lost == 1:
        assert "process 1 was lost" in said
        step = re.search(r"The state of step (\d+) of 24", said)
        assert step is not None
        assert int(step[1]) >= 8
    assert fitted(tmp_path, processes, keeps=True, resume=True, shards=2) == two_parts


def test_C5_asked_once_all_stop_after_the_same_step_and_one_process_can_go_on(tmp_path, two_parts):
    with Fit(tmp_path, 2, keeps=True, pause=0.1, announce=8) as fit:
        fit.wait_for_training()
        fit.send(signal.SIGTERM, rank=1)  # the other learns of it with the next sum
        assert fit.codes() == [143, 143], [fit.said(0), fit.said(1)]
        steps = {re.search(r"Stopped as asked at step (\d+) of 24", fit.said(rank))[1] for rank in (0, 1)}
    assert len(steps) == 1
    assert (tmp_path / "run" / "checkpoint").is_dir()
    assert fitted(tmp_path, 1, keeps=True, resume=True, shards=2) == two_parts


def test_processes_with_other_data_are_told_apart(tmp_path):
    with Fit(tmp_path, 2, edited=1) as fit:
        assert fit.codes() == [3, 3]
        assert "between process 0 and process 1 fit.data.digest was" in fit.said(0)
        assert "between process 0 and process 1 fit.data.digest was" in fit.said(1)


def test_an_unfinished_run_is_refused_by_all(tmp_path):
    (tmp_path / "run" / "checkpoint").mkdir(parents=True)
    with Fit(tmp_path, 2, keeps=True) as fit:
        assert fit.codes() == [3, 3]
        assert "StorageError: A new fit needs a fresh run folder" in fit.said(0)
        assert "process 0 cannot go on: A new fit needs a fresh run folder" in fit.said(1)


def command(folder: Path, *words: str) -> str:
    """Run a command that fits digits to its end, in a group of processes of its own, so that none is left behind."""
    (folder / "short.yaml").write_text("schedule: {steps: 20}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", *words, "--out", "space", "--latent", "2", "--config", "short.yaml"],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=PATIENCE)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.returncode == 0, said
    assert not (folder / "space.run").exists()
    return said


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> dict[str, str]:
    """Digests of the space of digits that one process fits in two parts."""
    return fitted(tmp_path_factory.mktemp("digits"), shards=2, digits=True)


def test_torchrun_starts_the_command_line(tmp_path, digits):
    address = ("--master_addr", "127.0.0.1", "--master_port", str(free_port()))
    said = command(
        tmp_path, "torch.distributed.run", *address, "--nproc_per_node", "2", "-m", "gausscape", "fit", "digits"
    )
    assert "2 processes shared this fit; with schedule.shards=2 one process gives the same bytes" in said
    assert digest(tmp_path / "space") == digits


def test_D4_workers_of_ray_give_the_same_bytes(tmp_path, digits):
    pytest.importorskip("ray", reason="the extra ray is not installed")
    command(tmp_path, "gausscape", "fit", "digits", "--engine", "ray", "--workers", "2")
    assert digest(tmp_path / "space") == digits
