"""y as the text "module:function", which any process can import."""

__all__ = ["SOURCE", "ModuleFunction"]

import importlib
import re
from dataclasses import dataclass
from typing import Any

from gausscape.errors import ConfigurationError
from gausscape.outcome.sources.source import Model, Source, model_of

_SHAPE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True)
class ModuleFunction(Source):
    """A callable or an estimator by its name in a module.

    Example:
        >>> ModuleFunction.of("math:sqrt", trust=False).open().predict(9)
        3.0
    """

    module: str
    name: str

    @classmethod
    def accepts(cls, given: Any) -> bool:
        return isinstance(given, str) and _SHAPE.fullmatch(given) is not None

    @classmethod
    def of(cls, given: Any, *, trust: bool) -> "ModuleFunction":
        return cls(*given.split(":"))

    @property
    def described(self) -> str:
        return f"{self.module}:{self.name}"

    def open(self) -> Model:
        try:
            found: Any = importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{self.module}.".startswith(f"{error.name}."):
                raise  # the module is there, and one that it needs is not
            raise ConfigurationError(
                f"y needs a module that Python can import, but there is no {error.name!r}. "
                "Install it, or put its folder into PYTHONPATH."
            ) from None
        for part in self.name.split("."):
            if not hasattr(found, part):
                raise ConfigurationError(
                    f"y needs the name of something in its module, but {self.module} has no {self.name!r}. "
                    "Check the part after the colon."
                )
            found = getattr(found, part)
        return model_of(found, self.described)


SOURCE = ModuleFunction
