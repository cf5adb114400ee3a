"""Which latent steps can be told apart in the data? The Fisher information of the objects, pulled back to the latent space.

A latent step dz changes the law of the decoded object by KL = 1/2 dz' M dz nats, with M = J' I J: the decoder's Jacobian J
and the Fisher information I of the likelihood. Lengths under M are in nats^(1/2), "units of distinguishability": over a
short step, the root of twice the KL between its ends.

References:
    Arvanitidis, Hansen & Hauberg 2018, Latent space oddity, section 3; Arvanitidis et al. 2022, Pulling back information
    geometry, section 3 (any likelihood).
"""

__all__ = ["geodesics", "metric_at", "path_length"]

import warnings

import numpy as np
import torch
from torch import Tensor

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.space.codec import Codec
from gausscape.space.latent_curves import lengths_of_segments, shorten, typed

AT_ONCE = 1024
PAIRS_AT_ONCE = 64


def metric_at(codec: Codec, z: np.ndarray) -> np.ndarray:
    """The metric M = J' I J at each point, in nats for each squared latent unit.

    J comes from forward-mode differentiation, all axes at once: about 1 + latent decodes of the whole batch. A decoder
    with an operation that has no forward mode goes through reverse mode instead, one backward pass for each output.

    Args:
        codec: A space's `codec`.
        z: Points, (n, latent).

    Returns:
        Symmetric, positive semidefinite, (n, latent, latent).

    Raises:
        ShapeError: If the points have another number of coordinates.
        DataError: If they are not finite.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(200, 4, 4)).astype("float32")
        >>> space = fit(spots, latent=2, method="pca")
        >>> metric_at(space.codec, np.zeros((3, 2))).shape
        (3, 2, 2)
    """
    z = _checked(codec, z, "(n, {})", 2)
    found = [np.zeros((0, codec.latent, codec.latent))]
    batch = max(1, AT_ONCE // codec.latent)
    for start in range(0, len(z), batch):
        output, slopes = _output_and_slopes(codec.networks.decoder, typed(codec, z[start : start + batch]))
        scaled = codec.networks.likelihood.scaled_tangent(output, slopes).transpose(0, 1)
        found.append((scaled @ scaled.transpose(1, 2)).double().numpy())
    return np.concatenate(found)


def path_length(codec: Codec, paths: np.ndarray) -> np.ndarray:
    """Length of each path under the pull-back metric, in nats^(1/2).

    The sum over neighbouring points of the Fisher length of the change of the decoder's output, taken at the mean of the
    two outputs (midpoint rule). Lengths add up along a path; finer paths follow the curvature better.

    Args:
        codec: A space's `codec`.
        paths: p paths of t points each, (p, t, latent).

    Returns:
        Shape (p,).

    Raises:
        ShapeError: If the paths have another shape.
        DataError: If they are not finite.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(200, 4, 4)).astype("float32")
        >>> space = fit(spots, latent=2, method="pca")
        >>> there = np.linspace([0.0, 0.0], [1.0, 2.0], 9)
        >>> bool(np.allclose(path_length(space.codec, there[None]), path_length(space.codec, there[None, ::-1])))
        True
    """
    paths = _checked(codec, paths, "(paths, points, {})", 3)
    return lengths_of_segments(codec, paths).sum(1)


def geodesics(
    codec: Codec, a: np.ndarray, b: np.ndarray, *, steps: int = 16, live: np.ndarray | None = None
) -> np.ndarray:
    """Short paths under the pull-back metric between the points of many pairs, found for all pairs together.

    A curve is the straight line plus a few sine waves that vanish at both ends; Adam lowers its energy, the sum of its
    squared segment lengths, from the line on. Where that gains nothing the line is handed out, so that no path is
    longer than the straight line of as many equally spaced points. These are good paths, not proven shortest ones.
    Nothing is drawn at random, and the path of a pair does not depend on its company.

    Args:
        codec: A space's `codec`.
        a: Where the paths start, (p, latent).
        b: Where they end, (p, latent).
        steps: Points of each path, both ends included; spaced almost equally in pull-back length.
        live: Positions of the axes that may leave the straight line; None for all.

    Returns:
        Shape (p, steps, latent).

    Raises:
        ShapeError: If a and b differ in shape or have another number of coordinates.
        DataError: If they are not finite.
        ConfigurationError: If there are fewer than 2 steps.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(200, 4, 4)).astype("float32")
        >>> space = fit(spots, latent=2, method="pca")
        >>> path = geodesics(space.codec, np.zeros((1, 2)), np.ones((1, 2)), steps=3)  # a linear decoder: straight
        >>> np.round(path[0], 3) + 0.0
        array([[0. , 0. ],
               [0.5, 0.5],
               [1. , 1. ]])
    """
    if steps < 2:
        raise ConfigurationError(f"A path needs at least 2 steps, but got {steps}. Pass steps=16.")
    a, b = (_checked(codec, ends, "(pairs, {})", 2) for ends in (a, b))
    if len(a) != len(b):
        raise ShapeError(f"Paths need as many ends as starts, but got {len(b)} for {len(a)}. Pass pairs row by row.")
    axes = np.arange(codec.latent) if live is None else np.asarray(live)
    found = [np.zeros((0, steps, codec.latent))]
    for start in range(0, len(a), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        found.append(shorten(codec, a[part], b[part], steps=steps, axes=axes))
    return np.concatenate(found)


def _output_and_slopes(decoder: torch.nn.Module, points: Tensor) -> tuple[Tensor, Tensor]:
    """Output (n, outputs) and its derivative along each axis, (latent, n, outputs)."""

    def along(axis: Tensor) -> tuple[Tensor, Tensor]:
        output, slope = torch.func.jvp(decoder, (points,), (axis.expand_as(points),))[:2]
        return output, slope

    try:
        with warnings.catch_warnings():
            # The first vmap of a process loads parts of torch that warn of each other.
            warnings.filterwarnings("ignore", message=".*torch.jit.script", category=DeprecationWarning)
            # One tangent an axis, the same for all points: the output itself is computed once, not once an axis.
            output, slopes = torch.func.vmap(along)(torch.eye(points.shape[1], dtype=points.dtype))
    except (NotImplementedError, RuntimeError):
        return _slopes_in_reverse(decoder, points)
    return output[0], slopes


def _slopes_in_reverse(decoder: torch.nn.Module, points: Tensor) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        points = points.clone().requires_grad_()
        output = decoder(points)
        # A row of the batch depends on its own point alone, so the sum over the batch mixes nothing.
        columns = [torch.autograd.grad(column.sum(), points, retain_graph=True)[0] for column in output.unbind(1)]
    return output.detach(), torch.stack(columns, 2).permute(1, 0, 2)


def _checked(codec: Codec, z: np.ndarray, shape: str, axes: int) -> np.ndarray:
    z = np.asarray(z, dtype=np.float64)
    if z.ndim != axes or z.shape[-1] != codec.latent:
        raise ShapeError(
            f"The pull-back metric of this space needs latent points of shape {shape.format(codec.latent)}, but got {z.shape}. "
            "Pass points like space.embed(x).mean."
        )
    if not np.isfinite(z).all():
        raise DataError("Latent points need finite coordinates, but some are NaN or infinite. Check how they were made.")
    return z
