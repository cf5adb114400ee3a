"""measure_change: from two objects, or many, to the answer."""

__all__ = ["measure_change"]

from collections.abc import Sequence
from typing import Any

from gausscape.errors import ConfigurationError
from gausscape.local_change.change import Change
from gausscape.local_change.changes import Changes
from gausscape.local_change.ends import Ends, read_ends
from gausscape.local_change.interval import DRAWS, Uncertainty, calibration_band, measurement_band, model_band
from gausscape.local_change.measures import distance_of_shift, input_distances, posterior_distances, whitened_shift
from gausscape.local_change.noise import LEVEL, noise_of
from gausscape.local_change.path import Route, check_steps, find_route
from gausscape.local_change.ruler import ruler_of
from gausscape.local_change.stability import Refits, measure_refits
from gausscape.space.space import Space


def measure_change(
    space: Space,
    a: Any,
    b: Any,
    *,
    path: str | Route = "straight",
    steps: int = 9,
    refits: Sequence[Space] = (),
    seed: int = 0,
) -> Change | Changes:
    """Measure the change from one object to another, or of many pairs at once.

    D = ((m_b - m_a)' S^-1 (m_b - m_a))^(1/2) with the posterior means m on the live axes and the covariance S of the
    aggregate law; everything else is told beside it (see `Change`).

    Args:
        space: A fitted space.
        a: Objects in native form or Items; a single image or row of numbers may come without its leading axis of 1.
        b: As many as in a, or one; or many, if a is one.
        path: "straight", or "geodesic" for the way on which the decoded object changes least; or a `Route`.
        steps: Objects on the path, both ends included; at least 2.
        refits: Spaces fitted to the same data with other seeds. Without them nobody knows how far the answer depends
            on the fit, and the answer says so.
        seed: Of the draws of measurement noise behind the intervals.

    Returns:
        A `Change` if a and b hold one object each, else `Changes`.

    Raises:
        ConfigurationError: If there are fewer than 2 steps, no such path, or a refit is no other space.
        ShapeError: If a and b hold numbers of objects that do not pair, or none.
        DataError: If an object is not of the kind that was fitted; the message says which side.

    Example:
        >>> import numpy as np
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(200, 4, 4)).astype("float32")
        >>> space = fit(spots, latent=2, method="pca")
        >>> change = measure_change(space, spots[0], spots[1])
        >>> change.distance == measure_change(space, spots[1], spots[0]).distance
        True
        >>> measure_change(space, spots[0], spots[0]).percentile
        0.0
        >>> changes = measure_change(space, spots[0], spots[1:])
        >>> len(changes), bool(abs(changes.distance[0] - change.distance) < 1e-5)
        (199, True)
    """
    check_steps(steps)
    route = find_route(path)
    if isinstance(refits, Space) or not isinstance(refits, Sequence):
        raise ConfigurationError(
            f"refits needs a list of spaces fitted with other seeds, but a {type(refits).__name__} came. Pass [one, two]."
        )
    ends = read_ends(space, a, b)
    told = measure_refits(space, distance_of_shift(whitened_shift(space, ends)), a, b, refits=refits)
    changes = _measure_pairs(space, ends, told, route=route, steps=steps, seed=seed)
    return changes[0] if len(ends.a) == len(ends.b) == 1 else changes


def _measure_pairs(space: Space, ends: Ends, refits: Refits, *, route: Route, steps: int, seed: int) -> Changes:
    """Everything that needs no decoding."""
    ruler, noise = ruler_of(space), noise_of(space)
    shift = whitened_shift(space, ends)
    distance = distance_of_shift(shift)
    percentile = ruler.percentile(distance)
    difference = shift @ space.aggregate.law.whitening.factor.T
    detectability, again = noise.round_trip.detectability(difference), noise.round_trip.probability(difference)
    uncertainty = Uncertainty(
        measurement_band(shift, ends.identical, ruler, noise=noise.differences(DRAWS, seed=seed)),
        calibration_band(
            distance, ends.identical, ruler, fitted=space.record["counts"]["fit"], dimension=shift.shape[1]
        ),
        model_band(distance, percentile, ratios=refits.ratios, percentiles=refits.percentile) if len(refits) else None,
    )
    return Changes(
        distance=distance,
        percentile=percentile,
        detectability=detectability,
        accuracy=noise.round_trip.accuracy(detectability),
        distinguishable=again <= LEVEL,
        noise_probability=again,
        **posterior_distances(space, ends),
        input_distance=input_distances(space, ends),
        identical=ends.identical,
        shift=shift,
        uncertainty=uncertainty,
        refits=refits,
        order_flips=refits.order_flips(seed=seed),
        space=space,
        ends=ends,
        route=route,
        steps=steps,
    )
