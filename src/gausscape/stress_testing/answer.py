"""StressTest: what happens far out, beyond what was seen, and in the worst case nearby, with everything to repeat it."""

__all__ = ["StressTest"]

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscape.items import Items
from gausscape.stress_testing.failures.finding import Finding
from gausscape.stress_testing.level_table import level_table
from gausscape.stress_testing.levels import LevelRow
from gausscape.stress_testing.nearby.worst_case import WorstCase
from gausscape.stress_testing.probability.failure_probability import FailureProbability
from gausscape.stress_testing.response import Response
from gausscape.stress_testing.scenarios import Kind, Scenarios
from gausscape.stress_testing.words import counted

if TYPE_CHECKING:
    from gausscape.space.space import Space
    from gausscape.stress_testing.comparison import StressComparison
    from gausscape.stress_testing.tolerance import Checked


@dataclass(frozen=True, eq=False, repr=False)
class StressTest:
    """The answer to "what happens to y in the tails?".

    Args:
        space: The space that made the scenarios.
        outcome: Name of y.
        rule: The failure rule in words; "" without one.
        referee: What judged the hits, in words; "" without one.
        settings: What was asked, JSON-able: with the same space and data they make the same scenarios again.
        levels: One row for each tail and level, and for each design.
        scenarios: All generated objects.
        neighbours: Real objects that are nearest to some scenario, once each, found by `scenarios.nearest`; None without data.
        responses: y against depth, one for each tail.
        findings: Weak regions, ranked.
        failure_probability: None without a rule.
        worst: Worst cases around the objects asked about, ranked.
        centre_y: y of the object at the centre of the law.
        notes: What the reader must know before quoting anything.
        calls: Objects that y was asked about.
    """

    space: "Space"
    outcome: str
    rule: str
    referee: str
    settings: dict[str, Any]
    levels: tuple[LevelRow, ...]
    scenarios: Scenarios
    neighbours: Items | None
    responses: tuple[Response, ...]
    findings: tuple[Finding, ...]
    failure_probability: FailureProbability | None
    worst: tuple[WorstCase, ...]
    centre_y: float
    notes: tuple[str, ...] = ()
    calls: int = field(default=0)

    def __len__(self) -> int:
        return len(self.scenarios)

    @property
    def arguments(self) -> dict[str, Any]:
        """What to pass so that another model meets the same scenarios: stress_test(space, new, data, **test.arguments)."""
        from gausscape.stress_testing.design import Design

        names = ("exceedance", "tails", "where", "fails", "calls", "rendering", "seed")
        return {name: self.settings[name] for name in names} | {"design": Design(**self.settings["design"])}

    @property
    def kinds(self) -> dict[str, int]:
        """How many scenarios hit the failure rule, by what the hit is."""
        return _by_kind(self.scenarios.kind)

    def against(self, old: "StressTest") -> "StressComparison":
        """What got better and what got worse since an earlier model met the same scenarios.

        Raises:
            ConfigurationError: If the two tests did not ask about the same objects.
        """
        from gausscape.stress_testing.comparison import compare_tests

        return compare_tests(old, self)

    def check(self, *tolerances: str) -> "tuple[Checked, ...]":
        """Whether stated tolerances hold: "failures <= 5% at 1%", "probability <= 0.001", "errors <= 0".

        Raises:
            ConfigurationError: If a tolerance cannot be read, or speaks of what this test did not measure.
        """
        from gausscape.stress_testing.tolerance import check_tolerances

        return check_tolerances(tolerances, self)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the test as a folder: JSON, arrays, and a Parquet file of the scenarios (see `load_stress_test`)."""
        from gausscape.stress_testing.saving import save_stress_test

        return save_stress_test(self, folder, overwrite=overwrite)

    def rows(self) -> list[dict[str, Any]]:
        """The levels table, one mapping a row."""
        return [row.document() for row in self.levels]

    def document(self) -> dict[str, Any]:
        """JSON-able but for numbers that are not finite; without objects, codes and the single scenarios."""
        return {
            "outcome": self.outcome,
            "rule": self.rule,
            "referee": self.referee,
            "settings": self.settings,
            "scenarios": len(self),
            "hits": self.kinds,
            "levels": self.rows(),
            "responses": [response.document() for response in self.responses],
            "findings": [finding.document() for finding in self.findings],
            "failure_probability": None if self.failure_probability is None else self.failure_probability.document(),
            "worst": [case.document() for case in self.worst],
            "centre_y": self.centre_y,
            "notes": list(self.notes),
            "calls": self.calls,
        }

    def __str__(self) -> str:
        lines = [f"Stress test of {self.outcome}: {counted(len(self), 'scenario')}, {self.calls:,} calls."]
        lines += ["", *level_table(self.levels, with_rule=bool(self.rule))]
        if self.rule:
            lines += ["", f"Failure is {self.rule}. {_kinds_in_words(self.kinds, len(self), self.referee)}"]
        if self.failure_probability is not None:
            lines += ["", str(self.failure_probability)]
        if self.findings:
            lines += ["", "Weak regions, found on one half of the scenarios and measured on the other:"]
            lines += [f"  {k}. {finding}" for k, finding in enumerate(self.findings, 1)]
        if self.worst:
            lines += ["", "Worst cases nearby:", *[f"  {case}" for case in self.worst]]
        for response in self.responses:
            lines += ["", str(response)]
        lines += ["", *[f"Note: {note}" for note in self.notes]] if self.notes else []
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def _by_kind(kinds: np.ndarray) -> dict[str, int]:
    found = Counter(kinds.tolist())
    return {kind.value: found.get(kind.value, 0) for kind in Kind if kind is not Kind.NONE}


def _kinds_in_words(kinds: dict[str, int], n: int, referee: str) -> str:
    hits = sum(kinds.values())
    if not hits:
        return f"None of {n:,} scenarios is a hit."
    if not referee and hits == kinds[Kind.UNJUDGED.value]:
        told = "whether the model or the object is to blame is open, for there is no referee"
        return f"{counted(hits, 'hit')} among {counted(n, 'scenario')}; {told}."
    told = ", ".join(f"{count:,} {_named(kind, count)}" for kind, count in kinds.items() if count)
    judge = f" (judged by {referee})" if referee else ""
    return f"{counted(hits, 'hit')} among {counted(n, 'scenario')}: {told}{judge}."


def _named(kind: str, count: int) -> str:
    return f"{kind}s" if kind == Kind.MODEL_FAILURE and count != 1 else kind
