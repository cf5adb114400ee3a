"""Source: where a model comes from, and how the kinds of source are found."""

__all__ = ["Model", "Patience", "Source", "existing_file", "find_source", "model_of", "path_of"]

import importlib
import os
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from gausscape.errors import ConfigurationError, MissingFileError

WHAT_Y_MAY_BE = (
    "a callable, an object with predict_proba or predict, 'module:function', a .onnx or .skops file, "
    "an MLflow model, or an http address"
)


@dataclass(frozen=True)
class Model:
    """A model that is open.

    Args:
        predict: From a batch of objects to an array of answers.
        kind: "probability" or "label" where the model's own interface says so, else None.
        classes: Names of its classes, None if unknown.
        note: How objects are brought into the form that the model takes, "" where they go in as they are.
    """

    predict: Callable[[Any], Any]
    kind: str | None = None
    classes: tuple | None = None
    note: str = ""


@dataclass(frozen=True)
class Patience:
    """How often a call is tried that may succeed later.

    Args:
        tries: In all, the first one included.
        first_wait: Seconds before the second try; each later wait is twice as long, unless the model says how long.
        longest_wait: Seconds; a model that asks for more is not waited for.
    """

    tries: int = 1
    first_wait: float = 0.5
    longest_wait: float = 60.0


class Source(ABC):
    """Where a model comes from. It can be sent to another process, where `open` makes the model.

    A module of `gausscape.outcome.sources` that exports `SOURCE`, a subclass of this, is found by looking.
    """

    patience: Patience = Patience()
    is_remote: ClassVar[bool] = False
    """Whether the model runs on the other side of a network, so that it needs no process of its own here."""

    @classmethod
    @abstractmethod
    def accepts(cls, given: Any) -> bool:
        """Whether this is the kind of source for what the caller gave. Opens and runs nothing."""

    @classmethod
    @abstractmethod
    def of(cls, given: Any, *, trust: bool) -> "Source":
        """The source for what the caller gave.

        Raises:
            GausscapeError: If it can be told without running anything that it will not do.
        """

    @property
    @abstractmethod
    def described(self) -> str:
        """A few words for messages: "the callable predict"."""

    @abstractmethod
    def open(self) -> Model:
        """The model itself, loaded."""

    def limited(self, seconds: float) -> "Source":
        """The same source with a limit on the time of a call, where it keeps its own time."""
        return self


def find_source(given: Any, *, trust: bool = False) -> Source:
    """The source that accepts what the caller gave; the first by name of its file where two do.

    Args:
        given: What y is made of.
        trust: Whether files may be opened that run code of their own.

    Raises:
        MissingFileError: If it looks like a path and nothing is there.
        ConfigurationError: If no kind of source accepts it, or its kind is refused.

    Example:
        >>> find_source(len).described
        'the callable len'
    """
    if isinstance(given, Source):
        return given
    package = importlib.import_module("gausscape.outcome.sources")
    for module in pkgutil.iter_modules(package.__path__):
        kind = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "SOURCE", None)
        if kind is not None and kind.accepts(given):
            return kind.of(given, trust=trust)
    path = path_of(given)
    if path is not None:
        existing_file(path)
        raise ConfigurationError(
            f"y needs to be {WHAT_Y_MAY_BE}, but {path.name} is none of these. "
            "Pass a callable that loads it, or export it to ONNX."
        )
    raise ConfigurationError(
        f"y needs to be {WHAT_Y_MAY_BE}, but a {type(given).__name__} came. "
        "Wrap it in a function that takes a batch of objects and returns one answer for each."
    )


def model_of(found: Any, described: str) -> Model:
    """The model that an object loaded from elsewhere is.

    Args:
        found: What was loaded.
        described: Where from, for messages.

    Raises:
        ConfigurationError: If it is text or a path: what a file names must never decide what else is opened here.
    """
    if isinstance(found, str | os.PathLike | Source):
        raise ConfigurationError(
            f"y needs a callable or an estimator, but {described} holds a {type(found).__name__}. Name or save the model itself."
        )
    return find_source(found).open()


def path_of(given: Any) -> Path | None:
    """The path that the caller may have meant, None if it cannot be one."""
    if isinstance(given, str) and "://" in given:
        return None
    return (
        Path(given) if isinstance(given, str | os.PathLike) and str(given).strip() and "\0" not in str(given) else None
    )


def existing_file(path: Path) -> Path:
    """The path again if something is there.

    Raises:
        MissingFileError: If not.
    """
    if not path.exists():
        raise MissingFileError(f"y needs a model that is there, but nothing is at {path}. Check the path.")
    return path.absolute()
