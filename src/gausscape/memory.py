"""How much memory may this process use, and how much of that is left?"""

__all__ = ["memory_left", "memory_limit", "readable"]

import contextlib
import os
from pathlib import Path

GROUP = Path("/sys/fs/cgroup")


def memory_limit() -> int:
    """Bytes that this process may use: the least of the machine, its control group and its own limit.

    Example:
        >>> memory_limit() > 0
        True
    """
    limits = [1 << 62, _own_limit()]
    with contextlib.suppress(AttributeError, ValueError, OSError):  # Windows has no sysconf
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with contextlib.suppress(OSError, ValueError):  # no such file, or the word "max"
        limits.append(int((GROUP / "memory.max").read_text()))
    return min(limits)


def memory_left() -> int:
    """Bytes that can still be taken, as far as the system tells: beside what this process and others hold already.

    Example:
        >>> 0 < memory_left() <= memory_limit()
        True
    """
    left = [memory_limit()]
    with contextlib.suppress(OSError, ValueError, IndexError):  # only Linux tells
        addresses = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        left.append(_own_limit() - addresses)
        told = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        left.append(int(told["MemAvailable"].split()[0]) * 1024)
    with contextlib.suppress(OSError, ValueError):
        used = int((GROUP / "memory.current").read_text()) - _reclaimable()
        left.append(int((GROUP / "memory.max").read_text()) - used)
    return max(0, min(left))


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


def _own_limit() -> int:
    with contextlib.suppress(ImportError):  # Windows has no resource
        import resource

        own = resource.getrlimit(resource.RLIMIT_AS)[0]
        if own != resource.RLIM_INFINITY:
            return own
    return 1 << 62


def _reclaimable() -> int:
    """Bytes of the control group that hold files read before; the system gives them up when they are needed."""
    lines = (GROUP / "memory.stat").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.split()[0] in ("inactive_file", "active_file"))
