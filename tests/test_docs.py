"""The documents say what is so: rows that claim a test have one, and links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_every_row_that_claims_a_test_has_one():
    names = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    tested = set(re.findall(r"def test_((?:[A-Z]\d+_)+)", names))
    found = {row for group in tested for row in group.strip("_").split("_")}
    text = (ROOT / "docs" / "bad-input.md").read_text()
    claimed = set()
    for line in text.splitlines():
        if line.startswith("|") and line.rstrip().endswith("| tested |"):
            claimed |= set(re.findall(r"[A-Z]\d+", line.split("|")[1]))
    assert len(claimed) > 50
    assert claimed <= found, sorted(claimed - found)


ROWS = {"C": 24, "S": 10, "T": 20, "I": 9, "G": 8, "Q": 3, "P": 11, "D": 8, "N": 12, "W": 13}
"""Rows of the matrix of faults and bad input, 118 in all."""


def test_every_row_of_the_matrix_stands_there_tested_or_with_the_reason_why_not():
    told, reasons = set(), []
    for line in (ROOT / "docs" / "bad-input.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and re.fullmatch(r"[A-Z]\d+(, [A-Z]\d+)*", cells[0]):
            told |= set(cells[0].split(", "))
            reasons += [] if cells[3] == "tested" else [cells[3]]
    assert told == {f"{letter}{number}" for letter, count in ROWS.items() for number in range(1, count + 1)}
    assert all(reason.startswith("not covered: ") for reason in reasons), reasons


@pytest.mark.parametrize("page", sorted(path.name for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]))
def test_links_between_documents_lead_somewhere(page):
    path = ROOT / page if (ROOT / page).exists() else ROOT / "docs" / page
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), f"{page} links to {target}"


def test_every_benchmark_that_the_documents_name_exists():
    text = "".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    for name in set(re.findall(r"benchmarks/((?:faults/)?\w+\.py)", text)):
        assert (ROOT / "benchmarks" / name).is_file(), name


def test_every_command_that_the_documents_name_exists():
    done = subprocess.run([sys.executable, "-m", "gausscape", "--help"], capture_output=True, text=True, check=True)
    offered = set(re.findall(r"^  ([a-z]+)  ", done.stdout, re.MULTILINE))
    text = "".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    named = set(re.findall(r"(?:^|[`\s])gausscape ([a-z]+)(?= [A-Z\-\[`]|`|$)", text, re.MULTILINE))
    assert len(named) > 10
    assert named <= offered, sorted(named - offered)
