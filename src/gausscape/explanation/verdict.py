"""What do the patches say about one feature, and how far does the finding carry?"""

__all__ = ["Evidence", "LedgerEntry", "Verdict", "rank_directions"]

import enum
from dataclasses import asdict, dataclass, field
from typing import Any


class Verdict(enum.StrEnum):
    """How far a local finding carries.

    GLOBAL: one direction is proven for more than half of the population. MIXED: both directions stand out in a tenth of
    the patches or more. LOCAL: some patch stands out. UNDETERMINED: none does, which is no proof that there is no effect.
    """

    GLOBAL = "GLOBAL"
    MIXED = "MIXED"
    LOCAL = "LOCAL"
    UNDETERMINED = "UNDETERMINED"


@dataclass(frozen=True)
class Evidence:
    """What n patches say for one direction of one feature.

    Args:
        sign: 1 if the outcome goes up with the feature, -1 if down.
        patches: n.
        count: Patches that show it, each by its own test.
        discoveries: Patches that stand out when all n are tested at once (Benjamini-Hochberg, half of alpha a direction).
        p_value: Of "more than half of these patches, and more than half of the population, truly go that way".
        adjusted: The same after Holm over all features and both directions.
        patches_at_least: Number of these patches that truly go that way, at least.
        share_at_least: Share of the population that truly goes that way, at least. This and the former are bounds for all
            features and directions together, with the confidence of the ledger; 0 where the patches share their errors.
        net_to_gross: Net change in this direction as a share of the gross change.
        net_to_gross_lower: Lower end of its 95% interval.
    """

    sign: int
    patches: int
    count: int
    discoveries: int
    p_value: float
    adjusted: float
    patches_at_least: int
    share_at_least: float
    net_to_gross: float
    net_to_gross_lower: float


@dataclass(frozen=True)
class LedgerEntry:
    """What may be said about one feature.

    Args:
        feature: Its name.
        verdict: How far the finding carries.
        up, down: The evidence for either direction.
        undecided: Patches that could not say anything, for want of a good local fit or of an effect.
        objections: What stands against calling the better shown direction general.
        sentence: The finding in words.
        groups: For each group of centres, (patches, showing up, showing down).
    """

    feature: str
    verdict: Verdict
    up: Evidence
    down: Evidence
    undecided: int
    objections: tuple[str, ...]
    sentence: str
    groups: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def leading(self) -> Evidence:
        """The evidence for the direction that more patches show."""
        return rank_directions(self.up, self.down)[0]

    @property
    def direction(self) -> int:
        """1 or -1 if the verdict is GLOBAL, else 0."""
        return self.leading.sign if self.verdict is Verdict.GLOBAL else 0

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {
            "verdict": str(self.verdict),
            "direction": self.direction,
            "objections": list(self.objections),
            "groups": {
                name: {"patches": patches, "up": up, "down": down} for name, (patches, up, down) in self.groups.items()
            },
        }

    def __str__(self) -> str:
        return f"{self.verdict}: {self.sentence}"


def rank_directions(up: Evidence, down: Evidence) -> tuple[Evidence, Evidence]:
    """(the direction that more patches show, the other one)."""
    return (up, down) if up.count >= down.count else (down, up)
