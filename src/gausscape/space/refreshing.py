"""Bring a space up to date with new objects, without training: a new law, new calibration, new gates, a new audit.

The networks stay. New objects are split 50 / 30 / 20 into those that the law is fitted to, those that calibrate it, and those
that audit it; duplicates stay together. With a forgetting weight the old held-out codes count as well: as many of them are
added to the first two groups as make their share of the weight. Old residuals and old cycle errors are not kept object by
object, so the gates are re-estimated from new objects alone.

Retraining is due when what the networks do, not the law, no longer fits:

- more than 5% of the new objects are described worse than 99% of the old ones (a right space has 1%), by a binomial test at
  one in a million;
- axes are live that were not, or are no longer;
- the audit of the refreshed space does not hold, with a chance of less than one in a thousand if it were right.
"""

__all__ = ["refresh_space"]

import hashlib
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch
from scipy import stats

from gausscape.errors import CalibrationError, ConfigurationError, DataError
from gausscape.gaussian import Gaussian
from gausscape.items import Items
from gausscape.modality import Tensors
from gausscape.space.aggregate import Aggregate, find_live_axes
from gausscape.space.audit import Audit
from gausscape.space.building import HELD_OUT, REFERENCES, calibrate
from gausscape.space.ladder import choose_law
from gausscape.space.round_trip import measure_round_trip
from gausscape.space.space import Space

FEWEST = 20
ENOUGH_FOR_AXES = 100
SHARES = 0.5, 0.3
UNDESCRIBED = 0.01
MOST_UNDESCRIBED = 0.05
CHANCE = 1e-6
UNLIKELY = 1e-3


@dataclass(frozen=True)
class Groups:
    """Row numbers of the new objects in each group."""

    law: np.ndarray
    calibration: np.ndarray
    audit: np.ndarray


def refresh_space(space: Space, data: Any, *, keep: float = 0.0, seed: int = 0) -> Space:
    """The space with law, calibration, gates, round-trip errors and audit of new objects.

    Args:
        space: Fitted; it is not changed.
        data: New objects, in native form or Items, at least 20 different ones.
        keep: Weight of the old held-out objects beside the new ones, from 0 (forget them) to 1 (each counts as much as a new
            one).
        seed: Of the split and the draws.

    Returns:
        Space; `record["refreshed"]` says when, with how many objects, what moved, and whether retraining is due.

    Raises:
        DataError: If there are too few objects, or they are of another kind.
        ConfigurationError: If the weight is impossible.
        CalibrationError: If old objects are to be kept and the space does not have them.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> rng = np.random.default_rng(0)
        >>> space = fit(rng.normal(size=(400, 3)), latent=2, method="pca", modality="tables")
        >>> fresh = refresh_space(space, rng.normal(size=(400, 3)) * 1.1)
        >>> fresh.record["refreshed"]["due"], fresh.record["refreshed"]["objects"]
        (False, 400)
    """
    if not isinstance(keep, int | float) or not 0 <= keep <= 1:
        raise ConfigurationError(
            f"keep needs a weight from 0 to 1, but got {keep!r}. Pass 0 to forget the old objects."
        )
    items = Items.of(data)
    tensors, rng = space.codec.tensors(items), np.random.default_rng([seed, 17])
    groups = _split(tensors, rng)

    def select(rows: np.ndarray) -> Tensors:
        return {name: values[torch.from_numpy(rows)] for name, values in tensors.items()}

    def draw(posterior: Gaussian) -> np.ndarray:
        return posterior.sample(rng.standard_normal(posterior.mean.shape))

    everything = space.codec.embed(tensors)
    fitted, calibrating = everything[groups.law], everything[groups.calibration]
    old = _old_objects(space, keep, len(groups.law) + len(groups.calibration), rng)
    half = len(old) * len(groups.law) // (len(groups.law) + len(groups.calibration))
    fitted_too, calibrating_too = old[:half], old[half:]
    live = space.live_axes
    for_law, for_calibration = _joined(fitted, fitted_too), _joined(calibrating, calibrating_too)
    codes, held_out_codes = draw(for_law)[:, live], draw(for_calibration)
    # Fewer objects than at the fit: the rungs above one Gaussian are judged on the calibration objects' first half alone.
    law, rungs = choose_law(codes, held_out_codes[: max(1, len(held_out_codes) // 2), live], seed=seed)

    own = held_out_codes[: len(groups.calibration)]
    reference = np.sort(rng.permutation(len(groups.law))[:REFERENCES])
    usual = np.sort(rng.permutation(len(for_calibration))[:HELD_OUT])

    calibration = select(groups.calibration)
    found = calibrate(
        space.codec,
        law,
        live=live,
        references=fitted.mean[reference],
        ids=items.ids[groups.law[reference]].astype(str),
        held_out=for_calibration,
        codes=held_out_codes,
        usual=usual,
        tensors=calibration,
        seed=seed,
    )

    audited = everything[groups.audit]
    audit = Audit.of(
        found.of_objects.exceedance(found.aggregate.surprise_of_objects(audited)).probability, calibrated=len(for_calibration)
    )
    of_draws = Audit.of(
        found.of_codes.exceedance(found.aggregate.surprise(draw(audited))).probability, calibrated=len(for_calibration)
    )
    undescribed = _undescribed(space, tensors, everything)
    reasons = [*_reasons(undescribed, len(items))]
    if len(items) >= ENOUGH_FOR_AXES:  # the spread of fewer says too little
        reasons += _axis_reasons(live, find_live_axes(everything))
    reasons += _audit_reasons(audit, calibrated=len(for_calibration))
    if reasons:
        warnings.warn(
            f"The space was refreshed, but fitting it anew is due: {'; '.join(reasons)}.", UserWarning, stacklevel=3
        )
    record = space.record | {
        "law": [str(rung) for rung in rungs],
        "counts": space.record["counts"] | {"calibration": len(for_calibration), "audit": len(audited)},
        "audit": audit.document(),
        "audit_of_codes": of_draws.document(),
        "floor": found.of_objects.floor,
        "refreshed": {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "name": items.name,
            "objects": len(items),
            "digest": hashlib.sha256("\0".join(items.ids.astype(str)).encode()).hexdigest(),
            "groups": {"law": len(fitted), "calibration": len(calibrating), "audit": len(audited)},
            "keep": float(keep),
            "old_objects": len(old),
            "what": ["law", "calibration", "gates", "fitted codes", "round trip", "audit"],
            "moved": _moved(space, found.aggregate, everything),
            "undescribed": undescribed,
            "due": bool(reasons),
            "reasons": reasons,
            "times": 1 + int(space.record.get("refreshed", {}).get("times", 0)),
        },
    }
    return Space(
        space.codec,
        found.aggregate,
        of_objects=found.of_objects,
        of_codes=found.of_codes,
        gates=found.gates,
        round_trip=measure_round_trip(space.codec, calibration, own, law=law, live=live, seed=seed),
        record=record,
    )


def _split(tensors: Tensors, rng: np.random.Generator) -> Groups:
    arrays = [tensors[name].numpy().reshape(len(tensors[name]), -1) for name in sorted(tensors)]
    texts = [np.ascontiguousarray(array).view(np.uint8).reshape(len(array), -1) for array in arrays]
    _, group = np.unique(np.concatenate(texts, axis=1), axis=0, return_inverse=True)
    group = group.ravel()
    distinct = int(group.max(initial=-1)) + 1
    if distinct < FEWEST:
        raise DataError(
            f"Refreshing needs {FEWEST} different objects or more, but {distinct} of {len(group)} differ. Collect more."
        )
    place = rng.permutation(distinct)[group] / distinct
    ends = SHARES[0], sum(SHARES)
    law, audit = np.flatnonzero(place < ends[0]), np.flatnonzero(place >= ends[1])
    return Groups(law, np.flatnonzero((place >= ends[0]) & (place < ends[1])), audit)


def _joined(one: Gaussian, other: Gaussian) -> Gaussian:
    return Gaussian(np.concatenate([one.mean, other.mean]), np.concatenate([one.std, other.std]))


def _old_objects(space: Space, keep: float, new: int, rng: np.random.Generator) -> Gaussian:
    aggregate = space.aggregate
    if keep and aggregate.held_out_std is None:
        raise CalibrationError(
            "Keeping old objects needs their spread, but this space was saved without it. Pass keep=0."
        )
    # Whole objects, not weights: ranks and bootstrap count objects.
    many = min(len(aggregate.held_out), round(keep * new)) if keep else 0
    rows = rng.permutation(len(aggregate.held_out))[:many]
    mean, std = np.zeros((many, space.latent)), np.ones((many, space.latent))
    mean[:, aggregate.live] = aggregate.held_out[rows]
    if aggregate.held_out_std is not None:
        std[:, aggregate.live] = aggregate.held_out_std[rows]
    return Gaussian(mean, std)


def _undescribed(space: Space, tensors: Tensors, posterior: Gaussian) -> dict[str, Any]:
    reference = space.gates["residual"].reference
    worst = float(np.quantile(reference, 1 - UNDESCRIBED))
    count = int((space.codec.residual(tensors, posterior.mean) > worst).sum())
    return {"count": count, "share": count / len(posterior), "usual": UNDESCRIBED}


def _reasons(undescribed: dict[str, Any], n: int) -> list[str]:
    if stats.binom.sf(undescribed["count"] - 1, n, MOST_UNDESCRIBED) >= CHANCE:
        return []
    return [
        f"{undescribed['share']:.0%} of the new objects are described worse than {1 - UNDESCRIBED:.0%} of the old ones"
    ]


def _axis_reasons(live: np.ndarray, found: np.ndarray) -> list[str]:
    reasons, lost, gained = [], np.setdiff1d(live, found), np.setdiff1d(found, live)
    if len(lost):
        reasons.append(f"axes {', '.join(map(str, lost))} carry nothing of the new objects")
    if len(gained):
        reasons.append(f"axes {', '.join(map(str, gained))} carry something of the new objects that no measure counts")
    return reasons


def _audit_reasons(audit: Audit, *, calibrated: int) -> list[str]:
    failed = []
    for row in audit.rows:
        right = stats.betabinom(row.objects, row.claimed * (calibrated + 1), (1 - row.claimed) * (calibrated + 1))
        # One of ten right rows misses its 90% interval: a reason to train again needs more than that.
        if min(right.cdf(row.count), right.sf(row.count - 1)) < UNLIKELY:
            failed.append(f"{row.claimed:g} claimed, {row.actual:.3g} found")
    return [f"the audit does not hold ({', '.join(failed)})"] if failed else []


def _moved(space: Space, aggregate: Aggregate, posterior: Gaussian) -> dict[str, Any]:
    """How far the centre moved, in old standard deviations, and by which factor spreads changed, in old coordinates."""
    before, after = space.aggregate.law.whitening, aggregate.law.whitening
    centre = before.whiten(after.mean[None])[0]
    ratio = np.linalg.svd(np.linalg.solve(before.factor, after.factor), compute_uv=False)
    old = space.of_objects.exceedance(space.aggregate.surprise_of_objects(posterior)).probability
    return {
        "distance": float(np.linalg.norm(centre)),
        "spread": [float(ratio.min()), float(ratio.max())],
        "old_exceedance": {f"{p:g}": float((old <= p).mean()) for p in (0.1, 0.01)},
    }
