"""From scenarios to the levels table."""

__all__ = ["QUANTILES", "tabulate_levels"]

from collections import Counter
from collections.abc import Sequence

import numpy as np

from gausscape.space.shares import share_interval
from gausscape.space.support import Support
from gausscape.stress_testing.levels import LevelRow
from gausscape.stress_testing.placing import Placed
from gausscape.stress_testing.scenarios import Kind, Scenarios

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def tabulate_levels(placed: Sequence[Placed], scenarios: Scenarios, *, with_rule: bool) -> tuple[LevelRow, ...]:
    """One row for each design, in their order.

    Args:
        placed: The designs; their scenarios stand in `scenarios` one after the other.
        scenarios: All scenarios.
        with_rule: Whether there is a failure rule.
    """
    ends = np.cumsum([0] + [len(each) for each in placed])
    return tuple(
        _row(each, scenarios.take(np.arange(start, end)), with_rule)
        for each, start, end in zip(placed, ends, ends[1:], strict=False)
    )


def _row(placed: Placed, own: Scenarios, with_rule: bool) -> LevelRow:
    labels = Counter(own.support.tolist())
    kinds = Counter(own.kind.tolist())
    judged = own.is_judged
    failed = judged & own.fails
    share = interval = None
    if with_rule and judged.any():
        share, interval = float(failed.sum() / judged.sum()), share_interval(int(failed.sum()), int(judged.sum()))
    nothing = float("nan")
    y = own.y[np.isfinite(own.y)]
    lower, upper = interval or (nothing, nothing)
    claim = placed.claim
    return LevelRow(
        tail=placed.tail,
        asked=placed.asked,
        depth=_median(own.depth),
        exceedance=_median(own.exceedance.probability) if claim is None else claim.value,
        lower=_median(own.exceedance.lower) if claim is None else claim.lower,
        upper=_median(own.exceedance.upper) if claim is None else claim.upper,
        n=len(own),
        acceptance=placed.acceptance,
        support={label.value: labels.get(label.value, 0) for label in Support},
        y=_quantiles(y),
        real_y=_median(own.y - own.from_nearest),
        from_nearest=_median(own.from_nearest),
        answered=len(y),
        hits=int(own.fails.sum()),
        kinds={kind.value: kinds.get(kind.value, 0) for kind in Kind if kind is not Kind.NONE} if with_rule else {},
        fail_share=nothing if share is None else share,
        fail_lower=lower,
        fail_upper=upper,
        judged=int(judged.sum()),
        failed=int(failed.sum()),
        refused=placed.refused,
    )


def _quantiles(y: np.ndarray) -> tuple[float, float, float, float, float]:
    low, first, middle, third, high = np.quantile(y, QUANTILES).tolist() if len(y) else [float("nan")] * 5
    return low, first, middle, third, high


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")
