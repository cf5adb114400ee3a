"""Which network tells generated from real cells? The encoder that a kind of data builds, and one more layer."""

__all__ = ["Discriminator", "Reading", "build_discriminator", "find_reading"]

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.errors import ShapeError
from gausscape.modality import Modality, Tensors

FEATURES = 64
SLOPE = 0.2


@dataclass(frozen=True)
class Reading:
    """How the inputs of an encoder follow from cells.

    Args:
        cells: Names of the inputs that are the cells, 0 where they are missing.
        observed: Names of the inputs that say which cells are there.
    """

    cells: tuple[str, ...]
    observed: tuple[str, ...]

    def inputs(self, cells: Tensor, observed: Tensor | None) -> Tensors:
        """What an encoder sees of cells (n, cells), of which `observed` (n, cells) are there; None for all."""
        seen = cells if observed is None else cells * observed
        there = torch.ones_like(cells) if observed is None else observed
        found = {name: seen for name in self.cells} | {name: there for name in self.observed}
        return found | {"cells": seen} | ({} if observed is None else {"observed": there})


def find_reading(kind: Modality, tensors: Tensors) -> Reading | None:
    """How this kind's encoder reads cells, found on real objects; None if its inputs are more than cells.

    An encoder that reads something else, a mask of columns for instance, cannot be shown what a generator makes; a
    dense network on the cells takes its place.
    """
    inputs, targets = kind.present(tensors, None)
    cells, observed = targets["cells"], targets.get("observed")
    seen = cells if observed is None else cells * observed
    of_cells = tuple(name for name, value in inputs.items() if value.shape == cells.shape and torch.equal(value, seen))
    there = torch.ones_like(cells) if observed is None else observed
    flags = tuple(
        name
        for name, value in inputs.items()
        if name not in of_cells and value.shape == cells.shape and torch.equal(value.to(there.dtype), there)
    )
    return Reading(of_cells, flags) if of_cells and len(of_cells) + len(flags) == len(inputs) else None


class Discriminator(nn.Module):
    """Cells -> one logit for "real", (n,).

    It sees one object at a time. With the spread of the whole batch as one more feature (Karras et al. 2018, section 3) it
    told the two apart at once, and the generator had nothing to learn from: so the guard watches the spread instead.

    Args:
        trunk: Module from inputs to a pair of features, each (n, features).
        features: Number of features of each.
        reading: How its inputs follow from cells.
    """

    def __init__(self, trunk: nn.Module, features: int, reading: Reading):
        super().__init__()
        self.trunk = trunk
        self.reading = reading
        self.last = nn.Linear(2 * features, 1)

    def forward(self, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        features = torch.cat(self.trunk(self.reading.inputs(cells, observed)), -1)
        return self.last(functional.leaky_relu(features, SLOPE)).squeeze(-1)


class CellTrunk(nn.Module):
    """Flat cells, in standard deviations, through one leaky layer to a pair of features: what steady training wants.

    Residual blocks with norms, as encoders have, told generated from real objects too soon: on digits the generator then
    covered 8% of unseen ones, and with this trunk 53%, after the same 2,500 steps.

    Args:
        cells: Some real ones, (n, cells): their mean and spread are taken out.
        gaps: Whether cells can be missing.
        width: Features of the hidden layer.
    """

    centre: Tensor

    def __init__(self, cells: Tensor, *, gaps: bool, width: int = 256):
        super().__init__()
        self.gaps = gaps
        self.register_buffer("centre", cells.mean(0))
        self.unit = max(float((cells - self.centre).square().mean().sqrt()), 1e-6)
        self.first = nn.Linear(cells.shape[1] * (1 + gaps), width)
        self.second = nn.Linear(width, width)

    def forward(self, inputs: Tensors) -> tuple[Tensor, Tensor]:
        cells = (inputs["cells"] - self.centre) / self.unit
        if self.gaps:
            observed = inputs["observed"]
            cells = torch.cat([cells * observed, observed], -1)
        first, second = self.second(functional.leaky_relu(self.first(cells), SLOPE)).chunk(2, -1)
        return first, second


def build_discriminator(
    kind: Modality, latent: int, *, size: int, architecture: Any, tensors: Tensors, seed: int
) -> tuple[Discriminator, Reading | None]:
    """(the discriminator, how this kind's own encoder reads cells or None).

    Without an architecture, or where the kind's encoder reads more than cells, a plain network on the cells; else the
    encoder of the settings.

    Raises:
        ShapeError: If the encoder's two outputs are not of one shape.
    """
    reading = find_reading(kind, tensors)
    _, targets = kind.present(tensors, None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if reading is None or architecture is None or isinstance(architecture, str):
            cells, observed = targets["cells"].float(), targets.get("observed")
            seen = cells if observed is None else cells * observed
            trunk, used = CellTrunk(seen, gaps=observed is not None), Reading((), ())
        else:
            # Own modules have as many outputs as they have; all others as many as are wanted.
            wanted = latent if isinstance(architecture, tuple | list) else FEATURES
            built = kind.networks(wanted, size=size, architecture=_any_latent(architecture), tensors=tensors)
            trunk, used = built.encoder, reading
        some = {name: values[:2] for name, values in targets.items()}
        with torch.no_grad():
            first, second = trunk(used.inputs(some["cells"].float(), some.get("observed")))
        if first.shape != second.shape:
            raise ShapeError(
                f"A discriminator needs an encoder with two outputs of one shape, but got {tuple(first.shape)} and "
                f"{tuple(second.shape)}. Give both one size."
            )
        return Discriminator(trunk, first.shape[1], used), reading


def _any_latent(architecture: Any) -> Any:
    """The same settings without the number of latent coordinates: a discriminator has features instead."""
    if not isinstance(architecture, dict):
        return architecture
    return {
        key: {name: entry for name, entry in part.items() if name != "latent_dim"} if isinstance(part, dict) else part
        for key, part in architecture.items()
    }
