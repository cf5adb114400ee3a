"""Which meaning have a model's answers: as the caller says, as the model says, or as they look?"""

__all__ = ["KINDS", "Asked", "understand"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.outcome.asking import Opened
from gausscape.outcome.meaning import SUM_TOLERANCE, Label, Meaning, Number, Probability, inside
from gausscape.outcome.reading import Reading

KINDS = ("number", "probability", "label")
MOST_LISTED = 8


@dataclass(frozen=True)
class Asked:
    """What the caller said about the answers; None where it was left open.

    With `classes_only` nobody wants y itself, only which class an answer names: the first stands in for a missing target.
    """

    kind: str | None = None
    target: Any = None
    classes: tuple | None = None
    classes_only: bool = False

    def __post_init__(self):
        if self.kind is not None and self.kind not in KINDS:
            raise ConfigurationError(
                f"The kind of y needs to be one of {', '.join(KINDS)}, but {self.kind!r} came. Choose one."
            )
        if self.classes is not None and len(set(self.classes)) != len(self.classes):
            raise ConfigurationError("Classes need different names, but one stands twice. Name each class once.")


def understand(reading: Reading, opened: Opened, asked: Asked) -> Meaning:
    """What the answers of a first batch mean: as the caller says, else as the model says, else as they look.

    Texts are labels. Rows of several numbers in [0, 1] that sum to 1, at least half of them, are probabilities. All
    else are numbers, whole numbers too.

    Raises:
        ConfigurationError: If a target is needed and none is named, or the one named is not there.
    """
    rows = reading.rows
    classes = asked.classes or opened.classes or reading.names
    width = rows.shape[1] if rows.ndim == 2 else None
    kind = asked.kind or opened.kind or _looks_like(reading)
    if reading.is_text != (kind == "label") and (reading.is_text or width is not None):
        came = "texts" if reading.is_text else f"{width} numbers an object"
        raise ConfigurationError(
            f"y was said to be of kind {kind!r}, but the model answers with {came}. Leave kind away."
        )
    if kind == "label":
        return _label(rows, classes, asked)
    if width is not None and classes is not None and len(classes) != width:
        raise ConfigurationError(
            f"Each column of the answers needs one class, but {len(classes):,} classes are named and {width:,} columns came. "
            "Name one class for each column."
        )
    made = Probability if kind == "probability" else Number
    if width is not None:
        return made(width, _position(asked, width, classes, kind), classes)
    if asked.target is not None:
        raise ConfigurationError(
            f"A target picks one of several classes, but the model answers one number an object and target={asked.target!r} "
            "came. Leave target away."
        )
    return made(None, None)


def _looks_like(reading: Reading) -> str:
    if reading.is_text:
        return "label"
    if reading.rows.ndim == 1:
        return "number"
    sums = np.abs(reading.rows.sum(axis=1) - 1) <= SUM_TOLERANCE
    return "probability" if (sums & inside(reading.rows)).mean() >= 0.5 else "number"


def _label(rows: np.ndarray, classes: tuple | None, asked: Asked) -> Label:
    seen = sorted({label for label in rows.tolist() if label is not None}, key=str)
    known = tuple(seen) if classes is None else classes
    if asked.target is None:
        if classes is not None and len(classes) == 2:
            return Label(classes[-1], classes)
        if asked.classes_only:
            return Label(known[0] if known else "", classes)
        raise ConfigurationError(
            f"y needs to be one number, but the model answers with labels ({_listed(known)}). "
            f"Say which one counts as 1, for instance target={known[-1] if known else 'yes'!r}."
        )
    if classes is not None and asked.target not in classes:
        raise ConfigurationError(
            f"A target needs to be one of the labels, but {asked.target!r} is not among {_listed(classes)}. Name one of these."
        )
    return Label(asked.target, classes)


def _position(asked: Asked, width: int, classes: tuple | None, kind: str) -> int:
    target = asked.target
    names = range(width) if classes is None else classes
    what = "probabilities" if kind == "probability" else "numbers"
    if target is None:
        if width == 2 and kind == "probability":
            return 1
        if asked.classes_only:
            return 0
        raise ConfigurationError(
            f"y needs to be one number, but the model answers with {what} of {width:,} classes ({_listed(names)}). "
            f"Say which one is meant, for instance target={names[-1]!r}."
        )
    if classes is not None and target in classes:
        return classes.index(target)
    if isinstance(target, int | np.integer) and not isinstance(target, bool) and -width <= target < width:
        return int(target) % width
    raise ConfigurationError(
        f"A target needs to be one of {width:,} classes ({_listed(names)}) or a position, but {target!r} came. Name one of these."
    )


def _listed(names: Any) -> str:
    shown = ", ".join(repr(name) for name in names[:MOST_LISTED])
    return f"{shown} and {len(names) - MOST_LISTED:,} more" if len(names) > MOST_LISTED else shown
