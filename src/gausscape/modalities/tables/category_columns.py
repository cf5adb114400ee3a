"""How is a column of categories kept, with rare levels in one cell and levels that the fit had not seen?"""

__all__ = ["CategoricalColumn"]

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import DataError
from gausscape.modalities.tables.checks import LEVEL_CAP, as_array, codes_of, in_order, too_many_levels
from gausscape.modalities.tables.column_kind import RARE_SHARE, ColumnKind, Request
from gausscape.modalities.tables.frames import Column, Family
from gausscape.modalities.tables.level_columns import in_short
from gausscape.modalities.tables.parts import Choice, Part
from gausscape.modalities.tables.ranks import Ranks

FEWEST_ROWS_OF_A_LEVEL = 3
MANY_LEVELS = 50


@dataclass(frozen=True)
class CategoricalColumn(ColumnKind):
    """Text, categories, or numbers that were asked to be read as categories: one cell a level.

    Levels with a share below 0.5 % of the rows, or with fewer than three rows, share one cell, "(rare)". Which of them a row
    holds is a second number, the rank among them, so that a real row keeps its level and generated rows hold each of
    them as often as the data did. Nothing is pooled where one level alone would be, or all of at most 50.

    Args:
        levels: Those with a cell of their own.
        rare: Those that share one, in order.
        ranks: Of the rare ones; None in a space of an older version, which gave the first of them back.
        share: Share of the rows below which a level was rare.
        lenient: Whether a level that the fit had not seen is taken as a rare one, not refused.
    """

    levels: tuple[Any, ...]
    rare: tuple[Any, ...] = ()
    ranks: Ranks | None = None
    share: float = RARE_SHARE
    lenient: bool = False

    name = "categorical"
    contents = "categorical"

    @property
    def parts(self) -> tuple[Part, ...]:
        choice = (Choice(len(self.levels) + bool(self.rare)),) if self.levels else ()
        return (*choice, self.ranks.part) if self.ranks else choice

    @property
    def legal(self) -> tuple[Any, ...]:
        """All levels that may be given back, in order."""
        return tuple(in_order(self.levels + (self.rare if self.ranks else self.rare[:1])))

    @classmethod
    def infer(cls, column: Column, request: Request) -> "CategoricalColumn | None":
        if column.family is not Family.TEXT and not request.categorical:
            return None
        counts = Counter(column.present.tolist())
        if len(counts) > LEVEL_CAP:
            raise DataError(too_many_levels(column, counts))
        fewest = max(request.rare * counts.total(), FEWEST_ROWS_OF_A_LEVEL) if request.rare else 0
        rare = in_order([level for level, count in counts.items() if count < fewest])
        if len(rare) < 2 or (len(rare) == len(counts) <= MANY_LEVELS):
            return cls(tuple(in_order(counts)), share=request.rare, lenient=request.lenient)
        ranks = Ranks.of_counts([counts[level] for level in rare])
        kept = tuple(level for level in in_order(counts) if level not in set(rare))
        return cls(kept, tuple(rare), ranks, request.rare, request.lenient)

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        taken = "are taken as (rare)" if self.rare else "count as missing, because the fit had no rare levels"
        codes = codes_of(column, self.levels + self.rare, taken=taken if self.lenient else None)
        shape = len(column), len(self.parts)
        stored, observed = np.zeros(shape), np.zeros(shape, dtype=bool)
        if self.levels:
            # An unseen level is a rare one where there is that cell, and else not known at all.
            stored[:, 0] = np.where(codes < 0, len(self.levels), np.minimum(codes, len(self.levels)))
            observed[:, 0] = (codes >= 0) | bool(self.rare)
        if self.ranks:
            rank = codes - len(self.levels)
            stored[:, -1], observed[:, -1] = np.where(rank >= 0, self.ranks.scores[np.maximum(rank, 0)], 0.0), rank >= 0
        return stored, observed

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        if not self.levels:
            return {" (rank)": cells[0][:, 0]}
        names = [in_short(level) for level in self.levels] + (["(rare)"] if self.rare else [])
        return {f" = {name}": cells[0][:, k] for k, name in enumerate(names)}

    def restore(self, stored: np.ndarray) -> np.ndarray:
        codes = stored[:, 0].astype(int) if self.levels else np.zeros(len(stored), dtype=int)
        places = self.ranks.places(stored[:, -1]) if self.ranks else np.zeros(len(stored), dtype=int)
        codes = np.where(codes >= len(self.levels), len(self.levels) + places, codes)
        return as_array(self.levels + self.rare)[codes]

    def note(self, name: Any) -> str | None:
        if not self.rare:
            return None
        shown = ", ".join(repr(level) for level in self.rare[:3]) + (", ..." if len(self.rare) > 3 else "")
        back = "given back as often as they came" if self.ranks else f"given back as {next(iter(self.rare))!r}"
        return (
            f"column {name!r}: {len(self.rare)} rare levels ({shown}) share one cell, (rare), and are {back}; "
            f"{len(self.levels)} levels stay"
        )

    def about(self) -> str:
        return f"{len(self.legal)} levels" + (f", {len(self.rare)} of them rare" if self.rare else "")

    def declared(self) -> dict[str, Any]:
        rare = {"rare": self.share} if self.share != RARE_SHARE else {}
        return rare | ({"unseen": "rare"} if self.lenient else {})

    def document(self) -> dict:
        ranks = {"cuts": list(self.ranks.cuts)} if self.ranks else {}
        own = {"levels": list(self.levels), "rare": list(self.rare), "share": self.share}
        return own | ranks | ({"lenient": True} if self.lenient else {})

    @classmethod
    def from_document(cls, document: dict) -> "CategoricalColumn":
        rare = document["rare"] if "rare" in document else document["pooled"]
        ranks = Ranks(tuple(document["cuts"])) if document.get("cuts") else None
        share, lenient = document.get("share", RARE_SHARE), document.get("lenient", False)
        return cls(tuple(document["levels"]), tuple(rare), ranks, share, lenient)
