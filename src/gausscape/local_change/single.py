"""What is the whole answer to one change, decoded?"""

__all__ = ["describe_one"]

from typing import TYPE_CHECKING

import numpy as np

from gausscape.local_change.change import Change
from gausscape.local_change.directions import share_by_direction
from gausscape.local_change.ends import Ends, Side
from gausscape.local_change.features import list_feature_changes
from gausscape.local_change.noise import noise_of
from gausscape.local_change.path import walk
from gausscape.local_change.ruler import ruler_of
from gausscape.modality import Picture
from gausscape.space.space import Space
from gausscape.space.support import Support

if TYPE_CHECKING:
    from gausscape.local_change.changes import Changes


def describe_one(changes: "Changes", index: int) -> Change:
    """One of many changes with all that has to be decoded: features, directions, path, pictures, support.

    Args:
        changes: Many, or one.
        index: Which.
    """
    row = np.array([index])
    space, ends = changes.space, changes.ends.take(row)
    ruler, noise = ruler_of(space), noise_of(space)
    a, b = ends.posteriors
    uncertainty, refits = changes.uncertainty.take(row), changes.refits.take(row)
    total = uncertainty.total(changes.distance[row], changes.percentile[row])
    stable = refits.stable
    path = walk(space, changes.route, a.mean[0], b.mean[0], steps=changes.steps)
    names = ("distance", "percentile", "detectability", "accuracy", "noise_probability", "jeffreys", "fisher_rao", "wasserstein",
             "input_distance")  # fmt: skip
    cells = space.codec.cells(np.concatenate([a.mean, b.mean])).double()
    a_ids, b_ids = (side.ids for side in (ends.a, ends.b))
    return Change(
        **{name: float(getattr(changes, name)[index]) for name in names},
        interval=(float(total.percentile[0, 0]), float(total.percentile[0, 1])),
        distance_interval=(float(total.distance[0, 0]), float(total.distance[0, 1])),
        uncertainty=uncertainty,
        landmark_neighbour=ruler.neighbour,
        landmark_again=ruler.again,
        noise_source=noise.source,
        pairs=np.quantile(ruler.pairs, np.linspace(0, 1, 101)),
        distinguishable=bool(changes.distinguishable[index]),
        chord=0.0 if ends.identical[0] else float((cells[1] - cells[0]).norm()),
        stable=None if stable is None else bool(stable[0]),
        stability=refits.reason(),
        features=list_feature_changes(space, ends),
        directions=share_by_direction(space, changes.shift[index]),
        path=path,
        difference=_difference(path.pictures[0], path.pictures[-1]),
        observed_difference=_difference(*_pictures(space, ends)),
        support=(_support(space, ends.a), _support(space, ends.b)),
        identical=bool(ends.identical[0]),
        a_id=None if a_ids is None else str(a_ids[0]),
        b_id=None if b_ids is None else str(b_ids[0]),
        comparison=space.modality.compare(ends.a.values, ends.b.values),
    )


def _pictures(space: Space, ends: Ends) -> list[Picture]:
    """Of the two objects themselves."""
    items = [space.modality.to_items(space.codec.observed(side.tensors)[0]) for side in (ends.a, ends.b)]
    return [space.modality.pictures(item)[0] for item in items]


def _difference(a: Picture, b: Picture) -> np.ndarray | None:
    return np.asarray(b.data, dtype=np.float64) - np.asarray(a.data, dtype=np.float64) if a.kind == "raster" else None


def _support(space: Space, side: Side) -> Support:
    return Support(space.assess(side.values)["support"][0])
