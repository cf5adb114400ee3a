"""What is known of each object, as columns of a page: numbers, or categories coded by a list of levels."""

__all__ = ["category_column", "number_column", "value_column"]

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from gausscape.page.pack import counts, planes

MISSING = 65_535
MOST_LEVELS = 60
REST = "other"
DIGITS = 4


def number_column(
    name: str, role: str, values: np.ndarray, *, spread: float | None = None, unit: str = ""
) -> dict[str, Any]:
    """A column of numbers; NaN is missing.

    Args:
        name: Of the column.
        role: "label", "outcome", "feature" or "column".
        values: (n,).
        spread: Standard deviation over the population; None for that of these values.
        unit: For readers, "" for none.
    """
    values = np.asarray(values, dtype=np.float64)
    known = values[np.isfinite(values)]
    own = float(known.std()) if spread is None and len(known) else spread or 0.0
    return {
        "name": name, "role": role, "unit": unit, "kind": "number",
        "values": planes(np.where(np.isfinite(values), values, np.nan), digits=DIGITS), "spread": own,
    }  # fmt: skip


def category_column(name: str, role: str, texts: Sequence[str | None]) -> dict[str, Any]:
    """A column of categories; None is missing. Beyond 60 levels the rarest are one.

    Args:
        name: Of the column.
        role: "label" or "column".
        texts: (n,).
    """
    counted = Counter(text for text in texts if text is not None)
    levels = sorted(counted, key=_natural)
    if len(levels) > MOST_LEVELS:
        common = {text for text, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[: MOST_LEVELS - 1]}
        levels = [*(level for level in levels if level in common), REST]
    place = {level: k for k, level in enumerate(levels)}
    coded = [MISSING if text is None else place.get(text, len(levels) - 1) for text in texts]
    return {
        "name": name, "role": role, "unit": "", "kind": "category", "levels": levels, "values": counts(coded, short=True),
    }  # fmt: skip


def value_column(name: str, values: np.ndarray) -> dict[str, Any] | None:
    """A named column of the objects themselves; None where it is text of its own in nearly every row.

    Args:
        name: Of the column.
        values: (n,): float64 with NaN, datetime64 with NaT, or objects with None.
    """
    if values.dtype.kind == "M":
        years = values.astype("datetime64[us]").astype(np.float64) / (365.25 * 86_400e6) + 1970
        return number_column(name, "column", np.where(np.isnat(values), np.nan, years), unit="year")
    if values.dtype.kind in "fiub":
        return number_column(name, "column", values)
    texts = [None if value is None else str(value) for value in values.tolist()]
    distinct = len({text for text in texts if text is not None})
    if distinct > max(MOST_LEVELS, len(texts) // 2):
        return None
    return category_column(name, "column", texts)


def _natural(text: str) -> tuple[int, float, str]:
    """Numbers in their order before words in theirs."""
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text
