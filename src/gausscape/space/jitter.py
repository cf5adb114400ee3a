"""How far may a new code be moved from the real one that it is like? So far that it fails the gates as often as real ones do.

Codes that stay where real ones lie copy them, and pass the gates more often than a new object's code of their level would;
codes that are moved far decode to nothing like the data. In between lies a jitter at which the share that fails the gates
is that of real codes, and what `acceptance` says of draws is then true of objects. It is found once for each space, at an
exceedance of 1%, from codes of held-out objects.
"""

__all__ = ["find_jitter"]

from collections.abc import Callable

import numpy as np

from gausscape.space.aggregate import Aggregate
from gausscape.space.calibration import Calibration
from gausscape.space.gated import ACCEPTED
from gausscape.space.seed_codes import JITTER

LEVEL = 0.01
REACH = 3.0
TRIED = (0.25, 0.5, 0.75, 1.0)
DRAWS = 250
MOST_REAL = 1_000
FEWEST_REAL = 20


def find_jitter(
    aggregate: Aggregate, calibration: Calibration, p_values: Callable[[np.ndarray], dict[str, np.ndarray]]
) -> float:
    """The jitter at which draws fail the gates as often as real codes, from 0.25 to 1.

    Args:
        aggregate: Held-out codes, and those that draws are like.
        calibration: Of codes.
        p_values: Latent points (m, latent) -> p-value of each gate by name, each (m,).

    Returns:
        Share of the span of its nearest fellows by which a code is moved; a default where too few real codes lie near 1%.
    """
    rng = np.random.default_rng([0, 59])

    def fails(u: np.ndarray) -> np.ndarray:
        return np.minimum.reduce(list(p_values(aggregate.unwhiten(u)).values())) < ACCEPTED

    level = max(LEVEL, calibration.floor)
    real = aggregate.held_out_codes()
    rarity = calibration.exceedance(aggregate.surprise_of_white(real)).probability
    inside = rng.permutation(np.flatnonzero((rarity > level / REACH) & (rarity < REACH * level)))[:MOST_REAL]
    if len(inside) < FEWEST_REAL:
        return JITTER
    # There are more common ones than rare ones in the shell; so weighted, they stand evenly about the level.
    share = np.average(fails(real[inside]), weights=1 / rarity[inside])
    targets = np.full(DRAWS, float(calibration.level(level)))
    found = [fails(aggregate.near(targets, rng, jitter=jitter)).mean() for jitter in TRIED]
    return float(np.interp(share, np.maximum.accumulate(found), TRIED))
