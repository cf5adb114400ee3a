"""Overlay: y painted over a plane of the space, with its uncertainty and with what data stand behind it."""

__all__ = ["Overlay", "paint_outcome"]

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.items import Items
from gausscape.modality import Picture
from gausscape.outcome import Outcome
from gausscape.space.patch import Patch
from gausscape.space.patch_directions import Directions
from gausscape.space.patch_grid import PatchGrid
from gausscape.space.space import Space

REACH = 3.0


@dataclass(frozen=True, repr=False, eq=False)
class Overlay:
    """y over a plane through a place of the space. Printable, plottable.

    Args:
        outcome: Name of y.
        positions: Offset of each cell from the centre along the two directions, in standard deviations,
            (rows, columns, 2); the second direction rises from the bottom row to the top row.
        y: Of the expected object in each cell, (rows, columns); NaN where y failed.
        error: Standard deviation of y over draws of an object from the decoder's law in the cell, (rows, columns): how
            far y hangs on what the code leaves open.
        support: Label of each cell, (rows, columns).
        directions: The two directions (one for a strip), named by what they decode to.
        pictures: A neutral picture of each cell, row by row.
        objects: Where real objects stand on the plane, (n, 2); beyond two live axes those within `depth` of it.
        object_y: y of these, (n,).
        labels: Their group, (n,), if known.
        depth: How far an object may lie off the plane, in standard deviations.
        whole: Whether the plane is the whole space (two live axes or fewer).
        calls: Objects that the model was asked about.
        failures: How many of them failed.
        centre: Whitened coordinates of the middle of the plane, (live,).
    """

    outcome: str
    positions: np.ndarray
    y: np.ndarray
    error: np.ndarray
    support: np.ndarray
    directions: Directions
    pictures: list[Picture] = field(repr=False)
    objects: np.ndarray
    object_y: np.ndarray
    labels: np.ndarray | None
    depth: float
    whole: bool
    calls: int
    failures: int
    centre: np.ndarray

    def __str__(self) -> str:
        backed = np.isin(self.support, ["SUPPORTED", "RARE_OBSERVED"])
        there = backed & np.isfinite(self.y)
        axes = " and ".join(f"'{name}'" for name in self.directions.names)
        lines = [f"{self.outcome} over {'the space' if self.whole else 'a plane of the space'}, along {axes}:"]
        if there.any():
            lines.append(
                f"  where data stand behind it ({backed.mean():.0%} of the cells) it runs from {self.y[there].min():.3g} to "
                f"{self.y[there].max():.3g}, uncertain by {np.median(self.error[there]):.2g} (median) for what the code leaves open."
            )
        else:
            lines.append("  no cell is backed by data: nothing may be said about y here.")
        real = f"{len(self.objects):,} real object{'' if len(self.objects) == 1 else 's'}"
        lines.append(f"  {real} on it; {self.calls:,} calls, {self.failures} failed.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able; without the pictures."""
        return {
            "outcome": self.outcome,
            "positions": self.positions.tolist(),
            "y": _plain(self.y),
            "error": _plain(self.error),
            "support": self.support.astype(str).tolist(),
            "directions": self.directions.document(),
            "objects": self.objects.tolist(),
            "object_y": _plain(self.object_y),
            "labels": None if self.labels is None else self.labels.tolist(),
            "depth": self.depth,
            "whole": self.whole,
            "calls": self.calls,
            "failures": self.failures,
            "centre": self.centre.tolist(),
        }


def paint_outcome(
    space: Space,
    outcome: Any,
    *,
    patch: Patch | None = None,
    directions: Sequence | Directions | None = None,
    data: Any = None,
    side: int = 21,
    draws: int = 4,
    seed: int = 0,
) -> Overlay:
    """Ask y on a grid of decoded objects, and paint what it says.

    Args:
        space: The fitted space.
        outcome: y: an Outcome or anything that `Outcome.of` takes.
        patch: The place; None for the middle of the space with a radius of 3 standard deviations.
        directions: Two of `patch.directions()`; None for those in which objects change most there.
        data: Real objects to show on the plane, with their labels if they are Items.
        side: Cells along each side.
        draws: Objects drawn in each cell for the uncertainty of y; 0 for none.
        seed: Of the draws.

    Returns:
        Overlay.

    Raises:
        ConfigurationError: If draws is negative or the patch is one of another space.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> images = np.random.default_rng(0).uniform(size=(80, 4, 4)).astype("float32")
        >>> space = fit(images, latent=2, method="pca")
        >>> painted = paint_outcome(space, lambda x: x.mean((1, 2)), data=images, side=5)
        >>> painted.y.shape, painted.objects.shape, painted.whole
        ((5, 5), (80, 2), True)
    """
    if not isinstance(draws, int | np.integer) or draws < 0:
        raise ConfigurationError(f"An overlay needs a number of draws from 0, but got {draws!r}. Pass draws=4.")
    if patch is not None and patch.space.aggregate is not space.aggregate:
        raise ConfigurationError(
            "An overlay needs a patch of the same space, but one of another came. Pass space.patch(...)."
        )
    y_of = Outcome.of(outcome)
    before = y_of.calls
    place = patch or space.patch(space.aggregate.unwhiten(np.zeros((1, len(space.live_axes))))[0], REACH)
    grid = place.grid(side, directions=directions)
    told = y_of(grid.samples.items)
    failures, repeats = int(told.failed.sum()), []
    for draw in range(draws):
        answers = y_of(
            space.codec.items(grid.samples.codes, seed=int(np.random.default_rng([seed, 37, draw]).integers(2**31)))
        )
        failures += int(answers.failed.sum())
        repeats.append(answers.values)
    with np.errstate(invalid="ignore"):
        error = np.std(repeats, axis=0, ddof=1) if draws > 1 else np.full(len(told.values), np.nan)
    on_plane, object_y, labels, depth = _objects(space, y_of, place, grid, data)
    return Overlay(
        outcome=y_of.name,
        positions=grid.positions,
        y=told.values.reshape(grid.shape),
        error=np.asarray(error).reshape(grid.shape),
        support=grid.samples.support.reshape(grid.shape),
        directions=grid.directions,
        pictures=space.modality.pictures(grid.samples.items),
        objects=on_plane,
        object_y=object_y,
        labels=labels,
        depth=depth,
        whole=len(space.live_axes) <= 2,
        calls=y_of.calls - before,
        failures=failures,
        centre=place.u,
    )


def _objects(
    space: Space, y_of: Outcome, place: Patch, grid: PatchGrid, data: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, float]:
    depth = 0.5 * place.radius
    if data is None:
        return np.zeros((0, 2)), np.zeros(0), None, depth
    items = Items.of(data)
    if not len(items):
        raise ShapeError(
            "An overlay with data needs at least one object, but none came. Leave data away to paint y alone."
        )
    offset = space.aggregate.whiten(space.embed(items).mean) - place.u
    along = offset @ grid.directions.vectors.T
    off = np.linalg.norm(offset - along @ grid.directions.vectors, axis=1)
    near = np.flatnonzero((off <= max(depth, 1e-9)) & (np.abs(along) <= place.radius).all(1))
    along = along[near] if along.shape[1] == 2 else np.column_stack([along[near], np.zeros(len(near))])
    chosen = items.take(near)
    answers = y_of(chosen.values)
    return along, answers.values, chosen.labels, depth


def _plain(values: np.ndarray) -> list:
    if values.ndim > 1:
        return [_plain(row) for row in values]
    return [value if np.isfinite(value) else None for value in values.tolist()]
