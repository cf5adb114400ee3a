"""The promised names, signatures, commands and options are those of tests/public_api.txt; a change is made on purpose."""

import difflib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from write_public_api import FROZEN, public_api


def test_the_public_face_is_the_frozen_one():
    frozen, found = FROZEN.read_text(encoding="utf-8").splitlines(), public_api().splitlines()
    difference = "\n".join(difflib.unified_diff(frozen, found, "promised", "found", lineterm="", n=0))
    assert not difference, (
        f"\n{difference}\n\nA new name or option: run `python tests/write_public_api.py` and say it in CHANGELOG.md. "
        "A name that is gone, or called otherwise: docs/stability.md says how it is deprecated first."
    )
