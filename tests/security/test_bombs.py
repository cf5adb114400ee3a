"""Rows S3, S7, I4, I5, T16, T17: a small file that asks for much memory or time is refused, and by name."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from bombs import BOMBS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is Linux's (RLIMIT_AS, /proc)")

ROOM = 800  # megabytes that the child may take beyond its imports
LARGEST_FILE = 400_000
SLOW = {"keys.jsonl"}
"""Refused only after 20 million cells, which any honest table may have."""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What came of each file, all in one child."""
    folder = tmp_path_factory.mktemp("bombs")
    for name, make in BOMBS.items():
        make(folder / name)
        assert (folder / name).stat().st_size <= LARGEST_FILE, name
    child = Path(__file__).parent / "loading_child.py"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(child), str(ROOM), *(str(folder / name) for name in BOMBS)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    return dict(zip(BOMBS, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_name_in_little_memory_and_time(told, name):
    outcome = told[name]["outcome"]
    assert outcome.split(":")[0] in ("DataError", "DamagedFileError"), outcome
    assert name in outcome
    assert told[name]["more"] < (400 if name in SLOW else 200), told[name]
    assert told[name]["seconds"] < (60 if name in SLOW else 10), told[name]


@pytest.mark.parametrize("name", ["text.parquet", "rows.parquet", "packed.arrow", "nulls.arrow", "views.arrow", "bomb.npz"])
def test_what_a_table_or_an_array_would_take_is_told(told, name):
    assert " GB of memory" in told[name]["outcome"] or " TB of memory" in told[name]["outcome"], told[name]["outcome"]
