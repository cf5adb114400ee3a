"""All answers as one document, as the views read it."""

__all__ = ["compose_page"]

import datetime
import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.explanation.overlay import Overlay
from gausscape.items import Items
from gausscape.modality import Picture, recognise
from gausscape.page.about_part import write_about
from gausscape.page.asked import Asked
from gausscape.page.audit_part import write_audit_rows
from gausscape.page.change_part import ToldChange, write_change
from gausscape.page.collected import Collected
from gausscape.page.explanation_part import write_ledger, write_patch
from gausscape.page.overlay_part import write_overlay
from gausscape.page.points_part import MOST_POINTS, Shown, choose_shown
from gausscape.page.space_part import SpaceSettings, write_space
from gausscape.page.stress_part import write_stress
from gausscape.page.wording import heading
from gausscape.space.space import Space

FORMAT, VERSION = "gausscape-page", 1
UNUSUAL = 6
SAME_PLACE = 0.01


@dataclass(frozen=True)
class Wanted:
    """What the page shall say of itself, and how much it shall hold.

    Args:
        title: None for a title from the name of the data.
        date: None for today.
        command: That wrote it; None if there was none.
        points: The most objects.
        draws: Objects drawn in each place of a plane for the uncertainty of y; 0 for none.
        seed: Of all draws.
        live: Address of a live model, or "self" for the server that the page comes from; None without.
        notes: What else a reader must know, of y say; told before what was left out.
    """

    title: str | None = None
    date: str | None = None
    command: str | None = None
    points: int = MOST_POINTS
    draws: int = 0
    seed: int = 0
    live: str | None = None
    notes: tuple[str, ...] = ()


def compose_page(found: Collected, *, items: Items | None, asked: Asked, wanted: Wanted) -> dict[str, Any]:
    """The document.

    Args:
        found: The answers.
        items: Real objects to show; None for fitted codes.
        asked: y.
        wanted: The rest.

    Raises:
        DataError: If the objects are not of the kind of any space.
    """
    notes = [*wanted.notes, *found.notes]
    chosen = None if items is None else choose_shown(items, wanted=found.ids, most=wanted.points, seed=wanted.seed)
    if items is not None and chosen is not None and len(chosen) < len(items):
        notes.append(f"{len(chosen):,} of {len(items):,} objects of {items.name} are shown, drawn at random.")
    named = _names(list(found.spaces.values()))
    spaces, places, rows = [], [], None
    for position, (name, space) in enumerate(named):
        own = chosen if chosen is not None and _is_of_kind(space, chosen, alone=len(named) == 1) else None
        document, shown = write_space(
            space, key=f"s{position + 1}", name=name, items=own, asked=asked,
            settings=SpaceSettings(
                found.ids, draws=wanted.draws, seed=wanted.seed, rows=None if own is None else rows,
                refits=any(told.document["stable"] is not None for told in found.changes if found.place_of(told.space) == position),
            ),
        )  # fmt: skip
        if own is not None:
            rows = document["points"]["pictured"].values
        spaces.append(document)
        places.append(shown)
    if chosen is not None and all(shown.items is None for shown in places):
        raise ConfigurationError(
            f"The objects shown need to be of the kind of a space on the page ({', '.join(s.modality.name for _, s in named)}), but "
            f"{chosen.name} holds others. Give data of that kind, or none."
        )
    for audit in found.audits:
        spaces[0]["audit"]["others"].append({"name": "Further data", "rows": write_audit_rows(audit)})
    for overlay in found.overlays:
        _lay(overlay, named, spaces)
    ids = [space["id"] for space in spaces]
    notes += [f"{outcome.name} was asked about {asked.calls:,} objects at most; some have no y here." for outcome in asked.outcomes
              if asked.left[outcome.name] <= 0]  # fmt: skip
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": wanted.title or f"The space of {heading(str(named[0][1].record['name']))}",
        "subtitle": _subtitle(named[0][1], chosen, [outcome.name for outcome in asked.outcomes]),
        "made": {
            "gausscape": importlib.metadata.version("gausscape"),
            "date": wanted.date or datetime.date.today().isoformat(),
            "command": wanted.command,
        },
        "spaces": spaces,
        "changes": [
            write_change(told, space_id=ids[at], ends=_ends(told, places[at]), asked=asked)
            for told in found.changes
            for at in [found.place_of(told.space)]
        ],
        "patches": [
            write_patch(
                told.document,
                told.patch,
                space_id=ids[found.place_of(told.patch.space)],
                outcome=told.outcome,
                with_unusual=rank < UNUSUAL,
            )
            for rank, told in enumerate(found.patches)
        ],
        "ledgers": [
            write_ledger(
                told.document,
                space_id=ids[found.place_of(told.space)],
                outcome=told.outcome,
                claims=[claim.document() for claim in found.claims_on(rank)],
            )
            for rank, told in enumerate(found.ledgers)
        ],
        "stress": [
            write_stress(test, space_id=ids[at], items=places[at].items, asked=asked)
            for test in found.stress
            for at in [found.place_of(test.space)]
        ],
        "about": write_about(
            named, chosen, [outcome.name for outcome in asked.outcomes], [space["decoder"] for space in spaces]
        ),
        "notes": notes,
        "live": None if wanted.live is None else {"url": wanted.live},
    }


def _names(spaces: Sequence[Space]) -> list[tuple[str, Space]]:
    """Each space with a name of its own: that of its data, and its number of axes where several have one name."""
    own = [str(space.record["name"]) for space in spaces]
    full = [
        name
        if own.count(name) == 1
        else f"{name}, {len(space.live_axes)} {'axis' if len(space.live_axes) == 1 else 'axes'}"
        for name, space in zip(own, spaces, strict=True)
    ]
    return [
        (name if full.count(name) == 1 else f"{name} ({full[: k + 1].count(name)})", space)
        for k, (name, space) in enumerate(zip(full, spaces, strict=True))
    ]


def _is_of_kind(space: Space, items: Items, *, alone: bool) -> bool:
    """Whether objects may be shown in a space. Where there is but one, the space itself says why not."""
    kind = items.modality or (space.modality.name if alone else recognise(items.values).name)
    return kind == space.modality.name or alone


def _subtitle(space: Space, items: Items | None, outcomes: Sequence[str]) -> str:
    axes = len(space.live_axes)
    shown = "" if items is None else f" Shown: {len(items):,} objects of {items.name}."
    asked = f" Asked: {', '.join(outcomes)}." if outcomes else ""
    return (
        f"A calibrated Gaussian space of {axes} live {'axis' if axes == 1 else 'axes'}, fitted to {space.record['name']} "
        f"({space.modality.name}, {space.record['counts']['all']:,} objects).{shown}{asked}"
    )


def _ends(told: ToldChange, shown: Shown) -> list[Picture | None]:
    """Pictures of the two objects themselves, where they are among those shown: of that id, and at that place."""
    if told.ends is not None:
        return list(told.ends)
    found: list[Picture | None] = [None, None]
    if shown.items is None:
        return found
    u = told.space.aggregate.whiten(told.codes[[0, -1]])
    for k, name in enumerate(told.ids):
        for row in shown.rows_of([name]):
            if np.linalg.norm(shown.u[row] - u[k]) < SAME_PLACE:
                found[k] = told.space.modality.pictures(shown.items.take([row]).values)[0]
    return found


def _lay(overlay: Overlay, named: Sequence[tuple[str, Space]], spaces: list[dict[str, Any]]) -> None:
    d = overlay.directions.vectors.shape[1]
    at = next((k for k, (_, space) in enumerate(named) if len(space.live_axes) == d), None)
    if at is None:
        raise ConfigurationError(
            f"An overlay needs its own space on the page, but none has its {d} live axes. Add the space to the answers."
        )
    space = spaces[at]
    space["planes"].append(write_overlay(overlay, named[at][1], number=len(space["planes"])))
