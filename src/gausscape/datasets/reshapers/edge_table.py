"""A table whose rows are edges becomes graphs."""

__all__ = ["OPTIONS", "reshape", "wanted"]

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gausscape.datasets.columns import is_frame
from gausscape.datasets.edge_tables import OPTIONS as OF_COLUMNS
from gausscape.datasets.edge_tables import EdgeColumns, from_tables, read_table
from gausscape.datasets.reading_options import refuse_options
from gausscape.items import Items

OPTIONS = OF_COLUMNS | {"nodes"}


def wanted(options: Mapping[str, Any]) -> bool:
    return bool({"source_column", "target_column", "graph_column"} & set(options))


def reshape(
    frame: Any, options: Mapping[str, Any], *, name: str, id_column: str | None, label_column: str | None
) -> Items:
    """One graph for each value of the graph column, or one for the whole table if there is none.

    Args:
        frame: One row an edge.
        options: source_column ("source"), target_column ("target"), graph_column ("graph" if there is one), edge_type
            ("type" if there), weight ("weight" if there), directed (auto, true, false), nodes (a file, or a frame, with
            one row a node), node_column ("node" or "id") and node_type ("type" if there) of that table.
        name: Where the table comes from.
        id_column: Refused: the graph column names the graphs.
        label_column: Column with the label of each edge's graph.

    Raises:
        ConfigurationError: If id_column is given.
        SchemaError: If a column is not there.
        DataError: See `edge_tables.from_tables`.

    Example:
        >>> import pandas as pd
        >>> trips = pd.DataFrame({"day": [1, 1, 2], "from": ["a", "b", "a"], "to": ["b", "c", "c"]})
        >>> told = {"graph_column": "day", "source_column": "from", "target_column": "to"}
        >>> items = reshape(trips, told, name="trips", id_column=None, label_column=None)
        >>> items.ids.tolist(), [graph.number_of_nodes() for graph in items.values]
        (['1', '2'], [3, 2])
    """
    if id_column is not None:
        refuse_options("a table of edges", {"id_column", *options}, allowed=OPTIONS | {"label_column"})
    nodes = options.get("nodes")
    called = nodes if isinstance(nodes, str) else "the node table"
    if nodes is not None and not is_frame(nodes):
        nodes = read_table(Path(nodes).expanduser())
    columns = EdgeColumns.of({option: value for option, value in options.items() if option != "nodes"})
    return from_tables(
        frame, nodes, columns=columns, files=(name, called, "the graph table"), name=name, label_column=label_column
    )
