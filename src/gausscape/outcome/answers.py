"""Answers: y of each object, and which objects the model failed on."""

__all__ = ["FAILURE_KINDS", "Answers", "Failure"]

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

FAILURE_KINDS = ("error", "not finite", "not a probability", "timeout", "crash")


@dataclass(frozen=True)
class Failure:
    """One object that has no usable y.

    Args:
        row: Its position among the objects asked about.
        kind: "error", "not finite", "not a probability", "timeout" or "crash".
        message: What happened, in one line.
    """

    row: int
    kind: str
    message: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.kind}: {self.message}"


@dataclass(frozen=True)
class Answers:
    """The answers to n objects, in their order. A case that fails is kept as a case: it is a finding, never dropped.

    Args:
        values: y of each, float64 (n,); NaN where the model failed.
        raw: What the model said: (n,) numbers or labels, or (n, k) vectors; NaN (for labels None) where nothing came.
        failures: The cases without a usable y, in the order of their rows.

    Example:
        >>> answers = Answers(np.array([0.5, np.nan]), np.array([0.5, np.nan]), (Failure(1, "not finite", "y is nan"),))
        >>> answers.failed.tolist(), answers.failure_rate
        ([False, True], 0.5)
        >>> print(answers)
        2 answers, 1 failed (50%): 1 not finite; y from 0.5 to 0.5
    """

    values: np.ndarray
    raw: np.ndarray
    failures: tuple[Failure, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def failed(self) -> np.ndarray:
        """Whether the model failed on each object, bool (n,)."""
        failed = np.zeros(len(self.values), dtype=bool)
        failed[[failure.row for failure in self.failures]] = True
        return failed

    @property
    def failure_rate(self) -> float:
        """Share of the objects that the model failed on; 0 where nothing was asked."""
        return len(self.failures) / len(self.values) if len(self.values) else 0.0

    def __str__(self) -> str:
        words = [f"{len(self):,} answer{'' if len(self) == 1 else 's'}"]
        if self.failures:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in Counter(f.kind for f in self.failures).items())
            share = f"{100 * self.failure_rate:.3g}%"
            words.append(f", {len(self.failures):,} failed ({share}): {kinds}")
        finite = self.values[~self.failed]
        if len(finite):
            words.append(f"; y from {finite.min():.6g} to {finite.max():.6g}")
        return "".join(words)

    def document(self) -> dict[str, Any]:
        """JSON-able; y is None where the model failed."""
        return {
            "values": [None if lost else float(y) for y, lost in zip(self.values, self.failed, strict=True)],
            "failures": [{"row": f.row, "kind": f.kind, "message": f.message} for f in self.failures],
            "failure_rate": self.failure_rate,
        }
