"""Where is a program compared with the decoder? At latent points of the law, from its middle to far out in its tails."""

__all__ = ["cell_ranges", "drawn_places"]

import numpy as np

from gausscape.space.space import Space

PLACES = 256
STRETCHES = (1.0, 1.25, 1.5)
"""Half of the places are draws of the law, a quarter is moved a quarter further out, and a quarter half as far again."""


def drawn_places(
    space: Space, *, n: int = PLACES, seed: int = 0, stretches: tuple[float, float, float] = STRETCHES
) -> np.ndarray:
    """Latent points (n, latent) of the law, half of them moved outwards."""
    law, rng = space.aggregate.law, np.random.default_rng([seed, 29])
    u = law.whiten(law.sample(n, rng))
    stretch = np.repeat(stretches, (n - 2 * (n // 4), n // 4, n // 4))
    return space.aggregate.unwhiten(u * stretch[:, None])


def cell_ranges(cells: np.ndarray) -> np.ndarray:
    """The range over which each cell varies, (cells,), in which differences are told: at least 1, as for cells in [0, 1].

    Args:
        cells: Expected cells, (n, cells).
    """
    return np.maximum(cells.max(0) - cells.min(0), 1.0)
