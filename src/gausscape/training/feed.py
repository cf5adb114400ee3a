"""Feed: which objects are presented at which step."""

__all__ = ["Feed", "MemoryFeed"]

import abc

import torch

from gausscape.modality import Tensors
from gausscape.training.seeds import mix_seeds


class Feed(abc.ABC):
    """Fitting objects, a batch a step; a batch is a function of (seed, step, size) alone, whoever asks, and in which order.

    Attributes:
        objects: How many there are.
    """

    objects: int

    @abc.abstractmethod
    def batch(self, step: int, size: int) -> Tensors:
        """The objects of one step, `size` of them, each epoch every object at most once."""

    @abc.abstractmethod
    def reordered(self, seed: int) -> "Feed":
        """The same objects in the order of another seed."""

    @abc.abstractmethod
    def first(self, count: int) -> Tensors:
        """Some objects, always the same, to try things on."""


class MemoryFeed(Feed):
    """Slices of tensors in memory, in an order that is a function of (seed, epoch).

    Args:
        tensors: All fitting objects.
        seed: Of the order.

    Example:
        >>> feed = MemoryFeed({"cells": torch.arange(4.0)[:, None]}, seed=0)
        >>> sorted(torch.cat([feed.batch(step, 2)["cells"] for step in range(2)]).flatten().tolist())
        [0.0, 1.0, 2.0, 3.0]
    """

    def __init__(self, tensors: Tensors, *, seed: int):
        self.tensors = tensors
        self.seed = seed
        self.objects = len(next(iter(tensors.values())))
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.int64)

    def batch(self, step: int, size: int) -> Tensors:
        rows = self._rows(step, size)
        return {name: values[rows] for name, values in self.tensors.items()}

    def reordered(self, seed: int) -> "MemoryFeed":
        return MemoryFeed(self.tensors, seed=seed)

    def first(self, count: int) -> Tensors:
        return {name: values[:count] for name, values in self.tensors.items()}

    def _rows(self, step: int, size: int) -> torch.Tensor:
        epoch, position = divmod(step, self.objects // size)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(mix_seeds(self.seed, 3, epoch))
            self._epoch, self._order = epoch, torch.randperm(self.objects, generator=generator)
        return self._order[position * size : (position + 1) * size]
