"""What does a page need to tell how unusual a place is? The law of the codes and its calibration, as tables of numbers."""

__all__ = ["calibration_tables", "law_tables"]

from typing import Any

import numpy as np

from gausscape.space.density_rank import DensityRank
from gausscape.space.law import Law
from gausscape.space.space import Space
from gausscape.space.standard_normal import chi_square_at_surprise, chi_square_surprise

FARTHEST = 5000.0
"""Nats above the highest density up to which the table reaches; far beyond it, surprise grows nat by nat."""
STEPS = 400
FEW = 10


def law_tables(space: Space) -> dict[str, Any]:
    """The law of the codes in whitened coordinates, and its surprise by -log density.

    Args:
        space: Fitted.

    Returns:
        "kind" ("gaussian", "mixture" or "flow"), "arrays" (its own, by name, each {"shape", "data"}, float32), and "table" with
        "at" (-log density in whitened coordinates, nats, ascending) and "surprise" (nats), both (m,), float32; between the
        knots surprise is linear within a thousandth of itself.
    """
    law = space.aggregate.law
    document, stored = law.state()
    # The whitening is told once for the whole space, and the rank has become the table.
    own = {
        name: values
        for name, values in stored.items()
        if name not in ("mean", "factor") and not name.startswith("rank_")
    }
    at, surprise = _surprise_by_density(law, stored)
    return {
        "kind": document["law"],
        "arrays": {name: tensor(values) for name, values in own.items()},
        "table": {"at": at.astype(np.float32), "surprise": surprise.astype(np.float32)},
    }


def calibration_tables(space: Space) -> dict[str, Any]:
    """The calibrated exceedance of codes by surprise, see `gausscape.space.calibration.Calibration`.

    Args:
        space: Fitted.

    Returns:
        "knots", "log_probability", "log_lower", "log_upper", each (m,), float32; "floor", "count", "confidence"; and
        "few_beyond", "none_beyond": the surprise from which on fewer than 10 calibration objects lie beyond, and none.
    """
    calibration = space.of_codes
    curves = {name: getattr(calibration, name) for name in ("knots", "log_probability", "log_lower", "log_upper")}
    draws = len(calibration.reference) // calibration.count
    return {name: values.astype(np.float32) for name, values in curves.items()} | {
        "floor": float(calibration.floor),
        "count": int(calibration.count),
        "confidence": float(calibration.confidence),
        "few_beyond": _first_with_fewer(calibration.reference, FEW * draws),
        "none_beyond": _first_with_fewer(calibration.reference, draws),
    }


def tensor(values: np.ndarray) -> dict[str, Any]:
    """An array as the page takes it: its shape, and its numbers row by row as float32."""
    return {"shape": list(values.shape), "data": np.ascontiguousarray(values, dtype=np.float32).reshape(-1)}


def _surprise_by_density(law: Law, stored: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    d = law.dimension
    # Ratios of neighbours of 1.05 keep a straight line within a thousandth of any smooth curve.
    steps = np.append(0.0, np.geomspace(1e-5, FARTHEST, STEPS))
    if "rank_knots" not in stored:
        mode = 0.5 * d * float(np.log(2 * np.pi))
        return mode + steps, chi_square_surprise(2 * steps, d)
    rank = DensityRank.rebuild(stored, d)
    # A rank from draws has corners at its own knots, which the table keeps.
    corners = 0.5 * chi_square_at_surprise(rank.knots, d)
    steps = np.unique(np.concatenate([steps, corners]))
    return rank.mode + steps, rank.surprise(-(rank.mode + steps))


def _first_with_fewer(ascending: np.ndarray, many: int) -> float:
    """Smallest number that fewer than so many of the others reach."""
    return 0.0 if len(ascending) < many else float(np.nextafter(ascending[-many], np.inf))
