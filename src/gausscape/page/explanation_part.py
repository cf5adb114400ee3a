"""Explained patches and their ledger, as a page has them: from answers, or from the JSON that a command wrote."""

__all__ = ["write_ledger", "write_patch"]

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gausscape.page.pack import singles
from gausscape.page.wording import for_readers
from gausscape.space.patch import Patch

NUMBERS = ("value", "low", "high", "p_value")
LEAST_RATIO, LEAST_P, SHOWN = 1.5, 0.05, 3


def write_patch(
    document: Mapping[str, Any], patch: Patch, *, space_id: str, outcome: str, with_unusual: bool
) -> dict[str, Any]:
    """An explained patch as the page has it.

    Args:
        document: As `PatchExplanation.document` gives it.
        patch: The place itself.
        space_id: Of its space on this page.
        outcome: Name of y.
        with_unusual: Whether to look for what is unusual near it; it takes a while.
    """
    surrogate = document.get("surrogate")
    fit = float(np.mean(surrogate["r_squared"])) if surrogate else 0.0
    linear = bool(surrogate and surrogate["linear"])
    return {
        "space": space_id,
        "id": "a latent point" if document["id"] is None else str(document["id"]),
        "outcome": outcome,
        "centre": singles(patch.u),
        "radius": float(document["radius"]),
        "y": None if document["y"] is None else float(document["y"]),
        "statement": _statement(document, outcome, fit=fit, linear=linear),
        "withheld": for_readers(str(document["withheld"] or "")),
        "r_squared": fit,
        "linear": linear,
        "effects": [_effect(effect) for effect in document["effects"]],
        "unusual": _unusual(patch) if with_unusual else [],
        "support": patch.support,
        "members": len(patch.members()),
    }


def _statement(document: Mapping[str, Any], outcome: str, *, fit: float, linear: bool) -> str:
    surrogate = document.get("surrogate")
    if document["withheld"] or not surrogate:
        return ""
    what = f"what the code decides of {outcome}" if document["rendering"] == "drawn" else outcome
    if linear:
        bent = "" if surrogate["curvature"] is None else " with its curvature"
        return f"A linear statement{bent} holds: it explains {fit:.0%} of {what} on probes it did not see."
    return (
        f"No linear statement in this patch: it would explain {max(fit, 0):.0%} of {what} on probes it did not see (50% needed). "
        "The slopes are averages over the patch; a smaller one may do better."
    )


def _effect(effect: Mapping[str, Any]) -> dict[str, Any]:
    kinds = ("on_manifold", "direct", "raw")
    told = {kind: effect[kind] and {name: float(effect[kind][name]) for name in NUMBERS} for kind in kinds}
    return {"feature": str(effect["feature"]), **told, "entangled": [str(each) for each in effect["entangled"]]}


def _unusual(patch: Patch) -> list[str]:
    """In words, as far as there is anything to tell."""
    found = patch.unusual()
    objects = [f"Object {found.objects.describe(k)}" for k in range(min(SHOWN, len(found.objects)))]
    directions = [
        f"Along {each.direction.name}, objects change {each.ratio:.1f} times as much as is typical (p {each.p_value:.2g})"
        for each in found.directions
        if each.p_value <= LEAST_P and each.ratio >= LEAST_RATIO
    ]
    return objects + directions[:SHOWN]


def write_ledger(
    document: Mapping[str, Any], *, space_id: str, outcome: str, claims: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A ledger as the page has it.

    Args:
        document: As `Ledger.document` gives it.
        space_id: Of its space on this page.
        outcome: Name of y.
        claims: Claims made elsewhere and what became of them, as `Claim.document` gives them.
    """
    entries = document["entries"]
    counted = ", ".join(
        f"{sum(entry['verdict'] == verdict for entry in entries)} {verdict}"
        for verdict in ("GLOBAL", "MIXED", "LOCAL", "UNDETERMINED")
    )
    return {
        "space": space_id,
        "outcome": outcome,
        "patches": int(document["patches"]),
        "coverage": float(document["coverage"]),
        "words": (
            f"{len(entries)} features over {document['patches']} patches: {counted}. The patches hold {document['coverage']:.0%} of "
            f"the data where a linear statement stands. The probability that any GLOBAL verdict is wrong is at most "
            f"{document['alpha']:g}. These are associations in the data as the model sees them, not causes."
        ),
        "entries": [_entry(entry) for entry in entries],
        "claims": [{"feature": each["feature"], "upheld": each["upheld"], "words": each["reason"]} for each in claims],
    }


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    up, down = entry["up"], entry["down"]
    leading = up if up["count"] >= down["count"] else down
    return {
        "feature": entry["feature"],
        "verdict": str(entry["verdict"]),
        "statement": entry["sentence"],
        "positive": up["count"],
        "negative": down["count"],
        "undecided": entry["undecided"],
        "share": leading["count"] / leading["patches"] if leading["patches"] else None,
        "share_low": leading["share_at_least"],
        "net_to_gross": leading["net_to_gross"],
        "p_value": leading["adjusted"],
        "reasons": list(entry["objections"]),
    }
