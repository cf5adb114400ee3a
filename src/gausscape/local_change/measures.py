"""How far apart are two measured objects, by every ruler that needs no decoding?"""

__all__ = ["distance_of_shift", "input_distances", "posterior_distances", "whitened_shift"]

import numpy as np

from gausscape.gaussian import Gaussian
from gausscape.local_change.ends import Ends
from gausscape.space.space import Space


def whitened_shift(space: Space, ends: Ends) -> np.ndarray:
    """Difference b - a of the posterior means in standard deviations of the aggregate law, (n, live); 0 for equals."""
    a, b = ends.posteriors
    shift = space.aggregate.whiten(b.mean) - space.aggregate.whiten(a.mean)
    # A batch and a single are summed in another order: equal objects differ in the last bit, and must not.
    shift[ends.identical] = 0
    return shift


def distance_of_shift(shift: np.ndarray) -> np.ndarray:
    """Mahalanobis distance D of each whitened shift (n, live), (n,)."""
    return np.linalg.norm(shift, axis=1)


def posterior_distances(space: Space, ends: Ends) -> dict[str, np.ndarray]:
    """Between the posteriors on the live axes, each (n,).

    "jeffreys" (nats), "fisher_rao" (nats^(1/2)) and "wasserstein" (latent units); a dead axis would add to the last two
    without meaning anything.
    """
    live = space.live_axes
    a, b = (Gaussian(side.mean[:, live], side.std[:, live]) for side in ends.posteriors)
    found = {"jeffreys": a.jeffreys(b), "fisher_rao": a.fisher_rao(b), "wasserstein": a.wasserstein(b)}
    return {name: np.where(ends.identical, 0.0, np.maximum(values, 0.0)) for name, values in found.items()}


def input_distances(space: Space, ends: Ends) -> np.ndarray:
    """Euclidean distance of the observed cells, (n,): the rival that needs no fit.

    Cells that either object lacks are left out and made up for by the others, as scikit-learn's
    `nan_euclidean_distances` does; NaN where the two share no cell.
    """
    (first, there), (second, here) = (space.codec.observed(side.tensors) for side in (ends.a, ends.b))
    squares = (first - second) ** 2
    if there is None or here is None:
        return squares.double().sum(1).sqrt().numpy()
    shared = there * here
    count = shared.sum(1).double().numpy()
    total = (squares * shared).double().sum(1).numpy()
    return np.sqrt(np.divide(total * first.shape[1], count, out=np.full(len(count), np.nan), where=count > 0))
