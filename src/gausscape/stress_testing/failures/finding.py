"""Finding: a weak region, told by what its objects share, in features that people recognise."""

__all__ = ["FeatureBound", "Finding"]

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class FeatureBound:
    """A bound on one feature.

    Args:
        feature: Name of the feature.
        low: At least this, -inf for none.
        high: At most this, inf for none.
    """

    feature: str
    low: float
    high: float

    def __str__(self) -> str:
        if self.low == float("-inf"):
            return f"{self.feature} at most {self.high:.4g}"
        if self.high == float("inf"):
            return f"{self.feature} at least {self.low:.4g}"
        return f"{self.feature} from {self.low:.4g} to {self.high:.4g}"


@dataclass(frozen=True)
class Finding:
    """A region where the rule is hit far more often than elsewhere, found on one half of the scenarios, measured on the other.

    Args:
        conditions: What its objects share; all hold together.
        hits: Model failures inside, on the half that did not choose the region.
        n: Scenarios inside, on that half.
        share, lower, upper: hits / n with its 90% Clopper-Pearson interval.
        elsewhere: Share of model failures outside, same half.
        lift: share / elsewhere (with half a failure added to both counts).
        p_value: Of "no more hits inside than outside", Fisher's exact test, one-sided, Holm over the findings.
        examples: Ids of at most 8 failing scenarios inside.
        worst: Id of the scenario with the smallest margin inside.
        y: Median y inside.
        covers: Share of all model failures of that half that lie inside.
    """

    conditions: tuple[FeatureBound, ...]
    hits: int
    n: int
    share: float
    lower: float
    upper: float
    elsewhere: float
    lift: float
    p_value: float
    examples: tuple[str, ...]
    worst: str
    y: float
    covers: float

    def __str__(self) -> str:
        shared = " and ".join(str(condition) for condition in self.conditions)
        return (
            f"{shared}: {self.hits} of {self.n} fail ({self.share:.0%}, 90% interval {self.lower:.0%} to {self.upper:.0%}), "
            f"elsewhere {self.elsewhere:.1%}; {self.covers:.0%} of all failures"
        )

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)
