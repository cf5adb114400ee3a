"""Where does a sentence about columns hold?"""

__all__ = ["opposite", "sentence_holds"]

import numpy as np

from gausscape.modalities.tables.constraint import Rows
from gausscape.modalities.tables.legal_values import LegalValues
from gausscape.space.comparisons import All, AnyOf, Comparison, Known, Negation, Sentence

COMPARE = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def sentence_holds(sentence: Sentence, rows: Rows, legal: dict[str, LegalValues]) -> np.ndarray:
    """Where a sentence about columns holds, (n,); nothing holds of a missing value, nor does its opposite."""
    match sentence:
        case All(parts):
            return np.logical_and.reduce([sentence_holds(part, rows, legal) for part in parts])
        case AnyOf(parts):
            return np.logical_or.reduce([sentence_holds(part, rows, legal) for part in parts])
        case Negation(part):
            return sentence_holds(opposite(part), rows, legal)
        case Known(name, known):
            return np.isnan(rows[name]) != known
        case Comparison(name, sign, value, other):
            values = rows[name]
            if isinstance(other, str):
                right = rows[other]
            elif other is not None:
                right = np.sum([rows[each] for each in other.names], axis=0)
            elif sign in ("in", "not in"):
                listed = [legal[name].number(each) for each in value]
                return ~np.isnan(values) & (np.isin(values, listed) == (sign == "in"))
            else:
                right = np.full(len(values), legal[name].number(value))
            known = ~np.isnan(values) & ~np.isnan(right)
            return known & COMPARE[sign](values, right)


def opposite(sentence: Sentence) -> Sentence:
    """What holds where this does not, negations moved inwards (de Morgan)."""
    match sentence:
        case All(parts):
            return AnyOf(tuple(map(opposite, parts)))
        case AnyOf(parts):
            return All(tuple(map(opposite, parts)))
        case Negation(part):
            return part
        case Known(name, known):
            return Known(name, not known)
        case _:
            return sentence.negated
