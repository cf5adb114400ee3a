"""Feed: which objects are presented at which step."""

__all__ = ["Feed", "MemoryFeed"]

import abc

import torch

from gausscape.modality import Tensors
from gausscape.training.device import free_memory
from gausscape.training.seeds import mix_seeds

SHARE_OF_DEVICE = 3
"""Objects are held on a GPU if they take less than this fraction, one in three, of its free memory."""


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

    def placed(self, device: torch.device) -> "Feed":
        """The same feed, held where a training on this device reads it best; batches may still have to be carried there."""
        return self

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

    def placed(self, device: torch.device) -> "MemoryFeed":
        size = sum(values.numel() * values.element_size() for values in self.tensors.values())
        if device.type == "cpu" or size > free_memory(device) / SHARE_OF_DEVICE:
            return self
        return MemoryFeed({name: values.to(device) for name, values in self.tensors.items()}, seed=self.seed)

    def first(self, count: int) -> Tensors:
        return {name: values[:count] for name, values in self.tensors.items()}

    def _rows(self, step: int, size: int) -> torch.Tensor:
        epoch, position = divmod(step, self.objects // size)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(mix_seeds(self.seed, 3, epoch))
            order = torch.randperm(self.objects, generator=generator)
            # Drawn by the processor whatever the device, so that the order is the same; carried once an epoch.
            self._epoch, self._order = epoch, order.to(next(iter(self.tensors.values())).device)
        return self._order[position * size : (position + 1) * size]
