"""Probabilistic PCA as an encoder and a decoder: the rival that every space is measured against, with the same calibration."""

__all__ = ["fit_linear"]

from typing import Any

import numpy as np
import torch

from gausscape.errors import ConfigurationError
from gausscape.modality import Autoencoder, Modality, Tensors
from gausscape.space.saving import linear_networks

LEAST_VARIANCE = 1e-10


def fit_linear(modality: Modality, tensors: Tensors, *, latent: int, seed: int) -> tuple[Autoencoder, dict[str, Any]]:
    """Maximum-likelihood probabilistic PCA of the cells (Tipping & Bishop 1999, eqs. 7, 8 and 12).

    With eigenvalues l_j, directions u_j and noise variance s2, the posterior of a centred x has mean
    sqrt(l_j - s2) u_j'x / l_j and variance s2 / l_j on axis j. Missing cells stand at their column's mean.

    Args:
        modality: Turns the tensors into cells.
        tensors: n objects.
        latent: Number of components, at most min(n, cells) - 1.
        seed: Of the randomised solver that scikit-learn takes for large matrices.

    Raises:
        ConfigurationError: If there are too few objects or cells for that many components.
    """
    from sklearn.decomposition import PCA  # takes most of a second, and pandas with it: only who asks for PCA waits

    _, targets = modality.present(tensors, None)
    cells = targets["cells"].double().numpy()
    n, width = cells.shape
    if latent > min(n, width) - 1:
        raise ConfigurationError(
            f"PCA needs fewer components than objects and cells, but latent={latent} with {n} objects of {width} cells. "
            + (f"Pass latent={min(n, width) - 1} or less." if min(n, width) > 1 else "Use method='vae'.")
        )
    if "observed" in targets:
        observed = targets["observed"].numpy() > 0
        centre = np.where(observed.any(0), (cells * observed).sum(0) / np.maximum(observed.sum(0), 1), 0.0)
        cells = np.where(observed, cells, centre)
    solver = PCA(n_components=latent, random_state=seed).fit(cells)
    variance = np.maximum(solver.explained_variance_, LEAST_VARIANCE)
    noise = max(float(solver.noise_variance_), LEAST_VARIANCE)
    gain = np.sqrt(np.maximum(variance - noise, 1e-6 * variance))
    # The sign of a component is arbitrary; the largest loading is made positive so that equal data give equal signs.
    loadings = np.asarray(solver.components_)
    largest = loadings[np.arange(latent), np.abs(loadings).argmax(1)]
    components = loadings * np.where(largest < 0, -1.0, 1.0)[:, None]

    networks = linear_networks(latent, cells=width)
    values = {
        "encoder.centre": solver.mean_,
        "encoder.matrix": (components * (gain / variance)[:, None]).T,
        "encoder.log_std": 0.5 * np.log(noise / variance).clip(-20, 0),
        "decoder.weight": (components * gain[:, None]).T,
        "decoder.bias": solver.mean_,
        "likelihood.log_std": np.array([0.5 * np.log(noise)]),
    }
    networks.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)).float() for name, value in values.items()})
    share = float(solver.explained_variance_ratio_.sum())
    return networks, {"explained_variance": share, "noise_std": float(np.sqrt(noise)), "warnings": []}
