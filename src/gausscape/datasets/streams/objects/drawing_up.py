"""From counted nodes and edges to networkx graphs: the most active nodes, connected parts, neighbourhoods."""

__all__ = ["GraphForm"]

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gausscape.datasets.streams.given import Given

if TYPE_CHECKING:
    import networkx as nx

SPLITS = ("none", "components", "neighbourhoods")


@dataclass(frozen=True)
class GraphForm:
    """Which graphs are made of the nodes and edges of a window.

    Args:
        directed: Whether edges have a direction.
        largest: Keep the nodes with most events (by name among equals), and the edges between them; graph attributes
            `dropped_nodes` and `dropped_edges` tell what went. None keeps all.
        smallest: Graphs with fewer nodes are left out.
        split: "none", "components" (a graph for each connected part, weakly if directed), or "neighbourhoods" (a graph
            for each node: itself, those it has an edge with, and the edges between them).
    """

    directed: bool = True
    largest: int | None = None
    smallest: int = 0
    split: str = "none"

    @classmethod
    def of(cls, given: Given, *, directed: bool) -> "GraphForm":
        """From the entries `largest`, `smallest` and `split` of a mapping that is already checked for names."""
        split = given.choice("split", SPLITS, "none")
        if split != "none" and "by" in given:
            given.refuse("split", "no split beside 'by', which already makes several graphs of a window,")
        return cls(directed, given.count("largest", None), given.count("smallest", 0, least=0), split)

    def graphs(self, nodes: dict[str, dict], edges: dict[tuple[str, str], tuple[int, dict]]) -> list[tuple[str, Any]]:
        """Graphs with the end of their ids.

        Args:
            nodes: From the name of a node to its attributes.
            edges: From two names to the number of events and the attributes of the edge.
        """
        import networkx as nx

        graph: nx.Graph = nx.DiGraph() if self.directed else nx.Graph()
        graph.add_nodes_from((name, nodes[name]) for name in sorted(nodes))
        graph.add_edges_from((*pair, edges[pair][1]) for pair in sorted(edges))
        activity = dict.fromkeys(nodes, 0)
        for pair, (events, _) in edges.items():
            for name in set(pair):
                activity[name] += events
        parts = [(end, self._reduced(part, activity)) for end, part in self._parts(graph)]
        return [(end, part) for end, part in parts if part.number_of_nodes() >= self.smallest]

    def _parts(self, graph: "nx.Graph") -> list[tuple[str, Any]]:
        import networkx as nx

        if self.split == "components":
            find = nx.weakly_connected_components if self.directed else nx.connected_components
            # The first name in order of text names a part: the same events give the same id.
            parts = sorted(sorted(part) for part in find(graph))  # type: ignore[arg-type]
            return [(part[0], graph.subgraph(part)) for part in parts]
        if self.split == "neighbourhoods":
            around = graph.to_undirected(as_view=True)
            return [(name, graph.subgraph([name, *around[name]])) for name in graph]
        return [("", graph)]

    def _reduced(self, graph: "nx.Graph", activity: dict[str, int]) -> "nx.Graph":
        names = list(graph)
        if self.largest is not None and len(names) > self.largest:
            names = sorted(names, key=lambda name: (-activity[name], name))[: self.largest]
        kept = ordered_subgraph(graph, sorted(names))
        if self.largest is not None:
            kept.graph["dropped_nodes"] = graph.number_of_nodes() - kept.number_of_nodes()
            kept.graph["dropped_edges"] = graph.number_of_edges() - kept.number_of_edges()
        return kept


def ordered_subgraph(graph: "nx.Graph", names: list[str]) -> Any:
    """A copy of these nodes in this order; networkx's own follows the order of a set, which differs between runs."""
    import networkx as nx

    chosen = set(names)
    made: nx.Graph = nx.DiGraph() if graph.is_directed() else nx.Graph()
    made.add_nodes_from((name, dict(graph.nodes[name])) for name in names)
    made.add_edges_from(
        (a, b, dict(attributes)) for a, b, attributes in graph.edges(data=True) if a in chosen and b in chosen
    )
    return made
