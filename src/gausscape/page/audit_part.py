"""Claimed against actual exceedance, as a page tells it."""

__all__ = ["write_audit", "write_audit_rows"]

from collections.abc import Mapping
from typing import Any

from gausscape.space.audit import Audit
from gausscape.space.space import Space
from gausscape.stress_testing.words import probability_in_words


def write_audit(space: Space, others: Mapping[str, Audit]) -> dict[str, Any]:
    """The space's own audit, and the same on further data by name."""
    own = space.audit
    return {
        "rows": write_audit_rows(own),
        "statement": _statement(space, own),
        "others": [{"name": name, "rows": write_audit_rows(audit)} for name, audit in others.items()],
    }


def write_audit_rows(audit: Audit) -> list[dict[str, Any]]:
    """The rows of an audit."""
    return [
        {
            "claimed": row.claimed,
            "actual": row.actual,
            "count": row.count,
            "objects": row.objects,
            "low": row.lower,
            "high": row.upper,
            "verdict": "holds"
            if row.holds
            else "commoner than claimed"
            if row.actual > row.claimed
            else "rarer than claimed",
        }
        for row in audit.rows
    ]


def _statement(space: Space, audit: Audit) -> str:
    held = sum(row.holds for row in audit.rows)
    objects = audit.rows[0].objects if audit.rows else 0
    few = " These are few: only large errors would show." if objects < 200 else ""
    return (
        f"On {objects:,} objects that neither the fit nor the calibration saw, {held} of {len(audit.rows)} claims hold. A claim "
        "holds if the count is one that a right claim gives in nine of ten cases, so one right claim in ten misses too: look for "
        f"misses by far.{few} {space.of_codes.count:,} calibration objects certify exceedances down to "
        f"{probability_in_words(space.of_codes.floor)}."
    )
