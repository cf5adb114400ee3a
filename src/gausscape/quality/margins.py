"""How far is each column's own distribution from the real one?"""

__all__ = ["Margin", "measure_margins"]

from dataclasses import dataclass
from typing import final

import numpy as np

from gausscape.quality.columns import Columns


@final
@dataclass(frozen=True)
class Margin:
    """One column.

    Args:
        name: Of the column.
        measure: "KS" (largest difference of the distribution functions) for numbers, "TV" (total variation) for levels.
        generated: Of generated against held-out objects, in [0, 1].
        real: Of fitted against held-out objects: what two real samples differ by.
        missing: Share of missing cells: generated, held-out.
    """

    name: str
    measure: str
    generated: float
    real: float
    missing: tuple[float, float]


def measure_margins(fitted: Columns, held_out: Columns, generated: Columns) -> tuple[Margin, ...]:
    """Every column's distance; where one side has no value at all the distance is 1.

    Example:
        >>> from gausscape.quality.columns import code_alike
        >>> a, b = code_alike([{"x": np.arange(10.0)}, {"x": np.arange(10.0) + 100}])
        >>> measure_margins(a, a, b)[0]
        Margin(name='x', measure='KS', generated=1.0, real=0.0, missing=(0.0, 0.0))
    """
    found = []
    for k, name in enumerate(held_out.names):
        distance = _total_variation if held_out.levels[k] else _kolmogorov_smirnov
        real, made, fit = (columns.values[:, k] for columns in (held_out, generated, fitted))
        gaps = float(generated.missing[:, k].mean()), float(held_out.missing[:, k].mean())
        measure = "TV" if held_out.levels[k] else "KS"
        found.append(Margin(name, measure, distance(real, made), distance(real, fit), gaps))
    return tuple(found)


def _kolmogorov_smirnov(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    if not len(a) or not len(b):
        return float(len(a) != len(b))
    places = np.sort(np.concatenate([a, b]))
    shares = [np.searchsorted(np.sort(side), places, side="right") / len(side) for side in (a, b)]
    return float(np.abs(shares[0] - shares[1]).max())


def _total_variation(a: np.ndarray, b: np.ndarray) -> float:
    # A gap counts as a level of its own.
    codes = np.union1d(a, b)
    shares = [np.bincount(np.searchsorted(codes, side), minlength=len(codes)) / len(side) for side in (a, b)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)
