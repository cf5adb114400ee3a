"""Whoever writes: killed, failing or without room at any point, what stands there is old or new, and the next writer tidies up.

The writers are found in the source: one that is new, or that goes past `gausscape.space.durable`, fails here until it has a
case in writers.py or a reason below.
"""

import ast
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import gausscape

sys.path.insert(0, str(Path(__file__).parent))
from writers import CASES

PACKAGE = Path(gausscape.__file__).parent
DURABLE = {"write_bytes", "write_files", "write_folder"}
ELSEWHERE = {
    # module: why its own way of writing is safe, or where else it is tested
    "space.durable": "it is the durable writer; tests/space/test_durable.py",
    "training.checkpoints": "an empty probe file, and a rename in the run folder; the case 'checkpoint'",
    "watching.alarm_log": "a log that is appended to and repairs its own end; tests/watching",
    "scale.kept_space": "a space saved, durably, in a temporary folder that nobody reads later",
    "scale.engines.ray": "a count of tries of a worker that may die; tests/scale",
    "datasets.packed_download": "an archive in a temporary folder that nobody reads later; the case 'download'",
}
PASSING = {"scale.ray_training:_work"}
"""They write a note that only the process beside them reads, through the durable writer too."""
OPENING = {"open", "fdopen"}
BYPASS = {
    "write_text", "to_parquet", "to_csv", "to_json", "to_pickle", "to_excel", "to_feather", "tofile", "mkstemp",
    "NamedTemporaryFile", "TemporaryDirectory", "mkdtemp", "copyfile", "copytree", "move", "rename", "renames", "dump",
}  # fmt: skip


def functions_of(tree: ast.AST, name: str = ""):
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not name else name
        yield node, inside
        yield from functions_of(node, inside)


def calls():
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node, function in functions_of(ast.parse(path.read_text())):
            # Methods are looked at one by one: the name of the class does not matter.
            if isinstance(node, ast.Call):
                yield module, function, node


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def opens_for_writing(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "os":
        return "O_CREAT" in ast.unparse(call) or ("O_WRONLY" in ast.unparse(call) and "devnull" not in ast.unparse(call))
    texts = [word.value for word in [*call.args, *(each.value for each in call.keywords)] if isinstance(word, ast.Constant)]
    return any(isinstance(text, str) and len(text) <= 3 and set(text) <= set("rwaxbt+") and set(text) & set("wax+") for text in texts)


def test_C6_C8_every_function_that_hands_bytes_to_the_disk_has_a_case():
    found = {f"{module}:{function}" for module, function, call in calls()
             if isinstance(call.func, ast.Name) and call.func.id in DURABLE and module != "space.durable"}  # fmt: skip
    covered = {name for case in CASES.values() for name in case.covers}
    assert len(found) > 10
    found -= PASSING
    assert found <= covered, f"add a case to tests/faults/writers.py for {sorted(found - covered)}"
    assert covered <= found, f"gone from the source: {sorted(covered - found)}"


def test_C6_C8_nothing_is_written_past_the_durable_writer():
    found = set()
    for module, _, call in calls():
        name = name_of(call)
        raw = name in BYPASS or (name in OPENING and opens_for_writing(call))
        raw |= isinstance(call.func, ast.Attribute) and name in ("write_bytes", "replace") and _is_a_file(call.func)
        raw |= name == "dump" and isinstance(call.func, ast.Attribute)
        if raw:
            found.add(module)
    assert found <= set(ELSEWHERE), f"goes past gausscape.space.durable: {sorted(found - set(ELSEWHERE))}"


def _is_a_file(function: ast.Attribute) -> bool:
    """Whether `write_bytes` is the one of Path, and `replace` the one of os (not that of text, dates and dataclasses)."""
    return function.attr == "write_bytes" or ast.unparse(function.value) == "os"


@pytest.fixture(scope="module")
def outcomes() -> dict[str, dict]:
    """All writers in one process, which has loaded what they need once; in memory where that can be, for speed."""
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent), "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        command = [sys.executable, str(Path(__file__).with_name("writers.py")), folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return {told["name"]: told for told in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", CASES)
def test_C3_C6_killed_at_every_point_old_or_new_stands_there_whole(outcomes, name):
    kills = outcomes[name]["kills"]
    assert [kill["status"] for kill in kills] == [-signal.SIGKILL] * (len(kills) - 1) + [0]
    assert len(kills) >= 6  # a file's write, fsync and rename, its folder's fsync, and the whole
    for target in CASES[name].targets:
        states = [kill["states"][target] for kill in kills]
        # Once the new state stands it stays: there is one moment at which the change happens.
        assert states == sorted(states, key=("old", "new").index)
        assert (states[0], states[-1]) == ("old", "new")
    assert all(kill["mended"] for kill in kills), "the next writer must clean up"


@pytest.mark.parametrize("name", CASES)
def test_C3_C8_C10_failing_at_every_point_is_named_and_leaves_old_or_new(outcomes, name):
    faults = outcomes[name]["faults"]
    statuses = [fault["status"] for fault in faults]
    assert set(statuses) == {0, 1}, "1 is an error of gausscape that names the place"
    assert statuses[:4] == [1, 1, 1, 1]
    for fault in faults:
        assert set(fault["states"].values()) <= {"old", "new"}
        # A writer of one file that says it failed has changed nothing.
        assert fault["status"] == 0 or len(CASES[name].targets) > 1 or name in SEVERAL or set(fault["states"].values()) == {"old"}
        assert fault["mended"], "a writer that lives must leave nothing behind"


SEVERAL = ("objects of an alarm",)  # these are kept before the log and the state that tell of them


@pytest.mark.parametrize("name", CASES)
def test_C8_without_room_the_old_stays_and_the_place_is_named(outcomes, name):
    full = outcomes[name]["full"]
    assert full["status"] == 1
    assert set(full["states"].values()) == {"old"}
    assert full["mended"]
