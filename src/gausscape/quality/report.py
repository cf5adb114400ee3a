"""Quality: what was measured of generated objects, each figure beside that of real ones."""

__all__ = ["Quality", "Violation"]

from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np

from gausscape.quality.associations import Association
from gausscape.quality.margins import Margin
from gausscape.quality.privacy import Privacy
from gausscape.quality.two_sample import TwoSample
from gausscape.quality.usefulness import Usefulness

SHOWN = 5


@final
@dataclass(frozen=True)
class Violation:
    """A constraint, and the share of objects that break it, as they are written.

    Args:
        constraint: As it was stated.
        generated: Of generated objects.
        real: Of held-out objects.
    """

    constraint: str
    generated: float
    real: float


@final
@dataclass(frozen=True)
class Quality:
    """How generated objects compare with real unseen ones. "real" is always the same figure for fitted objects: the yardstick.

    Args:
        name: Of what was judged.
        objects: How many of each: "fitted", "held out", "generated".
        margins: Each column's distance.
        associations: Error of pairs, by kind of pair.
        two_sample: Two classifiers that try to tell generated from real.
        usefulness: Of generated objects for learning a target; None without one.
        privacy: Nearness to fitted objects.
        violations: Of constraints; empty without any.
        mended: Share of generated objects that were changed so that they hold their space's constraints; None without any.
    """

    name: str
    objects: dict[str, int]
    margins: tuple[Margin, ...]
    associations: tuple[Association, ...]
    two_sample: tuple[TwoSample, ...]
    usefulness: Usefulness | None
    privacy: Privacy
    violations: tuple[Violation, ...] = ()
    mended: float | None = None

    @property
    def margin_error(self) -> float:
        """Mean distance over the columns."""
        return float(np.mean([margin.generated for margin in self.margins]))

    @property
    def association_error(self) -> float:
        """Mean absolute error over all pairs of all kinds; NaN with one column."""
        pairs = sum(kind.pairs for kind in self.associations)
        return sum(kind.generated * kind.pairs for kind in self.associations) / pairs if pairs else float("nan")

    @property
    def missing_error(self) -> float:
        """Mean absolute difference of the share of missing cells, over the columns."""
        return float(np.mean([abs(margin.missing[0] - margin.missing[1]) for margin in self.margins]))

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        pairs = self.association_error
        return asdict(self) | {
            "margin_error": self.margin_error,
            "association_error": pairs if pairs == pairs else None,
            "missing_error": self.missing_error,
        }

    def __str__(self) -> str:
        sizes = ", ".join(f"{count:,} {name}" for name, count in self.objects.items())
        lines = [f"Quality of {self.name} ({sizes})", f"{'':<46}{'generated':>10}{'real':>8}"]

        def row(text: str, generated: float, real: float, more: str = "") -> None:
            lines.append(f"{text:<46}{generated:>10.3f}{real:>8.3f}{more}")

        worst = sorted(self.margins, key=lambda margin: -margin.generated)
        row("columns: mean distance (KS or TV)", self.margin_error, float(np.mean([m.real for m in self.margins])))
        for margin in worst[:SHOWN]:
            row(f"  {margin.name[:36]} ({margin.measure})", margin.generated, margin.real)
        for kind in self.associations:
            row(f"pairs: mean error of {kind.measure} ({kind.pairs})", kind.generated, kind.real)
        for test in self.two_sample:
            interval = f"   [{test.lower:.3f}, {test.upper:.3f}]"
            row(f"telling generated from real: AUC, {test.classifier}", test.generated, test.real, interval)
        if self.usefulness is not None:
            found = self.usefulness
            row(f"learning {found.target[:20]} from {found.objects:,}: {found.measure}", found.generated, found.real)
        found = self.privacy
        row(
            "nearer to the fit than to unseen objects",
            found.nearer,
            found.real,
            f"   [{found.lower:.3f}, {found.upper:.3f}]",
        )
        row("exact copies of fitted objects", found.copies, found.real_copies)
        if any(max(margin.missing) > 0 for margin in self.margins):
            shares = [float(np.mean([margin.missing[side] for margin in self.margins])) for side in (0, 1)]
            row("missing cells", shares[0], shares[1], f"   mean difference {self.missing_error:.3f}")
        for violation in self.violations:
            row(f"breaks: {violation.constraint[:37]}", violation.generated, violation.real)
        if self.mended is not None:
            lines.append(f"{'rows mended, to hold these constraints':<46}{self.mended:>10.3f}{'-':>8}")
        lines.append(
            "real: the same figure for objects of the fit against unseen ones; AUC .5 and nearness .5 are ideal."
        )
        return "\n".join(lines)
