"""Readers found by looking: every module of a package, whatever its name."""

__all__ = ["modules_of"]

import importlib
import pkgutil
from types import ModuleType


def modules_of(package: str) -> list[ModuleType]:
    """The modules of a package below `gausscape.datasets`, in the order of their names.

    Example:
        >>> "gausscape.datasets.readers.delimited" in [module.__name__ for module in modules_of("readers")]
        True
    """
    found = importlib.import_module(f"gausscape.datasets.{package}")
    return [
        importlib.import_module(f"{found.__name__}.{module.name}") for module in pkgutil.iter_modules(found.__path__)
    ]
