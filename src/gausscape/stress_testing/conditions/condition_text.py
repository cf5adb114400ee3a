"""Which condition does a text or a function state? "age > 70 and balance < 0", "label == 7", "thickness > 0.4"."""

__all__ = ["parse_condition"]

import datetime
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.items import Items
from gausscape.space.comparisons import (
    All,
    AnyOf,
    Comparison,
    Known,
    Negation,
    Sentence,
    Sum,
    near_names,
    parse_sentence,
    told,
)
from gausscape.space.space import Space
from gausscape.stress_testing.conditions import clauses
from gausscape.stress_testing.conditions.clauses import Clause
from gausscape.stress_testing.conditions.condition import Condition
from gausscape.stress_testing.conditions.joined_clauses import AnyOf as Alternatives
from gausscape.stress_testing.conditions.joined_clauses import Both, contradiction
from gausscape.stress_testing.conditions.measures import Measures, as_numbers, level_text


def parse_condition(asked: Any, space: Space, data: Items | None = None) -> Condition:
    """A condition from a text or from a function of native objects; a Condition passes through.

    The text compares columns of a table, features of objects (as `space.population.features` names them) or the label with
    values: <, <=, >, >=, ==, !=, in, between, "is known", "is missing", joined with and, or, not. Names that are no plain word
    stand in backticks. It is read as syntax and never executed.

    Args:
        asked: The text; or a function from n objects in native form to (n,) True or False, which is not graded.
        space: The fitted space.
        data: Labelled objects, needed for "label == 7".

    Raises:
        ConfigurationError: If it cannot be read, speaks of something unknown, or contradicts itself.

    Example:
        >>> from gausscape.modalities.tables.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> frame = example_items(200)
        >>> condition = parse_condition("amount > 30 and city == 'Graz'", fit(frame, latent=2, method="pca"))
        >>> bool((condition.holds(frame) == ((frame.amount > 30) & (frame.city == "Graz"))).all())
        True
    """
    if isinstance(asked, Condition):
        return asked
    measures = Measures(space, data)
    if callable(asked):
        clause = clauses.Predicate(asked)
        return Condition(str(clause), clause, measures)
    sentence = parse_sentence(asked, measures.names)
    clause = _clause(sentence, measures)
    found = [contradiction(alternative) for alternative in clause.alternatives()]
    if all(pair is not None for pair in found):
        one, other = found[0]  # type: ignore[misc]
        raise ConfigurationError(
            f"A condition needs to be possible, but in {str(sentence)!r} '{one}' and '{other}' exclude each other. Drop one of them."
        )
    return Condition(str(sentence), clause, measures)


def _clause(sentence: Sentence, measures: Measures) -> Clause:
    match sentence:
        case All(parts):
            return Both(tuple(_clause(part, measures) for part in parts))
        case AnyOf(parts):
            return Alternatives(tuple(_clause(part, measures) for part in parts))
        case Negation(part):
            return _clause(part, measures).opposite()
        case Known(name, known):
            if name not in measures.columns:
                raise ConfigurationError(
                    f"A condition can ask of columns whether they are known, but {name!r} is none. Near ones: "
                    f"{near_names(name, measures.columns) or 'this space has no columns'}."
                )
            return clauses.There(name, known)
        case Comparison():
            return _comparison(sentence, measures)


def _comparison(asked: Comparison, measures: Measures) -> Clause:
    name, sign = measures.full_name(asked.name), asked.sign
    listed = asked.value if isinstance(asked.value, tuple) else (asked.value,)
    wanted = sign in ("==", "in")
    if measures.is_label(name):
        if asked.other is not None or sign not in ("==", "!=", "in", "not in"):
            raise ConfigurationError(
                f"A condition on the label needs ==, != or in, but {str(asked)!r} came. Write {name} == 7, say."
            )
        return clauses.Labelled(name, tuple(_known_class(value, measures) for value in listed), wanted)
    if measures.is_levels(name):
        if asked.other is not None or sign not in ("==", "!=", "in", "not in"):
            raise ConfigurationError(
                f"A condition on {name!r}, a column of levels, needs ==, != or in, but {str(asked)!r} came. Name its level."
            )
        return clauses.Among(
            name, tuple(_known_level(name, value, measures) for value in listed), wanted, told(asked.value)
        )
    if (
        asked.other is None
        and sign in ("==", "!=", "in", "not in")
        and any(measures.is_single(name, value) for value in listed)
    ):
        return clauses.Among(
            name, tuple(level_text(_number(name, value, measures)) for value in listed), wanted, told(asked.value)
        )
    spread = measures.spread(name)
    if asked.other is not None:
        others = tuple(map(measures.full_name, asked.other.names if isinstance(asked.other, Sum) else (asked.other,)))
        odd = [other for other in others if measures.is_levels(other) or measures.is_label(other)]
        if odd or measures.is_date(name) != all(map(measures.is_date, others)):
            raise ConfigurationError(
                f"A condition between quantities needs numbers on both sides, or dates, but {str(asked)!r} came. Compare with a value."
            )
        return clauses.Relation(name, sign, others, spread)
    if sign in ("in", "not in"):
        parts = tuple(_bound(name, "==" if wanted else "!=", value, measures) for value in listed)
        return Alternatives(parts) if wanted else Both(parts)
    return _bound(name, sign, asked.value, measures)


def _bound(name: str, sign: str, value: Any, measures: Measures) -> Clause:
    return clauses.Bound(
        name, sign, _number(name, value, measures), measures.spread(name), str(value), measures.is_date(name)
    )


def _number(name: str, value: Any, measures: Measures) -> float:
    date = measures.is_date(name)
    if date:
        try:
            moment = datetime.datetime.fromisoformat(str(value)).replace(tzinfo=None)
            return float(as_numbers(np.array([moment], dtype="datetime64[us]"))[0])
        except ValueError:
            pass
    elif isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
        return float(value)
    raise ConfigurationError(
        f"A condition on {name!r} needs {'a date such as 2024-01-31' if date else 'a number'}, but got {value!r}. If that is a "
        f"name, near ones are {near_names(str(value), measures.names)}."
    )


def _known_level(name: str, value: Any, measures: Measures) -> str:
    # The kind of data knows the levels of its columns, and says which are near.
    measures.space.modality.constrained([f"`{name}` == {told(value)}"])
    return level_text(value) if not isinstance(value, bool) else _truth(value)


def _truth(value: bool) -> str:
    return "yes" if value else "no"


def _known_class(value: Any, measures: Measures) -> str:
    known = measures.labelled.names
    text = str(value)
    if text not in known and isinstance(value, int | float) and f"{float(value)}" in known:
        text = f"{float(value)}"
    if text not in known:
        raise ConfigurationError(
            f"A condition on the label needs one of the {len(known):,} classes of the data, but got {value!r}. Near ones: "
            f"{near_names(text, known)}."
        )
    return text
