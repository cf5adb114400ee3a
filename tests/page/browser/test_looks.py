"""The main states look as they did: coarse grey pictures of a small page, compared with those that are stored.

To store what is seen today: `GAUSSCAPE_STORE_LOOKS=1 pytest tests/page/browser/test_looks.py`, and look at the pictures.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .screens import LINKS, opened, shoot, thumbnail

STORED = Path(__file__).parent / "looks"
# Mean absolute difference of 96 x 72 grey values from 0 to 255. Other fonts and other rounding of a fit move it by 1 to 3; a lost
# panel, a lost style sheet or a lost theme by 10 and more.
TOLERANCE = 6.0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_views_look_as_they_did(browser, digits_page, scheme):
    differences = {}
    with opened(browser, digits_page, scheme=scheme) as page:
        for view, link in LINKS.items():
            seen = thumbnail(shoot(page, view, link))
            target = STORED / f"{view}-{scheme}.png"
            if os.environ.get("GAUSSCAPE_STORE_LOOKS"):
                STORED.mkdir(exist_ok=True)
                seen.save(target, optimize=True)
            stored = np.asarray(Image.open(target), dtype=float)
            differences[view] = np.abs(np.asarray(seen, dtype=float) - stored).mean()
    assert {view: far for view, far in differences.items() if far >= TOLERANCE} == {}


def test_the_comparison_notices_what_is_broken():
    pictures = {path.stem: np.asarray(Image.open(path), dtype=float) for path in STORED.glob("*.png")}
    assert len(pictures) == 2 * len(LINKS)
    for name, picture in pictures.items():
        view, scheme = name.split("-")
        other = "dark" if scheme == "light" else "light"
        assert np.abs(picture - pictures[f"{view}-{other}"]).mean() > 2 * TOLERANCE
        blank = np.full_like(picture, np.median(picture))
        assert np.abs(picture - blank).mean() > TOLERANCE
