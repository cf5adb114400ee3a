"""Ray, where it is installed, and a session of it for as long as something runs on it."""

__all__ = ["import_ray", "ray_session"]

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gausscape.errors import MissingExtraError

OBJECT_STORE = 80 << 20
"""Bytes of Ray's store on one machine: near the least that it takes, for neither data nor results go through it."""

ONE_MACHINE = {
    "GLOO_SOCKET_IFNAME": "lo",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # Ray's word, on any system, for workers that meet on the loopback
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",
}


def import_ray(part: str, *, otherwise: str) -> tuple[Any, Any]:
    """(ray, its part of that name).

    Args:
        part: "data" or "train".
        otherwise: What to do without it, in words that end a sentence.

    Raises:
        MissingExtraError: If they are not installed.
    """
    # Read when ray is imported: nothing is reported to its makers.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        return importlib.import_module("ray"), importlib.import_module(f"ray.{part}")
    except ImportError as error:
        raise MissingExtraError(
            f"The engine ray needs the package ray with its part {part}, but {error.name or error} is missing. "
            f"Run: pip install 'gausscape[ray]', or {otherwise}."
        ) from error


@contextmanager
def ray_session(ray: Any, workers: int, *, shows_workers: bool) -> Iterator[None]:
    """A session that is running already, that of $RAY_ADDRESS, or one on this machine for as long as it is needed.

    Args:
        ray: The package.
        workers: Processes of one CPU each that will work at once.
        shows_workers: Whether what they print is shown here.
    """
    if ray.is_initialized():
        yield
        return
    if os.environ.get("RAY_ADDRESS"):
        ray.init(log_to_driver=shows_workers)
    else:
        ray.init(
            # One more than there are workers: a pool that takes every CPU waits for ever (ray#44687).
            num_cpus=workers + 1,
            object_store_memory=OBJECT_STORE,
            include_dashboard=False,
            log_to_driver=shows_workers,
            logging_level="ERROR",
            logging_config=ray.LoggingConfig(log_level="ERROR"),
            _node_ip_address="127.0.0.1",
            runtime_env={"env_vars": ONE_MACHINE},
        )
    try:
        yield
    finally:
        ray.shutdown()
