"""One call of a model: a batch goes in, a reading or a fault comes out, and nothing is thrown but a real Ctrl-C."""

__all__ = ["InProcess", "Opened", "Runner", "ask", "open_model"]

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

from gausscape.errors import GausscapeError
from gausscape.outcome.faults import Fault, fault_of
from gausscape.outcome.reading import Reading, read
from gausscape.outcome.sources.source import Model, Source
from gausscape.outcome.undisturbed import CtrlC, Undisturbed


@dataclass(frozen=True)
class Opened:
    """What a model says about its answers before it is asked.

    Args:
        kind: "probability" or "label" where the model's own interface says so, else None.
        classes: Names of its classes, None if unknown.
        note: How objects are brought into the form that it takes, "" where they go in as they are.
    """

    kind: str | None = None
    classes: tuple | None = None
    note: str = ""


class Runner(ABC):
    """Where a model runs."""

    @abstractmethod
    def open(self) -> Opened:
        """Make the model ready; the second time costs nothing.

        Raises:
            GausscapeError: If it cannot be opened; its own traceback is in the message.
        """

    @abstractmethod
    def ask(self, batch: Any) -> Reading | Fault:
        """The answers to a batch that the model may do with as it likes."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the model holds; the next call opens it again."""

    @property
    def side_effects(self) -> tuple[str, ...]:
        """What the model changed in this process and what was put back."""
        return ()


class InProcess(Runner):
    """A model in this process: fast, but what hangs or crashes takes the process along."""

    def __init__(self, source: Source):
        self._source = source
        self._model: Model | None = None
        self._undisturbed = Undisturbed()

    def open(self) -> Opened:
        if self._model is None:
            with self._undisturbed.block():
                self._model = open_model(self._source)
        return Opened(self._model.kind, self._model.classes, self._model.note)

    def ask(self, batch: Any) -> Reading | Fault:
        self.open()
        if self._model is None:
            raise RuntimeError("a model that was opened is there")
        with self._undisturbed.block():
            return ask(self._model, batch)

    def close(self) -> None:
        self._model = None

    @property
    def side_effects(self) -> tuple[str, ...]:
        return tuple(sorted(self._undisturbed.changed))


def open_model(source: Source) -> Model:
    """The model of a source.

    Raises:
        GausscapeError: If that fails; the model's own traceback is in the message.
    """
    with CtrlC() as ctrl_c:
        try:
            return source.open()
        except GausscapeError:
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            if ctrl_c.was_pressed:
                raise KeyboardInterrupt from None
            fault = fault_of(error)
            raise fault.error(
                f"A model needs to load, but {source.described} failed: {fault.message}. "
                f"Load it by itself first, and mend what is named there.\n{fault.traceback}".rstrip()
            ) from None


def ask(model: Model, batch: Any) -> Reading | Fault:
    """The answers of a model that is open."""
    # Looked at beforehand: the model may change its input.
    n, index = len(batch), getattr(batch, "index", None) if hasattr(batch, "iloc") else None
    with CtrlC() as ctrl_c:
        try:
            answer = model.predict(batch)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            if ctrl_c.was_pressed:
                raise KeyboardInterrupt from None
            return fault_of(error)
    try:
        return read(answer, n, index=index)
    except GausscapeError as error:
        return replace(fault_of(error), was_answered=True)
