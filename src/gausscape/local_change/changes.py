"""Changes: many changes at once, as columns. Nothing is decoded until it is asked for."""

__all__ = ["Changes"]

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gausscape.local_change.change import Change
from gausscape.local_change.ends import Ends, Side
from gausscape.local_change.interval import Uncertainty
from gausscape.local_change.path import Route
from gausscape.local_change.stability import Refits
from gausscape.local_change.verdict import verdict_of
from gausscape.space.space import Space
from gausscape.space.support import Support

SHOWN = 8


@dataclass(frozen=True, repr=False, eq=False)
class Changes:
    """n changes measured together; each column is an array (n,), described in `Change`.

    `changes[i]` is a `Change` with features and path, decoded when asked for; `support_a`, `support_b`, `verdict`,
    `chord` and `table()` decode as well.

    Args:
        distance, percentile, detectability, accuracy, distinguishable, noise_probability, jeffreys, fisher_rao,
            wasserstein, input_distance, identical: As in `Change`.
        shift: Whitened difference b - a, (n, live).
        uncertainty: 90% intervals by source.
        refits: What other fits say of the same changes.
        order_flips: For each change, share of the others against which its order differs in another fit; None without
            refits.
        space, ends, route, steps: What was asked: for what is decoded later.
    """

    distance: np.ndarray
    percentile: np.ndarray
    detectability: np.ndarray
    accuracy: np.ndarray
    distinguishable: np.ndarray
    noise_probability: np.ndarray
    jeffreys: np.ndarray
    fisher_rao: np.ndarray
    wasserstein: np.ndarray
    input_distance: np.ndarray
    identical: np.ndarray
    shift: np.ndarray
    uncertainty: Uncertainty
    refits: Refits
    order_flips: np.ndarray | None
    space: Space = field(repr=False)
    ends: Ends = field(repr=False)
    route: Route = field(repr=False)
    steps: int = field(repr=False)

    def __len__(self) -> int:
        return len(self.distance)

    def __iter__(self) -> Iterator[Change]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: int) -> Change:
        from gausscape.local_change.single import describe_one

        return describe_one(self, range(len(self))[index])

    @cached_property
    def interval(self) -> np.ndarray:
        """90% interval of each percentile, (n, 2)."""
        return self.uncertainty.total(self.distance, self.percentile).percentile

    @cached_property
    def distance_interval(self) -> np.ndarray:
        """90% interval of each distance, (n, 2)."""
        return self.uncertainty.total(self.distance, self.percentile).distance

    @property
    def dominant_source(self) -> np.ndarray:
        """Which source leaves each percentile most uncertain, (n,)."""
        return self.uncertainty.dominant

    @cached_property
    def stable(self) -> np.ndarray | None:
        """Whether other fits agree on each change by itself, (n,); None without refits."""
        return self.refits.stable

    @property
    def stability(self) -> str:
        """What other fits say of all changes, in a sentence."""
        if self.stable is None:
            return self.refits.reason()
        words = f"{int(self.stable.sum()):,} of {len(self):,} changes are stable over {len(self.refits)} refits"
        if self.order_flips is None:
            return words + "."
        return words + f"; {self.order_flips.mean():.1%} of pairs of changes stand in another order there."

    @property
    def a_ids(self) -> np.ndarray | None:
        """Ids at one end of each change, where they are known."""
        return _ids(self.ends.a)

    @property
    def b_ids(self) -> np.ndarray | None:
        """Ids at the other end."""
        return _ids(self.ends.b)

    @cached_property
    def support_a(self) -> np.ndarray:
        """Support label at one end of each change, (n,)."""
        return _support(self.space, self.ends.a)

    @cached_property
    def support_b(self) -> np.ndarray:
        """Support label at the other end, (n,)."""
        return _support(self.space, self.ends.b)

    @cached_property
    def verdict(self) -> np.ndarray:
        """SAME, NOISE, CHANGED or WITHHELD, (n,)."""
        outside = (self.support_a == Support.UNSUPPORTED) | (self.support_b == Support.UNSUPPORTED)
        words = zip(self.identical, self.distinguishable, outside, strict=True)
        return np.array([verdict_of(*(bool(word) for word in row)).value for row in words], dtype="<U8")

    @cached_property
    def chord(self) -> np.ndarray:
        """Euclidean distance of the decoded objects, cell by cell, (n,)."""
        cells = [self.space.codec.cells(side.posterior.mean)[side.rows].double() for side in (self.ends.a, self.ends.b)]
        return np.where(self.identical, 0.0, (cells[0] - cells[1]).norm(dim=1).numpy())

    def order(self) -> np.ndarray:
        """Positions of the changes from the smallest to the largest distance, (n,)."""
        return np.argsort(self.distance, kind="stable")

    def table(self) -> dict[str, np.ndarray]:
        """Columns by name, each (n,): ready for a data frame."""
        names = ("distance", "percentile", "detectability", "accuracy", "distinguishable", "noise_probability", "jeffreys",
                 "fisher_rao", "wasserstein", "chord", "input_distance", "dominant_source", "support_a", "support_b",
                 "verdict")  # fmt: skip
        found = {"a": self.a_ids, "b": self.b_ids}
        found = {name: ids for name, ids in found.items() if ids is not None}
        found |= {name: getattr(self, name) for name in names}
        for name in ("distance_interval", "interval"):
            low, high = getattr(self, name).T
            stem = "distance" if name == "distance_interval" else "percentile"
            found |= {f"{stem}_low": low, f"{stem}_high": high}
        if self.stable is not None:
            found["stable"] = self.stable
        if self.order_flips is not None:
            found["order_flips"] = self.order_flips
        return found

    def document(self) -> dict[str, Any]:
        """JSON-able: the table, column by column, and the sentence on stability."""
        columns = {name: column.tolist() for name, column in self.table().items()}
        columns["input_distance"] = [None if value != value else value for value in columns["input_distance"]]
        return {"changes": len(self), "columns": columns, "stability": self.stability}

    def __str__(self) -> str:
        rows = np.arange(min(len(self), SHOWN))
        sides = (self.ends.a, self.ends.b)
        ids = [side.rows.astype(str) if side.ids is None else side.ids[side.rows] for side in sides]
        width = max(3, *(len(str(column[i])) for column in ids for i in rows))
        lines = [
            f"{len(self):,} changes, median {np.median(self.distance):.2f} standard deviations; "
            f"{int((~self.distinguishable).sum()):,} cannot be told from noise.",
            f"{'a':>{width}} {'b':>{width}}  distance  (90% interval)    percentile  (90% interval)      d'",
        ]
        for i in rows:
            (near, far), (low, high) = self.distance_interval[i], self.interval[i]
            lines.append(
                f"{ids[0][i]:>{width}} {ids[1][i]:>{width}}  {self.distance[i]:8.2f}  {f'({near:.2f} to {far:.2f})':<16}  "
                f"{self.percentile[i]:9.0f}%  {f'({low:.0f}% to {high:.0f}%)':<14}  {self.detectability[i]:6.1f}"
            )
        if len(self) > len(rows):
            lines.append(f"... and {len(self) - len(rows):,} more.")
        return "\n".join([*lines, self.stability])

    def __repr__(self) -> str:
        return str(self)


def _support(space: Space, side: Side) -> np.ndarray:
    return space.assess(side.values)["support"][side.rows]


def _ids(side: Side) -> np.ndarray | None:
    return None if side.ids is None else side.ids[side.rows]
