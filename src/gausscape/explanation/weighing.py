"""How is every feature weighed? From local effects to evidence for either direction, and to a verdict."""

__all__ = ["weigh"]

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.explanation.conditions import Conditions
from gausscape.explanation.net_to_gross import net_to_gross
from gausscape.explanation.partial_conjunction import (
    benjamini_hochberg,
    bound_patches,
    bound_share,
    holm,
    judge_patches,
    judge_share,
    one_sided,
)
from gausscape.explanation.patch_effects import PatchEffects
from gausscape.explanation.shared_errors import find_shared_errors
from gausscape.explanation.verdict import Evidence, LedgerEntry, Verdict, rank_directions
from gausscape.explanation.wording import Wording, write_sentence

NOTABLE_SHARE = 0.1


def weigh(
    effects: PatchEffects, *, coverage: float, wording: Wording, alpha: float, patch_level: float, seed: int
) -> tuple[Conditions, tuple[LedgerEntry, ...]]:
    """What a general claim must meet, and what became of each feature; arguments as in `Ledger.of`."""
    _check_levels(alpha=alpha, patch_level=patch_level, coverage=coverage)
    n, f = effects.effect.shape
    decided = effects.decided
    tails = one_sided(effects.effect, effects.standard_error, effects.degrees_of_freedom)
    p = np.stack([np.where(decided, tail, 1.0) for tail in tails])
    shown = p <= patch_level
    counts = shown.sum(1)
    stands_out = np.stack([benjamini_hochberg(each) <= alpha / 2 for each in p])
    # All that follows from a count is worked out once for each count that occurs.
    majority = {count: _judge_majority(count, n, patch_level) for count in np.unique(counts).tolist()}
    raw = np.vectorize(majority.__getitem__, otypes=[np.float64])(counts)
    adjusted = holm(raw.ravel()).reshape(raw.shape)
    sums = net_to_gross(np.where(decided, effects.effect, 0.0), seed=seed)
    shared_errors_p, errors_are_shared = find_shared_errors(effects.half_a, effects.half_b, effects.standard_error)
    # Bonferroni: bounds are stated for every feature and direction, whatever became of its test.
    level = alpha / (2 * f)
    # Patches that share their errors are no separate witnesses: nothing is proven by their number.
    bounds = {
        count: (0, 0.0)
        if errors_are_shared
        else (
            bound_patches(count, n, level=level, patch_level=patch_level),
            bound_share(count, n, level=level, patch_level=patch_level),
        )
        for count in majority
    }
    conditions = Conditions(
        alpha=alpha,
        coverage=float(coverage),
        shared_errors_p=shared_errors_p,
        errors_are_shared=errors_are_shared,
        fewest=int(np.ceil(np.log(level) / np.log(0.5 + 0.5 * patch_level))),
        wording=wording,
    )

    def gather(side: int, feature: int) -> Evidence:
        count, sign = int(counts[side, feature]), (1, -1)[side]
        return Evidence(
            sign=sign,
            patches=n,
            count=count,
            discoveries=int(stands_out[side, :, feature].sum()),
            p_value=float(raw[side, feature]),
            adjusted=float(adjusted[side, feature]),
            patches_at_least=bounds[count][0],
            share_at_least=bounds[count][1],
            net_to_gross=float(sign * sums.estimate[feature]),
            net_to_gross_lower=float(sums.lower[feature] if sign > 0 else -sums.upper[feature]),
        )

    entries = []
    for position, name in enumerate(effects.names):
        up, down = gather(0, position), gather(1, position)
        verdict, objections = _decide(up, down, conditions)
        sentence = write_sentence(verdict, name, up=up, down=down, objections=objections, wording=conditions.wording)
        groups = _count_groups(effects.groups, shown[:, :, position])
        undecided = int((~decided[:, position]).sum())
        entries.append(LedgerEntry(name, verdict, up, down, undecided, objections, sentence, groups))
    return conditions, tuple(entries)


def _check_levels(*, alpha: float, patch_level: float, coverage: float) -> None:
    for name, value, most in (("alpha", alpha, 0.5), ("patch_level", patch_level, 0.5)):
        if not 0 < value < most:
            raise ConfigurationError(f"{name} must lie between 0 and {most}, but is {value}. Leave it at its default.")
    if not 0 <= coverage <= 1:
        raise ConfigurationError(
            f"coverage must be a share between 0 and 1, but is {coverage}. Give the share of held-out objects in a good patch."
        )


def _judge_majority(count: int, n: int, patch_level: float) -> float:
    # The claim is that both hold, so the larger p-value is valid for it (intersection-union).
    return max(
        judge_patches(count, n, at_least=n // 2 + 1, patch_level=patch_level),
        judge_share(count, n, share=0.5, patch_level=patch_level),
    )


def _decide(up: Evidence, down: Evidence, conditions: Conditions) -> tuple[Verdict, tuple[str, ...]]:
    main, other = rank_directions(up, down)
    objections = conditions.objections(main, other)
    if not objections:
        return Verdict.GLOBAL, ()
    discoveries = (main.discoveries, other.discoveries)
    if min(discoveries) >= NOTABLE_SHARE * main.patches:
        return Verdict.MIXED, objections
    return (Verdict.LOCAL if max(discoveries) else Verdict.UNDETERMINED), objections


def _count_groups(groups: tuple[str, ...] | None, shown: np.ndarray) -> dict[str, tuple[int, int, int]]:
    names = np.array(groups or ())
    found = {}
    for name in sorted(set(groups or ())):
        inside = shown[:, names == name]
        found[name] = (inside.shape[1], int(inside[0].sum()), int(inside[1].sum()))
    return found
