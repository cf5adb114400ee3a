"""Engine: who does the shards of a task, and how is one found by its name?"""

__all__ = ["MOST_DEATHS", "Engine", "Report", "engine_names", "find_engine"]

import abc
import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from gausscape.errors import ConfigurationError
from gausscape.scale.work import Task

MOST_DEATHS = 2
"""A shard that took so many workers with it is named as poison, and the others go on."""


@final
@dataclass(frozen=True)
class Report:
    """What became of one shard.

    Args:
        number: Of the shard.
        poison: Why it was given up, "" if it is done.
    """

    number: int
    poison: str = ""


class Engine(abc.ABC):
    """Does shards, in any order, each at least once; a shard that is done again gives the same bytes under the same name.

    Args:
        workers: How many at a time.
    """

    def __init__(self, workers: int):
        self.workers = workers

    @abc.abstractmethod
    def run(self, task: Task, numbers: Sequence[int]) -> Iterator[Report]:
        """Do these shards, one or more, and report each once, as soon as it is on disk or given up.

        Raises:
            GausscapeError: If a shard is refused; what others have finished is kept.
        """


def find_engine(name: str, workers: int) -> Engine:
    """The engine of that name.

    Raises:
        ConfigurationError: If there is none, or what it needs is not installed.

    Example:
        >>> find_engine("local", 2).workers
        2
    """
    if workers < 1:
        raise ConfigurationError(f"workers needs to be 1 or more, but got {workers}. Pass workers=1.")
    known = engine_names()
    if name not in known:
        raise ConfigurationError(f"engine needs to be one of {', '.join(known)}, but got {name!r}. Choose one.")
    return importlib.import_module(f"gausscape.scale.engines.{name}").ENGINE(workers)


def engine_names() -> list[str]:
    """Names of the engines there are.

    Example:
        >>> engine_names()
        ['local', 'ray']
    """
    package = importlib.import_module("gausscape.scale.engines")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))
