"""Which columns name rows and say nothing of them?"""

__all__ = ["IdentifierWarning", "identifier_reason"]

import re

import numpy as np

from gausscape.modalities.tables.checks import whole
from gausscape.modalities.tables.frames import Column, Family

FEWEST_ROWS = 50
NAMES = re.compile(r"(?i:(^|[_\W])(id|uuid|guid|key|index|rowid|rownum)$)|[a-z](ID|Id)$")


class IdentifierWarning(UserWarning):
    """A column that looks like an identifier was fitted like any other."""


def identifier_reason(column: Column) -> str | None:
    """Why a column looks like an identifier, in words; None if it does not. Fewer than 50 values never do.

    Text: all values differ, or all but one in twenty. Whole numbers: all differ, and they are dense, or rise row by row, or the
    column is called so.

    Example:
        >>> rows, here = np.arange(100), np.zeros(100, dtype=bool)
        >>> identifier_reason(Column("row", Family.NUMBER, rows + 7, here, {}))
        'all 100 values differ and nearly fill 7 to 106'
        >>> identifier_reason(Column("age", Family.NUMBER, rows % 50, here, {})) is None
        True
    """
    values = column.present
    n = len(values)
    if n < FEWEST_ROWS:
        return None
    if column.family is Family.TEXT:
        return _of_text(values)
    if column.family is not Family.NUMBER or not whole(values).all():
        return None
    distinct = np.unique(values)
    if len(distinct) < n:
        return None
    low, high = int(distinct[0]), int(distinct[-1])
    if high - low < 1.5 * n:
        return f"all {n:,} values differ and nearly fill {low:,} to {high:,}"
    steps = values[1:] > values[:-1]
    if steps.all() or not steps.any():
        return f"all {n:,} values differ and {'rise' if steps.all() else 'fall'} row by row"
    if NAMES.search(str(column.name)):
        return f"all {n:,} values differ, and by its name"
    return None


def _of_text(values: np.ndarray) -> str | None:
    texts = values.tolist()
    distinct = len(set(texts))
    if distinct < 0.95 * len(texts) or not isinstance(texts[0], str):
        return None
    if sum(_is_number(text) for text in texts[:200]) >= 0.9 * len(texts[:200]) and distinct < len(texts):
        return None
    return f"{'all' if distinct == len(texts) else f'{distinct:,} of'} {len(texts):,} texts differ"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
