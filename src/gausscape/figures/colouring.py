"""What are the objects on a painted plane coloured by? y itself, their labels, or any column."""

__all__ = ["Colouring", "read_colouring"]

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from numpy.typing import NDArray

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.explanation.overlay import Overlay
from gausscape.figures.colour import ramp, second_ramp
from gausscape.figures.key import Entry, dot
from gausscape.figures.style import Look

MOST_GROUPS = 10
MARKERS = "os^DvPX<>h"


@dataclass(frozen=True)
class Colouring:
    """How objects are drawn.

    Args:
        values: A number each, NaN where it is not known; None for groups.
        groups: A name each; None for numbers.
        norm: Scale of the numbers; None for that of the painting.
        colours: Of the numbers.
        name: What the numbers are.
        entries: What the groups look like.
        look: Theme.
    """

    values: NDArray[np.float64] | None
    groups: NDArray[np.str_] | None
    norm: Normalize | None
    colours: Colormap
    name: str
    entries: tuple[Entry, ...]
    look: Look

    def draw(self, plane: Axes, places: np.ndarray, scale: Normalize) -> None:
        """Draw the objects at places (n, 2); numbers without a scale of their own on that of the painting."""
        look = self.look
        size = 9 if look.narrow else 16
        if self.values is not None:
            known = np.isfinite(self.values)
            x, y = places[known].T
            plane.scatter(
                x, y, s=size, c=self.values[known], cmap=self.colours, norm=self.norm or scale, linewidths=0.6,
                edgecolors=look.ink, zorder=6,
            )  # fmt: skip
            x, y = places[~known].T
            plane.scatter(x, y, marker="x", s=size, color=look.quiet, linewidths=0.8, zorder=6)
        elif self.groups is not None:
            for colour, marker, rows in _styles(self.groups, look):
                x, y = places[rows].T
                plane.scatter(
                    x, y, s=size, color=colour, marker=marker, linewidths=0.6, edgecolors=look.paper, zorder=6
                )


def read_colouring(overlay: Overlay, colour_by: Any, name: str, look: Look) -> Colouring:
    """Read what the caller asked for.

    Raises:
        ConfigurationError: If it is another word than "y" or "labels", or the overlay has no labels.
        ShapeError: If a column has another length.
    """
    if isinstance(colour_by, str):
        if colour_by == "y":
            return Colouring(overlay.object_y, None, None, ramp(look), overlay.outcome, _of_y(overlay, look), look)
        if colour_by != "labels":
            raise ConfigurationError(
                f'colour_by needs to be "y", "labels" or a column with an entry for each of overlay.objects, but got '
                f"{colour_by!r}. Choose one of these."
            )
        if overlay.labels is None and len(overlay.objects):
            raise ConfigurationError(
                'colour_by="labels" needs labels, but the objects of this overlay have none. Pass paint_outcome Items with labels.'
            )
        return _of_groups(np.asarray(() if overlay.labels is None else overlay.labels), look)
    column = np.asarray(colour_by)
    if column.shape != (len(overlay.objects),):
        raise ShapeError(
            f"The {len(overlay.objects)} objects on this plane need a column of as many entries, but got shape {column.shape}. "
            "Pass one for each of overlay.objects."
        )
    if column.dtype.kind not in "iuf" or (column.dtype.kind in "iu" and len(np.unique(column)) <= MOST_GROUPS):
        return _of_groups(column, look)
    values = column.astype(float)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    norm = Normalize(low, high if high > low else low + 1)
    return Colouring(values, None, norm, second_ramp(look), name or "value", (), look)


def _of_y(overlay: Overlay, look: Look) -> tuple[Entry, ...]:
    if not len(overlay.objects):
        return ()
    return (Entry(f"a real object, in the colour of its own {overlay.outcome}", dot("none", look.ink)),)


def _of_groups(column: np.ndarray, look: Look) -> Colouring:
    groups = column.astype(str)
    entries = [
        Entry(name if len(name) <= 24 else name[:23] + "…", dot(colour, look.paper, marker), look.ink)
        for name, (colour, marker, _) in zip(_largest(groups), _styles(groups, look), strict=False)
    ]
    left_out = len(np.unique(groups)) - len(entries)
    if left_out > 0:
        entries.append(Entry(f"{left_out} smaller groups", dot(look.quiet, look.paper, ".")))
    return Colouring(None, groups, None, ramp(look), "", tuple(entries), look)


def _largest(groups: np.ndarray) -> list[str]:
    names, counts = np.unique(groups, return_counts=True)
    return sorted(str(name) for name in names[np.argsort(-counts, kind="stable")][:MOST_GROUPS])


def _styles(groups: np.ndarray, look: Look) -> list[tuple[str, str, np.ndarray]]:
    """(colour, marker, rows) of each group that is told apart, then of the rest if there is any."""
    shown = _largest(groups)
    found = [(look.classes[k], MARKERS[k], np.flatnonzero(groups == name)) for k, name in enumerate(shown)]
    rest = np.flatnonzero(~np.isin(groups, shown))
    return [*found, (look.quiet, ".", rest)] if len(rest) else found
