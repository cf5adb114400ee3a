"""Which columns can be asked for, and what computes them?

Cheapest first: exceedance with its interval takes the encoder alone; support, the gates and the nearest fitted object take the
decoder, the encoder again and a search besides; the bound on the log-likelihood takes the decoder once for each of its draws.
"""

__all__ = ["ASSESSED", "BOUND", "COLUMNS", "DEFAULT", "RARITY", "check_columns", "compute_columns"]

import difflib
from collections.abc import Sequence
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.space.space import Space

RARITY = ("exceedance", "lower", "upper")
ASSESSED = ("support", "nearest", "neighbours", "cycle", "residual", "spread", "combined")
BOUND = "log_likelihood_bound"
COLUMNS = (*RARITY, *ASSESSED, BOUND)
DEFAULT = (*RARITY, "support")


def check_columns(names: Sequence[str], space: Space) -> tuple[str, ...]:
    """The columns, each once, as this space can compute them.

    Raises:
        ConfigurationError: If there is no such column, or none is named.
    """
    known = [name for name in COLUMNS if name != "spread" or "spread" in space.gates]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            do = f"Did you mean {near[0]!r}?" if near else f"Choose from {', '.join(known)}."
            raise ConfigurationError(f"A column of the scores needs a name that this space knows, but {name!r} came. {do}")
    if not names:
        raise ConfigurationError("Scores need at least one column, but none was named. Pass columns=('exceedance',), say.")
    return tuple(dict.fromkeys(names))


def compute_columns(space: Space, values: Any, names: Sequence[str], *, draws: int, seed: int) -> dict[str, np.ndarray]:
    """The columns of objects in native form by name, each (n,), at no more cost than they need."""
    found: dict[str, np.ndarray] = {}
    if any(name in ASSESSED for name in names):
        found = space.assess(values)
    elif any(name in RARITY for name in names):
        rarity = space.exceedance(values)
        found = dict(zip(RARITY, (rarity.probability, rarity.lower, rarity.upper), strict=True))
    if BOUND in names:
        found[BOUND] = space.score_samples(values, draws=draws, seed=seed)
    return {name: found[name] for name in names}
