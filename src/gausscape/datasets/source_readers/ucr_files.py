"""Text files of the UCR archive (.txt, .tsv, also .csv where asked): a line a series, its class first."""

__all__ = ["NAME", "OPTIONS", "matches", "read"]

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gausscape.datasets.file_state import whole_bytes
from gausscape.datasets.reading_options import choice
from gausscape.datasets.ucr_text import looks_like_ucr, parse_ucr
from gausscape.items import Items

NAME = "series of the UCR archive"
OPTIONS = frozenset({"layout"})
LAYOUTS = {"ucr": True}

ENDINGS = (".txt", ".tsv", ".csv")
OWN_NAME = re.compile(r"_(TRAIN|TEST)\.(txt|tsv)$", re.IGNORECASE)
LOOKED_AT = 1 << 18


def matches(source: Any, options: Mapping[str, Any]) -> bool:
    """A file that `layout=ucr` asks to read so; or one named as the archive names them, whose first lines look so."""
    if not isinstance(source, (str, os.PathLike)):
        return False
    path = Path(source).expanduser()
    if path.suffix.lower() not in ENDINGS:
        return False
    if "layout" in options:
        return True
    if not OWN_NAME.search(path.name) or not path.is_file():
        return False
    with open(path, "rb") as file:
        return looks_like_ucr(file.read(LOOKED_AT))


def read(source: Any, options: Mapping[str, Any]) -> Items:
    """Series with their classes as labels: one array (n, time) if all are equally long, else a list."""
    choice(options, "layout", LAYOUTS)
    path = Path(source).expanduser()
    series, labels = parse_ucr(whole_bytes(path), str(path))
    values = np.stack(series) if len({len(each) for each in series}) == 1 else series
    return Items(values, np.arange(len(series)).astype(str), labels, name=path.name, modality="sequences")
