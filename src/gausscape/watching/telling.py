"""What carries an alarm? The objects and the features in which a window differs most from usual ones."""

__all__ = ["carried_along", "leading_part", "tell_objects", "told_file"]

from typing import Any

import numpy as np

from gausscape.items import Items
from gausscape.space.space import Space
from gausscape.watching.answers import AlarmedObject
from gausscape.watching.reference import PARTS

MOST_OBJECTS = 5


def leading_part(direction: np.ndarray) -> str:
    """Which part a direction (live + 2,) is mostly about: "shift", "spread" or "residual".

    Example:
        >>> leading_part(np.array([0.1, 0.2, -0.9, 0.3]))
        'spread'
    """
    squares = direction**2
    return PARTS[int(np.argmax([squares[:-2].sum(), squares[-2], squares[-1]]))]


def carried_along(standard: np.ndarray, vector: np.ndarray, leading: str) -> np.ndarray:
    """How much of a window's difference (live + 2,), in the part that counts, each of its standardised rows carries, (m,)."""
    kept = {"shift": slice(None, -2), "spread": slice(-2, -1), "residual": slice(-1, None)}[leading]
    along = np.zeros_like(vector)
    along[kept] = vector[kept] / max(float(np.linalg.norm(vector[kept])), 1e-12)
    return standard @ along


def tell_objects(space: Space, items: Items, carried: np.ndarray) -> tuple[tuple[AlarmedObject, ...], np.ndarray]:
    """(the objects that carry a window's difference, most first; their positions).

    Args:
        space: Judges them.
        items: The window's objects.
        carried: How much of the difference each carries, (m,).
    """
    order = np.argsort(-carried, kind="stable")[:MOST_OBJECTS]
    total = float(carried.sum())
    shares = carried / total if abs(total) > 1e-9 else np.full(len(carried), 1 / len(carried))
    chosen = items.take(order)
    told = space.assess(chosen)
    objects = tuple(
        AlarmedObject(str(name), float(share), float(p), str(label), str(near))
        for name, share, p, label, near in zip(
            chosen.ids, shares[order], told["exceedance"], told["support"], told["nearest"], strict=True
        )
    )
    return objects, order


def told_file(objects: tuple[AlarmedObject, ...]) -> dict[str, Any]:
    """What `Modality.to_file` writes beside the objects, by name."""
    return {
        "id": np.array([each.id for each in objects]),
        "share": np.array([each.share for each in objects]),
        "exceedance": np.array([each.exceedance for each in objects]),
        "support": np.array([each.support for each in objects]),
        "nearest": np.array([each.nearest for each in objects]),
    }
