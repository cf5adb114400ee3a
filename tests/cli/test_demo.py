"""The main job: real digits in, an interactive page out."""

import base64
import json
import re

from gausscape.cli.demo import run_demo
from gausscape.page.pack import unpack


def test_the_demo_writes_spaces_a_stress_test_and_one_page(tmp_path):
    summary = run_demo(tmp_path / "demo", "digits", seed=0, progress=False, steps=300)
    json.dumps(summary, allow_nan=False)
    page = (tmp_path / "demo" / "index.html").read_text()
    assert "Content-Security-Policy" in page
    assert not re.search(r'(src|href)="https?://', page)
    found = re.search(r'id="gausscape-data">([^<]*)<', page)
    assert found is not None
    told = unpack(base64.b64decode(found[1]))
    # The map begins with the space of two axes; changes, explanations and the stress test belong to the other one.
    assert len(told["spaces"][0]["live"]) <= 2
    assert [len(told[part]) for part in ("spaces", "changes", "ledgers", "stress")] == [2, 1, 1, 1]
    assert len(told["patches"]) >= 20
    assert {each["space"] for part in ("changes", "patches", "ledgers", "stress") for each in told[part]} == {"s2"}
    # A reader is told what the model is, and how often it is right.
    assert f"{summary['accuracy']:.1%}" in told["notes"][0]
    assert "neural network" in told["notes"][0]
    assert told["stress"][0]["failure"] is not None
    assert told["stress"][0]["worst"]
    assert all(len(space["audit"]["others"]) == 1 for space in told["spaces"])
    for name in ("map.space/space.json", "measure.space/space.json", "stress/stress.json"):
        assert (tmp_path / "demo" / name).is_file()
