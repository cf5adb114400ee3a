"""WorstCase: the largest change of y found within a stated locality, as a lower bound, beside what random draws say."""

__all__ = ["WorstCase"]

from dataclasses import dataclass
from typing import Any

import numpy as np

MENTIONED = 3


@dataclass(frozen=True, eq=False, repr=False)
class WorstCase:
    """The worst found around one object.

    Args:
        centre: Id of the object in the centre, or a number if it came without.
        start: The object itself, in native form as a batch of one, as rendered at distance 0: a real object up to rounding.
        start_y: y of it; NaN where the model failed.
        radius: Locality budget, in standard deviations.
        goal: "rise", "fall" or "change": which change of y was looked for; "failure": the smallest margin of the rule.
        item: The worst object found, as a batch of one.
        z: Its latent point, (latent,).
        noise: Its noise, (k,); empty where the residual of a real object is carried instead.
        y: y of it; NaN where the model broke, which counts as worse than any answer.
        distance: From the centre, in standard deviations.
        exceedance: Its calibrated probability under the law of codes.
        support: Its label.
        random_y: y of the random draws in the patch that are objects, (m,); NaN where the model failed.
        random_worst: The worst of these; y at the start if none of the draws is an object.
        worse_share: Wilks' bound: with 95% confidence at most this share of the objects in the patch is worse than the worst
            random draw, 1 - .05^(1/m) (Wilks 1941).
        search: In words: "CMA-ES, 212 calls" or "none: y did not vary".
        features: Names and changes of the features that moved most from start to worst, in population standard deviations.
        fails: Whether the failure rule is hit at the worst, None without a rule.
        kind: What that hit is, a `Kind`.
        calls: Objects that y was asked about.
        draws: Random draws, objects or not.
        kept_class: The class that every object had to have; "" where it might change. Then only those count as objects.
        outcome: Name of y.
        own_class: The class of the object in the centre where y is the probability of just that, whatever the rest of the test
            is about; else "".
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
    draws: int = 299
    kept_class: str = ""
    outcome: str = "y"
    own_class: str = ""

    @property
    def objects(self) -> float:
        """Share of the patch that passes the support gates, by the random draws."""
        return len(self.random_y) / max(self.draws, len(self.random_y), 1)

    @property
    def broke(self) -> bool:
        """Whether the worst is that the model gave no answer."""
        return not np.isfinite(self.y)

    @property
    def change(self) -> float:
        """y at the worst less y at the start: a lower bound of what the patch holds."""
        return self.y - self.start_y

    def __str__(self) -> str:
        m = len(self.random_y)
        worst = "no answer: the model broke here" if self.broke else f"{self.y:.4g}"
        random = f"{self.random_worst:.4g}" if np.isfinite(self.random_worst) else "no answer"
        kind = f" of class {self.kept_class}" if self.kept_class else ""
        name = f"{self.outcome}, the probability of its own class," if self.own_class else self.outcome
        lines = [
            f"Around {self.centre}, within {self.radius:.3g} standard deviations: {name} {self.start_y:.4g} -> {worst} at "
            f"{self.distance:.2g} ({self.support}). This is a lower bound: found by {self.search}.",
            f"Of {self.draws:,} random draws {m:,} are objects{kind} ({self.objects:.0%}); the worst of these has {random}, and "
            f"with 95% confidence at most {self.worse_share:.1%} of the objects in the patch are worse than that.",
        ]
        if self.fails is not None:
            lines.append(f"The failure rule is {f'hit: {self.kind}' if self.fails else 'not hit'}.")
        if self.features:
            moved = "; ".join(f"{name} {size:+.1f} sd" for name, size in self.features[:MENTIONED])
            lines.append(f"What changed most: {moved}.")
        return " ".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able; without the objects."""
        names = (
            "centre", "start_y", "radius", "goal", "y", "distance", "exceedance", "support", "random_worst", "worse_share",
            "search", "fails", "kind", "calls", "change", "outcome", "draws", "kept_class", "own_class",
        )  # fmt: skip
        told = {name: getattr(self, name) for name in names}
        return told | {
            "z": self.z.tolist(),
            "noise": self.noise.tolist(),
            "features": [list(pair) for pair in self.features],
        }
