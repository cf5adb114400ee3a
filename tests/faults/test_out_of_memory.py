"""A fit that memory is too small for says so before it begins, or stops with its state whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import gausscape
from gausscape.memory import memory_left, memory_limit
from gausscape.modalities.images.example import example_items
from gausscape.training import memory_need
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict:
    if sys.platform != "linux":
        pytest.skip("only Linux tells how much address space a process has taken")
    environment = os.environ | {"PYTHONPATH": str(Path(gausscape.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).with_name("out_of_memory.py")), str(tmp_path_factory.mktemp("memory"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_C23_a_batch_too_large_is_refused_beforehand_and_the_one_that_is_offered_fits(told):
    assert "A batch of 1,260 needs about" in told["before"]
    assert "MB, but this process may take" in told["before"]
    assert told["offered_fits"]


def test_C23_memory_that_runs_out_in_the_middle_leaves_the_last_checkpoint_whole(told):
    assert "memory ran out at step 3 of 6" in told["meanwhile"]
    assert "The last checkpoint in" in told["meanwhile"]
    assert told["same"], "the resumed fit must end with the bytes of the unbroken one"


def test_C23_memory_that_runs_out_after_training_is_told_apart(told):
    assert told["afterwards"].startswith("Calibrating a trained space needs more memory")


def test_C23_networks_too_large_for_any_batch_are_named(monkeypatch):
    monkeypatch.setattr(memory_need, "memory_left", lambda: 1000)
    with pytest.raises(MemoryError, match=r"The networks alone need .* MB: use a smaller architecture"):
        fit(example_items(100), latent=2, schedule=Schedule(steps=2))


def test_C23_other_errors_of_torch_are_not_taken_for_a_shortage():
    with pytest.raises(RuntimeError, match="size mismatch"), memory_need.explained(lambda: "memory"):
        raise RuntimeError("size mismatch")
    with pytest.raises(MemoryError, match="told"), memory_need.explained(lambda: "told"):
        raise torch.OutOfMemoryError("CUDA out of memory")


def test_what_is_left_is_at_most_the_limit():
    assert 0 < memory_left() <= memory_limit()
