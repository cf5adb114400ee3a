"""Where do two JSON-able documents differ?"""

__all__ = ["list_differences"]

from typing import Any


def list_differences(before: Any, now: Any, name: str) -> list[str]:
    """Each place in which two documents differ, in words.

    Args:
        before, now: The documents.
        name: What they are.

    Example:
        >>> list_differences({"seed": 1, "latent": 2}, {"seed": 3, "latent": 2}, "settings")
        ['settings.seed was 1 and is 3']
    """
    if isinstance(before, dict) and isinstance(now, dict):
        keys = sorted(set(before) | set(now))
        return [text for key in keys for text in list_differences(before.get(key), now.get(key), f"{name}.{key}")]
    return [] if before == now else [f"{name} was {before!r} and is {now!r}"]
