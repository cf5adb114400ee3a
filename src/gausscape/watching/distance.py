"""How far is a window from usual, in standard deviations of the law, how sure is that, and how far are usual windows?"""

__all__ = ["Distance", "measure_distance"]

from dataclasses import dataclass

import numpy as np

from gausscape.watching.reference import Reference
from gausscape.watching.rows import Rows

NORMAL_90 = 1.6448536269514722
PRIOR_OBJECTS = 10


@dataclass(frozen=True)
class Distance:
    """Distance of the mean of a window's objects from the usual mean.

    Args:
        value, lower, upper: In standard deviations of the law of single objects, with a 90% interval.
        usual: (5%, 50%, 95%, limit) of the distances of windows of as many usual objects.
        percentile: Percentage of those that are smaller.
    """

    value: float
    lower: float
    upper: float
    usual: tuple[float, float, float, float]
    percentile: float


def measure_distance(reference: Reference, rows: Rows, *, limit: float) -> Distance:
    """The distance of a window by its rows.

    The interval is that of the projection on the direction of the difference: for many objects from their own scatter, drawn
    towards the usual one as if 10 usual objects were among them; for a single object from its posterior.

    Args:
        reference: What is usual.
        rows: The window's objects.
        limit: Share of usual windows beyond the limit.
    """
    live, m = reference.live, len(rows)
    codes = rows.table[:, :live]
    difference = codes.mean(0) - reference.mean[:live]
    value = float(np.linalg.norm(difference))
    along = difference / value if value > 0 else np.zeros(live)
    of_posteriors = float((rows.uncertain @ along**2).mean())
    if m == 1:
        variance = of_posteriors
    else:
        centred = codes - codes.mean(0)
        own = float(((centred @ along) ** 2).sum())
        usual = float(along @ reference.covariance @ along)
        variance = (own + PRIOR_OBJECTS * usual) / (m - 1 + PRIOR_OBJECTS) / m + of_posteriors / m
    reach = NORMAL_90 * float(np.sqrt(variance))
    known = reference.distances(m)
    low, middle, high, most = reference.usual_distances(m, limit).tolist()
    percentile = 100 * float((np.searchsorted(known, value) + 0.5) / (len(known) + 1))
    return Distance(value, max(0.0, value - reach), value + reach, (low, middle, high, most), min(percentile, 100.0))
