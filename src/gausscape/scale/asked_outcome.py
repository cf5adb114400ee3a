"""How does y get to the workers? Tried once by whoever starts, then sent, with the meaning of its answers settled."""

__all__ = ["AskedOutcome"]

import pickle
from dataclasses import dataclass
from typing import Any, final

from gausscape.errors import ConfigurationError
from gausscape.items import Items
from gausscape.outcome import Outcome


@final
@dataclass(frozen=True)
class AskedOutcome:
    """y, ready for any number of workers. It is pickled only on its way to another process of the run, never to disk.

    Args:
        outcome: y with the meaning of its answers and nothing else in its memory.
        told: What y is, for the record of the run.
    """

    outcome: Outcome
    told: dict[str, Any]

    @classmethod
    def of(cls, outcome: Any, few: Items) -> "AskedOutcome":
        """y, asked about a few real objects first: it must answer, and every worker must read its answers alike.

        Raises:
            ConfigurationError: If it does not answer, or has a budget.
        """
        y = Outcome.of(outcome)
        if y.budget is not None:
            raise ConfigurationError(
                f"y needs no budget where every object is asked about, but {y.budget:,} calls came. Leave budget away."
            )
        y.check(few)
        told = {"name": y.name, "source": y.source.described, "kind": y.kind, "target": y.target}
        return cls(y.afresh(), {name: None if value is None else str(value) for name, value in told.items()})

    def __getstate__(self) -> dict[str, Any]:
        # What is open (a session, a process) goes to no other process: that one opens its own.
        self.outcome.close()
        try:
            return {"sent": pickle.dumps(self.outcome), "told": self.told}
        except Exception as error:
            raise ConfigurationError(
                f"y needs to be sent to the workers, but {self.outcome.source.described} cannot be: {error}. "
                "Pass 'module:function' instead, or engine='local' with workers=1."
            ) from None

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(outcome=pickle.loads(state["sent"]), told=state["told"])
