"""From placed codes to scenarios: objects are made, y is asked, hits are sorted, neighbours and the centre give the change."""

__all__ = ["Neighbours", "ask_scenarios"]

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gausscape.items import Items
from gausscape.outcome import Outcome
from gausscape.outcome.answers import Answers
from gausscape.space.calibration import Exceedance
from gausscape.space.nearest import Nearest
from gausscape.space.space import Space
from gausscape.stress_testing.failures.answered_class import read_classes
from gausscape.stress_testing.failures.label_rules import Wrong
from gausscape.stress_testing.failures.referee import Referee
from gausscape.stress_testing.failures.rule import FailureRule
from gausscape.stress_testing.failures.sorting import judge_hits
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.placing import Placed
from gausscape.stress_testing.scenarios import NO_ROW, Scenarios


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Real objects, so that each scenario can be held against the nearest one.

    Args:
        space: The space.
        items: The objects.
        u: Their whitened codes, (m, live).
    """

    space: Space
    items: Items
    u: np.ndarray

    @classmethod
    def of(cls, space: Space, items: Items) -> "Neighbours":
        """Embed the objects."""
        return cls(space, items, space.aggregate.whiten(space.embed(items).mean))

    def nearest(self, z: np.ndarray) -> np.ndarray:
        """Row of the object nearest to each latent point, in standard deviations, (n,)."""
        return self._finder.query(self.space.aggregate.whiten(z), 1)[1][:, 0]

    @cached_property
    def _finder(self) -> Nearest:
        return Nearest(self.u)


def ask_scenarios(
    placed: Sequence[Placed],
    outcome: Outcome,
    maker: Maker,
    *,
    neighbours: Neighbours | None,
    rule: FailureRule | None,
    referee: Referee | None,
    centre_y: float,
) -> tuple[Scenarios, Items | None]:
    """Scenarios of all designs, and the nearest real object of each.

    Args:
        placed: Codes by design; those that were refused have none.
        outcome: y.
        maker: Makes the objects.
        neighbours: Real objects, or None.
        rule: The failure rule, bound to the outcome, or None.
        referee: Judges hits, or None.
        centre_y: y at the centre of the law.
    """
    space = maker.space
    z = np.concatenate([each.z for each in placed])
    noise = np.concatenate([each.noise for each in placed])
    n = len(z)
    items = maker.items(z, noise)
    answers = outcome(items)
    gates = np.concatenate([each.gates for each in placed])
    margin, kind, judged = np.full(n, np.nan), np.full(n, ""), np.full(n, "")
    fails = np.zeros(n, dtype=bool)
    if rule is not None and n:
        margin = rule.margin(items, answers, outcome)
        fails = margin <= 0
        intended = np.concatenate([np.full(len(each), each.intended, dtype=object) for each in placed]).astype(str)
        sorted_hits = judge_hits(
            rule, referee, outcome=outcome, values=items, z=z, answers=answers, fails=fails, gates=gates, intended=intended
        )  # fmt: skip
        kind, judged = sorted_hits.kind, sorted_hits.judged
        if isinstance(rule, Wrong):
            # What nobody can name can neither fail nor pass: the table must know.
            judged = rule.referee.judge(items, z)
    nearest, rows, near_y, near_items = _neighbours(space, outcome, neighbours, z)
    rarity = [each.exceedance for each in placed]
    exceedance = Exceedance(
        *(np.concatenate([getattr(each, name) for each in rarity]) for name in ("probability", "lower", "upper")),
        confidence=rarity[0].confidence,
        floor=space.of_codes.floor,
    )
    ids = [f"{each.tail}-{each.level}-{k:04d}" for each in placed for k in range(len(each))]
    scenarios = Scenarios(
        ids=np.array(_distinct(ids)),
        tail=np.concatenate([np.full(len(each), each.tail, dtype=object) for each in placed]).astype(str),
        asked=np.concatenate([np.full(len(each), each.asked) for each in placed]),
        depth=np.concatenate([each.depth for each in placed]),
        z=z,
        noise=noise,
        items=items,
        exceedance=exceedance,
        support=np.concatenate([each.support for each in placed]),
        gates=gates,
        gate=np.concatenate([each.gate for each in placed]),
        nearest=nearest,
        nearest_row=rows,
        y=answers.values,
        from_nearest=answers.values - near_y,
        from_centre=answers.values - centre_y,
        fails=fails,
        margin=margin,
        kind=kind,
        judged=judged,
        answer=_answers_in_words(outcome, answers),
        failures=answers.failures,
    )
    return scenarios, near_items


def _neighbours(
    space: Space, outcome: Outcome, neighbours: Neighbours | None, z: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Items | None]:
    """(ids, rows, y of the nearest real objects, the objects); y is NaN and the objects are None without data."""
    if neighbours is None:
        return space.aggregate.neighbours(z)[1], np.full(len(z), NO_ROW), np.full(len(z), np.nan), None
    rows = neighbours.nearest(z)
    once, back = np.unique(rows, return_inverse=True)
    y = outcome(neighbours.items.take(once)).values[back]
    return neighbours.items.ids[rows].astype(str), rows, y, neighbours.items.take(once)


def _answers_in_words(outcome: Outcome, answers: Answers) -> np.ndarray:
    told = read_classes(outcome, answers) if len(answers) else None
    # With many classes, the likeliest of them is a word for the answer; a plain number speaks for itself.
    return np.full(len(answers), "") if told is None else told.said.astype(str)


def _distinct(ids: list[str]) -> list[str]:
    """The same ids, numbered on where two designs share a name."""
    seen: dict[str, int] = {}
    found = []
    for name in ids:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return found
