"""A support label has one colour: on the page as in the figures."""

import re
from pathlib import Path

import pytest

from gausscape.figures.style import Look
from gausscape.space.support import Support

SOURCE = Path(__file__).resolve().parents[2] / "web" / "src"
NAMES = {
    "supported": Support.SUPPORTED,
    "rare": Support.RARE_OBSERVED,
    "extrapolated": Support.EXTRAPOLATED,
    "unsupported": Support.UNSUPPORTED,
}


@pytest.mark.parametrize("dark", [False, True])
def test_page_and_figures_agree(dark):
    wanted = [Look(dark=dark).of_support(label)[0] for label in NAMES.values()]
    css = (SOURCE / "app.css").read_text(encoding="utf-8")
    tokens = dict(
        (name, (light, night)) for name, light, night in re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", css)
    )
    assert [tokens[name][dark] for name in NAMES] == wanted
    script = (SOURCE / "lib" / "colour.ts").read_text(encoding="utf-8")
    found = re.search(rf"SUPPORT_{'DARK' if dark else 'LIGHT'} = \[([^\]]+)\]", script)
    assert found is not None
    assert re.findall(r"#\w{6}", found[1]) == wanted
