"""Which answers came, and which space does each belong to?"""

__all__ = ["Collected", "ToldLedger", "ToldPatch", "collect"]

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.explanation import Explanation, Ledger
from gausscape.explanation.claim import Claim, Confirmation
from gausscape.explanation.overlay import Overlay
from gausscape.explanation.patch_explanation import PatchExplanation
from gausscape.local_change import Change, Changes
from gausscape.page.change_part import ToldChange
from gausscape.space.audit import Audit
from gausscape.space.patch import Patch
from gausscape.space.space import Space
from gausscape.stress_testing import StressTest
from gausscape.stress_testing.saving import space_digest

MOST_CHANGES, MOST_PATCHES = 40, 200
SAME = 1e-6


@dataclass(frozen=True, eq=False)
class ToldPatch:
    """An explained patch: its document, and the place."""

    document: Mapping[str, Any]
    patch: Patch
    outcome: str


@dataclass(frozen=True, eq=False)
class ToldLedger:
    """A ledger: its document and whose it is; None for the first space of the page."""

    document: Mapping[str, Any]
    outcome: str
    space: Space | None


@dataclass(eq=False)
class Collected:
    """Answers by kind, in the order in which they came.

    Args:
        spaces: By digest.
        changes, patches, ledgers, claims, stress, overlays, audits: What is said of them.
        notes: What was left out, and why.
    """

    spaces: dict[str, Space] = field(default_factory=dict)
    changes: list[ToldChange] = field(default_factory=list)
    patches: list[ToldPatch] = field(default_factory=list)
    ledgers: list[ToldLedger] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    stress: list[StressTest] = field(default_factory=list)
    overlays: list[Overlay] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def place_of(self, space: Space | None) -> int:
        """Position of a space on the page, 0 for None."""
        return 0 if space is None else list(self.spaces).index(space_digest(space))

    def claims_on(self, rank: int) -> list[Claim]:
        """Claims made elsewhere that a ledger judged: each stands with the first ledger that keeps its feature."""
        kept = [{entry["feature"] for entry in ledger.document["entries"]} for ledger in self.ledgers]
        return [
            claim
            for claim in self.claims
            if next((k for k, own in enumerate(kept) if claim.feature in own), -1) == rank
        ]

    @property
    def ids(self) -> list[str]:
        """Ids of objects that the answers speak of, without repeats, the more important first."""
        found = [each for change in self.changes for each in (change.document["a_id"], change.document["b_id"])]
        found += [told.patch.id for told in self.patches]
        found += [str(case.centre) for test in self.stress for case in test.worst]
        return list(dict.fromkeys(str(each) for each in found if each is not None))


def collect(answers: Any) -> Collected:
    """Sort answers by kind and find their spaces.

    Args:
        answers: One answer or several: spaces, changes, explanations, ledgers, claims that these judged, stress tests,
            overlays, audits.

    Raises:
        ConfigurationError: If none is or has a space, if a change belongs to none of them, or if something is no answer.
    """
    several = list(answers) if isinstance(answers, list | tuple) else [answers]
    found = Collected()
    # Spaces first, in the order given; a change is told from codes alone which of them it belongs to.
    for answer in sorted(several, key=lambda each: not isinstance(each, Space)):
        _sorter(answer)(found, answer)
    if not found.spaces:
        raise ConfigurationError(
            "A page needs a fitted space, but no answer given is one or carries one. Add it: write_page([space, change], out)."
        )
    for claim in found.claims:
        if not any(claim.feature == entry["feature"] for told in found.ledgers for entry in told.document["entries"]):
            raise ConfigurationError(
                f"A claim needs the ledger that judged it, but none given keeps {claim.feature!r}. Add the ledger, or the explanation."
            )
    for kind, most in (("changes", MOST_CHANGES), ("patches", MOST_PATCHES)):
        many = getattr(found, kind)
        if len(many) > most:
            found.notes.append(f"{len(many):,} {kind} were given; the first {most} are shown.")
            del many[most:]
    return found


def _sorter(answer: Any) -> Callable[[Collected, Any], None]:
    for kind, sorter in SORTERS.items():
        if isinstance(answer, kind):
            return sorter
    raise ConfigurationError(
        f"A page shows {', '.join(kind.__name__ for kind in SORTERS if not kind.__name__.startswith('Told'))}, but a "
        f"{type(answer).__name__} came. Leave it away, or give the real objects as data=."
    )


def _space(found: Collected, space: Space) -> None:
    # A space that obeys constraints, or holds what is immutable in one object, is the same space.
    found.spaces.setdefault(space_digest(space), space)


def _change(found: Collected, change: Change) -> None:
    fitting = [space for space in found.spaces.values() if _is_of(space, change)]
    if not fitting:
        raise ConfigurationError(
            "A change needs the space that it was measured in, but none of those given is. Add it before the change."
        )
    found.changes.append(ToldChange.of_answer(fitting[0], change))


def _is_of(space: Space, change: Change) -> bool:
    """Whether the space calls the codes on the path as unusual as the change does."""
    codes = change.path.codes
    if codes.shape[1] != space.latent:
        return False
    rarity = space.of_codes.exceedance(space.aggregate.surprise(codes)).probability
    return bool(np.allclose(rarity, change.path.exceedance.probability, rtol=SAME))


def _changes(found: Collected, changes: Changes) -> None:
    _space(found, changes.space)
    if len(changes) > MOST_CHANGES:
        found.notes.append(f"{len(changes):,} changes were measured together; the first {MOST_CHANGES} are shown.")
    for row in range(min(len(changes), MOST_CHANGES)):
        one = changes.ends.take(np.array([row]))
        pictures = [changes.space.modality.pictures(side.values)[0] for side in (one.a, one.b)]
        found.changes.append(ToldChange.of_answer(changes.space, changes[row], (pictures[0], pictures[1])))


def _told_change(found: Collected, told: ToldChange) -> None:
    _space(found, told.space)
    found.changes.append(told)


def _patch(found: Collected, answer: PatchExplanation, outcome: str = "y") -> None:
    _space(found, answer.patch.space)
    found.patches.append(ToldPatch(answer.document(), answer.patch, outcome))


def _explanation(found: Collected, answer: Explanation) -> None:
    for patch in answer.patches:
        _patch(found, patch, answer.outcome)
    if answer.ledger is not None:
        space = answer.patches[0].patch.space if answer.patches else None
        found.ledgers.append(ToldLedger(answer.ledger.document(), answer.outcome, space))


def _ledger(found: Collected, ledger: Ledger) -> None:
    found.ledgers.append(ToldLedger(ledger.document(), ledger.conditions.wording.outcome, None))


def _claim(found: Collected, claim: Claim) -> None:
    found.claims.append(claim)


def _confirmation(found: Collected, confirmation: Confirmation) -> None:
    found.claims.extend(confirmation.claims)


def _told_patch(found: Collected, told: ToldPatch) -> None:
    _space(found, told.patch.space)
    found.patches.append(told)


def _told_ledger(found: Collected, told: ToldLedger) -> None:
    if told.space is not None:
        _space(found, told.space)
    found.ledgers.append(told)


def _stress(found: Collected, test: StressTest) -> None:
    _space(found, test.space)
    found.stress.append(test)


def _overlay(found: Collected, overlay: Overlay) -> None:
    found.overlays.append(overlay)


def _audit(found: Collected, audit: Audit) -> None:
    found.audits.append(audit)


SORTERS: dict[type, Callable[[Collected, Any], None]] = {
    Space: _space,
    Change: _change,
    Changes: _changes,
    PatchExplanation: _patch,
    Explanation: _explanation,
    Ledger: _ledger,
    Claim: _claim,
    Confirmation: _confirmation,
    StressTest: _stress,
    Overlay: _overlay,
    Audit: _audit,
    ToldChange: _told_change,
    ToldPatch: _told_patch,
    ToldLedger: _told_ledger,
}
