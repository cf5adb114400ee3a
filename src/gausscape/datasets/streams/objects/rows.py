"""Rows: a row of statistics for every window, or for every key in a window."""

__all__ = ["Rows"]

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gausscape.datasets.streams.given import Given
from gausscape.datasets.streams.objects.dealings import copied
from gausscape.datasets.streams.objects.kind import Collector, ObjectKind
from gausscape.datasets.streams.statistic import Statistic
from gausscape.datasets.streams.statistic_text import statistic_of


@dataclass(frozen=True)
class Rows(ObjectKind):
    """The kind of the entry `rows`.

    Args:
        statistics: From the name of a column of the rows to what stands in it.
        by: Column whose values have a row each; it becomes the end of the rows' ids, not a column.
    """

    statistics: dict[str, Statistic]
    by: str | None = None

    modality = "tables"

    @classmethod
    def of(cls, outer: Given) -> "Rows":
        """From the entry `rows` of `objects`."""
        given = outer.inner("rows", known=("by", "columns"))
        columns = given.take("columns")
        if not isinstance(columns, Mapping) or not columns:
            given.refuse("columns", "names of columns with their statistics, such as {n: count, total: {sum: amount}},")
        inner = given.inner("columns", known=list(columns))
        return cls({name: statistic_of(inner, name) for name in columns}, given.text("by", None))

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(column for statistic in self.statistics.values() for column in statistic.columns)

    def reader(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        readers = [statistic.reader(places) for statistic in self.statistics.values()]
        return lambda cells: [read(cells) for read in readers]

    def collector(self) -> "Row":
        return Row(list(self.statistics.values()))

    def objects(self, collector: Collector) -> list[tuple[str, Any]]:
        if not isinstance(collector, Row):
            raise TypeError
        return [("", [one.answer(state) for one, state in zip(collector.statistics, collector.states, strict=True)])]

    def together(self, objects: list[Any]) -> Any:
        """A pandas frame; whole numbers and numbers have one type in every window, texts are objects or strings."""
        import pandas as pd

        series = {}
        for place, (name, statistic) in enumerate(self.statistics.items()):
            cells = [row[place] for row in objects]
            series[name] = pd.Series(cells, dtype=statistic.dtype or ("str" if all_texts(cells) else None))
        return pd.DataFrame(series, columns=list(self.statistics))


def all_texts(cells: list[Any]) -> bool:
    return all(cell is None or isinstance(cell, str) for cell in cells)


class Row(Collector):
    """The states of the statistics of one row."""

    def __init__(self, statistics: list[Statistic]):
        self.statistics = statistics
        self.states = [statistic.start() for statistic in statistics]

    def add(self, event: Any, time: int) -> None:
        for statistic, state, value in zip(self.statistics, self.states, event, strict=True):
            statistic.add(state, value, time)

    def document(self) -> Any:
        return [copied(state) for state in self.states]

    def restore(self, document: Any) -> None:
        self.states = [copied(state) for state in document]

    def size(self) -> int:
        return sum(len(part) if isinstance(part, dict) else 1 for state in self.states for part in state)
