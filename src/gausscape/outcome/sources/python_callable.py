"""y as a Python function (or any object that can be called) on a batch of objects."""

__all__ = ["SOURCE", "PythonCallable"]

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gausscape.errors import ConfigurationError
from gausscape.outcome.sources.source import Model, Source


@dataclass(frozen=True)
class PythonCallable(Source):
    """A callable.

    Example:
        >>> source = PythonCallable.of(len, trust=False)
        >>> source.open().predict([1, 2])
        2
    """

    function: Callable[[Any], Any]

    @classmethod
    def accepts(cls, given: Any) -> bool:
        return callable(given) and not hasattr(given, "predict")

    @classmethod
    def of(cls, given: Any, *, trust: bool) -> "PythonCallable":
        if isinstance(given, type):
            raise ConfigurationError(
                f"y needs to be a callable on a batch, but the class {given.__name__} came. Pass an object made of it."
            )
        return cls(given)

    @property
    def described(self) -> str:
        return f"the callable {getattr(self.function, '__name__', type(self.function).__name__)}"

    def open(self) -> Model:
        return Model(self.function)


SOURCE = PythonCallable
