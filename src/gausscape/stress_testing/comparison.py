"""What got better and what got worse between two versions of a model that met the same scenarios?

The scenarios are paired, so a change is judged by those that only one of the two fails on: under "no difference" each of
them is as likely to be the one as the other (McNemar 1947, exact form). Levels are adjusted together (Holm 1979).
"""

__all__ = ["LevelComparison", "StressComparison", "compare_tests"]

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from gausscape.errors import ConfigurationError
from gausscape.space.shares import share_interval
from gausscape.stress_testing.answer import StressTest
from gausscape.stress_testing.words import counted, percent

CERTAIN = 0.05
SHOWN = 5


@dataclass(frozen=True)
class LevelComparison:
    """One level of one tail under both models.

    Args:
        tail: Name of the tail or design.
        asked: Exceedance asked for; NaN if none was.
        n: Scenarios that are objects (pass the support gates).
        old, new: Share of failures among them, NaN without a rule.
        worse: Scenarios that only the new model fails on.
        better: Scenarios that only the old one failed on.
        p_value: Exact McNemar test of "as many get worse as better", two-sided, Holm over the levels; NaN without a rule.
        moved: Median |y new - y old|.
        verdict: "worse", "better", "no difference shown", or "" without a rule.
    """

    tail: str
    asked: float
    n: int
    old: float
    new: float
    worse: int
    better: int
    p_value: float
    moved: float
    verdict: str


@dataclass(frozen=True, eq=False, repr=False)
class StressComparison:
    """Two stress tests of the same scenarios.

    Args:
        old, new: Names of y in both.
        rule: The failure rule of both; "" without one.
        levels: One row each.
        got_worse, got_better: Ids of the scenarios that changed sides, those with the largest change of margin first.
        y_old, y_new: y of all scenarios under both, (n,).
        ids: Their ids, (n,).
        probability_old, probability_new: (estimate, lower, upper) of the failure probability; None without one.
        judged: Scenarios that were compared for failures: objects that both models met.
    """

    old: str
    new: str
    rule: str
    levels: tuple[LevelComparison, ...]
    got_worse: tuple[str, ...]
    got_better: tuple[str, ...]
    y_old: np.ndarray
    y_new: np.ndarray
    ids: np.ndarray
    probability_old: tuple[float, float, float] | None
    probability_new: tuple[float, float, float] | None
    judged: int

    @property
    def worse_share(self) -> tuple[float, float, float]:
        """Share of the judged scenarios that got worse, with its 90% Clopper-Pearson interval."""
        return share_with_interval(len(self.got_worse), self.judged)

    def document(self) -> dict[str, Any]:
        """JSON-able but for numbers that are not finite."""
        return {
            "old": self.old,
            "new": self.new,
            "rule": self.rule,
            "levels": [asdict(row) for row in self.levels],
            "got_worse": list(self.got_worse),
            "got_better": list(self.got_better),
            "judged": self.judged,
            "probability_old": self.probability_old,
            "probability_new": self.probability_new,
        }

    def __str__(self) -> str:
        who = f"{self.new} against {self.old}" if self.new != self.old else f"{self.new}, the new model against the old one"
        lines = [f"{who}, on the same {counted(len(self.ids), 'scenario')}:"]
        width = max([4, *(len(row.tail) for row in self.levels)])
        if self.rule:
            lines.append(f"{'tail':<{width}}  level    objects  failures old -> new   worse  better  p       verdict")
            for row in self.levels:
                name = percent(row.asked) if np.isfinite(row.asked) else "-"
                change = f"{row.old:.1%} -> {row.new:.1%}" if row.n else "-"
                chance = f"{row.p_value:<7.2g}" if np.isfinite(row.p_value) else "-      "
                lines.append(
                    f"{row.tail:<{width}}  {name:<7}  {row.n:<7,}  {change:<20}  {row.worse:<5}  {row.better:<6}  "
                    f"{chance} {row.verdict}"
                )
            lines.append(_sides("Got worse", self.got_worse, self.judged))
            lines.append(_sides("Got better", self.got_better, self.judged))
        else:
            lines += [
                f"{row.tail:<{width}}  {percent(row.asked) if np.isfinite(row.asked) else '-'}: |change of y| {row.moved:.3g} (median)"
                for row in self.levels
            ]
        if self.probability_old is not None and self.probability_new is not None:
            told = [
                f"{percent(p)} ({percent(low)} to {percent(high)})"
                for p, low, high in (self.probability_old, self.probability_new)
            ]
            apart = (
                self.probability_new[1] > self.probability_old[2] or self.probability_new[2] < self.probability_old[1]
            )
            words = "the intervals do not overlap" if apart else "the intervals overlap: no difference shown"
            lines.append(f"Probability of failure: {told[0]} -> {told[1]}; {words}.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def compare_tests(old: StressTest, new: StressTest) -> StressComparison:
    """Pair two stress tests, scenario by scenario.

    Args:
        old: Of the earlier model.
        new: Of the later one.

    Raises:
        ConfigurationError: If they did not ask about the same objects, or their rules differ.
    """
    first, second = old.scenarios, new.scenarios
    same = len(first) == len(second) and (first.ids == second.ids).all()
    if not same or not (
        np.allclose(first.z, second.z, atol=1e-9) and np.allclose(first.noise, second.noise, atol=1e-9)
    ):
        raise ConfigurationError(
            f"A comparison needs two tests of the same scenarios, but {len(first):,} and {len(second):,} came and they differ. Run "
            "the new test with the settings of the old one: stress_test(space, outcome, data, **old.arguments), or --against."
        )
    if old.rule != new.rule:
        raise ConfigurationError(
            f"A comparison needs one failure rule, but the old test has {old.rule or 'none'!r} and the new one "
            f"{new.rule or 'none'!r}. Run the new one with the old rule."
        )
    kept, came = (test.settings.get("target") for test in (old, new))
    if kept != came:
        raise ConfigurationError(
            f"A comparison needs one y, but the old test asked for the target {kept!r} and the new one for {came!r}. Pass that target."
        )
    # Whether it is an object does not depend on the model; where only one of the two is judged, the judgement stands for both.
    objects = first.is_judged & second.is_judged
    rows, chances = [], []
    groups = dict.fromkeys((tail, repr(float(asked))) for tail, asked in zip(first.tail, first.asked, strict=True))
    for tail, asked in groups:
        inside = (first.tail == tail) & (np.array([repr(float(each)) for each in first.asked]) == asked)
        known = inside & objects
        worse = int((known & second.fails & ~first.fails).sum())
        better = int((known & first.fails & ~second.fails).sum())
        n = int(known.sum())
        chance = stats.binomtest(worse, worse + better).pvalue if worse + better else 1.0
        chances.append(chance)
        moved = np.abs(second.y - first.y)[inside]
        moved = float(np.median(moved[np.isfinite(moved)])) if np.isfinite(moved).any() else float("nan")
        old_share, new_share = (
            float(side.fails[known].mean()) if n and old.rule else float("nan") for side in (first, second)
        )
        rows.append((tail, float(asked), n, old_share, new_share, worse, better, moved))
    adjusted = _holm(np.array(chances)) if old.rule else np.full(len(rows), np.nan)
    levels = tuple(
        LevelComparison(
            tail, asked, n, before, after, worse, better, float(p), moved, _verdict(old.rule, p, worse, better)
        )
        for (tail, asked, n, before, after, worse, better, moved), p in zip(rows, adjusted, strict=True)
    )
    drop = np.nan_to_num(first.margin - second.margin, nan=0.0, posinf=np.inf, neginf=-np.inf)
    return StressComparison(
        old=old.outcome,
        new=new.outcome,
        rule=old.rule,
        levels=levels,
        got_worse=_by_size(first.ids, objects & second.fails & ~first.fails, drop),
        got_better=_by_size(first.ids, objects & first.fails & ~second.fails, -drop),
        y_old=first.y,
        y_new=second.y,
        ids=first.ids,
        probability_old=_probability(old),
        probability_new=_probability(new),
        judged=int(objects.sum()),
    )


def _by_size(ids: np.ndarray, changed: np.ndarray, size: np.ndarray) -> tuple[str, ...]:
    found = np.flatnonzero(changed)
    return tuple(ids[found[np.argsort(-size[found], kind="stable")]].tolist())


def _probability(test: StressTest) -> tuple[float, float, float] | None:
    found = test.failure_probability
    return None if found is None else (found.value, found.lower, found.upper)


def share_with_interval(count: int, n: int) -> tuple[float, float, float]:
    """count / n with its 90% Clopper-Pearson interval; NaN and (0, 1) where n is 0.

    Example:
        >>> [round(each, 3) for each in share_with_interval(0, 100)]
        [0.0, 0.0, 0.03]
    """
    return count / n if n else float("nan"), *share_interval(count, n)


def _holm(p_values: np.ndarray) -> np.ndarray:
    order = np.argsort(p_values, kind="stable")
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def _verdict(rule: str, p_value: float, worse: int, better: int) -> str:
    if not rule:
        return ""
    if p_value >= CERTAIN:
        return "no difference shown"
    return "worse" if worse > better else "better"


def _sides(words: str, ids: tuple[str, ...], judged: int) -> str:
    if not ids:
        return f"{words}: none of {judged:,} objects."
    more = f", ... {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else ""
    return f"{words}: {len(ids):,} of {judged:,} objects: {', '.join(ids[:SHOWN])}{more}."
