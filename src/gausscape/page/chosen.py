"""What has a reader chosen on a page? Its address, read back into places, objects and circles of the space."""

__all__ = ["Chosen", "read_address"]

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import numpy as np


@dataclass(frozen=True, eq=False)
class Chosen:
    """A choice on a page.

    Args:
        view: Which tab: "map", "change", "patch" ...
        space: Position of the space on the page, from 0.
        place: Of the map's cross-hair, whitened coordinates (live,); None before anybody moved it.
        object: Id of the real object that was clicked; None without.
        circle: (centre (live,) in whitened coordinates, radius in standard deviations) of the patch; None without.
        ids: Ids of the shown real objects inside the circle; the clicked one without a circle.
    """

    view: str
    space: int
    place: np.ndarray | None
    object: str | None
    circle: tuple[np.ndarray, float] | None
    ids: tuple[str, ...]

    def __repr__(self) -> str:
        place = "none" if self.place is None else np.array2string(self.place, precision=2, threshold=8)
        circle = "none" if self.circle is None else f"radius {self.circle[1]:.2f} sd, {len(self.ids):,} objects inside"
        return f"Chosen(view {self.view}, place {place}, object {self.object}, circle {circle})"


def read_address(address: str, document: Mapping[str, Any]) -> Chosen:
    """The choice that an address (what follows '#') tells of a page.

    Args:
        address: "view=map&a=1.2&b=-0.4"; keys as in web/src/lib/state.svelte.ts. What cannot be read is left out.
        document: The page's document, unpacked.

    Example:
        >>> plane = {"id": "p", "origin": np.zeros(2), "across": np.array([1.0, 0.0]), "up": np.array([0.0, 1.0])}
        >>> points = {"n": 1, "ids": ["7"], "u": np.zeros(2)}
        >>> page = {"spaces": [{"id": "s1", "planes": [plane], "points": points, "live": [0, 1]}]}
        >>> read_address("view=map&a=1.2&b=-0.4&object=0", page)
        Chosen(view map, place [ 1.2 -0.4], object 7, circle none)
    """
    told = dict(part.split("=", 1) for part in address.lstrip("#").split("&") if "=" in part)
    told = {unquote_plus(key): unquote_plus(value) for key, value in told.items()}
    ids = [space["id"] for space in document["spaces"]]
    at = ids.index(told["space"]) if told.get("space") in ids else 0
    space = document["spaces"][at]
    plane = next((each for each in space["planes"] if each["id"] == told.get("plane")), space["planes"][0])
    a, b = _number(told.get("a")), _number(told.get("b"))
    place = None if a is None and b is None else _point(plane, a or 0.0, b or 0.0)
    row = told.get("object", "")
    known = int(row) if row.isdecimal() and int(row) < space["points"]["n"] else None
    object_id = None if known is None else str(space["points"]["ids"][known])
    circle = _circle(plane, told.get("circle", ""))
    inside: tuple[str, ...] = () if object_id is None else (object_id,)
    if circle is not None:
        u = np.asarray(space["points"]["u"], dtype=np.float64).reshape(space["points"]["n"], -1)
        near = np.linalg.norm(u - circle[0], axis=1) <= circle[1]
        inside = tuple(str(space["points"]["ids"][k]) for k in np.flatnonzero(near))
    return Chosen(told.get("view", "map"), at, place, object_id, circle, inside)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _point(plane: Mapping[str, Any], a: float, b: float) -> np.ndarray:
    u = np.asarray(plane["origin"], dtype=np.float64) + a * np.asarray(plane["across"], dtype=np.float64)
    return u if plane["up"] is None else u + b * np.asarray(plane["up"], dtype=np.float64)


def _circle(plane: Mapping[str, Any], text: str) -> tuple[np.ndarray, float] | None:
    numbers = [_number(part) for part in text.split(",")]
    if len(numbers) != 3 or any(number is None for number in numbers):
        return None
    a, b, radius = (float(number) for number in numbers if number is not None)
    return (_point(plane, a, b), radius) if radius > 0 else None
