"""Outcome: y, the thing to be explained, asked through one batched call that counts, remembers and survives failures."""

__all__ = ["Outcome"]

from dataclasses import replace
from typing import Any, final

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items
from gausscape.outcome.answers import Answers, Failure
from gausscape.outcome.asking import InProcess
from gausscape.outcome.cache import Cache, Entry, Lost
from gausscape.outcome.calling import Caller
from gausscape.outcome.checking import Examiner, rows_to_check
from gausscape.outcome.dry_run import DryRun
from gausscape.outcome.faults import Fault
from gausscape.outcome.meaning import Meaning
from gausscape.outcome.meter import Meter
from gausscape.outcome.reading import Reading
from gausscape.outcome.sources.source import Source, find_source
from gausscape.outcome.understanding import Asked, understand
from gausscape.outcome.worker import Isolated


@final
class Outcome:
    """A black box that gives each object one number. Made by `Outcome.of`; use `with_target` for another class.

    Args:
        source: What the model is made of.
        caller: Sends objects to it.
        asked: What the caller of gausscape said about the answers.
        name: Of y, for reports.
        cache: What is already known.

    Example:
        >>> brightness = Outcome.of(lambda images: images.mean(axis=(1, 2)), name="brightness")
        >>> images = np.stack([np.zeros((2, 2)), np.ones((2, 2)), np.zeros((2, 2))])
        >>> brightness(images).values.tolist()
        [0.0, 1.0, 0.0]
        >>> brightness.calls  # equal objects are charged once
        2
    """

    def __init__(self, source: Source, caller: Caller, *, asked: Asked, name: str, cache: Cache):
        self.source = source
        self.name = name
        self._caller = caller
        self._asked = asked
        self._cache = cache
        self._understood: Meaning | None = None
        self._dry_runs: dict[tuple, DryRun] = {}

    @classmethod
    def of(
        cls,
        source: Any,
        *,
        name: str = "y",
        kind: str | None = None,
        target: Any = None,
        classes: Any = None,
        batch: int = 256,
        budget: int | None = None,
        timeout: float | None = None,
        isolate: bool = False,
        trust: bool = False,
    ) -> "Outcome":
        """An outcome from whatever y is made of; an Outcome passes through unchanged. Asks the model nothing.

        Args:
            source: A callable on batches, an object with predict_proba or predict, "module:function", a .onnx or .skops
                file, an MLflow model, or an http address. It receives objects in their native form.
            name: Of y, for reports.
            kind: "number", "probability" or "label"; None to go by the answers.
            target: The class whose probability is y (its name, or its position where no class has that name), or the
                label that counts as 1. Of two classes the last is taken if none is named.
            classes: Names of the classes in the order of the columns, where the model does not know them itself.
            batch: The most objects in one call.
            budget: The most objects that may be sent in all.
            timeout: Seconds that one call may take; runs the model in a process of its own.
            isolate: Whether the model runs in a process of its own, so that a crash costs one answer only.
            trust: Whether files may be opened that run code of their own (pickles, MLflow models).

        Raises:
            ConfigurationError: If there is no such kind of y, or it is refused; the message says what to do.
            MissingFileError: If there is no such file.
        """
        if isinstance(source, cls):
            settings = (name, kind, target, classes, batch, budget, timeout, isolate, trust)
            if settings != ("y", None, None, None, 256, None, None, False, False):
                raise ConfigurationError(
                    "Settings belong to a new outcome, but an Outcome and settings came. Use with_target for another class, "
                    "or pass what this one was made of."
                )
            return source
        for what, number in (("batch", batch), ("timeout", timeout)):
            if number is not None and not number > 0:
                raise ConfigurationError(
                    f"A {what} needs to be above 0, but {number!r} came. Leave it away for the default."
                )
        asked = Asked(kind, target, None if classes is None else tuple(getattr(classes, "tolist", lambda: classes)()))
        found = find_source(source, trust=trust)
        found = found if timeout is None else found.limited(timeout)
        is_isolated = (isolate or timeout is not None) and not found.is_remote
        runner = Isolated(found, timeout=timeout) if is_isolated else InProcess(found)
        caller = Caller(runner, Meter(budget), batch=int(batch), source=found)
        return cls(found, caller, asked=asked, name=name, cache=Cache())

    def with_target(self, target: Any, *, name: str | None = None) -> "Outcome":
        """The same model with another class or label as y; what is known is shared, so nothing is asked again."""
        asked = replace(self._asked, target=target)
        return Outcome(self.source, self._caller, asked=asked, name=name or self.name, cache=self._cache)

    def naming_classes(self) -> "Outcome":
        """The same model, asked only which class an object has: it needs no target. What is known is shared."""
        asked = replace(self._asked, classes_only=True)
        return Outcome(self.source, self._caller, asked=asked, name=self.name, cache=self._cache)

    def afresh(self) -> "Outcome":
        """The same model and the same meaning of its answers, with no answer remembered: a long run must not grow."""
        cache = Cache()
        cache.first = self._cache.first
        return Outcome(self.source, self._caller, asked=self._asked, name=self.name, cache=cache)

    @property
    def lacks_target(self) -> bool:
        """Whether it has answered, and y is open for want of a target."""
        return self._cache.first is not None and self._clear is None

    @property
    def calls(self) -> int:
        """Objects sent to the model so far, those sent again after a failure included, remembered ones not."""
        return self._caller.meter.used

    @property
    def budget(self) -> int | None:
        """The most objects that may be sent in all, None for no limit."""
        return self._caller.meter.budget

    @property
    def kind(self) -> str | None:
        """ "number", "probability" or "label"; None until the first answer unless it was said."""
        return self._asked.kind if self._clear is None else self._clear.kind

    @property
    def classes(self) -> tuple | None:
        """Names of the classes as far as they are known."""
        return self._asked.classes if self._clear is None else self._clear.classes

    @property
    def target(self) -> Any:
        """Position of the class, or the label, that y stands for; None for numbers."""
        return self._asked.target if self._clear is None else self._clear.target

    def __repr__(self) -> str:
        of_kind = "" if self.kind is None else f", a {self.kind}"
        return f"Outcome({self.name}: {self.source.described}{of_kind}; {self.calls:,} calls)"

    def __call__(self, values: Any) -> Answers:
        """y of each object.

        Args:
            values: n objects in native form, or Items. The model receives copies.

        Returns:
            Answers. Objects that the model fails on are counted there, as NaN with a reason.

        Raises:
            ConfigurationError: If the budget does not suffice, the model is down, or a target is needed. What was answered
                before is kept.
        """
        values = Items.of(values).values
        keys = self._cache.keys(values)
        try:
            rows = self._cache.unknown(keys)
            self._caller.meter.require(len(rows))
            self._sweep(values, keys, rows)
            return self._answers(keys)
        finally:
            self._cache.forget(keys)

    def check(self, values: Any, *, planned: int | None = None) -> DryRun:
        """Try the model on real objects before anything expensive is built on it; about 105 calls.

        One object first, then 32 spread over the data; the same again, in another order, and eight one by one. The
        answers are remembered, and so is this check: asked about the same objects again, it costs nothing.

        Args:
            values: The objects that y is about, in native form, or Items.
            planned: Calls that are planned, for an estimate of the time.

        Raises:
            ConfigurationError: If the model fails on the first object or on all, with its own traceback; if a target is
                needed; if the budget does not suffice.
            ShapeError: If it does not give one answer for each object.
        """
        values = Items.of(values).values
        if len(values) == 0:
            raise DataError("A check needs at least one real object, but none came. Pass the data that y is about.")
        rows = rows_to_check(len(values), self._caller.meter)
        values = Items.of(values).take(rows).values
        keys = self._cache.keys(values)
        memory = tuple(keys)
        if memory not in self._dry_runs:
            opened = self._caller.runner.open()
            examiner = Examiner(
                self._caller,
                sweep=lambda: self._sweep(values, keys, np.arange(len(values))),
                answers=lambda: self._answers(keys),
                judge=lambda reading: self._judge(reading.rows)[0],
            )
            try:
                found = examiner.examine(values)
            finally:
                self._cache.forget(keys)
            meaning, first = self._meaning, self._cache.first
            self._dry_runs[memory] = replace(
                found,
                name=self.name,
                source=self.source.described,
                note=opened.note,
                understood="" if meaning is None else meaning.words,
                kind=self.kind,
                width=None if meaning is None else meaning.width,
                classes=self.classes,
                target=self.target,
                dtype="" if first is None else first.dtype,
                unrecognised=sum(not isinstance(key, bytes) for key in keys),
            )
        return replace(self._dry_runs[memory], planned=planned)

    def close(self) -> None:
        """End the model's process if it has one; the next call starts another."""
        self._caller.runner.close()

    # --- between the caller, the cache and the meaning --------------------------------------------------------------

    def _sweep(self, values: Any, keys: list[Any], rows: np.ndarray) -> list[Fault]:
        def answered(group: np.ndarray, reading: Reading) -> Fault | None:
            if self._meaning is not None and not self._meaning.fits(reading):
                came = f"{reading.dtype} of shape {reading.rows.shape}"
                return Fault("error", f"the answer has another form than before: {came}", was_answered=True)
            for row, answer in zip(group, reading.rows, strict=True):
                self._cache.put(keys[row], Entry(answer))
            if self._cache.first is None:
                self._cache.first = reading
                # A target that is missing is told now, before more is spent.
                _ = self._meaning
            return None

        def lost(row: int, why: Lost) -> None:
            self._cache.put(keys[row], Entry(lost=why))

        return self._caller.sweep(values, rows, answered=answered, lost=lost)

    @property
    def _meaning(self) -> Meaning | None:
        if self._understood is None and self._cache.first is not None:
            self._understood = understand(self._cache.first, self._caller.runner.open(), self._asked)
        return self._understood

    @property
    def _clear(self) -> Meaning | None:
        """The meaning, None also where a target is still missing: for what only describes."""
        try:
            return self._meaning
        except ConfigurationError:
            return None

    def _judge(self, rows: np.ndarray) -> tuple[np.ndarray, dict[int, Lost]]:
        if self._meaning is None:
            raise RuntimeError("answers are judged only after a first one came")
        return self._meaning.judge(rows)

    def _answers(self, keys: list[Any]) -> Answers:
        entries = [self._cache.get(key) for key in keys]
        lost = {row: entry.lost for row, entry in enumerate(entries) if entry.lost is not None}
        y = np.full(len(keys), np.nan)
        raw = np.full(len(keys), np.nan)
        if self._meaning is not None:
            there = np.array([row for row in range(len(keys)) if row not in lost], dtype=np.int64)
            raw = _stacked([self._meaning.blank if entry.lost else entry.answer for entry in entries], self._meaning)
            y[there], strange = self._meaning.judge(raw[there])
            lost |= {int(there[row]): why for row, why in strange.items()}
        failures = tuple(Failure(row, why.kind, why.message) for row, why in sorted(lost.items()))
        return Answers(y, raw, failures)


def _stacked(answers: list[Any], meaning: Meaning) -> np.ndarray:
    if meaning.blank is None:
        labels = np.empty(len(answers), dtype=object)
        labels[:] = answers
        return labels
    width = () if meaning.width is None else (meaning.width,)
    return np.array(answers, dtype=np.float64).reshape(len(answers), *width)
