"""MethodComparison: how methods do on the same data over seeds, with sentences that follow from the figures."""

__all__ = ["MethodComparison", "Run"]

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np

from gausscape.method_comparison.measures import MEASURES, Estimate, Measure, estimate
from gausscape.space.durable import write_bytes
from gausscape.space.safe_json import finite, json_bytes

SHARES = ("recall", "precision")


@final
@dataclass(frozen=True)
class Run:
    """One fit of one method.

    Args:
        method, seed: Which.
        values: Figures by name; empty if it failed.
        actual: Share of unseen objects at or beyond a claimed exceedance, by claim.
        holds: Whether a right claim could give that share, by claim.
        live: Number of live axes.
        collapsed: Whether an adversarial training ended in mode collapse.
        setbacks: How often a training went back to an earlier state.
        failure: Why there is no space; None if there is one.
    """

    method: str
    seed: int
    values: dict[str, float] = field(default_factory=dict)
    actual: dict[str, float] = field(default_factory=dict)
    holds: dict[str, bool] = field(default_factory=dict)
    live: int = 0
    collapsed: bool = False
    setbacks: int = 0
    failure: str | None = None


@final
@dataclass(frozen=True)
class MethodComparison:
    """Methods side by side.

    Intervals are those of the mean over seeds: they tell how much a fit depends on its seed, not how much the figures
    depend on which objects were unseen, for these are the same for all.

    Args:
        name: Of the data.
        kind: Of the data.
        objects: How many were "fitted" (calibration included) and "unseen".
        methods: In the order asked for.
        seeds: Fits of each.
        runs: All fits.
        agreement: Rank correlations of the distances of each two fits, by method.
    """

    name: str
    kind: str
    objects: dict[str, int]
    methods: tuple[str, ...]
    seeds: int
    runs: tuple[Run, ...]
    agreement: dict[str, tuple[float, ...]]

    def of(self, method: str) -> tuple[Run, ...]:
        """The fits of a method that gave a space."""
        return tuple(run for run in self.runs if run.method == method and run.failure is None)

    def failures(self, method: str) -> int:
        """How many fits of a method gave no space."""
        return sum(run.method == method and run.failure is not None for run in self.runs)

    def collapses(self, method: str) -> int:
        """How many fits of a method ended in mode collapse."""
        return sum(run.collapsed for run in self.of(method))

    def estimate(self, method: str, measure: Measure) -> Estimate:
        """Mean of a measure over the fits, with its interval; of the agreement the mean alone, for its pairs share fits."""
        if measure.name == "agreement":
            values = self.agreement[method]
            return Estimate(float(np.mean(values)) if values else np.nan, np.nan, np.nan, values)
        bounds = {"low": 0.0, "high": 1.0} if measure.name in SHARES else {"low": 0.0}
        return estimate([run.values[measure.name] for run in self.of(method)], **bounds)

    def difference(self, better: str, worse: str, measure: Measure) -> Estimate:
        """Mean over the seeds of one method less another, on the same seeds, with its interval."""
        other = {run.seed: run.values[measure.name] for run in self.of(worse)}
        return estimate([run.values[measure.name] - other[run.seed] for run in self.of(better) if run.seed in other])

    def sentences(self) -> list[str]:
        """What the figures say, one sentence a measure, then calibration, then what went wrong."""
        told = [self._ranked(measure) for measure in MEASURES]
        return [sentence for sentence in (*told, *self._calibrated(), *self._went_wrong()) if sentence]

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "name": self.name,
            "kind": self.kind,
            "objects": self.objects,
            "methods": list(self.methods),
            "seeds": self.seeds,
            "estimates": {
                method: {measure.name: asdict(self.estimate(method, measure)) for measure in MEASURES}
                for method in self.methods
            },
            "failures": {method: self.failures(method) for method in self.methods},
            "collapses": {method: self.collapses(method) for method in self.methods},
            "agreement": {method: list(values) for method, values in self.agreement.items()},
            "runs": [asdict(run) for run in self.runs],
            "sentences": self.sentences(),
        }

    def save(self, path: str | Path) -> Path:
        """Write the document as JSON.

        Raises:
            StorageError: If it cannot be written.
        """
        path = Path(path)
        write_bytes(path, json_bytes(finite(self.document())))
        return path

    def __str__(self) -> str:
        sizes = ", ".join(f"{count:,} {name}" for name, count in self.objects.items())
        lines = [f"Methods on {self.name} ({sizes} {self.kind}; {self._fits})", f"{'':<42}" + self._row(self.methods)]
        for measure in MEASURES:
            row = [
                self.estimate(method, measure).tell(measure).replace(measure.unit or "\0", "")
                for method in self.methods
            ]
            lines.append(f"{measure.label:<42}" + self._row(row))
        for claim in self._claims:
            found = [self._share(method, claim) for method in self.methods]
            lines.append(f"{f'unseen objects at a claimed {float(claim):.0%}':<42}" + self._row(found))
        lines.append(f"{'live axes':<42}" + self._row([self._live(method) for method in self.methods]))
        for label, count in (("failed fits", self.failures), ("collapsed fits", self.collapses)):
            lines.append(f"{label:<42}" + self._row([f"{count(method)} of {self.seeds}" for method in self.methods]))
        return "\n".join([*lines, "", *self.sentences()])

    @property
    def _fits(self) -> str:
        return f"{self.seeds} seed{'s'[: self.seeds != 1]}"

    @property
    def _claims(self) -> list[str]:
        return list(dict.fromkeys(claim for run in self.runs for claim in run.actual))

    def _row(self, entries: Any) -> str:
        return "".join(f"{entry:>22}" for entry in entries)

    def _live(self, method: str) -> str:
        found = sorted({run.live for run in self.of(method)})
        return f"{found[0]} to {found[-1]}" if len(found) > 1 else "".join(map(str, found)) or "not measured"

    def _share(self, method: str, claim: str) -> str:
        runs = self.of(method)
        if not runs:
            return "not measured"
        actual = np.mean([run.actual[claim] for run in runs])
        return f"{actual:.1%}, holds {sum(run.holds[claim] for run in runs)}/{len(runs)}"

    def _ranked(self, measure: Measure) -> str:
        found = {method: self.estimate(method, measure) for method in self.methods}
        known = [method for method in self.methods if found[method].values]
        if not known:
            return ""
        sign = -1 if measure.more_is_better else 1
        known.sort(key=lambda method: sign * found[method].mean)
        best, others = known[0], known[1:]
        first = f"On {self._fits} the {best} {measure.sentence.format(found[best].tell(measure))}"
        rest = "".join(f", the {method} {found[method].tell(measure)}" for method in others)
        return f"{first}{rest}{self._verdict(measure, best, others)}."

    def _verdict(self, measure: Measure, best: str, others: list[str]) -> str:
        if not others or measure.name == "agreement":
            return ""
        clear, open_ = [], []
        for method in others:
            gap = self.difference(best, method, measure)
            # Of fewer than three pairs of fits an interval says little, and none is stated.
            is_clear = len(gap.values) >= 3 and (gap.lower > 0 if measure.more_is_better else gap.upper < 0)
            (clear if is_clear else open_).append(method)
        parts = []
        if clear:
            parts.append(f"the {best} is better than the {' and the '.join(clear)} beyond the spread of the seeds")
        if open_:
            parts.append(f"{best} and {' and '.join(open_)} cannot be told apart by these seeds")
        return ": " + "; ".join(parts)

    def _calibrated(self) -> list[str]:
        told = []
        for claim in self._claims:
            parts = []
            for method in self.methods:
                runs = self.of(method)
                if runs:
                    kept = sum(run.holds[claim] for run in runs)
                    share = np.mean([run.actual[claim] for run in runs])
                    parts.append(
                        f"{share:.1%} under the {method} (as a right claim could give in {kept} of {len(runs)} fits)"
                    )
            told.append(
                f"At a claimed exceedance of {float(claim):.0%} lie " + ", ".join(parts) + " of the unseen objects."
            )
        return told

    def _went_wrong(self) -> list[str]:
        told = []
        for method in self.methods:
            failed, collapsed = self.failures(method), self.collapses(method)
            set_back = sum(run.setbacks > 0 and not run.collapsed for run in self.of(method))
            parts = [f"{failed} failed"] * bool(failed) + [f"{collapsed} collapsed"] * bool(collapsed)
            parts += [f"{set_back} more had to go back and recovered"] * bool(set_back)
            if parts:
                told.append(f"Of {self.seeds} fits of the {method}, {', '.join(parts)}.")
        return told or [f"No fit of {self.seeds} a method failed or collapsed."]
