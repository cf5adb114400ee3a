"""The main job: real digits in, a page out."""

import json
import re

from gausscape.cli.demo import run_demo


def test_the_demo_writes_spaces_figures_and_one_page(tmp_path):
    summary = run_demo(tmp_path / "demo", "digits", seed=0, progress=False, steps=300)
    json.dumps(summary, allow_nan=False)
    page = (tmp_path / "demo" / "index.html").read_text()
    assert "Content-Security-Policy" in page
    assert not re.search(r'(src|href)="https?://', page)
    for words in ("The map", "Are the probabilities right?", "A first change", "A first stress strip"):
        assert words in page
    for space in ("map.space", "measure.space"):
        assert (tmp_path / "demo" / space / "space.json").is_file()
