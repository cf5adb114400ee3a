"""How do numbers come out the same on every worker? Each computes on one thread: more of them sum in another order."""

__all__ = ["one_thread"]

import contextlib
from collections.abc import Iterator

import threadpoolctl
import torch


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Whatever runs inside uses one thread of each numerical library; the number there was is put back.

    Example:
        >>> with one_thread():
        ...     torch.get_num_threads()
        1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpoolctl.threadpool_limits(limits=1):
            yield
    finally:
        torch.set_num_threads(before)
