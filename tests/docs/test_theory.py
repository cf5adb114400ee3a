"""The snippets of docs/theory run as they stand and print what the pages show below them."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "theory").glob("*.md"))
SNIPPET = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
SNIPPETS = [
    pytest.param(code, said, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, (code, said) in enumerate(SNIPPET.findall(page.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize(("code", "said"), SNIPPETS)
def test_a_snippet_prints_what_its_page_shows(code, said):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "snippet", "exec"), {"__name__": "page"})
    printed = printed.getvalue()
    assert said, "a snippet without the text that it prints"
    assert NUMBER.sub("#", printed) == NUMBER.sub("#", said), printed
    # A training ends elsewhere on another processor; what is only counted or drawn does not.
    share, least = (0.35, 0.02) if "gs.fit(" in code else (0.02, 0.011)
    for now, shown in zip(_numbers(printed), _numbers(said), strict=True):
        assert now == pytest.approx(shown, rel=share, abs=least), printed


def test_every_page_but_the_first_has_a_formula_a_source_a_file_and_a_figure_or_snippet():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if page.stem == "index":
            continue
        assert "$$" in text, page.stem
        assert "## Sources" in text, page.stem
        files = re.findall(r"\]\(\.\./\.\./(src/gausscape/[\w/]+\.py)\)", text)
        assert files, page.stem
        assert all((ROOT / file).is_file() for file in files), page.stem
        assert "figures/" in text or "```python" in text, page.stem


def test_every_figure_is_there_in_light_and_dark_and_small():
    named = set()
    for page in [*PAGES, ROOT / "docs" / "index.md"]:
        named |= {
            name.rpartition("/")[2]
            for name in re.findall(r"\]\(([\w/]*figures/[\w-]+\.png)", page.read_text(encoding="utf-8"))
        }
    folder = ROOT / "docs" / "theory" / "figures"
    there = {path.name for path in folder.glob("*.png")}
    assert named <= there, sorted(named - there)
    for name in there:
        assert name.replace("-light", "-dark") in there, name
        assert (folder / name).stat().st_size <= 60_000, name
        assert (
            ROOT / "docs" / "drawings" / f"{re.sub('-(light|dark).png$', '', name).replace('-', '_')}.py"
        ).is_file(), name


def _numbers(text):
    return [float(found.replace(",", "")) for found in NUMBER.findall(text)]
