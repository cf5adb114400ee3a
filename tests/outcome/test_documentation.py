"""The snippets of docs/outcomes.md run, one after the other."""

import re
from pathlib import Path


def test_the_snippets_of_the_page_run():
    page = Path(__file__).resolve().parents[2] / "docs" / "outcomes.md"
    snippets = re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)
    assert len(snippets) >= 5
    names: dict = {"__name__": "page"}
    for snippet in snippets:
        exec(compile(snippet, str(page), "exec"), names)
