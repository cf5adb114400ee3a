"""How long is a curve in the latent space under the pull-back metric, and how is it made shorter?"""

__all__ = ["lengths_of_segments", "shorten", "typed"]

import math

import numpy as np
import torch
from torch import Tensor

from gausscape.space.codec import Codec

AT_ONCE = 1024
SEGMENTS = 16
FINE = 64
WAVES = 5
ROUNDS = 60
STRIDE = 0.07
LEAST_GAIN = 1e-3


def lengths_of_segments(codec: Codec, paths: np.ndarray) -> np.ndarray:
    """Length of each segment of paths (p, t, latent), in nats^(1/2), shape (p, t - 1)."""
    found = [np.zeros((0, max(0, paths.shape[1] - 1)))]
    batch = max(1, AT_ONCE // max(1, paths.shape[1]))
    with torch.no_grad():
        for start in range(0, len(paths), batch):
            squares = _squared_segments(codec, typed(codec, paths[start : start + batch]))
            found.append(squares.double().sqrt().numpy())
    return np.concatenate(found)


def typed(codec: Codec, z: np.ndarray) -> Tensor:
    """Latent values in the precision of the networks."""
    return torch.tensor(np.ascontiguousarray(z), dtype=codec._dtype)  # a copy: views may be reversed or read-only


def shorten(codec: Codec, a: np.ndarray, b: np.ndarray, *, steps: int, axes: np.ndarray) -> np.ndarray:
    """Paths (p, steps, latent) from a to b (p, latent) that bend along `axes`; the straight line where that gains nothing."""
    line = _spaced(codec, np.linspace(a, b, FINE + 1, axis=1), FINE + 1)
    # A wave of weight 1 swings as far as the ends lie apart.
    free = np.linalg.norm((b - a)[:, axes], axis=1)[:, None, None] * np.eye(codec.latent)[axes]
    weights = _lowest_energy(codec, _spaced(codec, line, SEGMENTS + 1), free)
    bent = line + _waves(FINE) @ weights @ free
    found, straight = _spaced(codec, bent, steps), np.linspace(a, b, steps, axis=1)
    # A gain must show on the fine path, where rounding and coarse steps cannot feign it, and on the one handed out.
    gains = lengths_of_segments(codec, bent).sum(1) < (1 - LEAST_GAIN) * lengths_of_segments(codec, line).sum(1)
    gains &= lengths_of_segments(codec, found).sum(1) <= lengths_of_segments(codec, straight).sum(1)
    return np.where(gains[:, None, None], found, straight)


def _lowest_energy(codec: Codec, line: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Weights of the waves, (p, waves, axes), on lines (p, nodes, latent); `free` (p, axes, latent) says which way they go."""
    start, waves, ways = (typed(codec, values) for values in (line, _waves(line.shape[1] - 1), free))
    best = torch.zeros(len(line), WAVES, free.shape[1], dtype=start.dtype)
    with torch.no_grad():
        first = _squared_segments(codec, start).sum(1)
    lowest, unit = first, first.clamp_min(torch.finfo(first.dtype).tiny)
    # Adam gives each weight a step of its own, so that no pair waits for another or depends on it.
    weights = best.clone().requires_grad_()
    optimiser = torch.optim.Adam([weights], betas=(0.9, 0.95))
    stride = STRIDE / math.sqrt(max(1, free.shape[1]))
    for number in range(ROUNDS):
        optimiser.param_groups[0]["lr"] = stride * math.cos(math.pi / 2 * number / ROUNDS) ** 2
        optimiser.zero_grad()
        with torch.enable_grad():
            energy = _squared_segments(codec, start + waves @ weights @ ways).sum(1)
            (energy / unit).sum().backward()
        lower = energy.detach() < lowest
        best = torch.where(lower[:, None, None], weights.detach(), best)
        lowest = torch.where(lower, energy.detach(), lowest)
        optimiser.step()
    return best.double().numpy()


def _waves(segments: int) -> np.ndarray:
    """sin(k pi s) / k at equally spaced s in [0, 1], (segments + 1, waves): the finer a wave, the smaller."""
    order = np.arange(1, WAVES + 1)
    waves = np.sin(np.pi * order * np.linspace(0, 1, segments + 1)[:, None]) / order
    waves[[0, -1]] = 0.0
    return waves


def _spaced(codec: Codec, paths: np.ndarray, points: int) -> np.ndarray:
    """The same polylines (p, t, latent) with `points` points that are equally spaced in pull-back length."""
    reached = np.pad(lengths_of_segments(codec, paths).cumsum(1), ((0, 0), (1, 0)))
    # Where nothing changes along a path, its points are spaced as they were.
    reached = np.where(reached[:, -1:] > 0, reached, np.linspace(0, 1, paths.shape[1]))
    share = np.linspace(0, 1, points)
    return np.stack(
        [
            np.stack([np.interp(share * far[-1], far, column) for column in path.T], axis=1)
            for far, path in zip(reached, paths, strict=True)
        ]
    )


def _squared_segments(codec: Codec, paths: Tensor) -> Tensor:
    output = codec.networks.decoder(paths.flatten(0, 1)).unflatten(0, paths.shape[:2])
    middle, change = (output[:, 1:] + output[:, :-1]) / 2, output.diff(dim=1)
    scaled = codec.networks.likelihood.scaled_tangent(middle.flatten(0, 1), change.flatten(0, 1))
    return (scaled**2).sum(-1).reshape(change.shape[:2])
