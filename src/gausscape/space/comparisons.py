"""What does a sentence about named quantities say? "age > 70 and balance < 0" as a tree of comparisons, never executed."""

__all__ = [
    "All",
    "AnyOf",
    "Comparison",
    "Known",
    "Negation",
    "Sentence",
    "Sum",
    "near_names",
    "parse_sentence",
    "quoted",
    "told",
]

import ast
import difflib
import keyword
import re
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from gausscape.errors import ConfigurationError

LONGEST = 2000
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "in": "not in", "not in": "in"}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
}
WORDS = frozenset(("and", "or", "not", "in", "is", "True", "False", "None"))
QUOTED = re.compile(r"`([^`]+)`|'([^']*)'|\"([^\"]*)\"")
BETWEEN = re.compile(r"([^\W\d][\w.]*)\s+between\s+([-+\w.]+)\s+and\s+([-+\w.]+)", re.IGNORECASE)
TEMPORAL = re.compile(r"(?<![\w.])\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")


@dataclass(frozen=True)
class Sum:
    """Several quantities added: a + b."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return " + ".join(map(quoted, self.names))


@dataclass(frozen=True)
class Comparison:
    """One quantity against a value, a set of values, or another quantity.

    Args:
        name: Of the quantity on the left.
        sign: "<", "<=", ">", ">=", "==", "!=", "in" or "not in".
        value: A number, a text, True or False; a tuple of these after "in"; None where `other` is given.
        other: Name of the quantity, or the sum of quantities, on the right.
    """

    name: str
    sign: str
    value: Any = None
    other: str | Sum | None = None

    def __str__(self) -> str:
        if self.other is not None:
            return (
                f"{quoted(self.name)} {self.sign} {self.other if isinstance(self.other, Sum) else quoted(self.other)}"
            )
        return f"{quoted(self.name)} {self.sign} {told(self.value)}"

    @property
    def negated(self) -> "Comparison":
        """What holds exactly where this does not (but for missing values)."""
        return Comparison(self.name, OPPOSITE[self.sign], self.value, self.other)


@dataclass(frozen=True)
class Known:
    """Whether a quantity is there: "age is known", "age is missing"."""

    name: str
    known: bool = True

    def __str__(self) -> str:
        return f"{quoted(self.name)} is {'known' if self.known else 'missing'}"


@dataclass(frozen=True)
class All:
    """All of these hold."""

    parts: tuple["Sentence", ...]

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.parts)


@dataclass(frozen=True)
class AnyOf:
    """At least one of these holds."""

    parts: tuple["Sentence", ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


@dataclass(frozen=True)
class Negation:
    """This does not hold."""

    part: "Sentence"

    def __str__(self) -> str:
        return f"not ({self.part})"


Sentence = Comparison | Known | All | AnyOf | Negation


def parse_sentence(text: str, names: Collection[str], *, what: str = "A condition") -> Sentence:
    """What a text says: comparisons (<, <=, >, >=, ==, !=, in, between), joined with and, or, not.

    The text is read as syntax only and never executed. Names that are no plain word stand in backticks; text may stand in
    quotes, and dates may stand bare (2024-01-31). A single = is read as ==.

    Args:
        text: The sentence.
        names: Quantities that it may speak of.
        what: The subject of refusals.

    Raises:
        ConfigurationError: If it says something else, or speaks of an unknown quantity; near ones are named.

    Example:
        >>> print(parse_sentence("age > 70 and not (`net worth` between 0 and 5)", ["age", "net worth"]))
        age > 70 and not (`net worth` >= 0 and `net worth` <= 5)
        >>> parse_sentence("class == 7", ["class"])
        Comparison(name='class', sign='==', value=7, other=None)
    """
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        came = repr(text) if not isinstance(text, str) or len(text) <= LONGEST else f"{len(text):,} characters"
        raise ConfigurationError(
            f"{what} needs a text of 1 to {LONGEST:,} characters, but got {came}. Write 'age > 70', say."
        )
    reader = _Reader(text, names, what)
    try:
        with warnings.catch_warnings():
            # The parser warns of odd spellings ("1and 2"); here they are read or refused.
            warnings.simplefilter("ignore")
            tree = ast.parse(reader.prepared, mode="eval").body
        return reader.sentence(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise reader.refusal("it cannot be read") from None


def near_names(name: str, names: Collection[str]) -> str:
    """Known names near this one, in words, for a refusal.

    Example:
        >>> near_names("agee", ["age", "balance"])
        'age'
    """
    by_folded = {str(known).casefold(): str(known) for known in names}
    near = difflib.get_close_matches(str(name).casefold(), list(by_folded), n=3, cutoff=0.5)
    shown = [by_folded[folded] for folded in near] or [str(known) for known in list(names)[:8]]
    return ", ".join(map(quoted, shown)) + (", ..." if not near and len(names) > 8 else "")


def told(value: Any) -> str:
    """A value as it would be written in a sentence.

    Example:
        >>> told(("a", 2.0))
        "('a', 2)"
    """
    if isinstance(value, tuple):
        return "(" + ", ".join(map(told, value)) + (",)" if len(value) == 1 else ")")
    return f"{value:.12g}" if isinstance(value, float) else repr(value)


def quoted(name: str) -> str:
    """A name as it would be written in a sentence: in backticks unless it is a plain word."""
    return str(name) if re.fullmatch(r"[^\W\d]\w*", str(name)) else f"`{name}`"


class _Reader:
    """Reads one text. Quoted things become placeholder words first, so that the grammar only meets plain words."""

    def __init__(self, text: str, names: Collection[str], what: str):
        self.text = text.strip()
        self.names = names
        self.what = what
        self.literals: dict[str, str] = {}
        self.quoted_names: dict[str, str] = {}
        plain = QUOTED.sub(self._hide, self.text)
        plain = TEMPORAL.sub(lambda match: self._placeholder(self.literals, match[0]), plain)
        plain = re.sub(r"(?<![<>=!])=(?!=)", "==", plain)
        plain = re.sub(r"\b[^\W\d]\w*\b", self._hide_keyword, plain)
        # A chained comparison says the same and needs no rule of its own.
        plain = BETWEEN.sub(r"(\2 <= \1 <= \3)", plain)
        self.prepared = re.sub(r"\s+", " ", plain)

    def _placeholder(self, table: dict[str, str], value: str) -> str:
        word = f"quoted_{len(self.literals) + len(self.quoted_names)}_"
        table[word] = value
        return word

    def _hide(self, match: re.Match) -> str:
        if match[1] is not None:
            return self._placeholder(self.quoted_names, match[1])
        return self._placeholder(self.literals, match[2] if match[2] is not None else match[3])

    def _hide_keyword(self, match: re.Match) -> str:
        word = match[0]
        return self._placeholder(self.quoted_names, word) if keyword.iskeyword(word) and word not in WORDS else word

    def refusal(self, why: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self.what} needs comparisons joined with and, or, not, such as \"age > 70 and city == 'Graz'\", but in "
            f"{self.text!r} {why}. Write names that are no plain word in backticks and text in quotes."
        )

    def sentence(self, node: ast.expr) -> Sentence:
        if isinstance(node, ast.BoolOp):
            kind = All if isinstance(node.op, ast.And) else AnyOf
            return kind(tuple(self.sentence(value) for value in node.values))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return Negation(self.sentence(node.operand))
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            parts = [self._pair(*three) for three in zip(sides, node.ops, sides[1:], strict=False)]
            return parts[0] if len(parts) == 1 else All(tuple(parts))
        if isinstance(node, ast.Name | ast.Attribute) and node.__dict__.get("id") not in self.literals:
            return Comparison(self._name(node), "==", True)  # a column of true and false says all by its name
        raise self.refusal(f"{self._shown(node)} is no comparison")

    def _pair(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Sentence:
        if isinstance(sign, ast.Is | ast.IsNot):
            word = right.id if isinstance(right, ast.Name) else ""
            if word not in ("known", "missing"):
                raise self.refusal("'is' is followed by neither known nor missing")
            return Known(self._name(left), (word == "known") == isinstance(sign, ast.Is))
        symbol = SIGNS[type(sign)]
        if symbol in ("in", "not in"):
            if not isinstance(right, ast.Tuple | ast.List | ast.Set):
                raise self.refusal("'in' is followed by no list such as ('a', 'b')")
            return Comparison(self._name(left), symbol, tuple(self._value(entry) for entry in right.elts))
        one, other = self._side(left), self._side(right)
        if isinstance(one, str | Sum) and isinstance(other, str | Sum):
            if isinstance(one, Sum):
                one, other, symbol = other, one, MIRRORED[symbol]
            if isinstance(one, Sum):
                raise self.refusal("there are sums on both sides")
            return Comparison(one, symbol, other=other)
        if isinstance(one, Sum) or isinstance(other, Sum):
            raise self.refusal("a sum is compared with something that is no quantity")
        if isinstance(one, str):
            return Comparison(one, symbol, self._value(right))
        if isinstance(other, str):
            return Comparison(other, MIRRORED[symbol], self._value(left))
        names = [node for node in (left, right) if isinstance(node, ast.Name | ast.Attribute)]
        unknown = [node for node in names if not (isinstance(node, ast.Name) and node.id in self.literals)]
        if unknown:
            raise self.unknown(self._shown(unknown[0]))
        raise self.refusal(f"{self._shown(left)} is no name")

    def _side(self, node: ast.expr) -> str | Sum | None:
        """The known quantity, or the sum of quantities, that stands there; None for a value."""
        if isinstance(node, ast.BinOp):
            names = list(self._summands(node))
            return Sum(tuple(names))
        if isinstance(node, ast.Name | ast.Attribute):
            if isinstance(node, ast.Name) and node.id in self.literals:
                return None
            name = self._shown(node)
            if name in self.names:
                return name
            if isinstance(node, ast.Name) and node.id in self.quoted_names:
                raise self.unknown(name)
        return None

    def _summands(self, node: ast.expr) -> list[str]:
        if isinstance(node, ast.BinOp):
            if not isinstance(node.op, ast.Add):
                raise self.refusal("there is arithmetic other than a sum of quantities")
            return self._summands(node.left) + self._summands(node.right)
        return [self._name(node)]

    def _name(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Name | ast.Attribute) or (isinstance(node, ast.Name) and node.id in self.literals):
            raise self.refusal(f"{self._shown(node)} stands where a name was expected")
        name = self._shown(node)
        if name not in self.names:
            raise self.unknown(name)
        return name

    def unknown(self, name: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self.what} needs names that the data have, but {self.text!r} speaks of {name!r}. Near ones: "
            f"{near_names(name, self.names)}."
        )

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str):
            return node.value
        if (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, ast.USub | ast.UAdd)
            and isinstance(node.operand, ast.Constant)
        ):
            size = node.operand.value
            if isinstance(size, int | float) and not isinstance(size, bool):
                return -size if isinstance(node.op, ast.USub) else size
        if isinstance(node, ast.Name):
            return self.literals.get(node.id, self.quoted_names.get(node.id, node.id))
        raise self.refusal(f"{self._shown(node)} is no value")

    def _shown(self, node: ast.expr) -> str:
        shown = ast.unparse(node)
        for word, name in (self.quoted_names | self.literals).items():
            shown = shown.replace(word, name)
        return shown
