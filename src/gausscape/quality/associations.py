"""How well are the associations of pairs of columns kept?"""

__all__ = ["Association", "measure_associations"]

import itertools
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy import stats

from gausscape.quality.columns import Columns

MOST_COLUMNS = 40


@final
@dataclass(frozen=True)
class Association:
    """One kind of pairs.

    Args:
        measure: "Pearson", "Spearman" (two numbers), "correlation ratio" (a number and levels) or "Cramer's V" (levels).
        pairs: How many.
        generated: Mean absolute difference of the measure, generated against held-out objects.
        real: The same of fitted against held-out objects.
    """

    measure: str
    pairs: int
    generated: float
    real: float


def measure_associations(fitted: Columns, held_out: Columns, generated: Columns) -> tuple[Association, ...]:
    """Mean absolute error by kind of pair.

    Cramer's V and the correlation ratio of unrelated columns shrink with the number of objects, so pass equally many of each.
    Of more than 40 columns 40 are taken, evenly spread. A pair that has no measure in one of the sets (a column that never
    varies there) counts as 0 there.

    References:
        Cramer 1946, Mathematical Methods of Statistics, section 21.9; Fisher 1925, section 45 (correlation ratio).
    """
    names = len(held_out.names)
    kept = np.unique(np.linspace(0, names - 1, min(names, MOST_COLUMNS)).round().astype(int))
    tables = [_all_pairs(columns, kept) for columns in (held_out, generated, fitted)]
    found = []
    for measure in ("Pearson", "Spearman", "correlation ratio", "Cramer's V"):
        real, made, fit = (np.array([value for kind, value in table if kind == measure]) for table in tables)
        if len(real):
            found.append(
                Association(measure, len(real), float(np.abs(made - real).mean()), float(np.abs(fit - real).mean()))
            )
    return tuple(found)


def _all_pairs(columns: Columns, kept: np.ndarray) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for a, b in itertools.combinations(kept, 2):
        known = ~(columns.missing[:, a] | columns.missing[:, b])
        x, y = columns.values[known, a], columns.values[known, b]
        if columns.levels[a] and columns.levels[b]:
            found.append(("Cramer's V", _cramers_v(x, y)))
        elif columns.levels[a] or columns.levels[b]:
            found.append(("correlation ratio", _correlation_ratio(*((y, x) if columns.levels[a] else (x, y)))))
        else:
            found.append(("Pearson", _pearson(x, y)))
            found.append(("Spearman", _pearson(stats.rankdata(x), stats.rankdata(y))))
    return found


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    if len(x) < 2:
        return 0.0
    x, y = x - x.mean(), y - y.mean()
    size = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / size) if size > 0 else 0.0


def _correlation_ratio(x: np.ndarray, levels: np.ndarray) -> float:
    if len(x) < 2:
        return 0.0
    _, code = np.unique(levels, return_inverse=True)
    count = np.bincount(code)
    mean = np.bincount(code, x) / count
    whole = ((x - x.mean()) ** 2).sum()
    return float(np.sqrt((count * (mean - x.mean()) ** 2).sum() / whole)) if whole > 0 else 0.0


def _cramers_v(x: np.ndarray, y: np.ndarray) -> float:
    if not len(x):
        return 0.0
    (_, first), (_, second) = (np.unique(side, return_inverse=True) for side in (x, y))
    shape = int(first.max()) + 1, int(second.max()) + 1
    if min(shape) < 2:
        return 0.0
    counts = np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    expected = counts.sum(1, keepdims=True) * counts.sum(0) / counts.sum()
    return float(np.sqrt(((counts - expected) ** 2 / expected).sum() / counts.sum() / (min(shape) - 1)))
