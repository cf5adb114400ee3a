"""FailureProbability: how likely is failure, how sure is that, by what did it get there, and what does it look like?"""

__all__ = ["Estimate", "FailureProbability", "Mode"]

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A probability with its 90% interval.

    Args:
        value: The estimate, in [0, 1].
        lower, upper: Its interval.
        variation: Coefficient of variation of the sampling alone; NaN if unknown.
        calls: Objects that y was asked about for it.
        method: In words: "subset simulation", "plain Monte Carlo".
    """

    value: float
    lower: float
    upper: float
    variation: float
    calls: int
    method: str

    def __str__(self) -> str:
        return f"{self.value:.3g} [{self.lower:.2g}, {self.upper:.2g}] by {self.method}, {self.calls:,} calls"


@dataclass(frozen=True, eq=False)
class Mode:
    """A most likely failure point: of all failures in its neighbourhood the one nearest to the centre.

    Args:
        u: In standard normal coordinates, (d,), those of the noise included.
        distance: Its norm, in standard deviations ("how many sigmas away"); the rest that noise adds is left out.
        z: Latent point, (latent,).
        noise: (k,).
        item: The object, in native form as a batch of one.
        y: What the model says there.
        support: Its label.
        share: Share of the failure probability that lies nearest to this mode, in [0, 1].
        nearest: Id of the nearest real object.
    """

    u: np.ndarray
    distance: float
    z: np.ndarray
    noise: np.ndarray
    item: Any
    y: float
    support: str
    share: float
    nearest: str

    def document(self) -> dict[str, Any]:
        """JSON-able; without the object."""
        arrays = {name: getattr(self, name).tolist() for name in ("u", "z", "noise")}
        plain = {name: getattr(self, name) for name in ("distance", "y", "support", "share", "nearest")}
        return arrays | plain


@dataclass(frozen=True, eq=False, repr=False)
class FailureProbability:
    """The probability that an object drawn from the calibrated law hits the failure rule.

    Args:
        rule: The failure rule in words.
        outcome: Name of y.
        estimate: The answer, with all uncertainty in its interval: sampling and calibration.
        subset: By subset simulation alone.
        refined: By importance sampling around what subset simulation found; None if it was not tried.
        plain: By importance-weighted plain draws, the reference, at no more calls than the others.
        agreement: In words: whether refined was accepted, and why not otherwise.
        modes: Most likely failure points, the likeliest first.
        calls: Objects that y was asked about, all parts together.
        objects: Share of the failures that pass the support gates; the rest are "not an object".
        observed: Hits among real objects, (hits, objects); None if no data came.
        observed_lower, observed_upper: 90% Clopper-Pearson interval of that share; NaN without data.
        bound: Words for a rule that is never or always true; "" otherwise.
        notes: What the reader must know (y differs from call to call, real objects contradict the estimate).
    """

    rule: str
    outcome: str
    estimate: Estimate
    subset: Estimate | None
    refined: Estimate | None
    plain: Estimate
    agreement: str
    modes: tuple[Mode, ...]
    calls: int
    objects: float
    observed: tuple[int, int] | None = None
    observed_lower: float = float("nan")
    observed_upper: float = float("nan")
    bound: str = ""
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The estimate."""
        return self.estimate.value

    @property
    def lower(self) -> float:
        """Lower end of the 90% interval."""
        return self.estimate.lower

    @property
    def upper(self) -> float:
        """Upper end of the 90% interval."""
        return self.estimate.upper

    def with_notes(self, *notes: str) -> "FailureProbability":
        """The same with further notes."""
        return replace(self, notes=self.notes + tuple(note for note in notes if note))

    def document(self) -> dict[str, Any]:
        """JSON-able; without objects."""

        def told(estimate: Estimate | None) -> dict[str, Any] | None:
            return None if estimate is None else asdict(estimate)

        return {
            "rule": self.rule,
            "outcome": self.outcome,
            "estimate": told(self.estimate),
            "subset": told(self.subset),
            "refined": told(self.refined),
            "plain": told(self.plain),
            "agreement": self.agreement,
            "modes": [mode.document() for mode in self.modes],
            "calls": self.calls,
            "objects": self.objects,
            "observed": self.observed,
            "observed_lower": self.observed_lower,
            "observed_upper": self.observed_upper,
            "bound": self.bound,
            "notes": list(self.notes),
        }
