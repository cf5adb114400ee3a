"""Where is a patch, and how wide is it? Reads the centre and the radius that a caller gives, and refuses the rest."""

__all__ = ["read_centre", "read_radius"]

from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.items import Items
from gausscape.space.space import Space

SMALLEST_DEFAULT = 0.1
WIDEST = 10.0
FARTHEST = 10_000.0
"""Beyond it single precision overflows in one decoder or another, and no data are near anyhow."""


def read_centre(space: Space, centre: Any) -> tuple[np.ndarray, Any, str | None]:
    """(latent point, object as a batch of one or None, id or None) of one object, Items of one, or a point (latent,).

    Raises:
        ShapeError: If it is not one object, or has another number of coordinates.
        DataError: If it is not finite, or not of the kind that was fitted.
    """
    if _is_point(centre):
        point = np.array(centre, dtype=np.float64)
        if point.shape != (space.latent,):
            raise ShapeError(
                f"A patch in this space needs a centre with {space.latent} coordinates, but got {len(point)}. "
                "Pass one row of space.embed(x).mean."
            )
        if not np.isfinite(point).all():
            raise DataError(
                "A patch needs a centre with finite coordinates, but some are NaN or infinite. Pass one row of "
                "space.embed(x).mean."
            )
        away = float(np.abs(space.aggregate.whiten(point[None])).max())
        if away > FARTHEST:
            raise DataError(
                f"A patch needs a centre within {FARTHEST:,.0f} standard deviations of the mean, but got one {away:.3g} away. "
                "Pass one row of space.embed(x).mean."
            )
        return point, None, None
    values, tensors = space.codec.read(centre)
    n = len(next(iter(tensors.values())))
    if n != 1:
        raise ShapeError(
            f"A patch needs one object as its centre, but {n} came. Pass one (a batch of one), or one row of space.embed(x).mean."
        )
    return space.codec.embed(tensors).mean[0].copy(), values, str(centre.ids[0]) if isinstance(centre, Items) else None


def _is_point(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and value.dtype.kind in "iuf"
    numbers = (int, float, np.integer, np.floating)
    return isinstance(value, list | tuple) and len(value) > 0 and all(isinstance(each, numbers) for each in value)


def read_radius(space: Space, radius: Any, percentile: Any) -> float:
    """The radius in standard deviations that a caller asked for, at most one of the two being given.

    Raises:
        ConfigurationError: If both came, or an impossible one.
    """
    if radius is not None and percentile is not None:
        raise ConfigurationError("A patch needs a radius or a percentile, but got both. Pass one of them.")
    if radius is None:
        return _radius_at(space, percentile)
    if not _is_number(radius) or not 0 < radius < np.inf:
        raise ConfigurationError(
            f"A patch needs a radius above 0, in standard deviations, but got {radius!r}. Pass radius=1, or percentile=50."
        )
    widest = max(WIDEST, space.population.diameter)
    if radius > widest:
        raise ConfigurationError(
            f"A patch needs a radius of at most {widest:.3g} standard deviations here, where it holds all objects whichever "
            f"is its centre, but got {radius:g}. Pass a smaller one, or percentile=50."
        )
    return float(radius)


def _radius_at(space: Space, percentile: Any) -> float:
    distances = space.population.neighbour_distances
    if percentile is None:
        # Among ten thousand codes in two dimensions five neighbours are so near that nothing changes on the way there.
        return max(SMALLEST_DEFAULT, float(np.median(distances[:, -1])))
    if not _is_number(percentile) or not 0 < percentile <= 100:
        raise ConfigurationError(
            f"A percentile needs to lie in (0, 100], but got {percentile!r}. Pass percentile=50, say."
        )
    # The smallest distance that this share of the objects does not exceed, so that the share is met, not just neared.
    radius = float(np.quantile(distances[:, 0], percentile / 100, method="inverted_cdf"))
    if not radius > 0:
        raise ConfigurationError(
            f"A patch needs a radius above 0, but {percentile:g}% of objects have a copy among the fitted ones. "
            "Pass a larger percentile, or a radius in standard deviations."
        )
    return radius


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
