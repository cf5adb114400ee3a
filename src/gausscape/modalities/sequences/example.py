"""A few tiny seeded sequences, for tests and first tries."""

__all__ = ["example_items"]

import numpy as np

STEPS = 24


def example_items(n: int = 64, seed: int = 0) -> list[np.ndarray]:
    """n sequences (24, 2) of two channels: a bump of random place and height beside a slow wave, some values missing.

    Example:
        >>> example_items(3)[0].shape
        (24, 2)
    """
    rng = np.random.default_rng(seed)
    steps = np.arange(STEPS)
    place, height, phase = rng.normal(11, 2, (n, 1)), np.exp(rng.normal(0, 0.3, (n, 1))), rng.normal(0, 0.5, (n, 1))
    bump = height * np.exp(-((steps - place) ** 2) / 18)
    wave = 20 + 5 * np.sin(2 * np.pi * steps / STEPS + phase)
    series = np.stack([bump, wave], -1) + rng.normal(0, 1, (n, STEPS, 2)) * [0.05, 0.5]
    series[rng.random(series.shape) < 0.02] = np.nan
    return list(series)
