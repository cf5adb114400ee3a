"""Response: how y goes from the centre to the tails and beyond everything seen, and where objects stop being objects."""

__all__ = ["Response"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.stress_testing.words import number, probability_in_words


@dataclass(frozen=True, eq=False, repr=False)
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
        item_z: Their latent points, (k, latent).
        item_noise: Their noise, (k, noise).
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
    item_z: np.ndarray | None = None
    item_noise: np.ndarray | None = None

    def __str__(self) -> str:
        middle = self.y[:, 2]
        known = np.flatnonzero(np.isfinite(middle))
        if not len(known):
            return f"Along {self.tail}: y was never answered."
        first, last = known[[0, -1]]
        rarity = probability_in_words(float(np.interp(self.last_observed, self.depths, self.exceedance)))
        start, end = (number(float(middle[place])) for place in (first, last))
        words = (
            f"Along {self.tail}: y goes from {start} at {self.depths[first]:.2g} to {end} at "
            f"{self.depths[last]:.2g} standard deviations (median over directions). The last observation lies at "
            f"{self.last_observed:.2g} ({rarity})"
        )
        # The middle of a law with gaps may hold no objects either: what counts is where they end for good.
        usual = np.flatnonzero(self.objects >= 0.5)
        if not len(usual):
            return f"{words}; nowhere along it is more than half of what is decoded an object."
        if usual[-1] == len(self.depths) - 1:
            return f"{words}."
        return f"{words}; from {number(float(self.depths[usual[-1] + 1]))} on more than half of what is decoded is no object."

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able; without the objects."""
        arrays = (
            "depths",
            "exceedance",
            "lower",
            "upper",
            "y",
            "objects",
            "support",
            "real",
            "fails",
            "item_y",
            "item_support",
        )
        return {"tail": self.tail, "last_observed": self.last_observed} | {
            name: getattr(self, name).tolist() for name in arrays
        }
