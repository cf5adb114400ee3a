"""DryRun: what a model did with a few real objects, before anything expensive is built on it."""

__all__ = ["DryRun"]

import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from gausscape.outcome.answers import Failure


@dataclass(frozen=True, repr=False)
class DryRun:
    """What is known of a model after it was tried on real objects.

    Args:
        rows: Objects that it was tried on.
        calls: Objects that it was sent for that.
        low, mean, high: Of y where it did not fail; None where it always did.
        failures: The objects that it failed on; rows count among those tried.
        is_constant: Whether y is the same for all objects tried, which leaves nothing to explain.
        noise: Standard deviation of the differences between two answers to the same object, in units of y;
            infinite if an object was answered once and not the other time.
        is_deterministic: Whether those differences are mere rounding.
        is_batch_dependent: Whether an answer changes with the other objects in the batch, by more than the noise.
        batch_shift: The largest such change seen.
        changes_input: Whether the model writes into the objects that it is handed (it is handed copies).
        side_effects: What else it changed in this process and what was put back.
        seconds_per_object: In a full batch.
        seconds_alone: For an object asked alone.
        name, source: Of y, and what it is made of.
        note: How objects are brought into the form that the model takes.
        understood: What y is taken to be.
        kind: "number", "probability" or "label".
        width: Columns of each answer; None for one value an object.
        classes: Names of the classes where they are known.
        target: Position of the class, or the label, that y stands for.
        dtype: What the answers held.
        unrecognised: Objects without an exact serialisation, which are asked about anew each time.
        planned: Calls that are planned.
    """

    rows: int
    calls: int
    low: float | None
    mean: float | None
    high: float | None
    failures: tuple[Failure, ...]
    is_constant: bool
    noise: float
    is_deterministic: bool
    is_batch_dependent: bool
    batch_shift: float
    changes_input: bool
    side_effects: tuple[str, ...]
    seconds_per_object: float
    seconds_alone: float
    name: str = "y"
    source: str = ""
    note: str = ""
    understood: str = ""
    kind: str | None = None
    width: int | None = None
    classes: tuple | None = None
    target: Any = None
    dtype: str = ""
    unrecognised: int = 0
    planned: int | None = None

    @property
    def estimated_seconds(self) -> float | None:
        """Time that the planned calls take in full batches; None if none are planned."""
        return None if self.planned is None else self.planned * self.seconds_per_object

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before trusting an explanation of this model, each in a sentence."""
        told = []
        if self.failures:
            kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(f.kind for f in self.failures).items())
            told.append(
                f"The model failed on {len(self.failures)} of {self.rows} objects ({kinds}); {self.failures[0]}."
            )
        if self.is_constant:
            told.append(f"All {self.rows} objects got the same y, {self.low:.6g}: there is nothing to explain.")
        if not self.is_deterministic:
            told.append(
                f"The same objects got other answers when asked again (standard deviation of the differences {self.noise:.3g}): "
                "smaller findings are noise."
            )
        if self.is_batch_dependent:
            told.append(
                f"Answers change with the other objects in the batch or their order (by up to {self.batch_shift:.3g}). "
                "Is a network in training mode?"
            )
        if self.changes_input:
            told.append(
                "The model writes into the objects that it is handed. It was handed copies; yours are unchanged."
            )
        if self.side_effects:
            told.append(f"The model changed {', '.join(self.side_effects)}; put back after each call.")
        if self.unrecognised:
            told.append(
                f"{self.unrecognised} of {self.rows} objects cannot be recognised again: equal ones are asked about anew."
            )
        return tuple(told)

    def __str__(self) -> str:
        shape = f"({self.rows},)" if self.width is None else f"({self.rows}, {self.width})"
        lines = [f"{self.name}, {self.source}, tried on {self.rows} real objects with {self.calls} calls."]
        lines.append(f"Understood: {self.understood}. Answers: {self.dtype}, {shape}.")
        if self.note:
            lines.append(f"Input: {self.note}.")
        if self.low is not None:
            lines.append(f"y from {self.low:.6g} to {self.high:.6g}, mean {self.mean:.6g}.")
        same = "the same" if self.is_deterministic else f"different (noise {self.noise:.3g})"
        lines.append(f"Asked again: {same}. Alone, in batches, in another order: {self._told_of_batches}.")
        lines.append(
            f"Time: {_time(self.seconds_per_object)} an object in batches, {_time(self.seconds_alone)} alone"
            + (
                "."
                if self.estimated_seconds is None
                else f"; {self.planned:,} calls take about {_time(self.estimated_seconds)}."
            )
        )
        lines += [f"Warning: {text}" for text in self.warnings]
        return "\n".join(lines)

    @property
    def _told_of_batches(self) -> str:
        return f"different (by up to {self.batch_shift:.3g})" if self.is_batch_dependent else "the same"

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able; names of classes and the target as text if they are neither text nor numbers."""
        content = asdict(self)
        content["noise"] = self.noise if math.isfinite(self.noise) else None
        content["failures"] = list(content["failures"])
        content["side_effects"] = list(self.side_effects)
        content["classes"] = None if self.classes is None else [_plain(name) for name in self.classes]
        content["target"] = _plain(self.target)
        content["estimated_seconds"] = self.estimated_seconds
        content["warnings"] = list(self.warnings)
        return content


def _time(seconds: float) -> str:
    for unit, size in (("h", 3600), ("min", 60), ("s", 1), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(value)
