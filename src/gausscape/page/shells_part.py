"""Objects drawn at stated exceedances, from the centre outwards and beyond what can be certified."""

__all__ = ["write_shells"]

from typing import Any

import numpy as np

from gausscape.errors import CalibrationError
from gausscape.modality import Picture
from gausscape.page.asked import Asked
from gausscape.page.pack import bits, halves
from gausscape.page.pictures_part import write_pictures
from gausscape.space.gated import Gated
from gausscape.space.space import Samples, Space
from gausscape.space.support import Support

COMMON = 0.9
LEVELS = (0.1, 0.01, 0.001)
BEYOND = 1.5
DRAWN = 16
LEFT_OUT, MANY_LEFT_OUT = 6, 0.7
"""So many draws that were left out are shown where no more than this share was kept."""
LABELS = [label.value for label in Support]


def write_shells(space: Space, *, asked: Asked, seed: int) -> tuple[list[dict[str, Any]], list[dict[str, np.ndarray]]]:
    """The shells, and y of each by outcome.

    Args:
        space: Draws and judges.
        asked: y.
        seed: Of the draws.
    """
    floor = space.of_codes.floor
    shells, answers = [], []
    for p in (COMMON, *LEVELS, floor):
        if p == floor and any(abs(level / floor - 1) < 0.05 for level in LEVELS):
            continue
        name = f"At most {_one_in(floor)}, the rarest that is certified" if p == floor else _name(p)
        try:
            samples = space.sample(DRAWN, exceedance=p, seed=seed)
        except CalibrationError as error:
            shells.append(_shell(name, p, refused=str(error)))
            continue
        y = asked.answers(samples.items, len(samples))
        answers.append(y)
        shell = _shell(name, p, space=space, samples=samples, y=y)
        if samples.acceptance <= MANY_LEFT_OUT:
            shell["rejected"] = write_pictures(_left_out(space, p, seed))
        shells.append(shell)
    samples = _beyond(space, seed)
    y = asked.answers(samples.items, len(samples))
    answers.append(y)
    shells.append(_shell(f"Beyond: {BEYOND:g} times as far out", None, space=space, samples=samples, y=y))
    return shells, answers


def _name(p: float) -> str:
    return "Common: 9 in 10 lie farther out" if p == COMMON else _one_in(p)


def _one_in(p: float) -> str:
    return f"1 in {round(1 / p):,}"


def _shell(
    name: str,
    exceedance: float | None,
    *,
    space: Space | None = None,
    samples: Samples | None = None,
    y: dict[str, np.ndarray] | None = None,
    refused: str = "",
) -> dict[str, Any]:
    told = {"name": name, "exceedance": exceedance, "refused": refused}
    if samples is None or space is None:
        return told | {"u": halves([]), "support": bits([]), "pictures": None, "y": {}, "acceptance": None}
    return told | {
        "u": halves(space.aggregate.whiten(samples.codes)),
        "support": bits([LABELS.index(label) for label in samples.support]),
        "pictures": write_pictures(space.modality.pictures(samples.items)),
        "y": {label: halves(values) for label, values in (y or {}).items()},
        "acceptance": float(samples.acceptance) if exceedance is not None else None,
    }


def _left_out(space: Space, exceedance: float, seed: int) -> list[Picture]:
    """What draws of a level look like that do not pass the support gates."""
    rng = np.random.default_rng([seed, 41])
    level = space.of_codes.level(np.full(4 * LEFT_OUT, exceedance))
    rays = space.aggregate.directions(len(level), rng, uniform=False, level=level, jitter=space.jitter)
    z = space.aggregate.unwhiten(space.aggregate.at_level(rays, level))
    lost = z[~Gated.of(z, space.gates_of_codes(z)).passes][:LEFT_OUT]
    return space.modality.pictures(space.decode(lost)) if len(lost) else []


def _beyond(space: Space, seed: int) -> Samples:
    """So much farther out than the last level that can be certified, in the directions of real tails."""
    rays = space.aggregate.directions(DRAWN, np.random.default_rng([seed, 37]), uniform=False)
    radii = BEYOND * space.aggregate.law.radius_along(rays, space.of_codes.level(np.full(DRAWN, space.of_codes.floor)))
    return space.describe_codes(space.aggregate.unwhiten(rays * radii[:, None]))
