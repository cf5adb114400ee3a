"""Response: how y goes from the centre to the tails and beyond everything seen, and where objects stop being objects."""

__all__ = ["Response"]

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Response:
    """y against depth along one tail.

    Args:
        tail: Name of the tail.
        depths: Standard deviations, ascending, (k,).
        exceedance: Calibrated probability of lying at least so far out, (k,); values below the floor are extrapolated.
        lower, upper: Its 90% interval, each (k,).
        y: Quantiles 5, 25, 50, 75, 95% of y over the directions, (k, 5); NaN where nothing was answered.
        objects: Share that passes the support gates at each depth, (k,): where it falls, objects stop being objects.
        support: Most frequent label at each depth, (k,).
        last_observed: Depth of the outermost calibration object.
        real: Same share for real held-out objects at each depth, (k,); NaN where there are fewer than 5.
        fails: Share of hits of the failure rule at each depth, (k,); NaN without a rule.
        items: Objects along one typical direction, one a depth, in native form.
        item_y: y of these, (k,).
        item_support: Their labels, (k,).
    """

    tail: str
    depths: np.ndarray
    exceedance: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    y: np.ndarray
    objects: np.ndarray
    support: np.ndarray
    last_observed: float
    real: np.ndarray
    fails: np.ndarray
    items: Any
    item_y: np.ndarray
    item_support: np.ndarray

    def document(self) -> dict[str, Any]:
        """JSON-able; without the objects."""
        arrays = ("depths", "exceedance", "lower", "upper", "y", "objects", "support", "real", "fails", "item_y", "item_support")
        return {"tail": self.tail, "last_observed": self.last_observed} | {name: getattr(self, name).tolist() for name in arrays}
