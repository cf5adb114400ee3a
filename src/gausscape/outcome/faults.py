"""What can go wrong in one call of a model, and whether it says something about the objects or about the model."""

__all__ = ["Fault", "FaultError", "fault_of", "one_line"]

import traceback
from dataclasses import dataclass

from gausscape.errors import ConfigurationError, GausscapeError

LONGEST_MESSAGE = 500
LONGEST_TRACEBACK = 6000


@dataclass(frozen=True)
class Fault:
    """Why a call brought no answers.

    Args:
        kind: "error", "timeout" or "crash".
        message: One line for people.
        traceback: The model's own traceback where there is one.
        may_pass: Whether the same call may succeed later (a busy server), so that it is worth waiting.
        wait: Seconds that the model asked to wait, None if it did not say.
        was_answered: Whether an answer came that cannot be used: asking again would be charged again.
        is_general: Whether it has nothing to do with the objects sent: every other call would fail alike.
        error: The class to raise where the caller must be told at once.
    """

    kind: str
    message: str
    traceback: str = ""
    may_pass: bool = False
    wait: float | None = None
    was_answered: bool = False
    is_general: bool = False
    error: type[GausscapeError] = ConfigurationError


class FaultError(Exception):
    """Raised by a source that knows more about a fault than its exception would say."""

    def __init__(self, fault: Fault):
        super().__init__(fault.message)
        self.fault = fault


def fault_of(error: BaseException) -> Fault:
    """The fault that an exception of the model stands for."""
    if isinstance(error, FaultError):
        return error.fault
    if isinstance(error, SystemExit):
        return Fault("crash", f"crash (the model called sys.exit({'' if error.code is None else repr(error.code)}))")
    if isinstance(error, KeyboardInterrupt):
        return Fault("crash", "crash (the model raised KeyboardInterrupt)")
    if isinstance(error, GausscapeError):
        return Fault("error", one_line(str(error)), error=type(error))
    # The first frame is gausscape's own call; people want theirs.
    frames = error.__traceback__.tb_next if error.__traceback__ is not None else None
    text = "".join(traceback.format_exception(type(error), error, frames))[-LONGEST_TRACEBACK:]
    return Fault("error", one_line(f"{type(error).__name__}: {error}"), text)


def one_line(text: str) -> str:
    """A message without line breaks, of bounded length.

    Example:
        >>> one_line("a\\n  b")
        'a b'
    """
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 4] + " ..."
