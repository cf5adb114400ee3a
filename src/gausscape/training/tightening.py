"""Bounds tighter than the evidence lower bound, at little more work: several draws an object, or the codes of a whole batch."""

__all__ = ["drawn_loss", "shared_loss"]

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gausscape.gaussian import Gaussian
from gausscape.likelihoods import Likelihood

Decode = Callable[[Tensor], Tensor]


def drawn_loss(
    decode: Decode,
    likelihood: Likelihood,
    posterior: Gaussian,
    targets: dict[str, Tensor],
    *,
    draws: int,
    weight: float,
    generator: torch.Generator,
) -> Tensor:
    """Minus the importance-weighted bound of `draws` codes an object, mean of a batch, nats.

    Its gradient for the decoder is that of one code, chosen by importance, and for the encoder that code's share of the
    doubly reparametrised one: both right in expectation, and the others need no backward pass. The value is the bound of
    all draws.

    Args:
        decode: Codes (n, latent) -> outputs (n, outputs).
        likelihood: What an output means.
        posterior: Of the objects, (n, latent).
        targets: "cells" (n, cells) and perhaps "observed".
        draws: Codes drawn for each object.
        weight: Of the divergence; the loss is a bound only for 1.
        generator: Of the draws.

    References:
        Burda, Grosse & Salakhutdinov 2016, equation 8; Tucker, Lawson, Gu & Maddison 2019, section 3 (1810.04152);
        resampling: Rubin 1987.
    """
    cells, observed = targets["cells"], targets.get("observed")
    # The encoder's gradient comes through the code alone: the score of the posterior's own parameters has mean 0.
    fixed = Gaussian(posterior.mean.detach(), posterior.std.detach())

    def log_ratio(z: Tensor) -> Tensor:
        gap = 0.5 * (((z - fixed.mean) / fixed.std) ** 2 - z**2) + torch.log(fixed.std)
        return likelihood.log_likelihood(decode(z), cells, observed) + weight * gap.sum(-1)

    noise = torch.randn((draws, *posterior.mean.shape), generator=generator)
    with torch.no_grad():
        ratios = torch.stack([log_ratio(fixed.sample(one)) for one in noise])
        bound = (torch.logsumexp(ratios, 0) - math.log(draws)).mean()
        shares = torch.softmax(ratios, 0)
        uniform = torch.rand(len(cells), generator=generator)
        chosen = (shares.cumsum(0) < uniform).sum(0).clamp(max=draws - 1)
        rows = torch.arange(len(cells))
        share = shares[chosen, rows].unsqueeze(-1)
    z = _ScaledGradient.apply(posterior.sample(noise[chosen, rows]), share)
    gradient = log_ratio(z).mean()
    return gradient.detach() - gradient - bound


def shared_loss(posterior: Gaussian, z: Tensor, scores: Tensor) -> Tensor:
    """Minus the bound in which every object of a batch uses the codes of all, mean of the batch, nats.

    With one code from each of n posteriors, (1/n) sum_j p(x | z_j) p(z_j) / q(z_j), q the mixture of the posteriors, is
    unbiased for p(x), so its logarithm is a lower bound in expectation. Where posteriors overlap, as on a map, it sees
    the parts of a posterior that no single Gaussian follows; where they do not, it is the evidence lower bound again.

    Args:
        posterior: Of the objects, (n, latent).
        z: One code from each, (n, latent).
        scores: Log-likelihood of each object at each code, (n, n) nats.

    References:
        The balance heuristic: Veach & Guibas 1995, section 3.2; bounds of several draws: Burda et al. 2016.

    Example:
        >>> one = Gaussian(torch.zeros(1, 2), torch.ones(1, 2))  # the prior itself: the bound is the likelihood
        >>> shared_loss(one, torch.tensor([[0.3, -1.0]]), torch.tensor([[-5.0]]))
        tensor(5.)
    """
    n, axes = z.shape
    # Differences before squares, which keeps the digits of narrow posteriors.
    squares = torch.stack([((z[:, None, k] - posterior.mean[:, k]) / posterior.std[:, k]) ** 2 for k in range(axes)]).sum(0)
    mixture = torch.logsumexp(-0.5 * squares - torch.log(posterior.std).sum(-1), 1) - math.log(n)
    return math.log(n) - torch.logsumexp(scores - 0.5 * (z**2).sum(-1) - mixture, 1).mean()


class _ScaledGradient(torch.autograd.Function):
    """The values as they are; their gradient times a factor."""

    @staticmethod
    def forward(context, values: Tensor, factor: Tensor) -> Tensor:
        context.save_for_backward(factor)
        return values.view_as(values)

    @staticmethod
    def backward(context, gradient: Tensor) -> tuple[Tensor, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        (factor,) = context.saved_tensors
        return gradient * factor, None
