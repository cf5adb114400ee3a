"""y painted over a plane, as a plane of the page."""

__all__ = ["write_overlay"]

from typing import Any

import numpy as np

from gausscape.explanation.overlay import Overlay
from gausscape.page.pack import bits, halves, singles
from gausscape.page.pictures_part import write_pictures
from gausscape.page.plane_part import plane_words, quantiles_along
from gausscape.space.space import Space
from gausscape.space.support import Support

LABELS = [label.value for label in Support]


def write_overlay(overlay: Overlay, space: Space, *, number: int) -> dict[str, Any]:
    """An overlay as a plane of its space, with y on it.

    Args:
        overlay: The painted plane.
        space: Its space.
        number: Of planes before it.
    """
    vectors = overlay.directions.vectors
    line = len(vectors) == 1
    side = overlay.y.shape[1]
    known = overlay.y[np.isfinite(overlay.y)]
    return {
        "id": f"overlay-{number}",
        "name": f"{overlay.outcome} painted over a plane",
        "origin": singles(overlay.centre),
        "across": singles(vectors[0]),
        "up": None if line else singles(vectors[1]),
        "words": plane_words(overlay.directions),
        "reach": float(np.abs(overlay.positions).max()),
        "whole": overlay.whole,
        "quantiles": {
            "across": singles(quantiles_along(space, vectors[0])),
            "up": singles([] if line else quantiles_along(space, vectors[1])),
        },
        "support": {"side": side, "labels": bits([LABELS.index(label) for label in overlay.support.ravel()])},
        "outcomes": [
            {
                "name": overlay.outcome,
                "side": side,
                "y": halves(overlay.y),
                "error": halves(overlay.error) if np.isfinite(overlay.error).any() else None,
                "low": float(known.min()) if len(known) else 0.0,
                "high": float(known.max()) if len(known) else 1.0,
            }
        ],
        "atlas": {"side": side, "pictures": write_pictures(overlay.pictures)},
    }
