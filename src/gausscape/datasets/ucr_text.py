"""Time series as the UCR archive writes them in text: a line each, the class first, then the values; no header."""

__all__ = ["looks_like_ucr", "parse_ucr"]

import math
import re

import numpy as np

from gausscape.errors import DataError

FEWEST_VALUES = 8
SEPARATORS = re.compile(r"[,\t ]+")


def looks_like_ucr(beginning: bytes) -> bool:
    """Whether the first whole lines (two at least) hold equally many numbers, the first of them a whole one.

    Example:
        >>> looks_like_ucr(b"1\\t" + b"0.5\\t" * 9 + b"0.1\\n" + b"2\\t" + b"0.5\\t" * 9 + b"0.1\\n")
        True
    """
    try:
        lines = [line for line in beginning.decode("ascii").splitlines()[:4] if line.strip()]
        rows = [[float(cell) for cell in SEPARATORS.split(line.strip())] for line in lines[:3]]
    except ValueError:
        return False
    return (
        len(rows) >= 2
        and len({len(row) for row in rows[:2]}) == 1
        and len(rows[0]) > FEWEST_VALUES
        and all(math.isfinite(row[0]) and row[0] == int(row[0]) for row in rows[:2])
    )


def parse_ucr(content: bytes, name: str) -> tuple[list[np.ndarray], np.ndarray]:
    """(series (time,), their classes (n,), whole numbers where all are).

    NaN is a missing value, but at the end of a line it only fills up a shorter series (UCR archive of 2018), and is
    cut off.

    Raises:
        DataError: If a line holds anything but numbers (it is named), or a byte is no UTF-8 (its offset is).
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} should be text of numbers, but byte {error.start:,} is {content[error.start]:#04x}. Save it as UTF-8."
        ) from error
    series, labels = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = SEPARATORS.split(line.strip().strip(","))
        try:
            values = np.array([float(cell) for cell in cells])
        except ValueError as error:
            raise DataError(f"{name}: line {number} needs numbers, but: {error}. Mend it.") from None
        if not np.isfinite(values[0]):
            raise DataError(f"{name}: line {number} needs its class first, but begins with {cells[0]!r}. Mend it.")
        there = np.flatnonzero(np.isfinite(values[1:]))
        if not len(there):
            raise DataError(f"{name}: line {number} holds no value after its class. Leave the series away.")
        series.append(values[1 : there[-1] + 2])
        labels.append(values[0])
    if not series:
        raise DataError(f"{name} should hold at least 1 series, but has none. Check how it was made.")
    classes = np.array(labels)
    return series, classes.astype(np.int64) if (classes == np.rint(classes)).all() else classes
