"""A generator's encoder: the code of an object is found by going down to where the generator makes it.

A generator has no encoder, and its codes no likelihood. Both are given here: an object is what the generator makes plus
normal noise of one learned scale (Wu et al. 2017, section 2), and its code is a mode of the posterior under the N(0, I)
that the generator was fed with. The start is what a network that was trained on generated objects says, or the most alike
of 2,000 generated objects, whichever is nearer; Adam does the rest (Zhu et al. 2016, section 3.1).
"""

__all__ = ["CellEncoder", "CellGenerator", "InvertingEncoder", "inverting_networks"]

import math
import warnings

import torch
from torch import Tensor, nn

from gausscape.likelihoods import LearnedGaussian, Likelihood
from gausscape.modality import Autoencoder
from gausscape.networks import DenseEncoder

STEPS = 50
RATE = 0.08
TRIED = 2_000
MOMENTS = (0.9, 0.99)
SLOPES_AT_ONCE = 4_000_000
SMALLEST_NOISE = 1e-3


class CellGenerator(nn.Module):
    """z (n, latent) -> cells (n, cells): a decoder and the mean of the likelihood that its output was made for.

    Args:
        decoder: From z to that likelihood's output.
        meaning: The likelihood; only its mean is used.
    """

    def __init__(self, decoder: nn.Module, meaning: Likelihood):
        super().__init__()
        self.decoder = decoder
        self.meaning = meaning

    def forward(self, z: Tensor) -> Tensor:
        return self.meaning.mean(self.decoder(z))


class CellEncoder(nn.Module):
    """Reads "cells" and, where some are missing, "observed", as one flat row: a first guess for any kind of data.

    Args:
        cells: Number of cells.
        latent: Number of latent coordinates.
        gaps: Whether cells can be missing.
        width: Features of each hidden layer.
    """

    def __init__(self, cells: int, latent: int, *, gaps: bool, width: int = 128):
        super().__init__()
        self.gaps = gaps
        self.dense = DenseEncoder(cells * (1 + gaps), latent, width=width)

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        cells = inputs["cells"]
        if not self.gaps:
            return self.dense(cells)
        observed = inputs.get("observed", torch.ones_like(cells))
        return self.dense(torch.cat([cells * observed, observed], -1))


class InvertingEncoder(nn.Module):
    """Objects -> (mode of the posterior of z, log of its standard deviations), each (n, latent).

    The mode maximises log p(x | z) - |z|^2 / 2. The deviations are those of the best diagonal normal law about it,
    (1 + sum_k (dG_k / dz_j)^2 / sigma^2)^(-1/2) on axis j (Gauss-Newton curvature; Bishop 2006, section 10.1.2): what the
    encoder of a variational autoencoder states, so that every measure keeps its unit.

    A row depends on its own object alone, always the same 2,000 generated objects are tried, and of all points on the way
    the best is kept. An answer is therefore never worse than its start. It is a local mode: another start may end lower.

    Args:
        first: Module from inputs to (first guess, anything), each (n, latent).
        generator: From z to cells.
        likelihood: Of cells given the generator's.
        steps: Steps of Adam; 0 for the first guess alone.
    """

    def __init__(self, first: nn.Module, generator: nn.Module, likelihood: Likelihood, *, steps: int = STEPS):
        super().__init__()
        self.first = first
        self.steps = steps
        self._tried: tuple[Tensor, Tensor] | None = None
        # In a tuple, so that the autoencoder's own decoder and likelihood are not counted, and saved, twice.
        self._outward = (generator, likelihood)

    def forward(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        cells, observed = inputs["cells"], inputs.get("observed")
        z = self.refine(self.start(inputs), cells, observed)
        return z, -0.5 * torch.log(self.precision(z, observed))

    def start(self, inputs: dict[str, Tensor]) -> Tensor:
        """The better of the first guess and the most alike of the generated objects that are tried, (n, latent)."""
        cells, observed = inputs["cells"], inputs.get("observed")
        with torch.no_grad():
            guess = self.first(inputs)[0]
            points, made = self._generated(guess)
            seen = cells if observed is None else cells * observed
            squares = made.square().sum(-1) if observed is None else observed @ made.square().T
            # The square of the object's own cells is the same for all that are tried.
            alike = points[(squares - 2 * seen @ made.T).argmin(-1)]
        losses = [self._descend(z, cells, observed)[1] for z in (guess, alike)]
        return torch.where((losses[0] <= losses[1])[:, None], guess, alike)

    def _generated(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """Points, always the same, and what the generator makes of them; made once, for the generator is frozen by then."""
        if self._tried is None or self._tried[0].dtype != like.dtype:
            random = torch.Generator().manual_seed(0)
            points = torch.randn(TRIED, like.shape[1], generator=random).to(like.dtype)
            self._tried = points, self._outward[0](points)
        return self._tried

    def refine(self, start: Tensor, cells: Tensor, observed: Tensor | None) -> Tensor:
        """The best point (n, latent) on the way down from the start (n, latent)."""
        best, lowest = start.detach().clone(), torch.full((len(start),), math.inf, dtype=start.dtype)
        z, first, second = best.clone(), torch.zeros_like(best), torch.zeros_like(best)
        for step in range(self.steps + 1):
            slope, loss = self._descend(z, cells, observed)
            better = loss < lowest
            lowest = torch.where(better, loss, lowest)
            best = torch.where(better[:, None], z, best)
            if step == self.steps:
                break
            first = torch.lerp(slope, first, MOMENTS[0])
            second = torch.lerp(slope.square(), second, MOMENTS[1])
            rate = RATE * 0.5 * (1 + math.cos(math.pi * step / self.steps))
            unbiased = [
                moment / (1 - decay ** (step + 1)) for moment, decay in zip((first, second), MOMENTS, strict=True)
            ]
            z = z - rate * unbiased[0] / (unbiased[1].sqrt() + 1e-12)
        return best

    def _descend(self, z: Tensor, cells: Tensor, observed: Tensor | None) -> tuple[Tensor, Tensor]:
        generator, likelihood = self._outward
        with torch.enable_grad():
            point = z.detach().requires_grad_()
            loss = 0.5 * point.square().sum(-1) - likelihood.log_likelihood(generator(point), cells, observed)
            (slope,) = torch.autograd.grad(loss.sum(), point)
        return slope, loss.detach()

    def precision(self, z: Tensor, observed: Tensor | None) -> Tensor:
        """Curvature of the negative log-posterior along each axis at z (n, latent): 1 + J' I J, its diagonal."""
        generator, likelihood = self._outward
        rows = max(1, SLOPES_AT_ONCE // (z.shape[1] * likelihood.cells))
        found = []
        for start in range(0, len(z), rows):
            points = z[start : start + rows].detach()
            output, slopes = _slopes(generator, points)
            squares = likelihood.scaled_tangent(output, slopes).square()
            if observed is not None:
                squares = squares * observed[start : start + rows]
            found.append(1 + squares.sum(-1).T)
        return torch.cat(found) if found else torch.ones_like(z)


def inverting_networks(
    networks: Autoencoder, *, steps: int = STEPS, reads_cells: bool = False, gaps: bool = False
) -> Autoencoder:
    """Encoder by inversion, generator and noise, from the networks that a kind of data builds.

    Args:
        networks: Its decoder becomes the generator, its encoder the first guess.
        steps: Of the inversion.
        reads_cells: Whether a dense network on the cells gives the first guess instead.
        gaps: Whether cells can be missing.
    """
    cells = networks.likelihood.cells
    generator = CellGenerator(networks.decoder, networks.likelihood)
    likelihood = LearnedGaussian(cells, floor=SMALLEST_NOISE)
    first = CellEncoder(cells, networks.latent, gaps=gaps) if reads_cells else networks.encoder
    return Autoencoder(
        InvertingEncoder(first, generator, likelihood, steps=steps),
        generator,
        likelihood,
        latent=networks.latent,
        document={**networks.document, "inversion": {"steps": steps, "reads_cells": reads_cells, "gaps": gaps}},
    )


def _slopes(generator: nn.Module, points: Tensor) -> tuple[Tensor, Tensor]:
    """Cells (n, cells) and their derivative along each axis, (latent, n, cells)."""

    def along(axis: Tensor) -> tuple[Tensor, Tensor]:
        return torch.func.jvp(generator, (points,), (axis.expand_as(points),))[:2]

    axes = torch.eye(points.shape[1], dtype=points.dtype)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # The first vmap of a process loads parts of torch that warn of each other.
            warnings.filterwarnings("ignore", message=".*torch.jit.script", category=DeprecationWarning)
            output, slopes = torch.func.vmap(along)(axes)
        return output[0], slopes
    except (NotImplementedError, RuntimeError):
        # Own modules may hold what has no forward derivative: central differences do for a standard deviation.
        step = 1e-2
        with torch.no_grad():
            slopes = [(generator(points + step * axis) - generator(points - step * axis)) / (2 * step) for axis in axes]
            return generator(points), torch.stack(slopes)
