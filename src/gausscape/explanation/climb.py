"""Climb: what do objects look like on the way on which y rises fastest?"""

__all__ = ["Climb", "climb_patch"]

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from gausscape.modality import Picture
from gausscape.outcome import Outcome
from gausscape.space.patch import Patch
from gausscape.space.rendering import Rendering

STEPS = 7
REACH = (1.0, 2.5)


@dataclass(frozen=True)
class Climb:
    """Objects along the gradient of y through the centre of a patch, from where y is lowest to where it is highest.

    The gradient is that of the patch; farther out y need not go on as it does here. It is asked at each object.

    Args:
        offsets: Where each stands, in standard deviations from the centre, (steps,).
        codes: Latent points, (steps, latent).
        y: Of each, (steps,); NaN where it failed.
        support: Label of each, (steps,).
        items: The objects, in native form.
        pictures: A neutral picture of each.
    """

    offsets: np.ndarray
    codes: np.ndarray
    y: np.ndarray
    support: np.ndarray
    items: Any = field(repr=False)
    pictures: list[Picture] = field(repr=False)

    def document(self) -> dict[str, Any]:
        """JSON-able; without the objects."""
        return {
            "offsets": self.offsets.tolist(),
            "codes": self.codes.tolist(),
            "y": [value if np.isfinite(value) else None for value in self.y.tolist()],
            "support": [str(label) for label in self.support],
        }


def climb_patch(
    patch: Patch, outcome: Outcome, gradient: np.ndarray, *, rendering: Rendering, seed: int, steps: int = STEPS
) -> Climb | None:
    """Seven objects from the foot to the top; None where y has no gradient.

    It reaches as far as the patch, but at least 1 and at most 2.5 standard deviations to either side.

    Args:
        patch: The place.
        outcome: y.
        gradient: Of y over whitened axes, (live,).
        rendering: How codes become objects.
        seed: Of draws.
        steps: How many objects; an odd number has the centre in the middle.
    """
    length = float(np.linalg.norm(gradient))
    if length == 0:
        return None
    space = patch.space
    offsets = np.linspace(-1, 1, steps) * float(np.clip(patch.radius, *REACH))
    # Dead axes stay where the centre has them.
    codes = np.repeat(patch.centre[None], steps, axis=0)
    moved = patch.u + offsets[:, None] * gradient / length
    codes[:, space.live_axes] = space.aggregate.law.unwhiten(moved)
    residual = torch.zeros(1, space.codec.networks.likelihood.cells)
    if patch.object is not None:
        residual = space.codec.residual_cells(space.codec.tensors(patch.object), patch.centre[None].copy())
    items = space.modality.to_items(rendering.cells(space.codec, codes, residual, seed=seed))
    support = space.assess_codes(codes)["support"]
    return Climb(offsets, codes, outcome(items).values, support, items, space.modality.pictures(items))
