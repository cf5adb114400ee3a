"""How much memory this process may use, asked before a file's own claims are believed."""

__all__ = ["memory_limit", "refuse_too_large"]

import contextlib
import os
from pathlib import Path

from gausscape.errors import DataError


def refuse_too_large(what: str, needed: int) -> None:
    """Refuse what declares more bytes than this machine can hold, before anything is unpacked.

    Args:
        what: The file, and the part of it, in words that begin a sentence.
        needed: Bytes that it declares.

    Raises:
        DataError: If that is more than `memory_limit()`.
    """
    limit = memory_limit()
    if needed > limit:
        raise DataError(
            f"{what} would need {readable(needed)} of memory, and this process may use {readable(limit)}. "
            "If that size is true and not an error in the file, use fewer objects or a larger machine."
        )


def memory_limit() -> int:
    """Bytes that this process may use: the least of the machine, its control group and its own limit.

    Example:
        >>> memory_limit() > 0
        True
    """
    limits = [1 << 62]
    with contextlib.suppress(AttributeError, ValueError, OSError):  # Windows has no sysconf
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with contextlib.suppress(OSError, ValueError):  # no such file, or the word "max"
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    with contextlib.suppress(ImportError):  # Windows has no resource
        import resource

        own = resource.getrlimit(resource.RLIMIT_AS)[0]
        if own != resource.RLIM_INFINITY:
            limits.append(own)
    return min(limits)


def readable(size: int) -> str:
    """Bytes in words.

    Example:
        >>> readable(38_000_000_000)
        '38.0 GB'
    """
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            return f"{size:,} bytes" if unit == "bytes" else f"{amount:,.1f} {unit}"
        amount /= 1000
    return f"{size:,} bytes"
