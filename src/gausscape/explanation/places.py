"""Places: which patches are explained, and how are objects rendered there?"""

__all__ = ["choose_patches", "choose_rendering", "settle_renderings", "shrink_to_support"]

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.explanation.fidelity import Fidelity
from gausscape.items import Items
from gausscape.space.nearest import Nearest
from gausscape.space.patch import Patch
from gausscape.space.rendering import Expected, Rendering, find_rendering, suitable_rendering
from gausscape.space.space import Space
from gausscape.space.support import Support

MANY = 20
TOGETHER = 0.8
SHRINKS = (1.0, 0.85, 0.7, 0.6, 0.5, 0.35, 0.25)
TRIED_PAIRS = 32
LEAST_SUPPORTED = 0.6


def choose_patches(
    space: Space, items: Items, asked: Any, *, radius: float | None, percentile: float | None, seed: int
) -> list[Patch]:
    if isinstance(asked, int | np.integer) and not isinstance(asked, bool):
        if not 1 <= asked <= len(items):
            raise ConfigurationError(
                f"Random patches need a number from 1 to the {len(items)} objects in data=, but got {asked}. Pass fewer, or more data."
            )
        rows = np.random.default_rng([seed, 37]).permutation(len(items))[:asked]
        if radius is None and percentile is None and asked >= MANY:
            radius = _radius_together(space, items, rows)
        return [space.patch(items.take([row]), radius, percentile=percentile) for row in rows]
    places = [asked] if isinstance(asked, Patch) else list(asked) if isinstance(asked, Sequence) else None
    if not places or not all(isinstance(place, Patch) for place in places):
        raise ConfigurationError(
            f"explain needs a patch, a list of patches, or how many to draw at random, but got {asked!r}. Pass space.patch(x), say."
        )
    if radius is not None or percentile is not None:
        raise ConfigurationError(
            "radius and percentile are for random patches, but patches with a radius of their own came. Set it in space.patch."
        )
    if any(place.space.aggregate is not space.aggregate for place in places):
        raise DataError(
            "A patch needs to be of the space that explains it, but one is of another. Make it with this space.patch."
        )
    return places


def _radius_together(space: Space, items: Items, rows: np.ndarray) -> float:
    """The radius at which patches around these rows hold four fifths of the other objects between them.

    General claims are about the population: patches that hold a fraction of it cannot prove them. It is never smaller
    than the usual radius.
    """
    usual = space.patch(items.take(rows[:1])).radius
    others = np.setdiff1d(np.arange(len(items)), rows)
    if not len(others):
        return usual
    u = space.aggregate.whiten(space.embed(items).mean)
    return max(usual, float(np.quantile(Nearest(u[rows]).query(u[others], 1)[0], TOGETHER)))


def choose_rendering(space: Space, patch: Patch, asked: str | Rendering | None) -> Rendering:
    if asked is None:
        return suitable_rendering(space.codec.networks.likelihood, real=patch.object is not None)
    rendering = find_rendering(asked)
    # Where there is no real object there is no residual to carry.
    return Expected() if rendering.carries and patch.object is None else rendering


def settle_renderings(fidelity: Fidelity, renderings: Sequence[Rendering]) -> list[Rendering]:
    """The expected object where the moved one fails the gate and the expected one passes it; else as it was."""
    return [
        Expected() if own.carries and region.agreement < fidelity.least <= region.reconstruction else own
        for own, region in zip(renderings, fidelity.regions, strict=True)
    ]


def shrink_to_support(space: Space, patches: Sequence[Patch], *, seed: int) -> list[Patch]:
    """The patches, those smaller whose probes mostly decode to nothing like the data; y is not asked.

    In many dimensions real neighbours lie in few directions, and a ball that just reaches them is mostly empty. It
    shrinks step by step, to a quarter of its radius at most, until three fifths of the antithetic pairs pass the support
    gates at both ends.
    Where that does not help either, the patch stays as it is.
    """
    found, unsettled = list(patches), list(range(len(patches)))
    for share in SHRINKS:
        if not unsettled:
            break
        tried = [replace(patches[k], radius=share * patches[k].radius) for k in unsettled]
        codes = np.concatenate([patch.probes(2 * TRIED_PAIRS, seed=seed) for patch in tried])
        passes = space.assess_codes(codes)["support"] != Support.UNSUPPORTED
        enough = passes.reshape(len(tried), TRIED_PAIRS, 2).all(2).mean(1) >= LEAST_SUPPORTED
        for k, patch, passed in zip(unsettled, tried, enough, strict=True):
            if passed and share < 1:
                found[k] = patch
        unsettled = [k for k, passed in zip(unsettled, enough, strict=True) if not passed]
    return found
