"""How the fault benchmarks tell "n of n": one row of the fault table, with what n of n can promise.

Not a benchmark by itself.
"""

__all__ = ["Row", "upper_bound"]

from dataclasses import dataclass


def upper_bound(failures: int, trials: int, *, confidence: float = 0.95) -> float:
    """Largest failure rate that so few failures do not rule out (Clopper & Pearson 1934, one-sided).

    Example:
        >>> round(upper_bound(0, 100), 3)
        0.03
    """
    from scipy import stats

    return 1.0 if failures >= trials else float(stats.beta.ppf(confidence, failures + 1, trials - failures))


@dataclass(frozen=True)
class Row:
    """One line of the fault table.

    Args:
        name: What was done.
        good, trials: How often it went well, of how many.
        seconds: What it took.
    """

    name: str
    good: int
    trials: int
    seconds: float

    def __str__(self) -> str:
        bound = upper_bound(self.trials - self.good, self.trials)
        return f"{self.name:<66} {self.good:>6,} of {self.trials:<6,} failure rate <= {bound:7.3%}  {self.seconds:7.0f} s"
