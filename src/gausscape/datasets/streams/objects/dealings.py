"""Dealings: a graph of who dealt with whom, an edge for every pair with an event."""

__all__ = ["Dealings"]

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gausscape.datasets.streams.given import Given
from gausscape.datasets.streams.objects.drawing_up import GraphForm
from gausscape.datasets.streams.objects.kind import Collector, ObjectKind, node_name
from gausscape.datasets.streams.statistic import Statistic
from gausscape.datasets.streams.statistic_text import statistic_of
from gausscape.datasets.streams.value_statistics import Tally

ENTRIES = ("source", "target", "directed", "weight", "edge_type", "source_type", "target_type", "by")
ENTRIES += ("largest", "smallest", "split")


@dataclass(frozen=True)
class Dealings(ObjectKind):
    """The kind of the entry `graph`.

    Args:
        source: Column of one end of an event.
        target: Column of the other end.
        form: Direction, size and number of the graphs.
        weight: Statistic that becomes the edges' attribute "weight"; None for none. An edge whose events have no
            number in its column has the weight 0.
        edge_type: Column whose most frequent value becomes the edges' attribute "type".
        source_type: Column whose most frequent value becomes the attribute "type" of nodes where they are the source.
        target_type: The same where they are the target.
        by: Column that divides the events of a window into graphs of their own.
    """

    source: str
    target: str
    form: GraphForm
    weight: Statistic | None = None
    edge_type: str | None = None
    source_type: str | None = None
    target_type: str | None = None
    by: str | None = None

    modality = "graphs"

    @classmethod
    def of(cls, outer: Given) -> "Dealings":
        """From the entry `graph` of `objects`."""
        given = outer.inner("graph", known=ENTRIES)
        form = GraphForm.of(given, directed=given.flag("directed", True))
        weight = statistic_of(given, "weight") if "weight" in given else None
        if weight is not None and weight.dtype is None:
            given.refuse("weight", "a statistic that is a number")
        names = ("edge_type", "source_type", "target_type", "by")
        return cls(
            given.text("source"), given.text("target"), form, weight, *(given.text(name, None) for name in names)
        )

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        wanted = (self.source, self.target, self.edge_type, self.source_type, self.target_type)
        weighed = () if self.weight is None else self.weight.columns
        return (*(column for column in wanted if column is not None), *weighed)

    def reader(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        source, target = places[self.source], places[self.target]
        one, other, directed = self.source, self.target, self.form.directed
        weigh = self.weight.reader(places) if self.weight is not None and self.weight.columns else None
        types = [
            None if column is None else Tally(column).reader(places)
            for column in (self.edge_type, self.source_type, self.target_type)
        ]
        typed = any(types)

        def read(cells: tuple) -> tuple:
            a, b = cells[source], cells[target]
            if type(a) is not str or type(b) is not str or not a or not b:
                a, b = node_name(cells, source, one), node_name(cells, target, other)
            value = weigh(cells) if weigh else None
            if not typed:
                return ((a, b) if directed or a <= b else (b, a)), value, None
            kinds = [None if kind is None else kind(cells) for kind in types]
            return ((a, b) if directed or a <= b else (b, a)), value, (kinds[0], (a, kinds[1]), (b, kinds[2]))

        return read

    def collector(self) -> "Edges":
        return Edges(self.weight)

    def objects(self, collector: Collector) -> list[tuple[str, Any]]:
        if not isinstance(collector, Edges):
            raise TypeError
        tally = Tally("")
        nodes: dict[str, dict] = {name: {} for pair in collector.edges for name in pair}
        for name, counts in collector.node_types.items():
            nodes[name]["type"] = tally.answer([counts])
        edges = {}
        for pair, (events, state, types) in collector.edges.items():
            attributes: dict[str, Any] = {}
            if self.weight is not None:
                answer = self.weight.answer(state)
                attributes["weight"] = 0.0 if answer is None else answer
            if types:
                attributes["type"] = tally.answer([types])
            edges[pair] = (events, attributes)
        return self.form.graphs(nodes, edges)


class Edges(Collector):
    """Counted edges; no event is kept.

    Args:
        weight: The statistic of an edge, None for none.
    """

    def __init__(self, weight: Statistic | None):
        self.weight = weight
        self.edges: dict[tuple[str, str], list] = {}
        self.node_types: dict[str, dict[str, int]] = {}

    def add(self, event: Any, time: int) -> None:
        pair, value, types = event
        edge = self.edges.get(pair)
        if edge is None:
            edge = self.edges[pair] = [0, [] if self.weight is None else self.weight.start(), {}]
        edge[0] += 1
        if self.weight is not None:
            self.weight.add(edge[1], value, time)
        if types is not None:
            kind, *ends = types
            if kind is not None:
                edge[2][kind] = edge[2].get(kind, 0) + 1
            for name, node_type in ends:
                if node_type is not None:
                    counts = self.node_types.setdefault(name, {})
                    counts[node_type] = counts.get(node_type, 0) + 1

    def document(self) -> Any:
        return {
            "edges": [[*pair, edge[0], copied(edge[1]), dict(edge[2])] for pair, edge in self.edges.items()],
            "node_types": {name: dict(counts) for name, counts in self.node_types.items()},
        }

    def restore(self, document: Any) -> None:
        for a, b, events, state, types in document["edges"]:
            self.edges[(a, b)] = [events, copied(state), dict(types)]
        self.node_types = {name: dict(counts) for name, counts in document["node_types"].items()}

    def size(self) -> int:
        return len(self.edges) + len(self.node_types)


def copied(state: list) -> list:
    """A state of a statistic that later events do not change."""
    return [dict(part) if isinstance(part, dict) else part for part in state]
