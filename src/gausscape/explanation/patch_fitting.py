"""What do the probes of one patch say, if they may say anything?"""

__all__ = ["fit_patch", "withhold"]

from dataclasses import replace

import numpy as np

from gausscape.explanation.effects import Effect, feature_slopes, measure_effects
from gausscape.explanation.fidelity import MOST_FAILED, Fidelity
from gausscape.explanation.patch_explanation import PatchExplanation
from gausscape.explanation.probes import Probes
from gausscape.explanation.reference import Reference
from gausscape.explanation.surrogate import fit_surrogate
from gausscape.outcome import Outcome
from gausscape.space.patch import Patch
from gausscape.space.rendering import Rendering

MOST_UNSUPPORTED = 0.5
ROUNDING = 1e-6


def withhold(
    outcome: Outcome, patch: Patch, fidelity: Fidelity, place: int, rendering: Rendering
) -> PatchExplanation | None:
    objection = fidelity.objection(place)
    if objection is None:
        return None
    y = float(outcome(patch.object).values[0]) if patch.object is not None else np.nan
    return PatchExplanation(
        patch, rendering, fidelity.regions[place], objection, y, calls=int(patch.object is not None)
    )


def fit_patch(
    outcome: Outcome,
    patch: Patch,
    fidelity: Fidelity,
    place: int,
    rendering: Rendering,
    probes: Probes,
    reference: Reference,
) -> PatchExplanation:
    usable, labels = probes.usable, probes.support.ravel()
    y = probes.centre
    if patch.object is not None and not rendering.carries:
        y = float(outcome(patch.object).values[0])
    told = probes.values[np.isfinite(probes.values)]
    answer = PatchExplanation(
        patch,
        rendering,
        fidelity.regions[place],
        None,
        y,
        mean=float(told.mean()) if len(told) else np.nan,
        spread=float(told.std()) if len(told) else np.nan,
        support={str(label): float((labels == label).mean()) for label in np.unique(labels)},
        pairs=int(usable.sum()),
        left_out=int((~probes.supported).sum()),
        failed=len(probes.failures),
        calls=probes.asked,
    )
    objection = _objection(answer, probes, usual=fidelity.overall.spread)
    if objection is not None:
        return replace(answer, withheld=objection)
    steps, (plus, minus) = probes.steps[usable], probes.values[:, usable]
    again: tuple[np.ndarray, np.ndarray] | None = None
    if probes.again.size:
        both = np.flatnonzero(usable[: probes.again.shape[1]] & np.isfinite(probes.again).all(0))
        first, second = ((draw[0, both] - draw[1, both]) / 2 for draw in (probes.values, probes.again))
        again = first, second
    surrogate = fit_surrogate(steps, plus, minus, again=again)
    slopes = feature_slopes(steps, probes.features[0, usable], probes.features[1, usable], reference.spread)
    effects = measure_effects(surrogate, slopes, reference.names, owners=reference.owners)
    length = np.linalg.norm(surrogate.gradient)
    moves = slopes @ surrogate.gradient / length if length > 0 else np.zeros(len(slopes))
    return replace(
        answer,
        y=y if np.isfinite(y) else surrogate.level,
        surrogate=surrogate,
        effects=tuple(sorted(effects, key=_importance)),
        steepest=tuple((reference.names[j], float(moves[j])) for j in np.argsort(-np.abs(moves), kind="stable")),
    )


def _objection(answer: PatchExplanation, probes: Probes, *, usual: float) -> str | None:
    """Why these probes explain nothing, and what to do; None if they may."""
    failed = float((~np.isfinite(probes.values)).mean())
    if failed > MOST_FAILED:
        return f"y failed on {failed:.0%} of the probes (at most {MOST_FAILED:.0%} may). Mend the model, or see the failures."
    unsupported = 1 - float(probes.supported.mean())
    if unsupported > MOST_UNSUPPORTED:
        return (
            f"{unsupported:.0%} of the pairs decode to nothing like the data (at most {MOST_UNSUPPORTED:.0%} may). "
            + (
                "Choose a centre nearer to real objects, or a smaller radius."
                if answer.patch.object is None
                else "This object is rare, and little around it is like the data: try a smaller radius, or another object."
            )
        )
    if answer.pairs < 2 * (probes.steps.shape[1] + 2):
        return f"Only {answer.pairs} pairs of probes are usable for {probes.steps.shape[1]} axes. Pass more calls."
    values = probes.values[:, probes.usable]
    # Objects are decoded in single precision: what is a millionth of the usual spread of y is rounding.
    if np.ptp(values) <= max(ROUNDING * usual, 1e-12 * float(np.abs(values).max())):
        return f"y is constant here ({values.flat[0]:.6g} on every probe). Choose a larger radius, or another place."
    return None


def _importance(effect: Effect) -> tuple[bool, float]:
    """Sorts by how much y changes when the feature moves by one sd, or as far as one sd of real change takes it."""
    if effect.on_manifold is None:
        return True, -effect.slope
    return False, -abs(effect.on_manifold.value) * min(effect.slope, 1.0)
