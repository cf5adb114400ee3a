"""A measured change as a page has it: from an answer, or from the JSON that a command wrote."""

__all__ = ["ToldChange", "write_change"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from gausscape.local_change import Change
from gausscape.modality import Picture
from gausscape.page.asked import Asked
from gausscape.page.pack import bits, halves, planes, singles
from gausscape.page.pictures_part import LARGEST_RASTER, write_pictures
from gausscape.page.wording import for_readers
from gausscape.space.space import Space
from gausscape.space.support import Support

LABELS = [label.value for label in Support]


@dataclass(frozen=True, eq=False)
class ToldChange:
    """A change, and what it looks like.

    Args:
        space: Its space.
        document: As `Change.document` gives it.
        words: As `Change` prints.
        items: Objects on the path, in native form.
        path: Their pictures.
        ends: Pictures of a and b themselves; None where they are not known.
        compared: The same in one layout, where objects have parts; None without.
        difference: b less a, for rasters; None without.
    """

    space: Space
    document: Mapping[str, Any]
    words: str
    items: Any
    path: Sequence[Picture]
    ends: tuple[Picture, Picture] | None
    compared: tuple[Picture, Picture] | None
    difference: np.ndarray | None

    @classmethod
    def of_answer(cls, space: Space, change: Change, ends: tuple[Picture, Picture] | None = None) -> "ToldChange":
        """From an answer."""
        compared = None if change.comparison is None else change.comparison.pictures
        way = change.path
        return cls(space, change.document(), str(change), way.items, way.pictures, ends, compared, change.difference)

    @classmethod
    def of_document(cls, space: Space, document: Mapping[str, Any]) -> "ToldChange":
        """From the JSON of `gausscape change`; what lies between is decoded anew.

        Raises:
            KeyError, TypeError, ValueError: If it is no such document.
        """
        items = space.decode(np.asarray(document["path"]["codes"], dtype=np.float64))
        path = space.modality.pictures(items)
        difference = None
        if path[0].kind == "raster":
            difference = np.asarray(path[-1].data, dtype=np.float64) - np.asarray(path[0].data, dtype=np.float64)
        return cls(space, document, str(document.get("words", "")), items, path, None, None, difference)

    @property
    def codes(self) -> np.ndarray:
        """Latent points of the path, (steps, latent)."""
        return np.asarray(self.document["path"]["codes"], dtype=np.float64)

    @property
    def ids(self) -> tuple[str, str]:
        """Of a and b; letters where they came without."""
        names = (self.document["a_id"], self.document["b_id"])
        return tuple(letter if name is None else str(name) for letter, name in zip("ab", names, strict=True))  # type: ignore


def write_change(told: ToldChange, *, space_id: str, ends: Sequence[Picture | None], asked: Asked) -> dict[str, Any]:
    """A change as the page has it.

    Args:
        told: The change.
        space_id: Of its space on this page.
        ends: Pictures of a and b themselves; where they are None, what their codes decode to stands for them.
        asked: y.
    """
    document, n = told.document, len(told.path)
    a, b = told.ids
    first, last = ends[0] or told.path[0], ends[1] or told.path[-1]
    way = document["path"]
    y = asked.answers(told.items, n)
    return {
        "space": space_id,
        "a": {"id": a, "picture": 0, "support": Support(document["support"][0]).value, "observed": ends[0] is not None},
        "b": {
            "id": b,
            "picture": n + 1,
            "support": Support(document["support"][1]).value,
            "observed": ends[1] is not None,
        },
        "distance": float(document["distance"]),
        "distance_interval": _interval(document["distance_interval"]),
        "percentile": float(document["percentile"]),
        "interval": _interval(document["interval"]),
        "verdict": str(document["verdict"]),
        "words": for_readers(told.words),
        "stability": for_readers(str(document["stability"])),
        "features": [
            {
                "name": str(feature["name"]),
                **{name: _number(feature[name]) for name in ("before", "after", "change", "size")},
                "moved": bool(feature["moved"]),
            }
            for feature in document["features"]
        ],
        "pictures": write_pictures([first, *told.path, last]),
        "path": {
            "route": str(way["route"]),
            "at": singles(np.linspace(0, 1, n)),
            "exceedance": planes(way["exceedance"], digits=3),
            "support": bits([LABELS.index(label) for label in way["support"]]),
            "y": {name: halves(values) for name, values in y.items()},
        },
        "edits": _edits(told),
        "difference": _difference(told.difference),
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _interval(ends: Any) -> list[float]:
    low, high = ends
    return [float(low), float(high)]


def _edits(told: ToldChange) -> dict[str, Any] | None:
    comparison = told.document.get("comparison")
    if comparison is None or told.compared is None:
        return None
    return {
        "aligned": str(comparison["aligned"]),
        "edits": [str(edit["text"]) for edit in comparison["edits"]],
        "pictures": write_pictures(told.compared),
    }


def _difference(difference: np.ndarray | None) -> dict[str, Any] | None:
    """Channels averaged, and no larger than pictures are."""
    if difference is None:
        return None
    flat = np.nan_to_num(difference if difference.ndim == 2 else difference.mean(-1))
    height, width = flat.shape
    shrink = min(1.0, LARGEST_RASTER / max(height, width))
    if shrink < 1:
        size = max(1, round(width * shrink)), max(1, round(height * shrink))
        flat = np.asarray(Image.fromarray(flat.astype(np.float32)).resize(size, Image.Resampling.BOX))
    return {"height": flat.shape[0], "width": flat.shape[1], "data": planes(flat, digits=2)}
