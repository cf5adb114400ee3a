"""Design: which scenarios are drawn, how many of each, and how far out."""

__all__ = ["Design"]

import json
import numbers
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gausscape.errors import CalibrationError, ConfigurationError
from gausscape.items import Items
from gausscape.space.gated import ACCEPTED
from gausscape.stress_testing.conditions.conditional import draw_given
from gausscape.stress_testing.covering_arrays.covering import covering_scenarios
from gausscape.stress_testing.find_tail import find_tail
from gausscape.stress_testing.hunts.hunting import hunt_plan
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.placing import Placed, judge_codes
from gausscape.stress_testing.tails import Tail

COVERED_AXES = 6
"""Directions that are covered: those of greatest change. With more of them, few combinations far out are objects."""


@dataclass(frozen=True)
class Design:
    """The long tail of a stress test's settings.

    Args:
        each: Scenarios of each tail and level, and of each condition.
        at_least: Whether scenarios are drawn at least as rare as the level instead of exactly so rare.
        beyond: Farthest depth of the response curves in standard deviations; None for twice the last observation.
        rays: Directions along which y is followed outwards; 0 for no response curve.
        temperature: Widens the law under conditions; 1 leaves it. Claims stay those of the calibrated law.
        strength: t of the t-way combinations of latent bins that are covered between the commonest and the rarest level; 0
            for none.
        bins: Bins of each axis for that.
        hunt: Scenarios that hit most simple regions of a probability of 1 in 1,000 (`hunt_plan`), for rules without a margin.
        radius, percentile: Locality of worst cases, as in `Space.patch`.
        goal: "rise", "fall" or "change" of y in worst cases; None for the failure rule, or "change" without one.

    Raises:
        ConfigurationError: If a number is impossible.
    """

    each: int = 100
    at_least: bool = False
    beyond: float | None = None
    rays: int = 24
    temperature: float = 1.0
    strength: int = 0
    bins: int = 5
    hunt: int = 0
    radius: float | None = None
    percentile: float | None = None
    goal: str | None = None

    def __post_init__(self):
        _refuse_wrong_kinds(self)
        for name, least in (("each", 1), ("rays", 0), ("strength", 0), ("hunt", 0), ("bins", 2)):
            if getattr(self, name) < least:
                raise ConfigurationError(
                    f"A design needs {name} of at least {least}, but got {getattr(self, name)}. Raise it."
                )
        for name in ("beyond", "temperature"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1e6:
                raise ConfigurationError(
                    f"A design needs {name} above 0, but got {value!r}. Pass {name}={8 if name == 'beyond' else 1.5}."
                )

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)

    def place(
        self,
        maker: Maker,
        *,
        levels: Sequence[float],
        tails: Sequence[str | Tail],
        where: Sequence[Any],
        items: Items | None,
        seed: int,
    ) -> tuple[list[Placed], list[Tail], tuple[str, ...]]:
        """(codes of all scenarios by tail and level, the tails, notes).

        Args:
            maker: Makes objects.
            levels: Exceedances.
            tails: Names or tails.
            where: Conditions.
            items: Real objects, or None.
            seed: Of the draws.
        """
        space = maker.space
        shapes = [find_tail(space, tail, items) for tail in tails]
        rng = np.random.default_rng([seed, 70])
        placed = [self._of_tail(maker, tail, level, rng) for tail in shapes for level in levels]
        notes: list[str] = []
        for condition in where:
            one, note = self._given(maker, condition, items, rng)
            placed.append(one)
            notes += [note] if note else []
        if self.strength:
            one, note = self._covering(maker, levels, rng, seed)
            placed.append(one)
            notes.append(note)
        if self.hunt:
            plan = hunt_plan(maker, self.hunt, seed=seed)
            rarity, support, gates, gate = judge_codes(space, plan.z)
            depth = np.linalg.norm(space.aggregate.whiten(plan.z), axis=1)
            placed.append(Placed("hunt", float("nan"), plan.z, plan.noise, depth, rarity, support, gates, gate))
            notes.append(f"{plan!r}"[len("HuntPlan(") : -1].capitalize() + ".")
        return placed, (shapes if self.rays else []), tuple(notes)

    def _of_tail(self, maker: Maker, tail: Tail, level: float, rng: np.random.Generator) -> Placed:
        space = maker.space
        try:
            draw = tail.draw(self.each, level, rng, at_least=self.at_least)
        except CalibrationError as refusal:
            # Other tails of the same test may certify this level.
            return Placed.refusal(space, tail.name, level, str(refusal), noise_size=maker.noise_size)
        return Placed(
            tail=tail.name,
            asked=level,
            z=draw.z,
            noise=maker.draw_noise(len(draw.z), rng),
            depth=draw.depth,
            exceedance=draw.exceedance,
            support=draw.support,
            gates=draw.gates,
            gate=draw.gate,
            acceptance=draw.acceptance,
        )

    def _given(self, maker: Maker, condition: Any, items: Items | None, rng: np.random.Generator) -> tuple[Placed, str]:
        space = maker.space
        drawn = draw_given(
            space,
            condition,
            self.each,
            maker=maker,
            data=items,
            temperature=self.temperature,
            rng=int(rng.integers(2**31)),
        )
        rarity, support, gates, gate = judge_codes(space, drawn.z)
        placed = Placed(
            tail=f"where {drawn.condition}",
            asked=float("nan"),
            z=drawn.z,
            noise=drawn.noise,
            depth=np.linalg.norm(space.aggregate.whiten(drawn.z), axis=1),
            exceedance=rarity,
            support=support,
            gates=gates,
            gate=gate,
            acceptance=float((gates >= ACCEPTED).mean()),
            claim=drawn.probability,
            intended=drawn.intended,
        )
        return placed, f"Where {drawn.condition}: {drawn.note}." if drawn.note else ""

    def _covering(
        self, maker: Maker, levels: Sequence[float], rng: np.random.Generator, seed: int
    ) -> tuple[Placed, str]:
        space = maker.space
        inner, outer = max(levels), min(levels)
        if inner == outer:
            inner, outer = min(1.0, 3 * inner), max(space.of_codes.floor, outer / 3)
        array = covering_scenarios(
            space,
            strength=self.strength,
            bins=self.bins,
            between=(inner, outer),
            axes=min(COVERED_AXES, len(space.live_axes)),
            seed=seed,
        )
        rarity, support, gates, gate = judge_codes(space, array.z)
        placed = Placed(
            tail=f"{self.strength}-way covering",
            asked=float("nan"),
            z=array.z,
            noise=maker.draw_noise(len(array), rng),
            depth=np.linalg.norm(space.aggregate.whiten(array.z), axis=1),
            exceedance=rarity,
            support=support,
            gates=gates,
            gate=gate,
            acceptance=float((gates >= ACCEPTED).mean()) if len(gates) else float("nan"),
        )
        return placed, f"{array}"


def _refuse_wrong_kinds(design: Design) -> None:
    """Settings come from files, too, where 'many', 2.5 and true are easily written."""
    kinds = {"at_least": (bool, "true or false", False), "goal": (str, "a word", "fall")}
    whole = dict.fromkeys(("each", "rays", "strength", "bins", "hunt"), (numbers.Integral, "a whole number", 5))
    for name, value in asdict(design).items():
        kind, wanted, example = (kinds | whole).get(name, (numbers.Real, "a number", 2.5))
        if value is None and getattr(Design, name) is None:
            continue
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ConfigurationError(
                f"A design needs {wanted} as {name}, but got {value!r}. Write {name}: {json.dumps(example)}, say."
            )
