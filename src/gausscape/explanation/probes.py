"""Probes: what do y and the features answer in antithetic pairs around the centres of some patches?"""

__all__ = ["Plan", "Probes", "probe_patches"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gausscape.explanation.swaps import Read
from gausscape.outcome import Outcome
from gausscape.outcome.answers import Failure
from gausscape.space.patch import Patch
from gausscape.space.rendering import Rendering
from gausscape.space.space import Space
from gausscape.space.support import Support


@dataclass(frozen=True)
class Plan:
    """How the calls of one patch are spent.

    Args:
        pairs: Antithetic pairs of probes.
        repeats: Probes that are drawn a second time, to tell y from the noise of the draws; 0 where nothing is drawn.
        swaps: Exchanges of one input part.

    Example:
        >>> Plan.of(512, drawn=False, swaps=True)
        Plan(pairs=191, repeats=0, swaps=128)
    """

    pairs: int
    repeats: int
    swaps: int

    @classmethod
    def of(cls, calls: int, *, drawn: bool, swaps: bool) -> "Plan":
        """A quarter for swaps, an eighth for repeats, one for the centre, and the rest for pairs."""
        exchanged = calls // 4 if swaps else 0
        repeated = calls // 16 * 2 if drawn else 0
        return cls((calls - 1 - exchanged - repeated) // 2, repeated, exchanged)


@dataclass(frozen=True)
class Probes:
    """Answers at u0 + step and u0 - step of one patch.

    Args:
        steps: Whitened steps, (pairs, live).
        values: y at both ends, (2, pairs); NaN where it failed.
        features: Of the expected objects at both ends, (2, pairs, features).
        cells: Objects as y received them, all of the plus ends, then all of the minus ends, (2 pairs, cells).
        again: y at second draws of the probes 0, 1 ... in the order of `cells` by pairs, (2, repeats / 2); empty if none.
        support: Label of each probe, (2, pairs).
        centre: y at the rendered centre; NaN where it failed or objects are drawn.
        failures: The cases that y failed on.
        asked: Number of cases that y was asked about.
    """

    steps: np.ndarray
    values: np.ndarray
    features: np.ndarray
    cells: torch.Tensor
    again: np.ndarray
    support: np.ndarray
    centre: float
    failures: tuple[Failure, ...]
    asked: int

    @property
    def usable(self) -> np.ndarray:
        """Pairs that y answered and whose ends both decode to something like the data, bool (pairs,)."""
        return np.isfinite(self.values).all(0) & self.supported

    @property
    def supported(self) -> np.ndarray:
        """Pairs whose ends both pass the support gates, bool (pairs,)."""
        return (self.support != Support.UNSUPPORTED).all(0)


def probe_patches(
    space: Space,
    outcome: Outcome,
    patches: Sequence[Patch],
    *,
    renderings: Sequence[Rendering],
    plans: Sequence[Plan],
    read: Read,
    seeds: Sequence[int],
) -> list[Probes]:
    """Probe several patches with one call of y for all.

    Args:
        space: Of all patches.
        outcome: y.
        patches: The places.
        renderings: How codes become objects, one a patch.
        plans: How the calls are spent, one a patch.
        read: The features of cells.
        seeds: One a patch, so that probes of different patches are independent.
    """
    codec, whiten = space.codec, space.aggregate.whiten
    codes, cells, steps, expected = [], [], [], []
    for patch, rendering, plan, seed in zip(patches, renderings, plans, seeds, strict=True):
        pairs = patch.probes(2 * plan.pairs, seed=seed)
        plus, minus = pairs[::2], pairs[1::2]
        residual = _residual(space, patch)
        # Both ends share the noise of their draws, so that their difference holds what the code does.
        ends = [rendering.cells(codec, end, residual, seed=seed) for end in (plus, minus)]
        half = plan.repeats // 2
        repeats = [rendering.cells(codec, end[:half], residual, seed=seed + 1_000_003) for end in (plus, minus) if half]
        centre = [] if rendering.drawn else [rendering.cells(codec, patch.centre[None].copy(), residual, seed=seed)]
        cells.append(torch.cat([*ends, *repeats, *centre]))
        codes.append(np.concatenate([plus, minus]))
        steps.append(whiten(plus) - patch.u)
        expected.append(codec.cells(codes[-1]))
    answers = outcome(space.modality.to_items(torch.cat(cells)))
    features = read(torch.cat(expected))
    support = space.assess_codes(np.concatenate(codes))["support"]
    found, row, code = [], 0, 0
    for own, plan, step, rendering in zip(cells, plans, steps, renderings, strict=True):
        n, half = plan.pairs, plan.repeats // 2
        values = answers.values[row : row + len(own)]
        failures = tuple(failure for failure in answers.failures if row <= failure.row < row + len(own))
        found.append(
            Probes(
                step,
                values[: 2 * n].reshape(2, n),
                features[code : code + 2 * n].reshape(2, n, -1),
                own[: 2 * n],
                values[2 * n : 2 * n + 2 * half].reshape(2, half),
                support[code : code + 2 * n].reshape(2, n),
                np.nan if rendering.drawn else float(values[-1]),
                failures,
                len(own),
            )
        )
        row, code = row + len(own), code + 2 * n
    return found


def _residual(space: Space, patch: Patch) -> torch.Tensor:
    """What the code of the object at the centre leaves out, (1, cells); 0 where there is none."""
    if patch.object is None:
        return torch.zeros(1, space.codec.networks.likelihood.cells)
    return space.codec.residual_cells(space.codec.tensors(patch.object), patch.centre[None].copy())
