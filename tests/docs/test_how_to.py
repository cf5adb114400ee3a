"""What the how-to guides tell people to type exists: commands, options, names of the package."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import gausscape

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs" / "how-to").glob("*.md")), ROOT / "docs" / "index.md"]


def _blocks(language):
    for page in PAGES:
        for code in re.findall(
            rf"```{language}(?: title=\"[^\"]+\")?\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL
        ):
            yield page.stem, code


def _calls():
    """{command: options that the guides give it}."""
    found: dict[str, set[str]] = {}
    for _, code in _blocks("bash"):
        for line in code.replace("\\\n", " ").splitlines():
            words = shlex.split(line.partition("&&")[0] if line.startswith("gausscape") else line)
            if words[:1] == ["gausscape"]:
                found.setdefault(words[1], set()).update(word for word in words[2:] if word.startswith("--"))
    return sorted(found.items())


@pytest.mark.parametrize(("command", "options"), _calls())
def test_a_command_of_the_guides_has_the_options_that_they_give_it(command, options):
    done = subprocess.run(
        [sys.executable, "-m", "gausscape", command, "--help"], capture_output=True, text=True, check=True
    )
    offered = set(re.findall(r"--[a-z-]+", done.stdout))
    assert options <= offered, sorted(options - offered)


def test_the_guides_name_enough_commands():
    assert {"fit", "change", "explain", "stress", "watch"} <= {command for command, _ in _calls()}


@pytest.mark.parametrize(("page", "code"), list(_blocks("python")))
def test_a_snippet_of_the_guides_is_python_and_uses_names_that_exist(page, code):
    tree = ast.parse(code)
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) == "gs"
    }
    assert used <= set(gausscape.__all__), (page, used - set(gausscape.__all__))
