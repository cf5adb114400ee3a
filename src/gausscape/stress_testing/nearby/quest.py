"""Quest: what is looked for around some objects, and by which means? Checked once, for all of them."""

__all__ = ["Quest"]

from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.outcome import Outcome
from gausscape.space.space import Space
from gausscape.stress_testing.failures.failure_rule import find_rule
from gausscape.stress_testing.failures.referee import Referee
from gausscape.stress_testing.failures.rule import FailureRule
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.nearby.goal import Goal, find_goal


@final
@dataclass(frozen=True, eq=False)
class Quest:
    """What `find_worst` was asked, read and checked.

    Args:
        space: The fitted space.
        outcome: y.
        goal: What is worse.
        rule: Failure rule, or None.
        referee: Who judges failures, or None.
        keep_class: Whether only objects of the centre's class are looked at.
        draws: Random draws.
        calls: Of the search.
        maker: Makes objects around latent points.
        seed: Of draws and search.
    """

    space: Space
    outcome: Outcome
    goal: Goal
    rule: FailureRule | None
    referee: Referee | None
    keep_class: bool
    draws: int
    calls: int
    maker: Maker
    seed: int

    @classmethod
    def of(
        cls,
        space: Space,
        outcome: Any,
        *,
        goal: str | None,
        rule: Any,
        referee: Referee | None,
        keep_class: bool,
        draws: int,
        calls: int,
        maker: Maker | None,
        seed: int,
    ) -> Self:
        """Read what a caller gave.

        Raises:
            ConfigurationError: If a setting is impossible.
        """
        for name, number, least in (("draws", draws, 1), ("calls", calls, 0)):
            if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < least:
                raise ConfigurationError(
                    f"{name} needs to be a whole number of at least {least}, but got {number!r}. Pass {name}=200, say."
                )
        if keep_class and referee is None:
            raise ConfigurationError(
                "Keeping the class of the centre needs a referee that names classes, but none came. "
                "Pass referee=NeighbourReferee(space, labelled_items), say."
            )
        y = Outcome.of(outcome)
        found = None if rule is None else find_rule(rule, referee=referee)
        if found is not None and found is not rule:
            found = found.bind(y)
        goals = find_goal(goal, found)
        return cls(
            space, y, goals, found, referee, bool(keep_class), int(draws), int(calls), maker or Maker(space), seed
        )
