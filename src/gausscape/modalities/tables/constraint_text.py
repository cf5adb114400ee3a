"""Which constraint does a sentence state? "min_price <= price" is an order, "gender = Female" a fixed value."""

__all__ = ["parse_constraint"]

import difflib
import re
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.modalities.tables.column_constraints import Among, Fixed, Range, Required
from gausscape.modalities.tables.constraint import Constraint
from gausscape.modalities.tables.joined_constraints import Every, IfThen
from gausscape.modalities.tables.legal_values import LegalValues, Levels, Numbers
from gausscape.modalities.tables.relation_constraints import Order, Sum
from gausscape.modalities.tables.row_sentences import opposite, sentence_holds
from gausscape.space import comparisons
from gausscape.space.comparisons import All, AnyOf, Comparison, Known, Negation, Sentence, parse_sentence, quoted

CONDITIONAL = re.compile(r"\s*if\s+(.+?)\s+then\s+(.+)", re.IGNORECASE | re.DOTALL)
SUBJECT = "A constraint"


def parse_constraint(text: str, legal: dict[str, LegalValues]) -> Constraint:
    """The constraint that a sentence states.

    Args:
        text: "age between 18 and 95", "balance >= 0", "min_price <= price", "a + b = total", "gender = Female",
            "city in ('Graz', 'Porto')", "age is known", or "if CONDITION then CONSTRAINT"; several joined with "and".
        legal: What each column may hold, by name.

    Raises:
        ConfigurationError: If it states nothing of this kind, or names no column.
    """
    conditional = CONDITIONAL.fullmatch(text) if isinstance(text, str) else None
    if conditional is None:
        return _of(parse_sentence(text, legal, what=SUBJECT), legal)
    condition = _upright(parse_sentence(conditional[1], legal, what=SUBJECT))
    then = _of(parse_sentence(conditional[2], legal, what=SUBJECT), legal)
    columns = tuple(legal[name] for name in dict.fromkeys(_names(condition)))
    # Reads every value once, so that one that its column cannot hold is refused now.
    sentence_holds(condition, {column.name: np.zeros(0) for column in columns}, legal)
    demands = tuple(_demands(condition, legal))
    return IfThen(f"if {condition} then {then.text}", condition, columns, then, demands)


def _of(sentence: Sentence, legal: dict[str, LegalValues]) -> Constraint:
    sentence = _upright(sentence)
    match sentence:
        case All(parts):
            return Every(str(sentence), tuple(_of(part, legal) for part in parts))
        case AnyOf(_):
            raise ConfigurationError(
                f"{SUBJECT} needs one demand or several that all hold, but {str(sentence)!r} leaves a choice. "
                "Write 'if not ... then ...', which says which side gives way."
            )
        case Known(name, known):
            if known:
                return Required(str(sentence), legal[name])
            raise ConfigurationError(
                f"{SUBJECT} can ask that a column is known, but not that {str(sentence)!r}. Drop the column."
            )
        case Negation(part):
            return _of(opposite(part), legal)
        case Comparison():
            return _comparison(sentence, legal)


def _comparison(stated: Comparison, legal: dict[str, LegalValues]) -> Constraint:
    column, text, sign = legal[stated.name], str(stated), stated.sign
    if isinstance(stated.other, comparisons.Sum):
        return _sum(stated, stated.other, legal)
    if isinstance(stated.other, str):
        return _order(stated, legal[stated.other], legal)
    if isinstance(column, Numbers) and isinstance(stated.value, str):
        _refuse_misspelt(text, stated.value, legal)
    if sign == "==":
        return Fixed(text, column, _possible(column, stated.value))
    if sign in ("in", "not in", "!="):
        if not isinstance(column, Levels):
            raise ConfigurationError(
                f"{SUBJECT} on a column of numbers needs a range, but {text!r} came. Write {stated.name!r} between two numbers."
            )
        asked = {
            column.number(value) for value in (stated.value if isinstance(stated.value, tuple) else (stated.value,))
        }
        return Among(
            text, column, tuple(number for number in column.numbers.tolist() if (number in asked) == (sign == "in"))
        )
    if not column.ordered:
        raise ConfigurationError(
            f"{SUBJECT} with {sign} needs a column of numbers or dates, but {stated.name!r} holds levels. Write == or in."
        )
    number = column.number(stated.value)
    if sign in (">", ">="):
        return Range(text, column, low=number, above=sign == ">")  # type: ignore[arg-type]
    return Range(text, column, high=number, below=sign == "<")  # type: ignore[arg-type]


def _refuse_misspelt(text: str, word: str, legal: dict[str, LegalValues]) -> None:
    """Refuse a word beside a column of numbers that is nearly the name of a column."""
    folded = {name.casefold(): name for name in legal}
    near = difflib.get_close_matches(word.casefold(), list(folded), n=1)
    if near:
        raise ConfigurationError(
            f"{SUBJECT} on a column of numbers needs numbers or columns, but {text!r} speaks of {word!r}, which is neither. Look "
            f"at its spelling: did you mean {quoted(folded[near[0]])}?"
        )


def _possible(column: LegalValues, value: Any) -> float:
    number = column.number(value)
    legal = column.numbers if isinstance(column, Levels) else column.down(np.array([number]))  # type: ignore[attr-defined]
    if number not in legal.tolist() and not (isinstance(column, Numbers) and column.single):
        raise ConfigurationError(
            f"Column {column.name!r} needs a value that it can hold, but {value!r} is none (it is rounded, or has other levels). "
            f"The nearest is {legal[np.abs(legal - number).argmin()]:g}."
        )
    return float(legal[np.abs(legal - number).argmin()])


def _order(stated: Comparison, right: LegalValues, legal: dict[str, LegalValues]) -> Constraint:
    left = legal[stated.name]
    if stated.sign == "==" and isinstance(left, Numbers) and isinstance(right, Numbers):
        return Sum(str(stated), left, (right,))
    if (
        not isinstance(left, Numbers)
        or not isinstance(right, Numbers)
        or stated.sign == "!="
        or left.date != right.date
    ):
        raise ConfigurationError(
            f"{SUBJECT} between two columns needs both to hold numbers, or both dates, and a sign of order, but {str(stated)!r} "
            "came. Compare each with a value instead."
        )
    lower, upper = (left, right) if stated.sign in ("<", "<=") else (right, left)
    return Order(str(stated), lower, upper, strict=stated.sign in ("<", ">"))


def _sum(stated: Comparison, added: comparisons.Sum, legal: dict[str, LegalValues]) -> Constraint:
    columns = [legal[stated.name], *(legal[name] for name in added.names)]
    names = [column.name for column in columns]
    sound = all(isinstance(column, Numbers) and not column.date for column in columns) and len(set(names)) == len(names)
    if not sound or stated.sign not in ("==", "<=", ">="):
        raise ConfigurationError(
            f"{SUBJECT} with a sum needs columns of numbers, each named once, and one of =, <=, >=, but {str(stated)!r} came. "
            "Write a + b = total."
        )
    return Sum(str(stated), columns[0], tuple(columns[1:]), stated.sign)  # type: ignore[arg-type]


def _upright(sentence: Sentence) -> Sentence:
    """The same without negations, and without 'and' inside 'and'."""
    match sentence:
        case Negation(part):
            return _upright(opposite(part))
        case All(parts):
            flat = [
                inner for part in map(_upright, parts) for inner in (part.parts if isinstance(part, All) else (part,))
            ]
            return All(tuple(flat))
        case AnyOf(parts):
            return AnyOf(tuple(map(_upright, parts)))
        case _:
            return sentence


def _names(sentence: Sentence) -> list[str]:
    match sentence:
        case All(parts) | AnyOf(parts):
            return [name for part in parts for name in _names(part)]
        case Negation(part):
            return _names(part)
        case Comparison(name, _, _, other):
            more = other.names if isinstance(other, comparisons.Sum) else () if other is None else (other,)
            return [name, *more]
        case Known(name):
            return [name]


def _demands(condition: Sentence, legal: dict[str, LegalValues]) -> list[Constraint]:
    """What makes a condition hold, as constraints, so far as it can be stated so: of alternatives the first."""
    match condition:
        case All(parts):
            return [demand for part in parts for demand in _demands(part, legal)]
        case AnyOf(parts):
            return _demands(parts[0], legal)
        case _:
            try:
                return [_of(condition, legal)]
            except ConfigurationError:
                return []
