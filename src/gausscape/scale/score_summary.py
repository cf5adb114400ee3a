"""What do the scores of many shards say together? Counts that add up, whoever made them and in whatever order they came."""

__all__ = ["LEVELS", "merge_summaries", "summarise"]

from collections import Counter
from collections.abc import Iterable
from functools import reduce
from typing import Any, TypeVar

import numpy as np

from gausscape.scale.columns import BOUND
from gausscape.summaries import Exceedances, Moments
from gausscape.summaries.summary import Summary

Counted = TypeVar("Counted", bound=Summary)

LEVELS = (0.1, 0.01, 0.001, 0.0001)
MOST_UNUSUAL = 10


def summarise(ids: np.ndarray, columns: dict[str, Any]) -> dict[str, Any]:
    """A shard's part of the summary, JSON-able.

    Args:
        ids: Of its objects, (n,).
        columns: Its scores by name, each (n,).
    """
    found: dict[str, Any] = {"rows": len(ids)}
    if "exceedance" in columns:
        p = columns["exceedance"]
        found["exceedances"] = Exceedances.of(p).document()
        # All that tie with the last of them come along, so that the ids decide and not the order of the rows.
        least = np.partition(p, MOST_UNUSUAL - 1)[MOST_UNUSUAL - 1] if len(p) > MOST_UNUSUAL else np.inf
        near = np.flatnonzero(p <= least)
        few = near[np.lexsort((ids[near], p[near]))][:MOST_UNUSUAL]
        found["most_unusual"] = [[float(p[row]), str(ids[row])] for row in few]
    if "support" in columns:
        found["support"] = dict(Counter(columns["support"].tolist()))
    for name in (BOUND, "y"):
        if name in columns:
            found[name] = Moments.of(columns[name][np.isfinite(columns[name])]).document()
    if "y_failure" in columns:
        found["y_failures"] = dict(Counter(kind for kind in columns["y_failure"].tolist() if kind))
    return found


def merge_summaries(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """All parts together; moments are merged in the order given.

    Example:
        >>> one = summarise(np.array(["a"]), {"exceedance": np.array([0.02]), "support": np.array(["SUPPORTED"])})
        >>> both = merge_summaries([one, one])
        >>> both["rows"], both["at_most"]["0.1"], both["support"]
        (2, 2, {'SUPPORTED': 2})
    """
    parts = list(parts)
    found: dict[str, Any] = {"rows": sum(part["rows"] for part in parts)}
    for name in ("support", "y_failures"):
        if any(name in part for part in parts):
            counts: Counter[str] = Counter()
            for part in parts:
                counts.update(part.get(name, {}))
            found[name] = dict(sorted(counts.items()))
    if any("exceedances" in part for part in parts):
        counted = _merged(Exceedances, [part["exceedances"] for part in parts if "exceedances" in part])
        found["exceedances"] = counted.document()
        found["at_most"] = {f"{level:g}": counted.at_most(level) for level in LEVELS}
        unusual = sorted((p, each) for part in parts for p, each in part.get("most_unusual", ()))
        found["most_unusual"] = [[p, each] for p, each in unusual[:MOST_UNUSUAL]]
    for name in (BOUND, "y"):
        if any(name in part for part in parts):
            found[name] = _merged(Moments, [part[name] for part in parts if name in part]).document()
    return found


def _merged(kind: type[Counted], documents: list[dict[str, Any]]) -> Counted:
    return reduce(lambda one, other: one.merged(other), map(kind.from_document, documents))
