"""Graphs from tables: one row an edge, and where there are such tables one row a node and one row a graph."""

__all__ = ["OPTIONS", "EdgeColumns", "from_tables", "read_table"]

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gausscape.datasets.columns import is_frame
from gausscape.datasets.graph_building import finish
from gausscape.datasets.graph_direction import DIRECTED
from gausscape.datasets.graph_drafts import GraphDraft
from gausscape.datasets.reading_options import choice, text
from gausscape.errors import DataError, SchemaError
from gausscape.items import Items

OPTIONS = frozenset(
    {"source_column", "target_column", "graph_column", "edge_type", "weight", "directed", "node_column", "node_type"}
)
NODE_COLUMNS = ("node", "id", "node_id")


@dataclass(frozen=True)
class EdgeColumns:
    """Names of the columns; those that the user gave must be there, the others may."""

    source: str
    target: str
    graph: str
    edge_type: str
    weight: str
    node: str | None
    node_type: str
    given: frozenset[str]
    directed: bool | None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "EdgeColumns":
        return cls(
            source=text(options, "source_column", "source") or "",
            target=text(options, "target_column", "target") or "",
            graph=text(options, "graph_column", "graph") or "",
            edge_type=text(options, "edge_type", "type") or "",
            weight=text(options, "weight", "weight") or "",
            node=text(options, "node_column"),
            node_type=text(options, "node_type", "type") or "",
            given=frozenset(name for name in options if name != "directed"),
            directed=choice(options, "directed", DIRECTED),
        )


@dataclass(frozen=True)
class Table:
    """Cells by column; a missing one is None."""

    file: str
    cells: dict[str, list[Any]]
    rows: int

    @classmethod
    def of(cls, frame: Any, file: str) -> "Table":
        import narwhals as nw

        wrapped = nw.from_native(frame, eager_only=True)
        cells = {str(column): [plain(cell) for cell in wrapped[column].to_list()] for column in wrapped.columns}
        return cls(file, cells, len(wrapped))

    def require(self, column: str) -> None:
        if column not in self.cells:
            shown = ", ".join(list(self.cells)[:20])
            raise SchemaError(
                f"{self.file} should have a column {column!r}, but has {shown}. Name the right one as a reading option."
            )

    def filled(self, column: str) -> None:
        """Refuse a missing cell in a column that each row needs."""
        for row, cell in enumerate(self.cells[column], start=1):
            if cell is None:
                raise DataError(
                    f"{self.file}: data row {row:,}: every row needs a value in column {column!r}, but it is missing. "
                    "Fill it, or remove the row."
                )

    def attributes(self, taken: set[str], renamed: dict[str, str]) -> Iterator[dict[str, Any]]:
        """For each row what is told beside the names; a missing cell tells nothing."""
        kept = {renamed.get(column, column): cells for column, cells in self.cells.items() if column not in taken}
        for row in range(self.rows):
            yield {column: cells[row] for column, cells in kept.items() if cells[row] is not None}


def plain(cell: Any) -> Any:
    """A Python value; NaN and NaT are missing, a truth value is a number, a time is a text."""
    if cell is None or cell != cell:
        return None
    if isinstance(cell, bool):
        return int(cell)
    return cell if isinstance(cell, (str, int, float)) else str(cell)


def from_tables(
    edges: Any,
    nodes: Any = None,
    graphs: Any = None,
    *,
    columns: EdgeColumns,
    files: tuple[str, str, str],
    name: str,
    label_column: str | None = None,
) -> Items:
    """Graphs from a frame of edges, and frames of their nodes and of the graphs themselves if there are such.

    Without a node table the edges bring their nodes. A node table with a column that names the graph lists the nodes of
    each graph, and an edge to another one is refused; without that column it tells of nodes that any graph may have.
    Columns beside the named ones become attributes of edges, nodes and graphs.

    Args:
        edges: A frame, one row an edge.
        nodes: A frame, one row a node.
        graphs: A frame, one row a graph.
        columns: What the columns are called.
        files: What the three tables are called in messages.
        name: Where they came from, for people.
        label_column: Column of the graphs' table, else of the edges', with the label of the graph.

    Raises:
        SchemaError: If a column is not there.
        DataError: If a cell is missing that each row needs, or an edge ends at no node of its graph.
    """
    told = Table.of(edges, files[0])
    for column in (columns.source, columns.target):
        told.require(column)
        told.filled(column)
    for option, column in (
        ("graph_column", columns.graph),
        ("edge_type", columns.edge_type),
        ("weight", columns.weight),
    ):
        if option in columns.given:
            told.require(column)
        if column in told.cells:
            told.filled(column)
    if columns.weight in told.cells:
        refuse_text_weights(told, columns.weight)
    several = columns.graph in told.cells
    drafts: dict[Any, GraphDraft] = {}

    def draft_of(key: Any) -> GraphDraft:
        if key not in drafts:
            drafts[key] = GraphDraft(name if key is None else str(key), files[0], unit="data row", open=True)
        return drafts[key]

    lists: str | None = None
    if graphs is not None:
        lists = add_graphs(Table.of(graphs, files[2]), columns, draft_of)
    shared: dict[Any, dict[str, Any]] = {}
    if nodes is not None:
        table = Table.of(nodes, files[1])
        shared = add_nodes(table, columns, draft_of, several=several, known=set(drafts) if lists else None)
        lists = lists or (files[1] if columns.graph in table.cells else None)
    known = set(drafts)
    keys = told.cells[columns.graph] if several else [None] * told.rows
    in_edges = label_column if label_column and graphs is None else None
    if in_edges:
        told.require(in_edges)
    names = (
        {columns.source, columns.target} | ({columns.graph} if several else set()) | ({in_edges} if in_edges else set())
    )
    ends = zip(told.cells[columns.source], told.cells[columns.target], strict=True)
    said = told.attributes(names, {columns.edge_type: "type", columns.weight: "weight"})
    for row, (key, (source, target), attributes) in enumerate(zip(keys, ends, said, strict=True), start=1):
        if lists and several and key not in known:
            raise DataError(
                f"{files[0]}: data row {row:,}: every edge needs a graph of {lists}, but {key!r} is none. Add it there."
            )
        draft = draft_of(key)
        if in_edges:
            set_label(draft, in_edges, told.cells[in_edges][row - 1], f"{files[0]}: data row {row:,}")
        draft.add_edge(source, target, attributes, row)
        for node in (source, target) if shared else ():
            if node not in shared:
                raise DataError(
                    f"{files[0]}: data row {row:,}: an edge needs two nodes of {files[1]}, but {node!r} is none of its "
                    f"{len(shared):,}. Add it there, or remove the edge."
                )
            draft.nodes.setdefault(node, dict(shared[node]))
    return finish(list(drafts.values()), name=name, directed=columns.directed, label=label_column)


def refuse_text_weights(told: Table, weight: str) -> None:
    for row, cell in enumerate(told.cells[weight], start=1):
        if isinstance(cell, str):
            raise DataError(
                f"{told.file}: data row {row:,}: a weight should be a number in a column of numbers, but the text {cell!r} came. "
                "Mend the column, or name another as weight."
            )


def add_graphs(told: Table, columns: EdgeColumns, draft_of: Any) -> str:
    """Put the attributes of graphs into their drafts; gives the name of the file that lists all graphs."""
    told.require(columns.graph)
    told.filled(columns.graph)
    seen = set()
    said = told.attributes({columns.graph}, {})
    for row, (key, attributes) in enumerate(zip(told.cells[columns.graph], said, strict=True), start=1):
        if key in seen:
            raise DataError(
                f"{told.file}: data row {row:,}: every graph needs one row, but {key!r} came twice. Remove one."
            )
        seen.add(key)
        draft_of(key).attributes |= attributes
    return told.file


def add_nodes(
    told: Table, columns: EdgeColumns, draft_of: Any, *, several: bool, known: set[Any] | None
) -> dict[Any, dict[str, Any]]:
    """Put nodes into their graphs; or give what is told of nodes that any graph may have."""
    node = columns.node or next((each for each in NODE_COLUMNS if each in told.cells), NODE_COLUMNS[0])
    told.require(node)
    told.filled(node)
    if "node_type" in columns.given:
        told.require(columns.node_type)
    if columns.node_type in told.cells:
        told.filled(columns.node_type)
    grouped = columns.graph in told.cells
    if grouped:
        told.filled(columns.graph)
    if grouped and not several:
        raise SchemaError(
            f"{told.file} tells graphs in column {columns.graph!r}, but the edges have no such column. Name it graph_column."
        )
    taken = {node} | ({columns.graph} if grouped else set())
    said = told.attributes(taken, {columns.node_type: "type"})
    keys = told.cells[columns.graph] if grouped else [None] * told.rows
    alone = GraphDraft("of the node table", told.file, unit="data row")
    for row, (key, each, attributes) in enumerate(zip(keys, told.cells[node], said, strict=True), start=1):
        if grouped and known is not None and key not in known:
            raise DataError(
                f"{told.file}: data row {row:,}: every node needs a graph of the graphs' table, but {key!r} is none. Add it."
            )
        draft = alone if several and not grouped else draft_of(key)
        draft.open = False
        draft.add_node(each, attributes, row, file=told.file)
    return alone.nodes


def set_label(draft: GraphDraft, column: str, label: Any, where: str) -> None:
    if draft.attributes.setdefault(column, label) != label:
        raise DataError(
            f"{where}: all edges of a graph should have one label, but graph {draft.name} has {draft.attributes[column]!r} and "
            f"{label!r} in column {column!r}. Write one, or leave label_column away."
        )


def read_table(path: Path) -> Any:
    """The frame of a file, read like any table.

    Raises:
        DataError: If the file holds something else.
    """
    from gausscape.datasets.sources import load

    items = load(path)
    if not is_frame(items.values):
        raise DataError(
            f"{path} should hold a table, but holds {items.modality or 'an array'}. Write it as CSV or Parquet."
        )
    return items.values
