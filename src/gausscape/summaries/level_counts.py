"""LevelCounts: how often each level came, exactly while there are few, and within a stated error beyond."""

__all__ = ["LevelCounts"]

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from gausscape.summaries.summary import Summary, refuse_other_settings


@dataclass(frozen=True)
class LevelCounts(Summary):
    """Counts of at most `cap` levels (Misra & Gries 1982).

    Up to `cap` levels all counts are exact. Beyond, each count is too low by at most `error`, which is at most
    total / (cap + 1); a level that came more often than that is always among them.

    Args:
        counts: By level; where `error` is above 0, lower bounds.
        total: Values in all.
        error: What a count may lack at most; 0 while all are exact.
        cap: Most levels that are kept.

    Example:
        >>> counts = LevelCounts.of(["a", "b", "a"]).merged(LevelCounts.of(["a", "c"]))
        >>> dict(sorted(counts.counts.items())), counts.total, counts.error
        ({'a': 3, 'b': 1, 'c': 1}, 5, 0)

    References:
        Misra & Gries 1982, Finding repeated elements.
        Agarwal et al. 2012, Mergeable summaries, section 2 (the merge, and that it keeps the bound).
    """

    counts: dict[Hashable, int] = field(default_factory=dict)
    total: int = 0
    error: int = 0
    cap: int = 1000

    @classmethod
    def of(cls, values: Iterable[Hashable], *, cap: int = 1000) -> "LevelCounts":
        """Of levels that can be told apart as keys of a dictionary; text, whole numbers or truth values to be written down."""
        counts = Counter(values)
        total = counts.total()
        kept, lost = _largest(counts, cap)
        return cls(kept, total, lost, cap)

    def merged(self, other: Self) -> Self:
        refuse_other_settings(self.cap, other.cap, "the number of levels kept")
        counts = Counter(self.counts)
        counts.update(other.counts)
        kept, lost = _largest(counts, self.cap)
        return replace(self, counts=kept, total=self.total + other.total, error=self.error + other.error + lost)

    def document(self) -> dict[str, Any]:
        levels = sorted(self.counts.items(), key=lambda pair: (str(type(pair[0])), pair[0]))
        return {"levels": [list(pair) for pair in levels], "total": self.total, "error": self.error, "cap": self.cap}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        counts = {level: count for level, count in document["levels"]}
        return cls(counts, document["total"], document["error"], document["cap"])


def _largest(counts: Counter, cap: int) -> tuple[dict[Hashable, int], int]:
    """At most `cap` levels, and what each of their counts lost."""
    if len(counts) <= cap:
        return dict(counts), 0
    # Each count loses what the first one too many has: then that one and all below it are gone.
    lost = sorted(counts.values(), reverse=True)[cap]
    return {level: count - lost for level, count in counts.items() if count > lost}, lost
