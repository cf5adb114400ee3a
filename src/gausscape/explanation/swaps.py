"""Swaps: what does y do when one input part alone takes another object's value, all other inputs fixed?

The raw partial effect is interventional (Janzing et al. 2020, 1910.13413): it says what the model does, also where no
real object would go. Beside the on-manifold effect it tells a cause from its companions.
"""

__all__ = ["Swaps", "own_parts", "plan_swaps", "raw_effect"]

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from gausscape.explanation.surrogate import Estimate, robust_regression

Read = Callable[[torch.Tensor], np.ndarray]
"""Cells (n, cells) -> features (n, features)."""

TRIED_ROWS = 16
FEWEST = 8
MOST = 32


def own_parts(read: Read, part_of_cell: np.ndarray, cells: torch.Tensor) -> np.ndarray:
    """The input part that each feature belongs to, -1 for a feature of several (slant); (features,).

    Found by trying: a feature belongs to a part if it changes when that part alone takes another object's cells, and
    for no other part.

    Args:
        read: The features of cells.
        part_of_cell: Which part each cell belongs to, (cells,).
        cells: Of some real objects, (n, cells), n > 1.
    """
    cells = cells[:TRIED_ROWS]
    before = read(cells)
    owner, owners = np.full(before.shape[1], -1), np.zeros(before.shape[1], dtype=int)
    for part in np.unique(part_of_cell):
        own = torch.from_numpy(part_of_cell == part)
        swapped = torch.where(own, cells.roll(1, 0), cells)
        changed = ~np.isclose(read(swapped), before, rtol=1e-6, atol=1e-9, equal_nan=True).all(0)
        owner[changed], owners = part, owners + changed
    return np.where(owners == 1, owner, -1)


@dataclass(frozen=True)
class Swaps:
    """Objects with one part taken from another probe.

    Args:
        part: The part exchanged, one for each row, (m,).
        base: Which probe each row started from, (m,).
        cells: The objects, (m, cells).
        change: How far each feature moved, in population standard deviations, (m, features).
    """

    part: np.ndarray
    base: np.ndarray
    cells: torch.Tensor
    change: np.ndarray


def plan_swaps(
    read: Read,
    cells: torch.Tensor,
    spread: np.ndarray,
    *,
    part_of_cell: np.ndarray,
    parts: list[int],
    owners: np.ndarray,
    budget: int,
    seed: int,
) -> Swaps:
    """Swaps among probes, for each part those of random pairs that move its own features most; y has no say in the choice.

    Args:
        read: The features of cells.
        cells: Probes as rendered, (n, cells).
        spread: Population standard deviation of each feature, (features,).
        part_of_cell: Which part each cell belongs to, (cells,).
        parts: Parts to try, the most interesting first; those for which the budget leaves fewer than 8 swaps are not tried.
        owners: Part of each feature, -1 for none.
        budget: Number of swaps in all.
        seed: Of the pairs.
    """
    parts = parts[: budget // FEWEST]
    each = min(MOST, budget // max(len(parts), 1), len(cells))
    rng = np.random.default_rng([seed, 53])
    scale = np.where(spread > 0, spread, np.inf)
    kept: list[tuple[np.ndarray, np.ndarray, torch.Tensor, np.ndarray]] = []
    for part in parts if each and len(cells) > 1 else []:
        base = rng.permutation(len(cells))[: 4 * each]
        donor = (base + rng.integers(1, len(cells), len(base))) % len(cells)
        swapped = torch.where(torch.from_numpy(part_of_cell == part), cells[donor], cells[base])
        change = (read(swapped) - read(cells[base])) / scale
        moved = np.nan_to_num(np.abs(change[:, owners == part])).sum(1)
        best = np.argsort(-moved, kind="stable")[:each]
        best = best[moved[best] > 0]
        kept.append((np.full(len(best), part), base[best], swapped[best], change[best]))
    if not kept:
        return Swaps(np.zeros(0, int), np.zeros(0, int), cells[:0], np.zeros((0, len(spread))))
    part, base, swapped, change = zip(*kept, strict=True)
    return Swaps(np.concatenate(part), np.concatenate(base), torch.cat(swapped), np.concatenate(change))


def raw_effect(change: np.ndarray, answers: np.ndarray) -> Estimate | None:
    """Change of y for one standard deviation of a feature, from swaps; None if fewer than 4 of them tell.

    Args:
        change: How far the feature moved in each swap, (m,), in population standard deviations.
        answers: How far y moved, (m,); NaN where y failed.

    Example:
        >>> raw_effect(np.array([1.0, -1.0, 2.0, 0.5]), 3 * np.array([1.0, -1.0, 2.0, 0.5])).value.__round__(3)
        3.0
    """
    there = np.isfinite(change) & np.isfinite(answers) & (np.abs(change) > 1e-9)
    if there.sum() < 4:
        return None
    slope, covariance = robust_regression(change[there][:, None], answers[there])
    return Estimate.of(slope[0], np.sqrt(covariance[0, 0]), freedom=int(there.sum()) - 1)
