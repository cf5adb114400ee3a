"""Graphs of torch_geometric -> networkx graphs, by their fields alone; nothing of that library is imported."""

__all__ = ["from_pyg"]

from typing import Any

import numpy as np

from gausscape.errors import DataError


def from_pyg(values: Any) -> list[Any]:
    """networkx graphs of torch_geometric `Data`.

    One-hot rows of `x` and `edge_attr` become types, other numbers the attributes "x" and "edge_attr"; `edge_weight`
    becomes "weight". Graphs are undirected if every edge of every graph has its opposite.

    Args:
        values: A list of such graphs, each with `edge_index` and `num_nodes`.

    Raises:
        DataError: If an edge names a node that is not there.
    """
    read = [_read(number, value) for number, value in enumerate(values)]
    symmetric = all(_is_symmetric(ends) for _, ends, _ in read)
    hot = {field: all(_is_one_hot(fields.get(field)) for _, _, fields in read) for field in ("x", "edge_attr")}
    return [_graph(count, ends, fields, hot=hot, directed=not symmetric) for count, ends, fields in read]


def _read(number: int, value: Any) -> tuple[int, np.ndarray, dict[str, np.ndarray]]:
    ends = np.asarray(value.edge_index).astype(np.int64).reshape(2, -1).T
    count = int(value.num_nodes)
    if len(ends) and (ends.min() < 0 or ends.max() >= count):
        edge = ends[int(np.argmax((ends < 0).any(1) | (ends >= count).any(1)))].tolist()
        raise DataError(
            f"Edges need to join nodes 0 .. {count - 1}, but graph {number} has the edge ({edge[0]}, {edge[1]}). Repair edge_index."
        )
    fields = {}
    for field, rows in (("x", count), ("edge_attr", len(ends)), ("edge_weight", len(ends))):
        own = getattr(value, field, None)
        if own is not None:
            array = np.asarray(own)
            if len(array) != rows:
                raise DataError(f"Field {field!r} needs {rows} rows, but graph {number} has {len(array)}. Repair it.")
            fields[field] = array.reshape(rows, -1) if rows else array.reshape(0, 1)
    return count, ends, fields


def _is_symmetric(ends: np.ndarray) -> bool:
    pairs = {(int(first), int(second)) for first, second in ends}
    return all((second, first) in pairs for first, second in pairs)


def _is_one_hot(array: np.ndarray | None) -> bool:
    if array is None:
        return False
    return bool(np.isin(array, (0, 1)).all() and (array.sum(1) == 1).all()) and array.shape[1] > 1


def _graph(count: int, ends: np.ndarray, fields: dict[str, np.ndarray], *, hot: dict[str, bool], directed: bool) -> Any:
    import networkx

    graph = networkx.DiGraph() if directed else networkx.Graph()
    graph.add_nodes_from((node, _data(fields, "x", node, hot=hot["x"])) for node in range(count))
    for row, (first, second) in enumerate(ends.tolist()):
        data = _data(fields, "edge_attr", row, hot=hot["edge_attr"])
        if "edge_weight" in fields:
            data["weight"] = float(fields["edge_weight"][row, 0])
        graph.add_edge(first, second, **data)
    return graph


def _data(fields: dict[str, np.ndarray], field: str, row: int, *, hot: bool) -> dict[str, Any]:
    if field not in fields:
        return {}
    own = fields[field][row]
    return {"type": int(own.argmax())} if hot else {field: own.tolist()}
