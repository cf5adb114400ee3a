"""Claimed against actual exceedance, on objects that neither the fit nor the calibration has seen."""

__all__ = ["Audit", "AuditRow"]

from dataclasses import asdict, dataclass

import numpy as np
from scipy import stats

from gausscape.space.shares import share_interval


@dataclass(frozen=True)
class AuditRow:
    """One claim and what became of it.

    Args:
        claimed: Exceedance p that the space states.
        actual: Share of audit objects whose exceedance is at most p.
        count, objects: That share as a fraction.
        lower, upper: 90% Clopper-Pearson interval of the actual exceedance.
        least, most: Counts between which a right claim falls in at least 90% of all splits. Both the audit objects and the
            calibration objects are a draw, so a right claim scatters more than a count alone: with n calibrated by
            rank it is beta-binomial with p (n + 1) and (1 - p)(n + 1) (Vovk 2012, prop. 2a).
    """

    claimed: float
    actual: float
    count: int
    objects: int
    lower: float
    upper: float
    least: int
    most: int

    @property
    def holds(self) -> bool:
        """Whether the count is one that a right claim gives."""
        return self.least <= self.count <= self.most


@dataclass(frozen=True)
class Audit:
    """The table of claims.

    Args:
        rows: One a level, the commonest first.
        calibrated: Number of calibration objects; None where it is not known.

    Example:
        >>> audit = Audit.of((np.arange(1000) + 0.5) / 1000, calibrated=2000)
        >>> [row.count for row in audit.rows]
        [500, 100, 10, 1]
        >>> print(audit)
        claimed  actual  objects     a right claim gives
            50%   50.0%  500/1000    468 to 532         holds
            10%   10.0%  100/1000    81 to 120          holds
             1%   1.00%  10/1000     4 to 17            holds
           0.1%  0.100%  1/1000      0 to 3             holds
        Of 100 spaces whose claims are all right, 25 show a row that does not hold: each row holds in 90% of them or more.
    """

    rows: tuple[AuditRow, ...]
    calibrated: int | None = None

    @property
    def chance_of_a_miss(self) -> float | None:
        """Probability that a space whose claims are all right shows a row that does not hold; None if that is not known.

        Each row holds in 90% of all splits or more; counts of different rows are of the same objects, so their misses go
        together. Exact, over the counts of each row given that of the row before, which is beta-binomial again (the shares
        between levels follow a Dirichlet law).
        """
        if self.calibrated is None or not self.rows:
            return None
        rows = sorted(self.rows, key=lambda row: -row.claimed)
        counts, weight, level = np.array([rows[0].objects]), np.ones(1), 1.0
        for row in rows:
            inside = np.arange(row.least, row.most + 1)
            within, beside = row.claimed * (self.calibrated + 1), (level - row.claimed) * (self.calibrated + 1)
            chances = stats.betabinom.pmf(inside[:, None], counts[None], within, beside)
            counts, weight, level = inside, chances @ weight, row.claimed
        return float(np.clip(1 - weight.sum(), 0.0, 1.0))

    @classmethod
    def of(
        cls, probability: np.ndarray, *, calibrated: int, levels: tuple[float, ...] = (0.5, 0.1, 0.01, 0.001)
    ) -> "Audit":
        """Audit exceedances (n,) of unseen objects, stated from `calibrated` calibration objects, at these levels."""
        n = len(probability)
        rows = []
        for level in levels:
            count = int((probability <= level).sum())
            lower, upper = share_interval(count, n)
            right = stats.betabinom(n, level * (calibrated + 1), (1 - level) * (calibrated + 1))
            least, most = int(right.ppf(0.05)), int(right.ppf(0.95))
            rows.append(AuditRow(level, count / n, count, n, lower, upper, least, most))
        return cls(tuple(rows), calibrated)

    def document(self) -> list[dict]:
        """JSON-able rows."""
        return [asdict(row) | {"holds": row.holds} for row in self.rows]

    @classmethod
    def from_document(cls, document: list[dict], *, calibrated: int | None = None) -> "Audit":
        """The audit with those rows."""
        rows = (AuditRow(**{key: value for key, value in row.items() if key != "holds"}) for row in document)
        return cls(tuple(rows), calibrated)

    def __str__(self) -> str:
        lines = ["claimed  actual  objects     a right claim gives"]
        for row in self.rows:
            digits = 1 if row.claimed >= 0.1 else 2 if row.claimed >= 0.01 else 3
            verdict = "holds" if row.holds else "DOES NOT HOLD"
            lines.append(
                f"{row.claimed * 100:g}%".rjust(7)
                + f"  {row.actual:.{digits}%}".rjust(8)
                + f"  {row.count}/{row.objects}".ljust(14)
                + f"{row.least} to {row.most}".ljust(19)
                + verdict
            )
        chance = self.chance_of_a_miss
        if chance is not None:
            lines.append(
                f"Of 100 spaces whose claims are all right, {100 * chance:.0f} show a row that does not hold: each row holds in "
                "90% of them or more."
            )
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)
