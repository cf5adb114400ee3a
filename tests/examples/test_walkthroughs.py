"""The notebooks are those of the scripts: in step, with outputs, light, and free of what belongs to one machine."""

import getpass
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "walkthroughs"
SCRIPTS = sorted(FOLDER.glob("[0-9]*.py"))
MOST_BYTES = 400_000
MOST_BYTES_TOGETHER = 2_500_000
MOST_WORDS = 1_200

of_each = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """The command that makes the notebooks."""
    for needed in ("jupytext", "nbclient", "ipykernel"):
        pytest.importorskip(needed, reason=f"notebooks are made with {needed}")
    found = importlib.util.spec_from_file_location("walkthroughs_build", FOLDER / "build.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def notebook_of(script: Path) -> dict:
    return json.loads(script.with_suffix(".ipynb").read_text(encoding="utf-8"))


def sources(script: Path, kind: str) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook_of(script)["cells"] if cell["cell_type"] == kind]


def outputs(script: Path) -> list[dict]:
    return [each for cell in notebook_of(script)["cells"] for each in cell.get("outputs", [])]


def test_there_are_walkthroughs_and_each_notebook_has_a_script():
    assert len(SCRIPTS) >= 6
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == {script.stem for script in SCRIPTS}


@of_each
def test_a_notebook_is_in_step_with_its_script(build, script):
    assert build.tell_differences(script) == []


@of_each
def test_every_cell_ran_once_and_in_order(script):
    counts = [cell["execution_count"] for cell in notebook_of(script)["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


@of_each
def test_outputs_are_there_and_none_is_an_error(script):
    kinds = [each["output_type"] for each in outputs(script)]
    assert "error" not in kinds
    assert any("image/png" in each.get("data", {}) for each in outputs(script))
    # Standard error, and what a figure says of itself where it is not shown, are slips of a build.
    assert all(each.get("name") != "stderr" for each in outputs(script))
    assert not any(str(each.get("data", {}).get("text/plain")).startswith(("<Figure", "<Drawing")) for each in outputs(script))


@of_each
def test_every_picture_has_words_that_stand_for_it(script):
    pictures = [each for each in outputs(script) if "image/png" in each.get("data", {})]
    assert all(each["metadata"]["image/png"]["alt"] for each in pictures)
    assert all("text/html" not in each["data"] for each in pictures)


@of_each
def test_nothing_tells_where_it_was_made(script):
    text = script.with_suffix(".ipynb").read_text(encoding="utf-8")
    for trace in (str(FOLDER.parents[1]), str(Path.home()), "/tmp/", f"/home/{getpass.getuser()}", "0x7f"):
        assert trace not in text
    # Times differ between two machines; so do versions.
    notebook = notebook_of(script)
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert "version" not in notebook["metadata"]["language_info"]
    assert all("execution" not in cell["metadata"] for cell in notebook["cells"])
    assert [cell["id"] for cell in notebook["cells"]] == [f"cell-{k:02d}" for k in range(1, len(notebook["cells"]) + 1)]


@of_each
def test_a_notebook_is_light(script):
    assert script.with_suffix(".ipynb").stat().st_size <= MOST_BYTES


def test_all_notebooks_together_are_light():
    assert sum(script.with_suffix(".ipynb").stat().st_size for script in SCRIPTS) <= MOST_BYTES_TOGETHER


@of_each
def test_it_begins_with_a_question_and_ends_with_what_to_try_next(script):
    told = sources(script, "markdown")
    assert re.match(r"# .+\?$", told[0].splitlines()[0])
    last = told[-1].split("## What to try next")
    assert len(last) == 2
    assert len(re.findall(r"(?m)^\d\. ", last[1])) == 3
    assert notebook_of(script)["cells"][-1]["cell_type"] == "markdown"


@of_each
def test_it_is_read_in_ten_minutes(script):
    assert sum(len(text.split()) for text in sources(script, "markdown")) <= MOST_WORDS


@of_each
def test_claims_are_asserted_in_code(script):
    assert sum(text.count("assert ") for text in sources(script, "code")) >= 4


@of_each
def test_links_lead_somewhere(script):
    for text in sources(script, "markdown"):
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert target.startswith("https://") or (FOLDER / target).exists(), target


def test_a_notebook_that_was_edited_is_found(build, tmp_path):
    script = tmp_path / SCRIPTS[0].name
    script.write_text(SCRIPTS[0].read_text(encoding="utf-8"), encoding="utf-8")
    assert "missing" in build.tell_differences(script)[0]
    notebook = SCRIPTS[0].with_suffix(".ipynb").read_text(encoding="utf-8")
    script.with_suffix(".ipynb").write_text(notebook, encoding="utf-8")
    assert build.tell_differences(script) == []
    script.write_text(script.read_text(encoding="utf-8") + "\n# %%\nmore = 1\n", encoding="utf-8")
    assert "cells" in build.tell_differences(script)[0]
