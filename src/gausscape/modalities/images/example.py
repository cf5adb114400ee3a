"""A few tiny seeded images, for tests and first tries."""

__all__ = ["example_items"]

import numpy as np


def example_items(n: int = 64, seed: int = 0) -> np.ndarray:
    """n grey images (n, 8, 8), uint8: a soft spot at a random place with random brightness.

    Example:
        >>> example_items(3).shape
        (3, 8, 8)
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:8, :8]
    centre = rng.normal(3.5, 1.0, (n, 2, 1, 1))
    width = np.exp(rng.normal(0.5, 0.2, (n, 1, 1)))
    spot = np.exp(-((rows - centre[:, 0]) ** 2 + (columns - centre[:, 1]) ** 2) / (2 * width**2))
    noisy = spot + rng.normal(0, 0.05, spot.shape)
    return (noisy.clip(0, 1) * 255).astype("uint8")
