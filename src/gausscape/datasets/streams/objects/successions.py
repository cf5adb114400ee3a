"""Successions: a graph of which item followed which, such as the templates of a log."""

__all__ = ["Successions"]

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Any

from gausscape.datasets.streams.given import Given
from gausscape.datasets.streams.objects.drawing_up import GraphForm
from gausscape.datasets.streams.objects.kind import Collector, ObjectKind, node_name
from gausscape.datasets.streams.value_statistics import Tally

ENTRIES = ("item", "within", "node_type", "weight", "by", "largest", "smallest", "split")


@dataclass(frozen=True)
class Successions(ObjectKind):
    """The kind of the entry `follows`: a directed edge from every item to the one that came next.

    Next is in order of time, events of one time in order of arrival; so the times and items of a window's events are
    kept until the window is given. Succession does not reach from one window into another.

    Args:
        item: Column of what follows what.
        form: Size and number of the graphs.
        within: Column whose values have successions of their own (a machine, a session); None for one over all.
        node_type: Column whose most frequent value becomes the attribute "type" of an item's node; it may be `item`.
        weight: Whether edges bear the number of successions as the attribute "weight".
        by: Column that divides the events of a window into graphs of their own.
    """

    item: str
    form: GraphForm
    within: str | None = None
    node_type: str | None = None
    weight: bool = True
    by: str | None = None

    modality = "graphs"

    @classmethod
    def of(cls, outer: Given) -> "Successions":
        """From the entry `follows` of `objects`."""
        given = outer.inner("follows", known=ENTRIES)
        weight = given.choice("weight", ("count", "none"), "count") == "count"
        texts = (given.text("within", None), given.text("node_type", None))
        return cls(given.text("item"), GraphForm.of(given, directed=True), *texts, weight, given.text("by", None))

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(column for column in (self.item, self.within, self.node_type) if column is not None)

    def reader(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        item, name = places[self.item], self.item
        within = None if self.within is None else places[self.within]
        inside = self.within or ""
        kind = None if self.node_type is None else Tally(self.node_type).reader(places)

        def read(cells: tuple) -> tuple:
            place = "" if within is None else node_name(cells, within, inside)
            return node_name(cells, item, name), place, kind(cells) if kind else None

        return read

    def collector(self) -> "Steps":
        return Steps()

    def objects(self, collector: Collector) -> list[tuple[str, Any]]:
        if not isinstance(collector, Steps):
            raise TypeError
        nodes: dict[str, dict] = {name: {} for name in collector.names}
        for name, counts in collector.types.items():
            nodes[name]["type"] = Tally("").answer([counts])
        passed: dict[tuple[str, str], int] = {}
        names = list(collector.names)
        for steps in collector.steps.values():
            ordered = [names[step[1]] for step in sorted(steps, key=itemgetter(0))]  # stable: arrival among equals
            for pair in pairwise(ordered):
                passed[pair] = passed.get(pair, 0) + 1
        return self.form.graphs(
            nodes, {pair: (count, {"weight": count} if self.weight else {}) for pair, count in passed.items()}
        )


class Steps(Collector):
    """Times and items of the events, by the place they happened within."""

    def __init__(self):
        self.names: dict[str, int] = {}
        self.steps: dict[str, list[tuple[int, int]]] = {}
        self.types: dict[str, dict[str, int]] = {}
        self.events = 0

    def add(self, event: Any, time: int) -> None:
        name, place, kind = event
        self.steps.setdefault(place, []).append((time, self.names.setdefault(name, len(self.names))))
        self.events += 1
        if kind is not None:
            counts = self.types.setdefault(name, {})
            counts[kind] = counts.get(kind, 0) + 1

    def document(self) -> Any:
        return {
            "names": list(self.names),
            "steps": {place: [list(step) for step in steps] for place, steps in self.steps.items()},
            "types": {name: dict(counts) for name, counts in self.types.items()},
        }

    def restore(self, document: Any) -> None:
        self.names = {name: place for place, name in enumerate(document["names"])}
        self.steps = {place: [(time, item) for time, item in steps] for place, steps in document["steps"].items()}
        self.types = {name: dict(counts) for name, counts in document["types"].items()}
        self.events = sum(map(len, self.steps.values()))

    def size(self) -> int:
        return self.events + len(self.names)
