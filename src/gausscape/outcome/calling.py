"""How are many objects asked about when a batch fails, a server is busy, or one object takes the model down?"""

__all__ = ["Caller"]

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.outcome.asking import Runner
from gausscape.outcome.cache import Lost
from gausscape.outcome.faults import Fault
from gausscape.outcome.meter import Meter
from gausscape.outcome.private_copy import private_copy
from gausscape.outcome.reading import Reading
from gausscape.outcome.sources.source import Source

MOST_TRIES = 2
"""An object that stops the model (crash, timeout) is sent alone a second time only if it had failed in no batch before."""
MOST_IN_A_ROW = 20
"""So many objects in a row that stop the model, and none that it answers, mean that the model is down."""


class Caller:
    """Sends objects to a model in batches and keeps to the budget.

    A batch that fails is halved until the failing objects are alone; batches grow again as calls succeed. So a poison
    object costs about two extra calls for each doubling of the batch, and a model that is too slow for its batch is
    asked in smaller ones from then on.

    Args:
        runner: Where the model runs.
        meter: Counts every object sent, those sent again included.
        batch: The most objects in a call.
        source: Says how often a call is tried that may succeed later, and whether every answer is charged.
    """

    def __init__(self, runner: Runner, meter: Meter, *, batch: int, source: Source):
        self.runner = runner
        self.meter = meter
        self.batch = batch
        self._patience = source.patience
        self._is_remote = source.is_remote
        self._size = batch

    def once(self, batch: Callable[[], Any], n: int) -> Reading | Fault:
        """One call, tried again while it may pass.

        Args:
            batch: Makes the batch anew for each try, since the model may change it.
            n: Objects in it.

        Raises:
            ConfigurationError: If the budget is used up or the model is down; what was answered before is kept.
        """
        wait, tried = self._patience.first_wait, 0
        while True:
            self.meter.charge(n)
            reply = self.runner.ask(batch())
            tried += 1
            if isinstance(reply, Reading):
                return reply
            if not reply.may_pass or tried >= self._patience.tries:
                break
            seconds = wait if reply.wait is None else reply.wait
            if seconds > self._patience.longest_wait:
                break
            time.sleep(seconds)
            wait = min(2 * wait, self._patience.longest_wait)
        if reply.is_general:
            raise self._down(reply, f"{tried} {'try' if tried == 1 else 'tries'}")
        return reply

    def sweep(
        self,
        values: Any,
        rows: np.ndarray,
        *,
        answered: Callable[[np.ndarray, Reading], Fault | None],
        lost: Callable[[int, Lost], None],
    ) -> list[Fault]:
        """Ask about all of these rows, whatever happens to some.

        Args:
            values: The objects.
            rows: Positions of those to ask about.
            answered: Takes the rows of each call that succeeded and their reading; may still find fault with it.
            lost: Takes each row that failed alone.

        Returns:
            The faults of calls with more than one object.
        """
        of_groups: list[Fault] = []
        tries: Counter[int] = Counter()
        in_a_row, waiting = 0, [rows] if len(rows) else []
        while waiting:
            group = waiting.pop()
            if len(group) > self._size:
                waiting.append(group[self._size :])
                group = group[: self._size]
            reply = self.once(lambda group=group: private_copy(values, group), len(group))
            fault = answered(group, reply) if isinstance(reply, Reading) else reply
            if fault is None:
                self._size, in_a_row = min(self.batch, 2 * self._size), 0
                continue
            if fault.was_answered and self._is_remote:  # smaller batches would be charged once more
                for row in group.tolist():
                    lost(row, Lost(fault.kind, fault.message))
                continue
            tries.update(group.tolist())
            if len(group) > 1:
                of_groups.append(fault)
                half = len(group) // 2
                self._size = half
                waiting += [group[half:], group[:half]]
                continue
            row, stops = int(group[0]), fault.kind in ("crash", "timeout") or fault.may_pass
            if stops and not fault.may_pass and tries[row] < MOST_TRIES:
                waiting.append(group)
                continue
            lost(row, Lost(fault.kind, fault.message, fault.may_pass))
            in_a_row = in_a_row + 1 if stops else 0
            if in_a_row >= MOST_IN_A_ROW:
                raise self._down(fault, f"{in_a_row} objects in a row")
        return of_groups

    def _down(self, fault: Fault, after: str) -> ConfigurationError:
        return ConfigurationError(
            f"A model needs to answer, but after {after}: {fault.message}. "
            f"What was answered before is kept ({self.meter.used:,} objects were sent); mend the model, then ask again."
        )
