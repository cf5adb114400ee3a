"""A notebook becomes a page: its words, its code, what it printed and what it drew."""

import base64
import importlib.util
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="needs the extra 'docs'")
pytest.importorskip("mkdocs", reason="needs the extra 'docs'")

ROOT = Path(__file__).resolve().parents[2]
DOT = base64.b64encode(b"\x89PNG dot").decode()


@pytest.fixture
def hook(tmp_path, monkeypatch):
    path = ROOT / "docs" / "site" / "hooks" / "walkthroughs.py"
    specification = importlib.util.spec_from_file_location("walkthroughs_hook", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "NOTEBOOKS", tmp_path)
    return module


def _notebook(path, cells):
    book = nbformat.v4.new_notebook(cells=cells)
    path.write_text(nbformat.writes(book), encoding="utf-8")
    return path


def test_words_code_text_and_pictures_come_through_in_order(hook, tmp_path):
    new = nbformat.v4
    outputs = [
        new.new_output("stream", text="one\x1b[31m red\x1b[0m\n"),
        new.new_output("display_data", data={"image/png": DOT, "text/plain": "<Figure [1]>"}),
    ]
    cells = [
        new.new_markdown_cell("# What is it?\n\nWords."),
        new.new_code_cell("%matplotlib inline\nprint(1)", outputs=outputs),
    ]
    text, pictures = hook._converted(_notebook(tmp_path / "1_it.ipynb", cells))
    assert text.index("Words.") < text.index("print(1)") < text.index("one red") < text.index("](1_it-1-1.png)")
    assert "%matplotlib" not in text
    assert pictures == {"1_it-1-1.png": b"\x89PNG dot"}
    assert hook._title(tmp_path / "1_it.ipynb") == "What is it?"


def test_output_that_would_run_in_the_readers_browser_is_left_out(hook, tmp_path):
    new = nbformat.v4
    data = {"text/html": "<script>alert(1)</script>", "text/plain": "a widget"}
    cells = [new.new_code_cell("show()", outputs=[new.new_output("display_data", data=data)])]
    text, _ = hook._converted(_notebook(tmp_path / "w.ipynb", cells))
    assert "<script" not in text
    assert "a widget" in text


def test_links_lead_to_documents_files_or_become_words(hook):
    turn = hook.LINK.sub
    assert turn(hook._linked, "[m](../../docs/method.md#support)") == "[m](../method.md#support)"
    assert turn(hook._linked, "[e](../ecg.py)") == "[e](../../examples/ecg.py)"
    assert turn(hook._linked, "[n](no_such.ipynb)") == "n"
    assert turn(hook._linked, "[p](https://arxiv.org/abs/1312.6114)") == "[p](https://arxiv.org/abs/1312.6114)"
