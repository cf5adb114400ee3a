"""PatchExplanation: what moves y in one patch, and how far that can be trusted."""

__all__ = ["PatchExplanation"]

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscape.explanation.agreement import Agreement
from gausscape.explanation.climb import Climb
from gausscape.explanation.effects import Effect
from gausscape.explanation.surrogate import Estimate, Surrogate
from gausscape.space.patch import Patch
from gausscape.space.rendering import Rendering

SHOWN_EFFECTS = 6
SHOWN_MOVES = 3
LEAST_MOVE = 0.05


@dataclass(frozen=True, repr=False)
class PatchExplanation:
    """Why y is what it is in one patch. All slopes are changes of y for one standard deviation of real change.

    Args:
        patch: The place, as small as it had to be made.
        rendering: How codes became objects.
        agreement: Of y on rendered and real objects near here.
        withheld: Why nothing is explained here, and what to do; None if something is.
        y: At the centre: of the real object, or of the rendered one; NaN if it failed or was not asked.
        mean, spread: Of y over the probes.
        surrogate: The linear statement; None if withheld.
        effects: Of each feature; empty if withheld. First the one that moves y most: by one standard deviation, or as far
            as one standard deviation of real change takes it.
        steepest: (feature, move in its standard deviations) of one standard deviation along the gradient, largest first.
        support: Share of the probes with each label.
        pairs: Antithetic pairs that were fitted.
        left_out: Pairs left out because an end decodes to nothing like the data.
        failed: Cases here that y failed on.
        calls: Cases here that y was asked about, without those of the fidelity gate.
        climb: Objects along the gradient, for figures; None if withheld or where many patches were asked for.
        asked_radius: Of the patch that was asked for; larger than `patch.radius` where that one mostly decodes to
            nothing like the data.
    """

    patch: Patch
    rendering: Rendering
    agreement: Agreement
    withheld: str | None
    y: float
    mean: float = np.nan
    spread: float = np.nan
    surrogate: Surrogate | None = None
    effects: tuple[Effect, ...] = ()
    steepest: tuple[tuple[str, float], ...] = ()
    support: dict[str, float] = field(default_factory=dict)
    pairs: int = 0
    left_out: int = 0
    failed: int = 0
    calls: int = 0
    climb: Climb | None = None
    asked_radius: float = np.nan

    @property
    def name(self) -> str:
        """What the patch is called."""
        if self.patch.id is not None:
            return f"object {self.patch.id}"
        return "this object" if self.patch.object is not None else "this place"

    @property
    def gradient(self) -> np.ndarray | None:
        """Change of y for one standard deviation along each whitened axis, (live,); None if withheld."""
        return None if self.surrogate is None else self.surrogate.gradient

    @property
    def steepness(self) -> Estimate | None:
        """Length of the gradient."""
        return None if self.surrogate is None else self.surrogate.steepness

    @property
    def r_squared(self) -> float:
        """Share of y that the surrogate explains on probes it did not see; 0 if withheld."""
        return 0.0 if self.surrogate is None else self.surrogate.fit

    @property
    def is_linear(self) -> bool:
        """Whether a linear statement stands here."""
        return self.surrogate is not None and self.surrogate.is_linear

    @property
    def entangled(self) -> tuple[tuple[str, str], ...]:
        """Pairs of features that move together here, so that their effects are one; the more important pairs first."""
        pairs = {
            frozenset((own.feature, other)): (own.feature, other)
            for own in reversed(self.effects)
            for other in own.entangled
        }
        place = {effect.feature: k for k, effect in enumerate(self.effects)}
        ordered = [tuple(sorted(pair, key=place.__getitem__)) for pair in pairs.values()]
        return tuple((one, other) for one, other in sorted(ordered, key=lambda pair: [place[name] for name in pair]))

    def effect(self, feature: str) -> Effect | None:
        """The effect of that feature; None if it is not among them."""
        return next((effect for effect in self.effects if effect.feature == feature), None)

    def __str__(self) -> str:
        lines = [f"Around {self.name}, within {self.patch.radius:.3g} standard deviations ({self.rendering.summary}):"]
        if self.asked_radius > self.patch.radius:
            lines.append(
                f"  Made smaller: most of {self.asked_radius:.3g} standard deviations decodes to nothing like the data."
            )
        if self.withheld is not None or self.surrogate is None:
            here = f" y here is {self.y:.3g}." if np.isfinite(self.y) else ""
            return "\n".join([*lines, f"  Withheld.{here} {self.withheld}", f"  fidelity: {self.agreement}"])
        lines.append(
            f"  y is {self.y:.3g} here, and {self.mean:.3g} on average in the patch (spread {self.spread:.2g})."
        )
        lines.append(f"  {self._statement()}")
        lines.append(
            f"  It rises fastest, by {self.surrogate.steepness} a standard deviation, {_in_words(self.steepest)}."
        )
        lines += _table(self.effects)
        tied = [f"{one} ~ {other}" for one, other in self.entangled]
        if tied:
            more = f" and {len(tied) - SHOWN_MOVES} more pairs" if len(tied) > SHOWN_MOVES else ""
            lines.append(f"  Not told apart here: {'; '.join(tied[:SHOWN_MOVES])}{more}.")
        stuck = [effect.feature for effect in self.effects if not effect.is_movable]
        if stuck:
            more = f" and {len(stuck) - 4} more" if len(stuck) > 4 else ""
            lines.append(f"  Cannot be moved here: {', '.join(stuck[:4])}{more}.")
        lines.append(f"  fidelity: {self.agreement}")
        told = ", ".join(f"{share:.0%} {label}" for label, share in self.support.items())
        lost = f"; {self.left_out} pairs left out" if self.left_out else ""
        lost += f"; y failed on {self.failed} of {self.calls}" if self.failed else ""
        lines.append(f"  probes: {self.pairs} pairs, {told}{lost}; {self.calls} calls")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _statement(self) -> str:
        surrogate = self.surrogate
        if surrogate is None:
            return ""
        what = "what the code decides of y" if self.rendering.drawn else "y"
        if surrogate.is_linear:
            bent = " with its curvature" if surrogate.curvature is not None else ""
            return (
                f"A linear statement{bent} holds: it explains {surrogate.fit:.0%} of {what} on probes it did not see."
            )
        if not surrogate.has_signal:
            return (
                "No linear statement: y moves no more with the code here than by the draws. The slopes below are rough."
            )
        return (
            f"No linear statement in this patch: it would explain {max(surrogate.fit, 0):.0%} of {what} (50% needed). The slopes "
            "below are averages over the patch; try a smaller radius."
        )

    def document(self) -> dict[str, Any]:
        """JSON-able; without objects."""
        surrogate = self.surrogate
        told: dict[str, Any] = {
            "id": self.patch.id,
            "centre": self.patch.centre.tolist(),
            "u": self.patch.u.tolist(),
            "radius": float(self.patch.radius),
            "asked_radius": _number(self.asked_radius),
            "climb": None if self.climb is None else self.climb.document(),
            "rendering": self.rendering.name,
            "fidelity": self.agreement.document(),
            "withheld": self.withheld,
            "y": _number(self.y),
            "mean": _number(self.mean),
            "spread": _number(self.spread),
            "support": self.support,
            "pairs": self.pairs,
            "left_out": self.left_out,
            "failed": self.failed,
            "calls": self.calls,
            "effects": [effect.document() for effect in self.effects],
            "steepest": [{"feature": feature, "move": move} for feature, move in self.steepest],
        }
        if surrogate is not None:
            told["surrogate"] = {
                "level": surrogate.level,
                "gradient": surrogate.gradient.tolist(),
                "error": np.sqrt(np.diag(surrogate.covariance)).tolist(),
                "steepness": surrogate.steepness.document(),
                "r_squared": list(surrogate.r_squared),
                "linear": surrogate.is_linear,
                "curvature": None if surrogate.curvature is None else surrogate.curvature.tolist(),
                "explainable": surrogate.explainable,
            }
        return told


def _in_words(moves: tuple[tuple[str, float], ...]) -> str:
    told = [(name, "rises" if move > 0 else "falls", abs(move)) for name, move in moves[:SHOWN_MOVES]]
    said = [f"{name} {goes} {size:.2g} sd" for name, goes, size in told if size >= LEAST_MOVE]
    return "where " + ", ".join(said) if said else "along a direction that moves no named feature"


def _table(effects: tuple[Effect, ...]) -> list[str]:
    shown = [effect for effect in effects if effect.is_movable][:SHOWN_EFFECTS]
    if not shown:
        return ["  No feature can be moved here."]
    width = max(len("one sd more of"), *(len(effect.feature) for effect in shown))
    lines = [f"  {'one sd more of':<{width}}  {'with what comes along':<28}  {'others held':<12}  input alone"]
    for effect in shown:
        held = f"{effect.direct.value:+.3g}" if effect.direct else "-"
        alone = f"{effect.raw.value:+.3g}" if effect.raw else "-"
        lines.append(f"  {effect.feature:<{width}}  {_signed(effect.on_manifold):<28}  {held:<12}  {alone}")
    return lines


def _signed(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:+.3g} ({estimate.low:+.3g} to {estimate.high:+.3g})"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
