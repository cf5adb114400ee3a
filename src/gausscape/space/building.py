"""From trained networks to a space: live axes, the law, its calibration, the gates, round-trip errors, and the audit."""

__all__ = ["HELD_OUT", "REFERENCES", "build_space", "calibrate"]

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gausscape.gaussian import Gaussian
from gausscape.items import Items
from gausscape.modality import Tensors
from gausscape.space.aggregate import Aggregate, find_live_axes
from gausscape.space.audit import Audit
from gausscape.space.calibration import Calibration
from gausscape.space.codec import Codec
from gausscape.space.ladder import choose_law
from gausscape.space.law import Law
from gausscape.space.round_trip import measure_round_trip
from gausscape.space.space import Space, cycle_error
from gausscape.space.support import Gate

REFERENCES = 10_000
HELD_OUT = 2_000
TAIL = 0.2


def build_space(codec: Codec, items: Items, tensors: Tensors, split: Any, *, seed: int, record: dict[str, Any]) -> Space:
    """Fit the law on fitted objects, calibrate it on the second group, audit it on the third.

    Args:
        codec: Trained networks with their kind of data.
        items: All objects, for their ids.
        tensors: All objects as tensors.
        split: Row numbers `fit`, `validation`, `calibration`, `audit`, and `distinct`, the number of different objects.
        seed: Of the posterior draws and the law's fit.
        record: What the fit knows of itself; counts, axes, law and audit are added.
    """
    rng = np.random.default_rng([seed, 7])

    def select(rows: np.ndarray) -> Tensors:
        return {name: values[torch.from_numpy(rows)] for name, values in tensors.items()}

    def draw(posterior: Gaussian) -> np.ndarray:
        return posterior.sample(rng.standard_normal(posterior.mean.shape))

    fitted = codec.embed(select(split.fit))
    live = find_live_axes(fitted)
    fit_codes = draw(fitted)[:, live]
    # The law's shape is chosen on the validation objects: neither calibration nor audit may have a say in it.
    held_out = draw(codec.embed(select(split.validation)))[:, live] if len(split.validation) else fit_codes
    law, rungs = choose_law(fit_codes, held_out, seed=seed)

    calibration = select(split.calibration)
    posterior = codec.embed(calibration)
    codes = draw(posterior)
    kept = np.sort(rng.permutation(len(split.fit))[:REFERENCES])
    usual = np.sort(rng.permutation(len(posterior))[:HELD_OUT])
    found = calibrate(
        codec,
        law,
        live=live,
        references=fitted.mean[kept],
        ids=items.ids[split.fit[kept]].astype(str),
        held_out=posterior,
        codes=codes,
        usual=usual,
        tensors=calibration,
        seed=seed,
    )

    audited = codec.embed(select(split.audit))
    nats = fitted.divergence_by_axis().mean(0)
    record = record | {
        "name": items.name,
        "counts": {
            "all": len(items),
            "distinct": split.distinct,
            "fit": len(split.fit),
            "validation": len(split.validation),
            "calibration": len(split.calibration),
            "audit": len(split.audit),
        }
        # A fit of more objects than memory holds has counted more than are at hand.
        | record.get("counts", {}),
        "axes": {"live": live.tolist(), "nats": [round(float(value), 4) for value in nats]},
        "law": [str(rung) for rung in rungs],
        "audit": Audit.of(
            found.of_objects.exceedance(found.aggregate.surprise_of_objects(audited)).probability, calibrated=len(posterior)
        ).document(),
        "audit_of_codes": Audit.of(
            found.of_codes.exceedance(found.aggregate.surprise(draw(audited))).probability, calibrated=len(posterior)
        ).document(),
        "floor": found.of_objects.floor,
    }
    return Space(
        codec,
        found.aggregate,
        of_objects=found.of_objects,
        of_codes=found.of_codes,
        gates=found.gates,
        round_trip=measure_round_trip(codec, calibration, codes, law=law, live=live, seed=seed),
        record=record,
    )


@dataclass(frozen=True)
class Calibrated:
    """A law with what makes its probabilities true.

    Args:
        aggregate: The law and the codes that are kept with it.
        of_objects: Calibration of objects.
        of_codes: Calibration of codes.
        gates: Support gates by name.
    """

    aggregate: Aggregate
    of_objects: Calibration
    of_codes: Calibration
    gates: dict[str, Gate]


def calibrate(
    codec: Codec,
    law: Law,
    *,
    live: np.ndarray,
    references: np.ndarray,
    ids: np.ndarray,
    held_out: Gaussian,
    codes: np.ndarray,
    usual: np.ndarray,
    tensors: Tensors,
    seed: int,
) -> Calibrated:
    """Rank held-out objects under a law.

    Args:
        codec: Encoder and decoder.
        law: On the live axes.
        live: Positions of the live axes.
        references: Means of fitted objects to be kept, (k, latent).
        ids: Their ids, (k,).
        held_out: Posteriors of n objects that the law was not fitted to.
        codes: One draw of each, (n, latent).
        usual: Which of them are kept as examples of the usual, positions.
        tensors: The first of these objects, as many as are at hand: gates need the objects themselves.
        seed: Of the calibration's intervals.
    """

    def on_live_axes(points: np.ndarray) -> np.ndarray:
        # Laid out as a saved space is: the order of a sum depends on the layout, and answers must be equal to the last bit.
        return np.ascontiguousarray(points[:, live])

    outer = np.argsort(-law.surprise(codes[:, live]), kind="stable")[: max(2, round(TAIL * len(codes)))]
    aggregate = Aggregate(
        law=law,
        live=live,
        latent=codec.latent,
        codes=on_live_axes(references),
        ids=ids,
        tails=on_live_axes(codes[outer]),
        held_out=on_live_axes(held_out.mean[usual]),
        held_out_std=on_live_axes(held_out.std[usual]),
    )
    count = len(next(iter(tensors.values())))
    own, mean = codes[:count], held_out.mean[:count]
    gates = [
        Gate.fit("neighbours", aggregate.neighbours(own)[0]),
        Gate.fit("cycle", cycle_error(codec, own, live)),
        Gate.fit("residual", codec.residual(tensors, mean), two_sided=True),
    ]
    if len(codec.networks.others):
        gates.append(Gate.fit("spread", codec.spread(own)))
    return Calibrated(
        aggregate,
        Calibration.fit(aggregate.surprise_of_objects(held_out), seed=seed),
        Calibration.fit(aggregate.surprise_by_draw(held_out), seed=seed),
        {gate.name: gate for gate in gates},
    )
