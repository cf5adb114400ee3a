"""From an entry of a rule, such as {mean: amount}, to the statistic it asks for."""

__all__ = ["statistic_of"]

from collections.abc import Callable, Mapping

from gausscape.datasets.streams.given import Given
from gausscape.datasets.streams.number_statistics import Extreme, Moments, Sum
from gausscape.datasets.streams.statistic import Count, Statistic
from gausscape.datasets.streams.value_statistics import Distinct, Outermost, Share, Tally

OF_A_COLUMN: dict[str, Callable[[str], Statistic]] = {
    "sum": Sum,
    "mean": Moments,
    "std": lambda column: Moments(column, deviation=True),
    "min": lambda column: Extreme(column, smallest=True),
    "max": Extreme,
    "distinct": Distinct,
    "mode": Tally,
    "first": lambda column: Outermost(column, last=False),
    "last": Outermost,
}
KINDS = ("count", *OF_A_COLUMN, "share", "any")


def statistic_of(outer: Given, key: str) -> Statistic:
    """From an entry of a rule: count, {sum: COLUMN} and the like, {share: {COLUMN: VALUE}}, {any: {COLUMN: {not: VALUE}}}.

    Example:
        >>> statistic = statistic_of(Given({"total": {"sum": "amount"}}, "the rule", "", known=["total"]), "total")
        >>> state = statistic.start()
        >>> statistic.add(state, 2.5, 0)
        >>> statistic.answer(state)
        2.5
    """
    if outer.take(key) == "count":
        return Count()
    if not isinstance(outer.take(key), Mapping):
        outer.refuse(key, f"'count' or one of {', '.join(KINDS[1:])} with its column, such as {{sum: amount}},")
    given = outer.inner(key, known=KINDS[1:])
    if len(given.settings) != 1:
        outer.refuse(key, "one statistic")
    (kind,) = given.settings
    if kind in OF_A_COLUMN:
        return OF_A_COLUMN[kind](given.text(kind))
    cells = given.take(kind)
    if not isinstance(cells, Mapping) or len(cells) != 1:
        given.refuse(kind, "a column and a value, such as {status: failed} or {status: {not: ok}},")
    ((column, value),) = cells.items()
    other = isinstance(value, Mapping)
    if other:
        if list(value) != ["not"]:
            given.refuse(kind, "a value, or 'not' and a value,")
        value = value["not"]
    return Share(str(column), str(value), other=other, any_event=kind == "any")
