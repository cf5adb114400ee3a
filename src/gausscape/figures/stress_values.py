"""How are values of y written, and between which ends do they stand?"""

__all__ = ["Digits", "number", "value_limits"]

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


def number(value: float) -> str:
    """A value of y in three digits.

    Example:
        >>> [number(y) for y in (0.12345, -41236.0, float("nan"))]
        ['0.123', '−41,200', 'failed']
    """
    if not math.isfinite(value):
        return "failed"
    if abs(value) >= 1000:
        return f"{round(value, 2 - math.floor(math.log10(abs(value)))):,.0f}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")


@dataclass(frozen=True)
class Digits:
    """How the values of one y are written, alike throughout a figure.

    Args:
        is_share: Whether all lie in [0, 1]: two decimals then, else three digits.

    Example:
        >>> Digits.of([0.2, 0.99999])(1.0), Digits.of([3.0, 250.0])(1.0)
        ('1.00', '1')
    """

    is_share: bool

    @classmethod
    def of(cls, *values: Any) -> "Digits":
        """For these values, NaN among them or not."""
        told = _finite(values)
        return cls(bool(len(told)) and told.min() >= 0 and told.max() <= 1 and bool(np.ptp(told) > 0.02))

    def __call__(self, value: float) -> str:
        return f"{value:.2f}" if self.is_share and math.isfinite(value) else number(value)


def value_limits(*values: Any) -> tuple[float, float]:
    """Ends of an axis that holds all of these: 0 and 1 for probabilities that differ, and never twice the same.

    Example:
        >>> value_limits([0.2, 0.9]), value_limits([3.0, float("nan")]), value_limits([-4, 10])
        ((0.0, 1.0), (2.5, 3.5), (-4.0, 10.0))
    """
    told = _finite(values)
    low, high = (float(told.min()), float(told.max())) if len(told) else (0.0, 1.0)
    if low >= 0 and high <= 1 and high - low > 0.3:
        return 0.0, 1.0
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _finite(values: Any) -> np.ndarray:
    told = np.concatenate([np.ravel(np.asarray(each, dtype=np.float64)) for each in values])
    return told[np.isfinite(told)]
