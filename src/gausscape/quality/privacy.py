"""Are generated objects nearer to the objects of the fit than unseen objects are?"""

__all__ = ["Privacy", "measure_privacy"]

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy import stats
from scipy.spatial.distance import cdist

from gausscape.quality.columns import Columns

MOST_ASKED = 2_000
MOST_REFERENCES = 4_000
FEATURES_AT_ONCE = 20_000_000


@final
@dataclass(frozen=True)
class Privacy:
    """Nearest-neighbour distances, by the sum of absolute differences (Gower 1971).

    Args:
        nearer: Share of generated objects whose nearest real object is one of the fit rather than one of as many held-out
            ones; half is ideal, more means that objects of the fit shine through.
        lower, upper: 95% Clopper-Pearson interval of that.
        real: The same share of other held-out objects.
        copies: Share of generated objects that equal an object of the fit in every column.
        real_copies: The same share of held-out objects.
        asked: How many generated objects were asked about.
    """

    nearer: float
    lower: float
    upper: float
    real: float
    copies: float
    real_copies: float
    asked: int


def measure_privacy(fitted: Columns, held_out: Columns, generated: Columns, *, seed: int) -> Privacy:
    """Nearest distances to fitted and to held-out objects, in equal numbers; ties count half.

    Numbers are scaled by the span between their 5% and 95% quantiles; another level counts 1.
    """
    rng = np.random.default_rng([seed, 302])
    typical, scale = fitted.usual()
    shuffled = rng.permutation(len(held_out))
    half = len(held_out) // 2
    size = min(half, len(fitted), MOST_REFERENCES)

    def spread(side: Columns, rows: np.ndarray) -> np.ndarray:
        return side.take(rows).spread_out(typical, scale) * weights

    # Two levels that differ are two flags that differ: half for each.
    weights = np.concatenate([np.full(levels + 1, 0.5) if levels else np.array([1.0, 1.0]) for levels in fitted.levels])
    known = spread(fitted, rng.permutation(len(fitted))[:size])
    unknown = spread(held_out, shuffled[:size])
    asked = np.sort(rng.permutation(len(generated))[:MOST_ASKED])
    others = shuffled[half:][:MOST_ASKED]
    shares = []
    for queries in (spread(generated, asked), spread(held_out, others)):
        to_known, to_unknown = _nearest(queries, known), _nearest(queries, unknown)
        shares.append((to_known < to_unknown).sum() + 0.5 * (to_known == to_unknown).sum())
    count, n = float(shares[0]), len(asked)
    lower = float(stats.beta.ppf(0.025, count, n - count + 1)) if count > 0 else 0.0
    upper = float(stats.beta.ppf(0.975, count + 1, n - count)) if count < n else 1.0
    return Privacy(
        nearer=count / n,
        lower=lower,
        upper=upper,
        real=float(shares[1]) / max(1, len(others)),
        copies=_copies(generated, fitted),
        real_copies=_copies(held_out, fitted),
        asked=n,
    )


def _nearest(queries: np.ndarray, references: np.ndarray) -> np.ndarray:
    step = max(1, FEATURES_AT_ONCE // max(1, len(references)))
    parts = [cdist(queries[i : i + step], references, "cityblock").min(1) for i in range(0, len(queries), step)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _copies(side: Columns, fitted: Columns) -> float:
    known = {row.tobytes() for row in np.nan_to_num(fitted.values, nan=np.inf)}
    return float(np.mean([row.tobytes() in known for row in np.nan_to_num(side.values, nan=np.inf)]))
