"""A folder of pictures: what a folder is taken for that no other reader knows."""

__all__ = ["FALLBACK", "NAME", "OPTIONS", "matches", "read"]

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gausscape.datasets.image_folders import read_folder
from gausscape.items import Items

NAME = "a folder of pictures"
OPTIONS = frozenset({"resize", "skip_bad"})
FALLBACK = True


def matches(path: Path) -> bool:
    return False


def read(path: Path, options: Mapping[str, Any]) -> Items:
    """See `image_folders.read_folder`."""
    return read_folder(path, resize=options.get("resize"), skip_bad=bool(options.get("skip_bad")))
