"""How good are the objects that a space generates, against the real ones that its fit did not see?"""

__all__ = ["space_quality"]

from dataclasses import replace
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items
from gausscape.quality.measuring import measure_quality
from gausscape.quality.report import Quality
from gausscape.quality.violations import measure_violations
from gausscape.space.space import Space
from gausscape.training.splits import split_objects

CHECKED = 100


def space_quality(
    space: Space,
    data: Any,
    held_out: Any = None,
    *,
    target: str | None = None,
    generated: int | None = None,
    seed: int = 0,
) -> Quality:
    """Draw objects from the space's law and likelihood, and compare them with real ones.

    Args:
        space: Fitted.
        data: The objects that it was fitted on, in the same order; with `held_out` those alone that it saw.
        held_out: Objects that the fit did not see; None for the calibration and audit objects among `data`, of which neither
            networks nor law have seen one.
        target: Column to learn from the others; None for none.
        generated: How many to draw; None for as many as were fitted.
        seed: Of the draws, folds and subsets.

    Returns:
        Quality. Of a space with constraints its violations are those of rows as they are written, and of the held-out ones as
        they came; `mended` is the share of the draws that had to be changed for that: what the networks did not know by
        themselves.

    Raises:
        DataError: If without `held_out` the data are not those of the fit.
        ConfigurationError: If the target is no column.
    """
    if generated is not None and (not isinstance(generated, int) or isinstance(generated, bool) or generated < 10):
        raise ConfigurationError(
            f"generated needs a whole number of at least 10, but got {generated!r}. Pass 1000, say."
        )
    if held_out is None:
        items = Items.of(data)
        known, unseen = _parts(space, items)
        held_out, data = items.take(unseen), items.take(known)
    fitted, unseen = Items.of(data), Items.of(held_out)
    count = generated or len(fitted)
    z = space.aggregate.full(space.aggregate.law.sample(count, np.random.default_rng([seed, 303])))
    cells = space.codec.cells(z, seed=seed)
    made = space.modality.to_items(cells)
    quality = measure_quality(
        fitted, unseen, made,
        target=target, modality=space.modality, name=space.record["name"], seed=seed,
    )  # fmt: skip
    broken = space.modality.mended(cells)
    if not broken:
        return quality
    mended = float(np.logical_or.reduce(list(broken.values())).mean())
    return replace(quality, violations=measure_violations(space.modality, unseen.values, made), mended=mended)


def _parts(space: Space, items: Items) -> tuple[np.ndarray, np.ndarray]:
    """Rows that networks and law saw, and rows that they did not.

    Raises:
        DataError: If the objects are not those of the fit.
    """
    counts = space.record["counts"]
    if len(items) == counts["all"]:
        split = split_objects(space.codec.tensors(items), seed=int(space.record["seed"]))
        if _are_the_fitted(space, items, split.fit):
            known = np.sort(np.concatenate([split.fit, split.validation]))
            return known, np.sort(np.concatenate([split.calibration, split.audit]))
    raise DataError(
        f"Quality needs the {counts['all']:,} objects of the fit in their order, or objects that it did not see as held_out, "
        f"but {len(items):,} other objects came. Pass both: the objects of the fit, and unseen ones."
    )


def _are_the_fitted(space: Space, items: Items, rows: np.ndarray) -> bool:
    """Whether objects at these rows have the ids and codes that the space kept of those it was fitted on."""
    place = {name: row for row, name in enumerate(items.ids.astype(str).tolist())}
    kept = space.aggregate.ids.astype(str).tolist()
    if not set(kept) <= set(items.ids[rows].astype(str).tolist()):
        return False
    some = slice(None, None, max(1, len(kept) // CHECKED))
    codes = space.embed(items.take(np.array([place[name] for name in kept[some]]))).mean[:, space.live_axes]
    # Sums of single precision depend a little on how many objects are encoded at once.
    return bool(np.allclose(codes, space.aggregate.codes[some], rtol=1e-3, atol=1e-3))
