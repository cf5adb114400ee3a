"""A folder with a table of edges, and tables of nodes and graphs beside it."""

__all__ = ["NAME", "OPTIONS", "matches", "read"]

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gausscape.datasets.edge_tables import OPTIONS as OF_COLUMNS
from gausscape.datasets.edge_tables import EdgeColumns, from_tables, read_table
from gausscape.errors import DataError
from gausscape.items import Items

NAME = "a folder of graphs as tables (edges.csv, nodes.csv, graphs.csv)"
OPTIONS = OF_COLUMNS | {"label_column"}
TABLES = (".csv", ".tsv", ".tab", ".txt", ".data", ".parquet", ".pq", ".arrow", ".feather", ".ipc", ".jsonl", ".ndjson")


def matches(path: Path) -> bool:
    return bool(files_of(path, "edges"))


def read(path: Path, options: Mapping[str, Any]) -> Items:
    """Graphs from edges.*, and from nodes.* and graphs.* if they are there; see `edge_tables.from_tables`.

    Args:
        path: The folder.
        options: Names of columns, see `reshapers.edge_table`; label_column is one of graphs.*, or else of edges.*.

    Raises:
        SchemaError: If a column is not there.
        DataError: If there are two tables of one name, or they contradict each other.
    """
    found = {part: files_of(path, part) for part in ("edges", "nodes", "graphs")}
    for part, files in found.items():
        if len(files) > 1:
            told = " and ".join(file.name for file in files)
            raise DataError(f"{path} should hold one table of {part}, but holds {told}. Move one of them away.")
    frames = {part: read_table(files[0]) if files else None for part, files in found.items()}
    edges, nodes, graphs = (str(files[0]) if files else f"{path}/{part}" for part, files in found.items())
    return from_tables(
        frames["edges"],
        frames["nodes"],
        frames["graphs"],
        columns=EdgeColumns.of({name: value for name, value in options.items() if name != "label_column"}),
        files=(edges, nodes, graphs),
        name=path.name or str(path),
        label_column=options.get("label_column"),
    )


def files_of(path: Path, part: str) -> list[Path]:
    """The tables of that name."""
    return [file for file in sorted(path.glob(f"{part}.*")) if file.suffix.lower() in TABLES and file.is_file()]
