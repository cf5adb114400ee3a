"""How is a column of levels kept that stand in an order: small, medium, large?"""

__all__ = ["OrdinalColumn"]

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import DataError
from gausscape.modalities.tables.checks import as_array, codes_of
from gausscape.modalities.tables.column_kind import ColumnKind, Request
from gausscape.modalities.tables.frames import Column
from gausscape.modalities.tables.level_columns import in_short
from gausscape.modalities.tables.parts import Part
from gausscape.modalities.tables.ranks import Ranks


@dataclass(frozen=True)
class OrdinalColumn(ColumnKind):
    """Three or more levels in an order that the caller or the type of the column (an ordered categorical) states.

    One cell with an ordered-probit likelihood: neighbouring levels are near, which one cell a level would not know.
    Levels of the order that no row holds are not given back.

    Args:
        levels: In order.
        ranks: Their scores.
        lenient: Whether a level that the fit had not seen counts as missing and is not refused.
    """

    levels: tuple[Any, ...]
    ranks: Ranks
    lenient: bool = False

    name = "ordinal"
    contents = "ordinal"

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.ranks.part,)

    @classmethod
    def infer(cls, column: Column, request: Request) -> "OrdinalColumn | None":
        stated = column.dtype.get("categories") if column.dtype.get("ordered") is True else None
        order = request.order or (None if request.categorical else stated)
        if order is None:
            return None
        counts = Counter(column.present.tolist())
        strange = next((level for level in counts if level not in order), None)
        if strange is not None:
            where = column.values == strange
            shown = ", ".join(repr(level) for level in order[:5]) + (", ..." if len(order) > 5 else "")
            raise DataError(
                f"Column {column.name!r} needs the levels of its order ({shown}), but {strange!r} stands at "
                f"{column.first(where & ~column.missing)}. Add it to the order, or mend the row."
            )
        levels = tuple(level for level in order if level in counts)
        return cls(levels, Ranks.of_counts([counts[level] for level in levels]), request.lenient)

    def store(self, column: Column) -> tuple[np.ndarray, np.ndarray]:
        codes = codes_of(column, self.levels, taken="count as missing" if self.lenient else None)[:, None]
        return self.ranks.scores[np.maximum(codes, 0)], codes >= 0

    def features(self, cells: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        place = np.interp(cells[0][:, 0], self.ranks.scores, np.arange(1, len(self.levels) + 1))
        ends = f"{in_short(self.levels[0])} = 1 to {in_short(self.levels[-1])} = {len(self.levels)}"
        return {f" ({ends})": place}

    def restore(self, stored: np.ndarray) -> np.ndarray:
        return as_array(self.levels)[self.ranks.places(stored[:, 0])]

    def note(self, name: Any) -> str | None:
        return f"column {name!r}: ordinal, {' < '.join(in_short(level) for level in self.levels)}"

    def declared(self) -> dict[str, Any]:
        return {"order": list(self.levels)} | ({"unseen": "rare"} if self.lenient else {})

    def document(self) -> dict:
        own = {"levels": list(self.levels), "cuts": list(self.ranks.cuts)}
        return own | ({"lenient": True} if self.lenient else {})

    @classmethod
    def from_document(cls, document: dict) -> "OrdinalColumn":
        return cls(tuple(document["levels"]), Ranks(tuple(document["cuts"])), document.get("lenient", False))
