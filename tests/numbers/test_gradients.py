"""Gradients of every own loss and every own layer, against differences in float64 (torch.autograd.gradcheck).

Layers are found by looking: each module class of the package that an example network of a kind of data uses, and the rest
through the networks that hold them.
"""

import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import gausscape
from gausscape.gaussian import Gaussian
from gausscape.modalities.images.subpixel import SubpixelDecoder
from gausscape.modality import find_modality, modalities
from gausscape.networks import DenseDecoder, DenseEncoder, LinearEncoder, ResidualBlock
from gausscape.training.objective import Elbo

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts"))
import test_likelihood_contract as laws

TOLERANCES = {"eps": 1e-6, "atol": 1e-6, "rtol": 1e-5, "nondet_tol": 0.0}
ENTRIES = 6
"""Entries of the input whose derivatives are compared; the others stay where they are."""


def agrees(function: Callable[[Tensor], Tensor], at: Tensor, seed: int = 0) -> bool:
    """Whether the derivatives of function along some entries of `at` are those of its differences."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(at.numel(), generator=generator)[:ENTRIES]
    flat = at.detach().double().flatten()

    def of_some(entries: Tensor) -> Tensor:
        return function(flat.index_put((chosen,), entries).view(at.shape))

    return torch.autograd.gradcheck(of_some, (flat[chosen].clone().requires_grad_(),), **TOLERANCES)


@pytest.mark.parametrize("kind", laws.LAWS, ids=lambda kind: kind.__name__)
def test_N3_log_likelihoods(kind):
    law, output = laws.build(kind)
    cells = laws.draws_of(law, output, 4, seed=1)
    assert agrees(lambda output: law.log_likelihood(output, cells), output.expand(4, -1))
    for name, parameter in law.named_parameters():

        def of_parameter(values: Tensor, name: str = name) -> Tensor:
            return torch.func.functional_call(LogLikelihood(law), {f"law.{name}": values}, (output.expand(4, -1), cells))

        assert agrees(of_parameter, parameter), name


class LogLikelihood(nn.Module):
    """The log-likelihood as a module, so that a parameter can be replaced."""

    def __init__(self, law: nn.Module):
        super().__init__()
        self.law = law

    def forward(self, output: Tensor, cells: Tensor) -> Tensor:
        return self.law.log_likelihood(output, cells)


def test_N3_divergences_draws_and_the_objective():
    draw = torch.Generator().manual_seed(0)
    mean, log_std = (torch.randn(5, 3, generator=draw, dtype=torch.float64) for _ in range(2))
    noise = torch.randn(5, 3, generator=draw, dtype=torch.float64)

    def gaussian(both: Tensor) -> Gaussian:
        return Gaussian(both[:, :3], both[:, 3:].exp())

    both = torch.cat([mean, log_std], 1)
    assert agrees(lambda both: gaussian(both).divergence_by_axis(), both)
    assert agrees(lambda both: gaussian(both).divergence_from_standard(), both)
    assert agrees(lambda both: gaussian(both).sample(noise), both)
    # Free bits away from the corner at which the loss has no derivative.
    for objective in (Elbo(kl_weight=0.7), Elbo(kl_weight=1.0, free_bits=0.01)):
        assert agrees(lambda both, own=objective: own.loss(both[:, 0], gaussian(both).divergence_by_axis(), 0.5)[None], both)


@pytest.mark.parametrize("layer", ["residual", "encoder", "decoder", "folded decoder", "subpixel decoder", "linear"])
def test_N3_layers_that_all_kinds_share(layer):
    torch.manual_seed(0)
    made: nn.Module = {
        "residual": lambda: ResidualBlock(6),
        "encoder": lambda: DenseEncoder(5, 2, width=8, blocks=2),
        "decoder": lambda: DenseDecoder(2, 5, width=8, blocks=2),
        "folded decoder": lambda: DenseDecoder(2, 5, width=8, blocks=1, frequencies=2),
        "subpixel decoder": lambda: SubpixelDecoder(2, (3, 2, 1), width=4, blocks=1),
        "linear": lambda: Wrapped(LinearEncoder(5, 2), "cells"),
    }[layer]().double()
    for parameter in made.parameters():
        nn.init.normal_(parameter, std=0.5)
    width = {"residual": 6, "decoder": 2, "folded decoder": 2, "subpixel decoder": 2}.get(layer, 5)
    at = torch.randn(3, width, dtype=torch.float64)
    assert agrees(lambda inputs: joined(made(inputs)), at)
    for name, parameter in made.named_parameters():
        assert agrees(lambda values, name=name: joined(torch.func.functional_call(made, {name: values}, (at,))), parameter), name


class Wrapped(nn.Module):
    """A network of named inputs, given one of them."""

    def __init__(self, network: nn.Module, name: str):
        super().__init__()
        self.network, self.name = network, name

    def forward(self, inputs: Tensor) -> object:
        return self.network({self.name: inputs})


def joined(found: object) -> Tensor:
    return torch.cat([part.flatten() for part in found]) if isinstance(found, tuple) else found


@pytest.mark.parametrize("name", modalities())
def test_N3_networks_of_every_kind_of_data(name):
    torch.manual_seed(0)
    example = importlib.import_module(f"gausscape.modalities.{name}.example").example_items(12, seed=0)
    kind = find_modality(name).infer(example)
    tensors = kind.to_tensors(example)
    networks = kind.networks(2, size=12, tensors=tensors).double().eval()
    inputs, targets = kind.present(tensors, None)
    inputs, targets = ({key: value.double() if value.is_floating_point() else value for key, value in part.items()}
                       for part in (inputs, targets))  # fmt: skip
    noise = torch.randn(len(next(iter(inputs.values()))), 2, dtype=torch.float64)

    def loss(**replaced: Tensor) -> Tensor:
        return torch.func.functional_call(Loss(networks), replaced, (inputs, targets, noise))[None]

    with torch.no_grad():
        before = [parameter.clone() for parameter in networks.parameters()]
        for parameter in networks.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))  # away from zeros and ties that a fresh network has
    assert before
    for key, parameter in networks.named_parameters():
        if parameter.requires_grad:
            assert agrees(lambda values, key=key: loss(**{f"networks.{key}": values}), parameter), key


class Loss(nn.Module):
    """What training lowers, as one module."""

    def __init__(self, networks: nn.Module):
        super().__init__()
        self.networks = networks

    def forward(self, inputs: dict[str, Tensor], targets: dict[str, Tensor], noise: Tensor) -> Tensor:
        posterior = self.networks.encode(inputs)
        output = self.networks.decoder(posterior.sample(noise))
        scores = self.networks.likelihood.log_likelihood(output, targets["cells"], targets.get("observed"))
        return Elbo(kl_weight=1.0).loss(scores / targets["cells"].shape[1], posterior.divergence_by_axis(), 1.0)


def test_N3_own_backward_passes_are_those_known_here():
    # What autograd differentiates it differentiates rightly; an own backward pass needs a check of its own.
    package = Path(inspect.getfile(gausscape)).parent
    known = {
        "training/tightening.py": "a gradient that is scaled on purpose, while the values stay",
    }
    found = {str(path.relative_to(package)) for path in package.rglob("*.py") if "autograd.Function" in path.read_text()}
    assert found <= set(known)


def test_N3_a_scaled_gradient_is_the_gradient_times_its_factor():
    tightening = importlib.import_module("gausscape.training.tightening")
    values = torch.randn(4, dtype=torch.float64, requires_grad=True)
    factor = torch.rand(4, dtype=torch.float64)
    scaled = tightening._ScaledGradient.apply(values, factor)
    assert torch.equal(scaled, values)
    (gradient,) = torch.autograd.grad(scaled.pow(3).sum(), values)
    torch.testing.assert_close(gradient, 3 * values.detach() ** 2 * factor)


def test_N3_the_shared_bound():
    shared_loss = importlib.import_module("gausscape.training.tightening").shared_loss
    draw = torch.Generator().manual_seed(0)
    both, z = (torch.randn(5, width, generator=draw, dtype=torch.float64) for width in (6, 3))
    scores = torch.randn(5, 5, generator=draw, dtype=torch.float64)

    def gaussian(both: Tensor) -> Gaussian:
        return Gaussian(both[:, :3], both[:, 3:].exp())

    assert agrees(lambda both: shared_loss(gaussian(both), z, scores)[None], both)
    assert agrees(lambda z: shared_loss(gaussian(both), z, scores)[None], z)
    assert agrees(lambda scores: shared_loss(gaussian(both), z, scores)[None], scores)
