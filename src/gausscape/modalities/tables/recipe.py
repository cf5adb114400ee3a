"""How do expected cells become the texts of a row, without Python? The way back of every column, as tables of numbers."""

__all__ = ["row_recipe"]

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gausscape.modalities.tables.category_columns import CategoricalColumn
from gausscape.modalities.tables.checks import as_array
from gausscape.modalities.tables.column_kind import ColumnKind
from gausscape.modalities.tables.date_columns import DAY, DateColumn
from gausscape.modalities.tables.duration_columns import LONGEST, SECOND, DurationColumn
from gausscape.modalities.tables.frames import Column, Family
from gausscape.modalities.tables.level_columns import ConstantColumn, EmptyColumn, TwoLevelColumn
from gausscape.modalities.tables.number_columns import HurdleColumn, NumericColumn, TextNumberColumn
from gausscape.modalities.tables.ordinal_columns import OrdinalColumn
from gausscape.modalities.tables.ranks import Ranks
from gausscape.modalities.tables.schema import TableColumn, in_words
from gausscape.modalities.tables.transforms import LIMIT, NormalScores

FAR, FARTHER = 4.5, 8.0
"""Scores up to which tails are tabulated finely, and less so: beyond them lies one value in 300,000, and in 10^15."""
FINE, MEDIUM, COARSE = 0.003, 0.01, 0.25
DIGITS, ON_EDGE = 4, 1e-3
"""Digits of a text, and how near, in units of the last of them, a value counts as one between two texts."""
RESOLUTION = 5e-4
"""Smallest step between two texts of four digits, as a share of the value; typical."""
SHARE, FINEST = 4e-3, 2e-7
"""How far a value may be off, as a share of that step, so that one text in a few hundred differs; and as a share of itself."""
LARGEST_SINGLE = 2.0**15
"""Steps up to which single precision is hundreds of times finer than a step."""
LARGEST = 3e38
UNROUNDED, MOST_DECIMALS = -1, 15

Place = Callable[[int], int]
Entry = dict[str, Any]


def row_recipe(
    columns: Sequence[TableColumn], starts: Sequence[Sequence[int]], *, required: frozenset[str]
) -> Entry | None:
    """The recipe of a row, {"kind": "rows", "columns": [...]}; None where some column cannot be told by tables.

    Args:
        columns: Of the fitted table.
        starts: First cell of each part of each column.
        required: Names of the columns that are never missing, whatever their flag says.
    """
    entries = []
    for column, own in zip(columns, starts, strict=True):
        entry = _of_kind(column.kind, column, list(own))
        if entry is None:
            return None
        if column.gaps and own and str(column.name) not in required:
            blank = column.kind.blank()
            entry = _unless(own[-1], "missing" if blank is None else _text(column, blank), entry)
        entries.append({"name": str(column.name), **entry})
    return {"kind": "rows", "columns": entries}


def _of_kind(kind: ColumnKind, column: TableColumn, at: list[int]) -> Entry | None:
    # Each kind of column has its way back, and there are few: a look-up by type would say no more.
    if isinstance(kind, NumericColumn):
        return _number(
            kind, at[0], plain=False, digits=0 if kind.whole else UNROUNDED if kind.decimals is None else kind.decimals
        )
    if isinstance(kind, TextNumberColumn):
        return _text_number(kind, at)
    if isinstance(kind, HurdleColumn):
        rest = _of_kind(kind.rest, column, at[1:])
        return None if rest is None else _unless(at[0], _text(column, kind.atom), rest)
    if isinstance(kind, TwoLevelColumn):
        return {
            "how": "text",
            "at": at[0],
            "knots": _singles([0.0, 1.0]),
            "texts": [_text(column, value) for value in kind.values],
        }
    if isinstance(kind, OrdinalColumn):
        return _ranked(kind.ranks, at[0], [_text(column, level) for level in kind.levels])
    if isinstance(kind, CategoricalColumn):
        return _category(kind, column, at)
    if isinstance(kind, DateColumn):
        return _date(kind, at)
    if isinstance(kind, DurationColumn):
        return _duration(kind, column, at)
    if isinstance(kind, ConstantColumn):
        return _always(_text(column, kind.value))
    if isinstance(kind, EmptyColumn):
        return _always("missing")
    return None


def _always(text: str) -> Entry:
    return {"how": "text", "at": 0, "knots": _singles([0.0]), "texts": [text]}


def _unless(flag: int, text: str, inner: Entry) -> Entry:
    """That text where the flag is above one half, else what stands inside."""
    return {"how": "when", "when": flag, "above": True, "otherwise": text, "inner": {"name": "", **inner}}


def _text_number(kind: TextNumberColumn, at: list[int]) -> Entry | None:
    hurdle = kind.inner if isinstance(kind.inner, HurdleColumn) else None
    numbers = kind.inner if hurdle is None else hurdle.rest
    # Texts with exponents have as many digits as a double has, which tables in single precision have not.
    if not isinstance(numbers, NumericColumn) or kind.decimals > MOST_DECIMALS:
        return None
    place = at[0] if hurdle is None else at[1]
    entry = _number(numbers, place, plain=True, digits=0 if numbers.whole else kind.decimals)
    return entry if hurdle is None else _unless(at[0], format(round(float(hurdle.atom), kind.decimals), ".15g"), entry)


def _number(kind: NumericColumn, at: int, *, plain: bool, digits: int) -> Entry:
    scores = kind.ruler.scores
    knots = _scores(scores)
    values = np.clip(scores.inverse(knots), kind.low, kind.high)
    step = None if digits == UNROUNDED else 10.0**-digits
    tails = (*scores.below, *scores.above)
    if kind.decimals is not None and not kind.whole and any(tail.towards_zero for tail in tails):
        # A column that keeps one sign does not reach zero by rounding either.
        values = np.copysign(np.maximum(np.abs(values), 10.0**-kind.decimals), values)
    return {
        "how": "number",
        "at": at,
        **_table(knots, values, step),
        "digits": digits,
        "prefix": "",
        "suffix": "",
        "plain": plain,
    }


def _date(kind: DateColumn, at: list[int]) -> Entry:
    """Time elapsed in steps, and the cells of the day of the week and of the hour, where these are kept."""
    step = DAY if kind.hour else kind.step
    knots = _scores(kind.ruler.scores)
    elapsed = np.clip(kind.ruler.scores.inverse(knots), kind.low - kind.origin, kind.high - kind.origin) / step
    within = None
    if kind.within is not None:
        inner = _scores(kind.within.scores)
        within = {
            "at": at[2 + kind.weekday + 2 * kind.season],
            **_table(inner, kind.within.scores.inverse(inner) / kind.step, 1.0),
        }
    return {
        "how": "date",
        "at": at[0],
        **_table(knots, elapsed, 1.0),
        "origin": kind.origin,
        "step": step,
        "weekday": at[1] if kind.weekday else None,
        "hour": at[1 + kind.weekday + 2 * kind.season] if kind.hour else None,
        "minute": kind.minute,
        "within": within,
        "fine": kind.step,
        "low": kind.low // DAY * DAY,
        "high": kind.high,
    }


def _duration(kind: DurationColumn, column: TableColumn, at: list[int]) -> Entry:
    hurdle = kind.inner if isinstance(kind.inner, HurdleColumn) else None
    numbers = kind.inner if hurdle is None else hurdle.rest
    knots = _scores(numbers.ruler.scores)  # type: ignore[union-attr]
    spans = np.clip(numbers.ruler.scores.inverse(knots), numbers.low, numbers.high) * SECOND  # type: ignore[union-attr]
    spans = np.clip(spans, -LONGEST if kind.signed else 0, LONGEST)
    entry = {
        "how": "duration",
        "at": at[0 if hurdle is None else 1],
        **_table(knots, spans / kind.step, 1.0),
        "step": kind.step,
    }
    if hurdle is None:
        return entry
    atom = int(np.rint(hurdle.atom * SECOND / kind.step)) * kind.step
    return _unless(at[0], _text(column, atom), entry)


def _table(knots: np.ndarray, values: np.ndarray, step: float | None) -> Entry:
    """Knots and values without those that a straight line makes good."""
    values = values.clip(-LARGEST, LARGEST)
    between = _between_texts(values) if step is None else np.zeros(len(values), dtype=bool)
    kept = _needed(knots, values, np.where(between, 0.0, _tolerance(values, step)))
    if between.any():
        # In single precision those would become another text; what lies between them needs no such care.
        return {
            "knots": _singles(knots[kept]),
            "values": [_brief(v, exact=e) for v, e in zip(values[kept], between[kept], strict=True)],
        }
    # Numbers whose last digit single precision cannot tell are kept as they are.
    exact = step is not None and bool(np.abs(values).max() > LARGEST_SINGLE * step)
    told = (knots[kept].tolist(), values[kept].tolist()) if exact else (_singles(knots[kept]), _singles(values[kept]))
    return {"knots": told[0], "values": told[1]}


def _scores(scores: NormalScores) -> np.ndarray:
    """Scores between which the way back is straight, or nearly so."""
    inner = np.stack([scores.low, scores.high], 1).ravel()
    parts = [inner]
    for sign, tails in ((1, scores.above), (-1, scores.below)):
        start = min((tail.start for tail in tails), default=FAR)
        ends = (min(start, FAR), FAR, FARTHER, LIMIT)
        steps = zip(ends[:-1], ends[1:], (FINE, MEDIUM, COARSE), strict=True)
        parts.append(sign * np.concatenate([*(np.arange(first, last, step) for first, last, step in steps), [LIMIT]]))
        parts += [np.array([sign * tail.start, sign * np.nextafter(tail.start, np.inf)]) for tail in tails]
    return np.unique(np.clip(np.concatenate(parts), -LIMIT, LIMIT))


def _tolerance(values: np.ndarray, step: float | None) -> np.ndarray:
    """How far each value may be off: a few thousandths of what its text tells apart, within what single precision can."""
    size = np.abs(values)
    if step is not None:
        return np.maximum(SHARE * step, FINEST * size)
    return SHARE * RESOLUTION * np.maximum(size, RESOLUTION * np.median(size))


def _between_texts(values: np.ndarray) -> np.ndarray:
    """Which values are met over a whole stretch of scores and lie in the middle of two texts of four digits, as -118.45 does.

    Columns that were measured to a decimal more than a text has are full of such values, and the last bit decides what they say.
    """
    level = np.zeros(len(values), dtype=bool)
    level[1:] = values[1:] == values[:-1]
    level[:-1] |= level[1:]
    size = np.abs(values)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        last = 10.0 ** (np.floor(np.log10(size)) - (DIGITS - 1))
        place = size / last
        return level & np.isfinite(place) & (size >= 1e-4) & (size < 1e9) & (np.abs(place % 1 - 0.5) < ON_EDGE)


def _brief(value: float, *, exact: bool) -> float:
    return float(value) if exact else float(f"{value:.8g}")


def _needed(knots: np.ndarray, values: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
    """Positions of knots between which straight lines stay within the tolerance: each run is taken as far as it goes.

    One pass over plain numbers, for most runs of a stepped column hold two or three knots: lines from the first knot that meet
    all that came so far have slopes between two bounds, which close in with each knot.
    """
    k, v, t = knots.tolist(), values.tolist(), tolerance.tolist()
    kept, first, last = [0], 0, len(k) - 1
    while first < last:
        flattest, steepest, end = -math.inf, math.inf, first + 1
        for place in range(first + 1, last + 1):
            width, rise = k[place] - k[first], v[place] - v[first]
            if flattest <= rise / width <= steepest:
                end = place
            flattest, steepest = max(flattest, (rise - t[place]) / width), min(steepest, (rise + t[place]) / width)
            if flattest > steepest:
                break
        # Bounds round otherwise than the line itself, which decides.
        while not _is_straight(k, v, t, first, end):
            end -= 1
        kept.append(end)
        first = end
    return np.array(kept)


def _is_straight(knots: list[float], values: list[float], tolerance: list[float], first: int, last: int) -> bool:
    slope = (values[last] - values[first]) / (knots[last] - knots[first])
    return all(
        abs(slope * (knots[place] - knots[first]) + values[first] - values[place]) <= tolerance[place]
        for place in range(first + 1, last)
    )


def _category(kind: CategoricalColumn, column: TableColumn, at: list[int]) -> Entry:
    rare = [_text(column, level) for level in kind.rare]
    if not kind.levels:
        return _ranked(kind.ranks, at[0], rare) if kind.ranks else _always(rare[0])
    entry = {"how": "choice", "at": at[0], "levels": [_text(column, level) for level in kind.levels] + rare[:1]}
    if kind.ranks:
        # Which of the rare levels it is, a number of its own says.
        entry["rare"] = {"name": "", **_ranked(kind.ranks, at[1], rare)}
    return entry


def _ranked(ranks: Ranks, at: int, texts: list[str]) -> Entry:
    # Two knots about each cut: the nearer one says on which side of it a score lies.
    cuts = np.asarray(ranks.cuts)
    gap = min(1e-3, float(np.diff(cuts).min(initial=1.0)) / 4)
    knots = np.stack([cuts - gap, cuts + gap], 1).ravel()
    sides = np.stack([np.arange(len(cuts)), np.arange(len(cuts)) + 1], 1).ravel()
    return {"how": "text", "at": at, "knots": _singles(knots), "texts": [texts[side] for side in sides]}


def _text(column: TableColumn, value: Any) -> str:
    values = as_array([value]) if column.family is not Family.NUMBER else np.array([value])
    return in_words(Column(column.name, column.family, values, np.zeros(1, dtype=bool), column.dtype), 0)


def _singles(values: Any) -> np.ndarray:
    return np.asarray(values, dtype=np.float32)
