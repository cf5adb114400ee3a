"""Can a page decode by itself? The decoder of a space as a list of steps with constants, checked against the decoder."""

__all__ = ["ProgramAnswer", "write_program"]

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gausscape.page.program.drafting import SIZES, Draft
from gausscape.page.program.law_tables import tensor
from gausscape.page.program.operations import write_call
from gausscape.page.program.places import cell_ranges, drawn_places
from gausscape.page.program.recording import UnknownStep, record
from gausscape.page.program.rounding import Comparison, Tolerance, round_program
from gausscape.space.space import Space

MOST_WEIGHTS = 8_000_000
AN_INPUT, FEWEST, MOST, FURTHER = 8, 512, 4096, (1.0, 1.5, 2.0)
"""Places at which rounding is learned, for each input of the widest product: eight, or else it is learned by heart."""
MOST_CELLS = 20_000_000
USUAL = Tolerance()


@dataclass(frozen=True)
class ProgramAnswer:
    """A decoder for a page, or why there is none.

    Args:
        program: "inputs", "outputs", "steps", "constants" and "agreement" as the page takes them; None if it cannot be written.
        reason: Why there is none, in words; empty if there is one.
    """

    program: dict[str, Any] | None
    reason: str


def write_program(space: Space, *, tolerance: Tolerance = USUAL) -> ProgramAnswer:
    """The expected cells of a space by latent point, as steps that a page can take.

    The decoder is run, every tensor operation written down, and the result compared with the decoder at 256 places of the
    law, its tails included: a program that differs by more than a thousandth of a cell's range is not handed out. Its large weights
    are rounded, so that a page stays small.

    Args:
        space: Fitted.
        tolerance: How far rounded weights may move a cell, in shares of its range over those places (at least 1).
    """
    networks = space.codec.networks
    weights = sum(parameter.numel() for parameter in networks.decoder.parameters())
    if weights > MOST_WEIGHTS:
        return ProgramAnswer(
            None, f"its decoder has {weights:,} weights, too many for a page (at most {MOST_WEIGHTS:,})"
        )

    def cells(z: Tensor) -> Tensor:
        return networks.likelihood.mean(networks.decoder(z))

    dtype = next((each.dtype for each in networks.state_dict().values() if each.is_floating_point()), torch.float32)
    try:
        draft = _draft(cells, space.latent, dtype)
    except UnknownStep as unknown:
        return ProgramAnswer(None, f"its decoder cannot be run outside Python: {unknown}")
    widest = max((values.shape[1] for values in draft.constants.values() if values.ndim == 2), default=0)
    many = min(max(AN_INPUT * widest, FEWEST), MOST)
    shown = _comparison(space, drawn_places(space))
    probed = _comparison(space, drawn_places(space, seed=1, stretches=FURTHER))
    many = min(many, max(FEWEST, MOST_CELLS // shown.exact.shape[1]))
    learned = _comparison(space, drawn_places(space, n=many, seed=2, stretches=FURTHER))
    program: dict[str, Any] = {
        "inputs": space.latent,
        "outputs": shown.exact.shape[1],
        "steps": draft.steps,
        "constants": {name: tensor(values) for name, values in draft.constants.items()},
    }
    program, largest = round_program(program, shown=shown, probed=probed, learned=learned, tolerance=tolerance)
    if not largest <= tolerance.most:
        return ProgramAnswer(
            None, f"what a page would compute differs from its decoder by {largest:.2g} of a cell's range"
        )
    return ProgramAnswer(program | {"agreement": {"largest": largest, "places": len(shown.z)}}, "")


def _comparison(space: Space, z: np.ndarray) -> Comparison:
    exact = space.codec.cells(z).numpy()
    return Comparison(z, exact, cell_ranges(exact))


def _draft(cells: Any, latent: int, dtype: torch.dtype) -> Draft:
    generator = torch.Generator().manual_seed(0)
    one, other = (record(cells, torch.randn(size, latent, generator=generator, dtype=dtype)) for size in SIZES)
    if len(one.calls) != len(other.calls):
        raise UnknownStep("the way through the decoder changes with the number of objects")
    draft = Draft(latent)
    for first, second in zip(one.calls, other.calls, strict=True):
        write_call(first, second, draft)
    answer, _ = draft.of(one.answer)
    if not draft.steps or draft.steps[-1]["out"] != answer:
        # What was computed last need not be what is given back.
        draft.add("expand", [draft.of(one.answer)], draft.of(one.answer)[1])
    return draft
