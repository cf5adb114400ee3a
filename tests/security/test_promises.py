"""SECURITY.md promises what tests show: each test that it names exists, and its floors are those of the package."""

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists():
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT))
    assert len(named) > 35
    for place, name in sorted(named):
        tree = ast.parse((ROOT / place).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in functions, f"SECURITY.md names {place}::{name}, which is not there"


def test_every_promise_names_a_test():
    table = TEXT.partition("## Promises")[2].partition("##")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 15
    for row in rows:
        assert "`tests/" in row.split("|")[2], row


def test_the_floors_are_those_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    floors = {re.split(r"[\[>]", each)[0]: each.partition(">=")[2].partition(",")[0] for each in wanted}
    rows = re.findall(r"^\| ([\w, -]+?)(?: \(tests only\))? \| ([\d., ]+?) \|", TEXT.partition("## Why")[2], re.MULTILINE)
    assert len(rows) >= 10
    for names, versions in rows:
        for name, version in zip(names.split(", "), versions.split(", "), strict=True):
            assert floors[name] == version, (name, floors[name], version)


def test_constraints_are_not_below_the_floors():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if "==" in line)
    for each in [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]:
        name, _, floor = each.partition(">=")
        name = name.partition("[")[0]
        if name in pins and floor:
            assert numbers(pins[name]) >= numbers(floor.partition(",")[0]), each


def numbers(version):
    return [int(part) for part in version.split(".") if part.isdigit()]
