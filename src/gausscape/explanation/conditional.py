"""The rest of an object given some of its parts: draws from the space's own law, by Metropolis within Gibbs."""

__all__ = ["complete_parts"]

import numpy as np
import torch

from gausscape.gaussian import LOG_2_PI, Gaussian
from gausscape.modality import Tensors
from gausscape.space.space import Space

SWEEPS = 8


def complete_parts(
    space: Space, cells: torch.Tensor, shown: torch.Tensor, *, drawn: bool, sweeps: int = SWEEPS, seed: int = 0
) -> torch.Tensor:
    """Complete objects of which some cells are given.

    Each row is a chain: encode the object as it stands, propose a code from the posterior, accept it by the ratio
    p(x | z) p(z) / q(z | x) under the aggregate law, draw the hidden cells anew, and so on. The chains start from codes
    drawn from the law.

    Args:
        space: The fitted space.
        cells: The given cells, (n, cells); what stands at hidden places does not matter.
        shown: 1 where a cell is given, (n, cells).
        drawn: Whether the last hidden cells are a draw, or the expected cells at the last code.
        sweeps: Rounds of each chain.
        seed: Of the draws.

    Returns:
        (n, cells), the given cells as they came.

    References:
        Rezende et al. 2014, Stochastic backpropagation, appendix F (imputation by the encoder).
        Mattei & Frellsen 2018, Leveraging the exact likelihood of deep latent variable models, section 3.2.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> images = np.random.default_rng(0).uniform(size=(60, 4, 4)).astype("float32")
        >>> space = fit(images, latent=2, method="pca")
        >>> given, _ = space.codec.observed(space.codec.tensors(images[:3]))
        >>> shown = torch.zeros_like(given)
        >>> shown[:, :8] = 1
        >>> whole = complete_parts(space, given, shown, drawn=False)
        >>> bool(torch.equal(whole[:, :8], given[:, :8])), tuple(whole.shape)
        (True, (3, 16))
    """
    codec, rng = space.codec, np.random.default_rng([seed, 31])
    n = len(cells)
    z = space.aggregate.full(space.aggregate.law.sample(n, rng))
    here = shown > 0
    filled = torch.where(here, cells, codec.cells(z, seed=_seed(rng)))
    for _ in range(sweeps):
        tensors = codec.tensors(space.modality.to_items(filled))
        posterior = codec.embed(tensors)
        proposed = posterior.sample(rng.standard_normal(posterior.mean.shape))
        gain = _log_weight(space, tensors, posterior, proposed) - _log_weight(space, tensors, posterior, z)
        accepted = np.log(rng.random(n)) < gain
        z = np.where(accepted[:, None], proposed, z)
        filled = torch.where(here, cells, codec.cells(z, seed=_seed(rng)))
    return filled if drawn else torch.where(here, cells, codec.cells(z))


def _log_weight(space: Space, tensors: Tensors, posterior: Gaussian, z: np.ndarray) -> np.ndarray:
    """log p(x | z) + log p(z) - log q(z | x), nats, (n,)."""
    live = space.live_axes
    dead = np.delete(z, live, axis=1)
    prior = space.aggregate.law.log_density(z[:, live]) - 0.5 * (dead**2 + LOG_2_PI).sum(1)
    return -space.codec.residual(tensors, z) + prior - posterior.log_density(z)


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))
