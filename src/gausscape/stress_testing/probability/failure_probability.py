"""FailureProbability: how likely is failure, how sure is that, by what did it get there, and what does it look like?"""

__all__ = ["Estimate", "FailureProbability", "Mode"]

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from gausscape.stress_testing.words import percent, probability_in_words


@dataclass(frozen=True)
class Estimate:
    """A probability with its 90% interval.

    Args:
        value: The estimate, in [0, 1].
        lower, upper: Its interval.
        variation: Coefficient of variation of the sampling alone; NaN if unknown.
        calls: Objects that y was asked about for it; 0 where they were not counted apart.
        method: In words: "subset simulation", "plain Monte Carlo".
    """

    value: float
    lower: float
    upper: float
    variation: float
    calls: int
    method: str

    def __str__(self) -> str:
        calls = f", {self.calls:,} calls" if self.calls else ""
        return f"{self.value:.3g} [{self.lower:.2g}, {self.upper:.2g}] by {self.method}{calls}"


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
        modes: Most likely failure points: those that pass the support gates first, each kind with the likeliest first.
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

    def __str__(self) -> str:
        if self.bound:
            lines = [f"Probability of failure: {self.bound}"]
        else:
            lines = [
                f"Probability of failure: {percent(self.value)} ({percent(self.lower)} to {percent(self.upper)}, 90% interval), "
                f"{probability_in_words(self.value)}; {self.calls:,} calls. {self.agreement}"
            ]
            parts = [part for part in (self.subset, self.refined, self.plain) if part is not None]
            lines += [f"  {part}" for part in parts]
            if np.isfinite(self.objects):
                lines.append(f"  {self.objects:.0%} of these failures pass the support gates; the rest are no objects.")
        if self.observed is not None:
            hits, n = self.observed
            interval = f"{percent(self.observed_lower)} to {percent(self.observed_upper)}"
            lines.append(f"  Of {n:,} real objects {hits:,} are hits: {percent(hits / max(n, 1))} ({interval}).")
        for k, mode in enumerate(self.modes, 1):
            lines.append(
                f"  Most likely failure {k}: {mode.distance:.2f} standard deviations from the centre, y {mode.y:.4g}, {mode.support}, "
                f"nearest real object {mode.nearest}; {mode.share:.0%} of the failures lie around it."
            )
        return "\n".join([*lines, *[f"  Note: {note}" for note in self.notes]])

    def __repr__(self) -> str:
        return str(self)

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
