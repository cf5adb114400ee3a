"""StreamFeed: fitting objects that are read chunk by chunk, shuffled within windows of a few chunks, read ahead by a thread."""

__all__ = ["WINDOW", "StreamFeed"]

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch

from gausscape.modality import Tensors
from gausscape.training.feed import Feed
from gausscape.training.seeds import mix_seeds

WINDOW = 4
"""Chunks that are shuffled together."""


class StreamFeed(Feed):
    """Objects in an order that is a function of (seed, epoch): windows of chunks drawn anew, each window shuffled as a whole.

    A step's objects come from one window (or two, where it ends within the step), so that any step can be sought by reading that
    window and nothing before it. Two windows at most are in memory: the one in use and the next, which a thread reads.

    Args:
        read: From the number of a chunk to its fitting objects as tensors; always the same, and called by one thread at a time.
        counts: How many fitting objects each chunk has.
        first: Some of them, to try things on.
        seed: Of the order.
        window: Chunks that are shuffled together.

    Example:
        >>> chunks = torch.arange(6.0).reshape(3, 2, 1)
        >>> feed = StreamFeed(lambda number: {"cells": chunks[number]}, (2, 2, 2), {"cells": chunks[0]}, seed=0, window=2)
        >>> sorted(torch.cat([feed.batch(step, 3)["cells"] for step in range(2)]).flatten().tolist())
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """

    def __init__(
        self,
        read: Callable[[int], Tensors],
        counts: tuple[int, ...],
        first: Tensors,
        *,
        seed: int,
        window: int = WINDOW,
    ):
        self.objects = sum(counts)
        self.window = window
        self.seed = seed
        self._read, self._counts, self._first = read, counts, first
        self._ahead: ThreadPoolExecutor | None = None
        self._held: dict[tuple[int, ...], Future[Tensors]] = {}
        self._epoch, self._windows, self._ends = -1, [], np.zeros(0, dtype=np.int64)
        self._shuffled, self._order = (-1, -1), torch.empty(0, dtype=torch.int64)

    def batch(self, step: int, size: int) -> Tensors:
        epoch, position = divmod(step, self.objects // size)
        start, end, parts = position * size, (position + 1) * size, []
        while start < end:
            windows, ends = self._plan(epoch)
            number = int(np.searchsorted(ends, start, side="right"))
            begin = int(ends[number - 1]) if number else 0
            stop = min(end, int(ends[number]))
            rows = self._rows(epoch, number)[start - begin : stop - begin]
            parts.append({name: values[rows] for name, values in self._tensors(epoch, number, windows).items()})
            start = stop
        return parts[0] if len(parts) == 1 else {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def reordered(self, seed: int) -> "StreamFeed":
        return StreamFeed(self._read, self._counts, self._first, seed=seed, window=self.window)

    def first(self, count: int) -> Tensors:
        return {name: values[:count] for name, values in self._first.items()}

    def _plan(self, epoch: int) -> tuple[list[tuple[int, ...]], np.ndarray]:
        """The windows of an epoch, each with the numbers of its chunks, and how many objects there are up to each's end."""
        if epoch != self._epoch:
            self._windows = self._windows_of(epoch)
            self._ends = np.cumsum([sum(self._counts[number] for number in window) for window in self._windows])
            self._epoch = epoch
        return self._windows, self._ends

    def _windows_of(self, epoch: int) -> list[tuple[int, ...]]:
        full = np.flatnonzero(self._counts)
        order = full[np.random.default_rng(mix_seeds(self.seed, 5, epoch)).permutation(len(full))].tolist()
        # Within a window the chunks stand in the order of the source, which is the cheapest to read.
        return [tuple(sorted(order[start : start + self.window])) for start in range(0, len(order), self.window)]

    def _rows(self, epoch: int, number: int) -> torch.Tensor:
        if (epoch, number) != self._shuffled:
            generator = torch.Generator().manual_seed(mix_seeds(self.seed, 6, epoch, number))
            count = sum(self._counts[chunk] for chunk in self._windows[number])
            self._shuffled, self._order = (epoch, number), torch.randperm(count, generator=generator)
        return self._order

    def _tensors(self, epoch: int, number: int, windows: list[tuple[int, ...]]) -> Tensors:
        wanted = windows[number]
        following = windows[number + 1] if number + 1 < len(windows) else self._windows_of(epoch + 1)[0]
        # What is no longer needed goes before the next is asked for: two windows at most.
        self._held = {chunks: held for chunks, held in self._held.items() if chunks in (wanted, following)}
        for chunks in (wanted, following):
            if chunks not in self._held:
                self._ahead = self._ahead or ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
                self._held[chunks] = self._ahead.submit(self._load, chunks)
        return self._held[wanted].result()

    def _load(self, chunks: tuple[int, ...]) -> Tensors:
        parts = [self._read(number) for number in chunks]
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
