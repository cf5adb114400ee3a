"""WorstCase: the largest change of y found within a stated locality, as a lower bound, beside what random draws say."""

__all__ = ["WorstCase"]

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class WorstCase:
    """The worst found around one object.

    Args:
        centre: Id of the object in the centre, or a number if it came without.
        start: The object itself, in native form as a batch of one (its rendering if the centre is a latent point).
        start_y: y of it.
        radius: Locality budget, in standard deviations.
        goal: "rise", "fall" or "change": which change of y was looked for.
        item: The worst object found, as a batch of one.
        z: Its latent point, (latent,).
        noise: Its noise, (k,).
        y: y of it.
        distance: From the centre, in standard deviations.
        exceedance: Its calibrated probability under the law of codes.
        support: Its label.
        random_y: y of the random draws in the patch that are objects, (m,); NaN where the model failed.
        random_worst: The worst of these.
        worse_share: Wilks' bound: with 95% confidence at most this share of the patch is worse than the worst random draw.
        search: In words: "CMA-ES, 212 calls" or "none: y did not vary".
        features: Names and changes of the features that moved most from start to worst, in population standard deviations.
        fails: Whether the failure rule is hit at the worst, None without a rule.
        kind: What that hit is, a `Kind`.
        calls: Objects that y was asked about.
    """

    centre: str
    start: Any
    start_y: float
    radius: float
    goal: str
    item: Any
    z: np.ndarray
    noise: np.ndarray
    y: float
    distance: float
    exceedance: float
    support: str
    random_y: np.ndarray
    random_worst: float
    worse_share: float
    search: str
    features: tuple[tuple[str, float], ...]
    fails: bool | None
    kind: str
    calls: int

    @property
    def change(self) -> float:
        """y at the worst less y at the start: a lower bound of what the patch holds."""
        return self.y - self.start_y

    def __str__(self) -> str:
        n = int(np.isfinite(self.random_y).sum())
        return (
            f"Around {self.centre}, within {self.radius:.3g} standard deviations: y {self.start_y:.4g} -> {self.y:.4g} at "
            f"{self.distance:.2g} ({self.support}). This is a lower bound: found by {self.search}. Of {n} random draws the worst has "
            f"{self.random_worst:.4g}; with 95% confidence at most {self.worse_share:.1%} of the patch is worse than that."
        )

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able; without the objects."""
        names = (
            "centre", "start_y", "radius", "goal", "y", "distance", "exceedance", "support", "random_worst", "worse_share",
            "search", "fails", "kind", "calls", "change",
        )  # fmt: skip
        told = {name: getattr(self, name) for name in names}
        return told | {"z": self.z.tolist(), "noise": self.noise.tolist(), "features": [list(pair) for pair in self.features]}
