"""What does each input do alone? Raw effects for several patches, with one call of y for all."""

__all__ = ["add_raw_effects"]

from dataclasses import replace

import numpy as np
import torch

from gausscape.explanation.patch_explanation import PatchExplanation
from gausscape.explanation.probes import Plan, Probes
from gausscape.explanation.reference import Reference
from gausscape.explanation.swaps import Swaps, plan_swaps, raw_effect
from gausscape.outcome import Outcome
from gausscape.outcome.answers import Failure
from gausscape.space.space import Space


def add_raw_effects(
    space: Space,
    outcome: Outcome,
    answers: list[PatchExplanation],
    probes: list[Probes],
    plans: list[Plan],
    reference: Reference,
    seed: int,
) -> tuple[list[PatchExplanation], list[Failure]]:
    """The answers with raw effects, from one call of y for all, and the cases that failed."""
    planned: list[Swaps | None] = []
    for k, (answer, own, plan) in enumerate(zip(answers, probes, plans, strict=True)):
        if answer.withheld is not None or not plan.swaps:
            planned.append(None)
            continue
        owner_of = dict(zip(reference.names, reference.owners.tolist(), strict=True))
        ranked = [owner_of[effect.feature] for effect in answer.effects if owner_of[effect.feature] >= 0]
        planned.append(
            plan_swaps(
                reference.read,
                own.cells[torch.from_numpy(np.tile(own.usable, 2))],
                reference.spread,
                part_of_cell=reference.part_of_cell,
                parts=list(dict.fromkeys(ranked)),
                owners=reference.owners,
                budget=plan.swaps,
                seed=seed + k,
            )
        )
    rows = [swaps.cells for swaps in planned if swaps is not None and len(swaps.part)]
    if not rows:
        return answers, []
    told, start, found = outcome(space.modality.to_items(torch.cat(rows))), 0, []
    for answer, own, swaps in zip(answers, probes, planned, strict=True):
        if swaps is None or not len(swaps.part):
            found.append(answer)
            continue
        values = told.values[start : start + len(swaps.part)]
        start += len(swaps.part)
        moved = values - own.values[:, own.usable].ravel()[swaps.base]
        effects = []
        for effect in answer.effects:
            j = reference.names.index(effect.feature)
            mine = swaps.part == reference.owners[j]
            effects.append(
                replace(effect, raw=raw_effect(swaps.change[mine, j], moved[mine])) if mine.any() else effect
            )
        lost = int((~np.isfinite(values)).sum())
        found.append(
            replace(answer, effects=tuple(effects), calls=answer.calls + len(values), failed=answer.failed + lost)
        )
    return found, list(told.failures)
