"""How is a model tried on a few real objects, so that what would spoil an explanation is known beforehand?"""

__all__ = ["Examiner", "rows_to_check"]

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.outcome.answers import Answers
from gausscape.outcome.calling import Caller
from gausscape.outcome.digests import digests
from gausscape.outcome.dry_run import DryRun
from gausscape.outcome.faults import Fault
from gausscape.outcome.meter import Meter
from gausscape.outcome.private_copy import private_copy
from gausscape.outcome.reading import Reading

ROWS = 32
ALONE = 8
ROUNDING = 1e-6
"""Relative to the largest |y|: single precision sums in another order at another batch size."""
BEYOND_NOISE = 4.0
"""Root mean squares of 8 and 32 equal normal differences have such a ratio once in 3e7 (F distribution)."""


def rows_to_check(n: int, meter: Meter) -> np.ndarray:
    """Positions of the objects to try: spread over the data, because many data are sorted; fewer if the budget is small.

    Raises:
        ConfigurationError: If the budget does not suffice for one object.
    """
    rows = min(ROWS, n)
    while rows > 1 and meter.left is not None and _cost(rows) > meter.left:
        rows -= 1
    meter.require(_cost(rows))
    return np.unique(np.linspace(0, n - 1, rows).astype(np.int64))


def _cost(rows: int) -> int:
    # One alone first; all, all again, all in another order; a few alone.
    return 1 + 3 * rows + min(ALONE, rows)


class Examiner:
    """Tries a model.

    Args:
        caller: Sends objects to it.
        sweep: Asks about all objects whatever happens to some, keeps the answers, and returns the faults of groups.
        answers: What is known of the objects after the sweep.
        judge: y of a reading, (n,).
    """

    def __init__(
        self,
        caller: Caller,
        *,
        sweep: Callable[[], list[Fault]],
        answers: Callable[[], Answers],
        judge: Callable[[Reading], np.ndarray],
    ):
        self._caller = caller
        self._sweep = sweep
        self._answers = answers
        self._judge = judge
        self._changes_input = False

    def examine(self, values: Any) -> DryRun:
        """Try these objects, all of them.

        Raises:
            ConfigurationError: If the model fails on the first object or on all of them.
            ShapeError: If it does not give one answer for each object.
        """
        n, used = len(values), self._caller.meter.used
        first = self._caller.once(lambda: private_copy(values, np.array([0])), 1)
        if isinstance(first, Fault):
            raise _refusal(first, "one real object")
        faults = self._sweep()
        answers = self._answers()
        self._check_groups(faults, answers, n)
        # Objects that brought a number, be it a strange one; the others would only stop the model again.
        answered = np.array([f.kind not in ("error", "crash", "timeout") for f in answers.failures], dtype=bool)
        silent = {failure.row for failure, came in zip(answers.failures, answered, strict=True) if not came}
        rows = np.array([row for row in range(n) if row not in silent])
        y = answers.values[rows]

        start = time.perf_counter()
        again = self._y(values, rows)
        seconds = (time.perf_counter() - start) / len(rows)
        order = np.random.default_rng([0, 53]).permutation(len(rows))
        permuted = np.empty(len(rows))
        permuted[order] = self._y(values, rows[order])
        few = rows[:ALONE]
        start = time.perf_counter()
        alone = np.concatenate([self._y(values, few[[i]]) for i in range(len(few))])
        seconds_alone = (time.perf_counter() - start) / len(few)

        finite = y[np.isfinite(y)]
        rounding = ROUNDING * float(np.abs(finite).max(initial=0.0))
        noise = _spread(again, y)
        shifts = [_spread(permuted, y), _spread(alone, y[: len(few)])]
        largest = float(np.nanmax(np.abs(np.r_[permuted - y, alone - y[: len(few)]]), initial=0.0))
        is_told_apart = len({digest for digest in digests(values) if digest is not None}) > 1
        return DryRun(
            rows=n,
            calls=self._caller.meter.used - used,
            low=float(finite.min()) if len(finite) else None,
            mean=float(finite.mean()) if len(finite) else None,
            high=float(finite.max()) if len(finite) else None,
            failures=answers.failures,
            is_constant=is_told_apart and len(finite) > 1 and bool((finite == finite[0]).all()),
            noise=noise,
            is_deterministic=noise <= rounding,
            is_batch_dependent=max(shifts) > max(rounding, BEYOND_NOISE * noise),
            batch_shift=largest,
            changes_input=self._changes_input,
            side_effects=self._caller.runner.side_effects,
            seconds_per_object=seconds,
            seconds_alone=seconds_alone,
        )

    def _check_groups(self, faults: list[Fault], answers: Answers, n: int) -> None:
        lost = [failure for failure in answers.failures if failure.kind in ("error", "crash", "timeout")]
        shape = next((fault for fault in faults if issubclass(fault.error, ShapeError)), None)
        if shape is not None:
            raise shape.error(shape.message)
        if len(lost) == n:
            raise _refusal(faults[0] if faults else Fault(lost[0].kind, lost[0].message), f"{n} real objects")
        if not faults:
            return
        first = faults[0]
        if not lost:
            raise ConfigurationError(
                f"A model needs to answer several objects at once, but it failed on them ({first.message}) and answered each "
                f"alone. Pass batch=1, or let it take batches.\n{first.traceback}".rstrip()
            )

    def _y(self, values: Any, rows: np.ndarray) -> np.ndarray:
        """y of these rows, asked anew in calls of the usual size; NaN where the model now fails."""
        parts = []
        for start in range(0, len(rows), self._caller.batch):
            group = rows[start : start + self._caller.batch]
            handed: list[Any] = []

            def batch(group: np.ndarray = group, handed: list[Any] = handed) -> Any:
                handed[:] = [private_copy(values, group)]
                return handed[0]

            reply = self._caller.once(batch, len(group))
            self._changes_input |= digests(handed[0]) != digests(private_copy(values, group))
            parts.append(np.full(len(group), np.nan) if isinstance(reply, Fault) else self._judge(reply))
        return np.concatenate(parts)


def _refusal(fault: Fault, what: str) -> Exception:
    return fault.error(
        f"The model needs to answer {what}, but: {fault.message}. Mend it, then check again.\n{fault.traceback}".rstrip()
    )


def _spread(later: np.ndarray, earlier: np.ndarray) -> float:
    """Root mean square of the differences; infinite if an answer came once and not the other time."""
    if (np.isfinite(later) != np.isfinite(earlier)).any():
        return float("inf")
    differences = (later - earlier)[np.isfinite(later)]
    return float(np.sqrt(np.mean(differences**2))) if len(differences) else 0.0
