"""Explanation: what moves y in each patch, how far it can be trusted, and whether the patches agree."""

__all__ = ["Explanation"]

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.explanation.fidelity import Fidelity
from gausscape.explanation.ledger import Ledger
from gausscape.explanation.patch_explanation import PatchExplanation
from gausscape.explanation.verdict import Verdict
from gausscape.outcome.answers import Failure

SHOWN_PATCHES = 3
SHOWN_SENTENCES = 12


@dataclass(frozen=True, repr=False)
class Explanation:
    """The answer to "why does y say that?", patch by patch, and over all of them.

    Args:
        outcome: Name of y.
        fidelity: The gate: whether y answers on rendered objects what it answers on real ones.
        patches: One explanation each.
        ledger: What the patches say together, feature by feature; None with fewer than 20 patches.
        coverage: Share of the data inside a patch where a linear statement stands.
        features: Names of the features.
        spread: Population standard deviation of each, in its own units: what "one standard deviation" means.
        calls: Objects that y was asked about in all.
        failed: Cases that y failed on, those of the fidelity gate left aside.
        failures: The first 20 of them.
    """

    outcome: str
    fidelity: Fidelity
    patches: tuple[PatchExplanation, ...]
    ledger: Ledger | None
    coverage: float
    features: tuple[str, ...]
    spread: np.ndarray
    calls: int
    failed: int
    failures: tuple[Failure, ...] = ()

    def __len__(self) -> int:
        return len(self.patches)

    @property
    def explained(self) -> tuple[PatchExplanation, ...]:
        """The patches that are not withheld."""
        return tuple(patch for patch in self.patches if patch.withheld is None)

    def __str__(self) -> str:
        linear = sum(patch.is_linear for patch in self.patches)
        lines = [
            f"Why {self.outcome}: {len(self.patches)} patch{'es' if len(self.patches) != 1 else ''}, {len(self.explained)} explained, "
            f"{linear} with a linear statement; {self.calls:,} calls.",
            f"Fidelity overall: {self.fidelity.overall}.",
        ]
        if self.failed:
            kinds = ", ".join(f"{kind}" for kind in Counter(failure.kind for failure in self.failures))
            lines.append(f"y failed on {self.failed:,} cases ({kinds}); the first: {self.failures[0].message}")
        if self.ledger is not None:
            lines += self._ledger_in_words(self.ledger)
        told = self.patches[:SHOWN_PATCHES] if self.ledger is not None else self.patches
        lines += [str(patch) for patch in told]
        if len(told) < len(self.patches):
            lines.append(f"... and {len(self.patches) - len(told)} more patches")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _ledger_in_words(self, ledger: Ledger) -> list[str]:
        if not self.explained:
            return ["No patch may be explained, so nothing is said about what holds in general."]
        order = (Verdict.GLOBAL, Verdict.MIXED, Verdict.LOCAL)
        found = sorted((entry for entry in ledger if entry.verdict in order), key=lambda entry: order.index(entry.verdict))
        told = [f"- {entry.sentence}" for entry in found[:SHOWN_SENTENCES]]
        if len(found) > len(told):
            told.append(f"- ... and {len(found) - len(told)} more")
        if len(ledger) > len(found):
            told.append(f"- Nothing is shown about {len(ledger) - len(found)} {'other ' if found else ''}features.")
        words = f"The patches hold {self.coverage:.0%} of the data where a linear statement stands."
        heading = "In words, with what normally comes along (associations in the data, not causes):"
        return [words, str(ledger), heading, *told, *self._companions(ledger)]

    def alone(self, feature: str) -> tuple[int, int, int]:
        """Patches in which y surely rises, surely falls, and all that were tried, when that input alone is exchanged."""
        effects = [patch.effect(feature) for patch in self.explained]
        raw = [effect.raw for effect in effects if effect is not None and effect.raw is not None]
        return sum(each.low > 0 for each in raw), sum(each.high < 0 for each in raw), len(raw)

    def _companions(self, ledger: Ledger) -> list[str]:
        """GLOBAL findings that the model does not show when the input alone is changed: they come with it, not from it."""
        told = []
        for entry in ledger:
            up, down, tried = self.alone(entry.feature)
            own = up if entry.direction > 0 else down
            if entry.direction and tried and own <= 0.5 * tried:
                verb = "raises" if entry.direction > 0 else "lowers"
                told.append(
                    f"- But changed alone, {entry.feature} surely {verb} {self.outcome} in only {own} of {tried} patches: this "
                    "comes with it more than from it."
                )
        return told

    def rows(self) -> list[dict[str, Any]]:
        """One mapping for each patch and feature, for a table; a withheld patch has one, without a feature."""
        return [row for k, patch in enumerate(self.patches) for row in _rows(k, patch)]

    def document(self) -> dict[str, Any]:
        """JSON-able; without objects."""
        return {
            "outcome": self.outcome,
            "fidelity": self.fidelity.document(),
            "patches": [patch.document() for patch in self.patches],
            "ledger": None if self.ledger is None else self.ledger.document(),
            "coverage": self.coverage,
            "alone": {name: list(self.alone(name)) for name in self.features} if self.ledger is not None else None,
            "features": list(self.features),
            "spread": self.spread.tolist(),
            "calls": self.calls,
            "failed": self.failed,
            "failures": [{"row": each.row, "kind": each.kind, "message": each.message} for each in self.failures],
        }


def _rows(position: int, patch: PatchExplanation) -> list[dict[str, Any]]:
    shared = {
        "patch": position,
        "id": patch.patch.id,
        "y": patch.y,
        "r_squared": patch.r_squared,
        "linear": patch.is_linear,
        "fidelity": patch.agreement.agreement,
        "withheld": patch.withheld,
    }
    told = [(name, part) for name in ("on_manifold", "direct", "raw") for part in ("value", "low", "high", "p_value")]
    found = []
    nothing = {name if part == "value" else f"{name}_{part}": None for name, part in told}
    for effect in patch.effects:
        numbers = {
            name if part == "value" else f"{name}_{part}": getattr(getattr(effect, name), part, None)
            for name, part in told
        }
        found.append(shared | {"feature": effect.feature} | numbers | {"entangled": ", ".join(effect.entangled)})
    return found or [shared | {"feature": None} | nothing | {"entangled": ""}]
