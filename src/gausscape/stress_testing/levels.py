"""Levels table: per tail and level, what share passes the gates, what y does there, and how often the rule is hit."""

__all__ = ["LevelRow"]

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class LevelRow:
    """One level of one tail.

    Args:
        tail: Name of the tail or design.
        asked: Exceedance asked for; NaN for a level that was asked in standard deviations only, or for none.
        depth: Standard deviations, median of the scenarios.
        exceedance, lower, upper: Claimed probability and its 90% interval: that of the median scenario, or of the condition.
        n: Scenarios.
        acceptance: Share of all draws at this level that pass the gates; the claim p times this share is the probability of
            "so rare, and like the data".
        support: Count by label, all four present.
        y: Quantiles 5, 25, 50, 75, 95% of y; NaN where nothing was answered.
        real_y: Median y of the nearest real objects; NaN without data.
        from_nearest: Median change of y from the nearest real object.
        answered: Scenarios that the model answered.
        hits: Scenarios that hit the failure rule, UNSUPPORTED ones included.
        kinds: Hits by `Kind`, all present.
        fail_share, fail_lower, fail_upper: failed / judged with its 90% Clopper-Pearson interval; NaN without a rule or where
            nothing could be judged.
        judged: Scenarios that say something about the model, see `Scenarios.is_judged`.
        failed: Hits among these: model failures, and without a referee those that nobody judged.
        refused: Why the level has no scenarios; "" if it has.
    """

    tail: str
    asked: float
    depth: float
    exceedance: float
    lower: float
    upper: float
    n: int
    acceptance: float
    support: dict[str, int]
    y: tuple[float, float, float, float, float]
    real_y: float
    from_nearest: float
    answered: int
    hits: int
    kinds: dict[str, int] = field(default_factory=dict)
    fail_share: float = float("nan")
    fail_lower: float = float("nan")
    fail_upper: float = float("nan")
    judged: int = 0
    failed: int = 0
    refused: str = ""

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)
