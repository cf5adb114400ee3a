"""A fitted space as a page has it: its law, its planes, its objects, and how far it can be trusted."""

__all__ = ["SpaceSettings", "write_space"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import CalibrationError
from gausscape.items import Items
from gausscape.local_change.ruler import ruler_of
from gausscape.page.asked import Asked
from gausscape.page.audit_part import write_audit
from gausscape.page.decoder_part import write_decoder
from gausscape.page.pack import halves, singles
from gausscape.page.plane_part import Plane, find_planes, write_plane
from gausscape.page.points_part import Shown, embed_shown, write_points
from gausscape.page.program import calibration_tables, law_tables
from gausscape.page.shells_part import write_shells
from gausscape.space.space import Space
from gausscape.space.support import Gate

PLANES_SHARE, MOST_CODES = 0.6, 20_000
CERTAIN = 1e30
"""Stands for a distance that no code reaches: a gate from few objects never closes."""


@dataclass(frozen=True)
class SpaceSettings:
    """What is written of each space.

    Args:
        wanted: Ids of objects that must have a picture.
        pictured: How many objects may have one.
        draws: Objects drawn in each place of a plane for the uncertainty of y.
        seed: Of all draws.
        rows: Positions of the objects that have a picture, if another space shows the same objects; None to choose.
        refits: Whether fits with other seeds were asked about a change.
    """

    wanted: Sequence[str] = ()
    pictured: int = 600
    draws: int = 0
    seed: int = 0
    rows: np.ndarray | None = None
    refits: bool = False


def write_space(
    space: Space, *, key: str, name: str, items: Items | None, asked: Asked, settings: SpaceSettings
) -> tuple[dict[str, Any], Shown]:
    """The space as the page has it, and its objects.

    Args:
        space: Fitted.
        key: Its id on the page, short and distinct.
        name: For readers.
        items: Real objects; None for fitted codes.
        asked: y.
        settings: The rest.
    """
    decoder, _ = write_decoder(space)
    planes: list[Plane] = find_planes(space)
    sample = space.modality.pictures(space.decode(space.aggregate.unwhiten(np.zeros((1, len(space.live_axes))))))[0]
    shells, told = write_shells(space, asked=asked, seed=settings.seed)
    written = []
    for plane in planes:
        document, y = write_plane(
            space,
            plane,
            asked=asked,
            share=PLANES_SHARE / len(planes),
            draws=settings.draws,
            with_atlas=decoder is None,
        )
        written.append(document)
        told.append(y)
    shown = embed_shown(space, items)
    points, y = write_points(
        space,
        shown,
        asked=asked,
        wanted=settings.wanted,
        most_pictured=settings.pictured,
        sample=sample,
        seed=settings.seed,
        rows=settings.rows,
    )
    bounds = asked.bounds([*told, y] if y else told)
    for plane in written:
        for outcome in plane["outcomes"]:
            outcome["low"], outcome["high"] = bounds[outcome["name"]]
    own = shown.audit(space)
    whitening = space.aggregate.law.whitening
    return {
        "id": key,
        "name": name,
        "latent": space.latent,
        "live": space.live_axes.tolist(),
        "fitted": int(space.record["counts"]["fit"]),
        "method": space.record["method"],
        "whitening": {"mean": singles(whitening.mean), "factor": singles(whitening.factor)},
        "law": law_tables(space),
        "calibration": calibration_tables(space),
        "decoder": decoder,
        "planes": written,
        "points": points,
        "ruler": _ruler(space, refits=settings.refits),
        "shells": shells,
        "audit": write_audit(space, {} if own is None or items is None else {f"The objects shown ({items.name})": own}),
        "gate": _gate(space),
    }, shown


def _ruler(space: Space, *, refits: bool) -> dict[str, Any]:
    try:
        ruler = ruler_of(space)
    except CalibrationError:
        # A space of an older version knows no noise; its distances are still distances.
        from scipy.spatial.distance import pdist

        pairs = pdist(space.population.held_out)
        near = float(np.median(space.population.neighbour_distances[:, 0]))
        return {
            "pairs": singles(np.quantile(pairs, np.linspace(0, 1, 101))),
            "neighbour": near,
            "again": None,
            "refits": refits,
        }
    pairs = np.quantile(ruler.pairs, np.linspace(0, 1, 101))
    return {"pairs": singles(pairs), "neighbour": ruler.neighbour, "again": ruler.again, "refits": refits}


def _gate(space: Space) -> dict[str, Any] | None:
    gate = space.gates.get("neighbours")
    if gate is None:
        return None
    return {
        "codes": halves(space.population.fitted[:MOST_CODES]),
        "rare": _closes(gate, 0.05),
        "unsupported": _closes(gate, 0.01),
    }


def _closes(gate: Gate, level: float) -> float:
    """The largest value at which the gate's p-value is still the level or more: beyond it, the gate closes."""
    n = len(gate.reference)
    # p = (1 + #{at least as large}) / (n + 1) falls below the level where fewer than this many are.
    fewest = int(np.ceil(level * (n + 1) - 1e-9)) - 1
    return float(gate.reference[n - fewest]) if fewest > 0 else CERTAIN
