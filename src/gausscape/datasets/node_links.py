"""Graphs as JSON in the node-link form: {"nodes": [{"id": ...}], "edges": [{"source": ..., "target": ...}]}."""

__all__ = ["holds_graphs", "read_graphs"]

import json
from collections.abc import Iterable
from typing import Any

from gausscape.datasets.graph_building import finish
from gausscape.datasets.graph_drafts import GraphDraft
from gausscape.errors import DataError, SchemaError
from gausscape.items import Items

EDGES = ("edges", "links")
OF_GENERATED = frozenset({"exceedance", "lower", "upper", "support", "nearest", "codes"})
"""What is told of a generated graph in the files that hold such: nothing that the graph itself has."""


def holds_graphs(row: Any) -> bool:
    """Whether a JSON object is a graph: a list of nodes and one of edges (or links).

    Example:
        >>> holds_graphs({"nodes": [{"id": 1}], "links": []}), holds_graphs({"nodes": 3, "edges": 2})
        (True, False)
    """
    return isinstance(row, dict) and all(
        any(isinstance(row.get(key), list) for key in keys) for keys in (("nodes",), EDGES)
    )


def read_graphs(
    rows: Iterable[tuple[int, Any]], name: str, *, id_column: str | None = None, label_column: str | None = None
) -> Items:
    """Graphs from JSON objects; ids and labels are attributes of the graphs.

    Attributes of a graph stand in "graph" or beside "nodes". The id is the attribute `id_column`, or else "id" or "name"
    where every graph has it, or else its number; the label is `label_column`, or "label" where every graph has it.

    Args:
        rows: The number of each object's line, and the object.
        name: Where they come from, for messages.
        id_column: Attribute of a graph that names it.
        label_column: Attribute of a graph that is its label.

    Raises:
        DataError: If an object is no such graph, or contradicts itself.
        SchemaError: If a graph lacks a named attribute.

    Example:
        >>> row = {"id": "path", "nodes": [{"id": 1}, {"id": 2}], "edges": [{"source": 1, "target": 2, "type": "road"}]}
        >>> items = read_graphs([(1, row)], "example")
        >>> items.ids.tolist(), list(items.values[0].edges(data="type"))
        (['path'], [(1, 2, 'road')])
    """
    drafts = [draft_of(row, line, number, name) for number, (line, row) in enumerate(rows)]
    for wanted in (id_column,) if id_column else ("id", "name"):
        lacking = [draft for draft in drafts if draft.attributes.get(wanted) is None]
        if id_column and lacking:
            held = ", ".join(lacking[0].attributes) or "none"
            raise SchemaError(
                f"{name}: every graph should have the attribute {id_column!r}, but {lacking[0].name} has {held}. Give one of these."
            )
        if not lacking:
            for draft in drafts:
                draft.name = str(draft.attributes.pop(wanted))
            break
    return finish(drafts, name=name, label=label_column)


def draft_of(row: Any, line: int, number: int, name: str) -> GraphDraft:
    where = f"{name}: line {line:,}"
    if not holds_graphs(row):
        raise DataError(
            f'{where}: a graph needs lists "nodes" and "edges" (or "links"), but {json.dumps(row)[:60]} came. Mend that line.'
        )
    edges = next(key for key in EDGES if isinstance(row.get(key), list))
    about = row.get("graph", {})
    beside = {
        key: value for key, value in row.items() if key not in ("nodes", edges, "graph", "directed", "multigraph")
    }
    draft = GraphDraft(str(number), name, directed=row.get("directed") is True if "directed" in row else None)
    own = about if isinstance(about, dict) else {"graph": about}
    if isinstance(own.get("codes"), list):
        own = {key: value for key, value in own.items() if key not in OF_GENERATED}
    draft.attributes = scalars({**own, **beside}, f"{where}: the graph", "gausscape")
    for node in row["nodes"]:
        draft.add_node(end_of(node, "id", where), scalars(node, f"{where}: a node", "id"), line)
    dropped = ("source", "target", *(("key",) if row.get("multigraph") else ()))
    for edge in row[edges]:
        source, target = (end_of(edge, key, where) for key in ("source", "target"))
        draft.add_edge(source, target, scalars(edge, f"{where}: an edge", *dropped), line)
    return draft


def end_of(told: Any, key: str, where: str) -> Any:
    node = told.get(key) if isinstance(told, dict) else None
    if not isinstance(node, (str, int)) or isinstance(node, bool):
        raise DataError(
            f'{where}: "{key}" of a node or edge should be a text or a whole number, but {json.dumps(told)[:60]} came. Mend it.'
        )
    return node


def scalars(told: dict[str, Any], what: str, *dropped: str) -> dict[str, Any]:
    """What is told beside those keys; null tells nothing, a truth value is a number."""
    kept = {}
    for key, value in told.items():
        if key in dropped or value is None:
            continue
        if not isinstance(value, (str, int, float)):
            raise DataError(
                f"{what} should have texts and numbers as attributes, but {key!r} is a {type(value).__name__}. Spread it over several."
            )
        kept[key] = int(value) if isinstance(value, bool) else value
    return kept
