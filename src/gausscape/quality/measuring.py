"""Measure generated objects against real ones: columns, pairs, classifiers, usefulness, privacy and constraints."""

__all__ = ["measure_quality"]

from collections.abc import Sequence
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items
from gausscape.modality import Modality, recognise
from gausscape.quality.associations import measure_associations
from gausscape.quality.columns import code_alike, columns_of_objects
from gausscape.quality.margins import measure_margins
from gausscape.quality.privacy import measure_privacy
from gausscape.quality.report import Quality
from gausscape.quality.two_sample import measure_two_sample
from gausscape.quality.usefulness import measure_usefulness
from gausscape.quality.violations import measure_violations
from gausscape.space.comparisons import near_names

FEWEST = 10
MOST_COMPARED = 5_000


def measure_quality(
    fitted: Any,
    held_out: Any,
    generated: Any,
    *,
    target: str | None = None,
    constraints: Sequence[Any] = (),
    modality: Modality | None = None,
    name: str | None = None,
    seed: int = 0,
) -> Quality:
    """Compare generated objects with real ones that the generator never saw, and real ones with each other.

    Margins, pairs, classifiers and privacy compare equally many objects of each set, at most 5,000; a target is learned from as
    many generated as fitted objects, whatever their number.

    Args:
        fitted: Real objects that the generator learned from.
        held_out: Real objects that it did not.
        generated: Its own.
        target: Column to learn from the others; None for none.
        constraints: Sentences, such as "balance >= 0", whose violations are counted.
        modality: The kind of data; None to learn it from the fitted objects.
        name: Of what is judged, for prints.
        seed: Of folds and subsets.

    Returns:
        Quality.

    Raises:
        DataError: If a set has fewer than 10 objects, or the objects are of different kinds.
        ConfigurationError: If the target is no column, or a constraint cannot be read.

    Example:
        >>> rows = np.random.default_rng(0).normal(size=(300, 2))
        >>> quality = measure_quality(rows[:100], rows[100:200], rows[200:])
        >>> quality.margin_error < 0.25, quality.privacy.copies
        (True, 0.0)
    """
    said = next((side.name for side in (fitted, held_out) if isinstance(side, Items)), "objects")
    values = [side.values if isinstance(side, Items) else side for side in (fitted, held_out, generated)]
    for side, objects in zip(("fitted", "held-out", "generated"), values, strict=True):
        if not hasattr(objects, "__len__") or len(objects) < FEWEST:
            came = len(objects) if hasattr(objects, "__len__") else f"a {type(objects).__name__}"
            raise DataError(f"Quality needs at least {FEWEST} {side} objects, but got {came}. Pass more.")
    modality = modality or recognise(values[0]).infer(values[0])
    rng = np.random.default_rng([seed, 300])
    known, unseen, made = (
        side.take(rng.permutation(len(side)))
        for side in code_alike([columns_of_objects(modality, objects) for objects in values])
    )
    if target is not None and target not in known.names:
        raise ConfigurationError(
            f"target needs one of the columns, but got {target!r}. Near ones: {near_names(target, known.names)}."
        )
    size = np.arange(min(len(known), len(unseen), len(made), MOST_COMPARED))
    equal = known.take(size), unseen.take(size), made.take(size)
    return Quality(
        name=name or said,
        objects={"fitted": len(known), "held out": len(unseen), "generated": len(made)},
        margins=measure_margins(*equal),
        associations=measure_associations(*equal),
        two_sample=measure_two_sample(*equal, seed=seed),
        usefulness=None if target is None else measure_usefulness(known, unseen, made, target=target, seed=seed),
        privacy=measure_privacy(known, unseen, made, seed=seed),
        violations=measure_violations(modality.constrained(list(constraints)), values[1], values[2]) if constraints else (),
    )
