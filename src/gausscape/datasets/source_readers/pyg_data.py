"""Lists of `Data` of PyTorch Geometric in memory."""

__all__ = ["NAME", "OPTIONS", "matches", "read"]

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gausscape.datasets.graph_building import finish
from gausscape.datasets.graph_direction import DIRECTED
from gausscape.datasets.graph_drafts import GraphDraft
from gausscape.datasets.reading_options import choice, names
from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items

NAME = "graphs of PyTorch Geometric"
OPTIONS = frozenset({"directed", "node_names", "edge_names"})


def matches(source: Any, options: Mapping[str, Any]) -> bool:
    """A Data, or a list or data set of them; PyTorch Geometric itself is not imported."""
    listed = members(source)
    return bool(listed) and hasattr(listed[0], "edge_index")


def members(source: Any) -> list[Any]:
    """The graphs of a list, of a data set, or of one that stands alone."""
    if isinstance(source, (list, tuple)):
        return list(source)
    if callable(getattr(source, "get", None)) and callable(
        getattr(source, "len", None)
    ):  # a data set, in its own order
        return [source[row] for row in range(len(source))]
    return [source] if hasattr(source, "edge_index") else []


def read(source: Any, options: Mapping[str, Any]) -> Items:
    """Graphs with nodes 0, 1 ..., and labels from `y` where it is one value for each graph.

    If each row of all `x` has one 1 and else 0, its position is the "type" of the node; otherwise the columns are the
    numbers x1, x2 ... The same holds for `edge_attr` and edges, except that a single column is their "weight".

    Args:
        source: A Data, or a sequence of them; not changed.
        options: directed (auto, true, false); node_names and edge_names: names of the types, in the order of columns.

    Raises:
        DataError: If edges end at nodes that are not there, or arrays do not fit to each other.
        ConfigurationError: If names came where there are no types.
    """
    listed = members(source)
    x = [array(data, "x", row) for row, data in enumerate(listed)]
    edge_attr = [array(data, "edge_attr", row) for row, data in enumerate(listed)]
    node_told = tell(x, names(options, "node_names"), "node_names", single="x1")
    edge_told = tell(edge_attr, names(options, "edge_names"), "edge_names", single="weight")
    y = [getattr(data, "y", None) for data in listed]
    labelled = all(each is not None and np.asarray(each).size == 1 for each in y)
    drafts = []
    for row, data in enumerate(listed):
        draft = GraphDraft(str(row), f"graph {row}", unit="edge")
        edges = np.asarray(data.edge_index)
        if edges.ndim != 2 or edges.shape[0] != 2:
            raise DataError(
                f"Graph {row} needs edge_index of shape (2, edges), but has {edges.shape}. Transpose or mend it."
            )
        count = nodes_of(data, x[row], edges)
        refuse_other_length(x[row], count, "x", "node", row)
        refuse_other_length(edge_attr[row], edges.shape[1], "edge_attr", "edge", row)
        for node in range(count):
            draft.add_node(node, node_told[row][node] if node_told else {}, node)
        for number, (source_node, target) in enumerate(edges.T.tolist()):
            draft.add_edge(source_node, target, edge_told[row][number] if edge_told else {}, number)
        if labelled:
            draft.attributes["label"] = np.asarray(y[row]).reshape(-1)[0].item()
        drafts.append(draft)
    return finish(drafts, name="graphs", directed=choice(options, "directed", DIRECTED), both_ways=True)


def array(data: Any, name: str, row: int) -> np.ndarray | None:
    """Shape (rows, columns), or None if the graph has none."""
    values = getattr(data, name, None)
    if values is None:
        return None
    told = np.asarray(values)
    if told.ndim not in (1, 2) or told.dtype.kind not in "biuf":
        raise DataError(
            f"Graph {row} needs {name} of shape (rows, columns) with numbers, but has {told.shape} of {told.dtype}. Flatten it."
        )
    return (told if told.ndim == 2 else told[:, np.newaxis]).astype(np.float64)


def nodes_of(data: Any, x: np.ndarray | None, edges: np.ndarray) -> int:
    if x is not None:
        return len(x)
    said = getattr(data, "num_nodes", None)
    return int(said) if said is not None else int(edges.max(initial=-1)) + 1


def refuse_other_length(values: np.ndarray | None, needed: int, name: str, of: str, row: int) -> None:
    if values is not None and len(values) != needed:
        raise DataError(
            f"Graph {row} needs a row of {name} for each {of} ({needed:,}), but has {len(values):,}. Mend it."
        )


def tell(
    arrays: Sequence[np.ndarray | None], named: list[str] | None, option: str, *, single: str
) -> list[list[dict[str, Any]]]:
    """Attributes of all nodes or edges of each graph; empty if graphs have no such array."""
    there = [values for values in arrays if values is not None]
    if (there and len(there) != len(arrays)) or len({values.shape[1] for values in there}) > 1:
        shapes = ", ".join("none" if values is None else f"{values.shape[1]}" for values in arrays[:8])
        raise DataError(
            f"All graphs need the same columns of attributes, but the first have {shapes}. Give all of them the same."
        )
    width = there[0].shape[1] if there else 0
    one_hot = width > 1 and all(
        ((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all() for values in there
    )
    if named is not None and (not one_hot or len(named) != width):
        came = f"{width} columns of types" if one_hot else "no types (rows with one 1, else 0)"
        raise ConfigurationError(
            f"{option} needs a name for each column of types, but {len(named)} came for {came}. Correct it."
        )
    if not there:
        return []
    if one_hot:
        return [
            [{"type": named[code] if named else code} for code in values.argmax(axis=1).tolist()] for values in there
        ]
    prefix = "x" if single == "x1" else "attr"
    keys = [single] if width == 1 else [f"{prefix}{column + 1}" for column in range(width)]
    return [[dict(zip(keys, each, strict=True)) for each in values.tolist()] for values in there]
