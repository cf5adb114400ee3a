"""When are two objects the same? A 128-bit digest of the exact content of each."""

__all__ = ["digests"]

import hashlib
import pickle
from collections.abc import Iterable
from typing import Any

import numpy as np

_PLAIN = (bool, int, complex, str, type(None))


def digests(values: Any) -> list[bytes | None]:
    """One digest for each object; None where an object has no exact serialisation, so that it cannot be recognised.

    Arrays: type, shape and bytes. Frames: name and type of every column and the values of the row, without its index.
    Other objects: plain Python containers and graphs by content, anything else by its pickle. Equal digests mean
    equal content; an object whose pickle is not unique may only be taken for a new one.

    Example:
        >>> images = np.zeros((3, 2, 2))
        >>> images[2] = 1
        >>> first, second, third = digests(images)
        >>> first == second, first == third
        (True, False)
    """
    if hasattr(values, "iloc") and hasattr(values, "columns"):
        return _of_rows(
            [_pandas_column(values.iloc[:, i], values.columns[i]) for i in range(values.shape[1])], len(values)
        )
    if hasattr(values, "iloc"):
        return _of_rows([_pandas_column(values, values.name)], len(values))
    if hasattr(values, "schema") and hasattr(values, "columns"):
        names = getattr(values, "column_names", None) or list(values.columns)
        columns = [values[name] for name in names]
        pieces = [
            (f"{name!r} {getattr(c, 'dtype', None) or c.type}", [_content(v) for v in _plain(c)])
            for name, c in zip(names, columns, strict=True)
        ]
        return _of_rows(pieces, len(values))
    if isinstance(values, np.ndarray) and not values.dtype.hasobject:
        return [_digest(_array(row)) for row in np.ascontiguousarray(values)]
    return [None if (content := _content(value)) is None else _digest(content) for value in values]


def _of_rows(columns: list[tuple[str, list[bytes | None]]], n: int) -> list[bytes | None]:
    header = _joined(name.encode() for name, _ in columns)
    rows = zip(*(cells for _, cells in columns), strict=True) if columns else [()] * n
    return [
        None if None in row else _digest(header + _joined(cell for cell in row if cell is not None)) for row in rows
    ]


def _pandas_column(column: Any, name: Any) -> tuple[str, list[bytes | None]]:
    header = f"{name!r} {column.dtype}"
    if hasattr(column.dtype, "categories"):
        # Models may use the codes, and equal texts have other codes in other lists.
        header += f" {[(type(c).__name__, c) for c in column.dtype.categories.tolist()]!r} {column.dtype.ordered}"
    if isinstance(column.dtype, np.dtype) and not column.dtype.hasobject:
        array = np.ascontiguousarray(column.to_numpy())
        data, size = array.tobytes(), array.dtype.itemsize
        return header, [data[i * size : (i + 1) * size] for i in range(len(array))]
    return header, [_content(value) for value in column]


def _plain(column: Any) -> list[Any]:
    return column.to_list() if hasattr(column, "to_list") else column.to_pylist()


def _content(value: Any) -> bytes | None:
    """Exact content as bytes, with its type; None if it has none."""
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        return _nested(b"objects:", (array.shape, array.tolist())) if array.dtype.hasobject else _array(array)
    kind = type(value).__name__.encode() + b":"
    # Exact types: a subclass may hold more than its builtin shows.
    if type(value) is float:
        return kind + value.hex().encode()
    if type(value) is bytes:
        return kind + value
    if type(value) in _PLAIN:
        return kind + str(value).encode("utf-8", "surrogatepass")
    if type(value) in (list, tuple):
        return _nested(kind, value)
    if type(value) is dict:
        return _nested(kind, (part for pair in value.items() for part in pair))
    if all(hasattr(value, name) for name in ("nodes", "edges", "is_directed", "graph")):
        return _graph(kind, value)
    if type(value).__module__.split(".")[0] == "pandas":
        return kind + repr(value).encode()
    try:
        return kind + pickle.dumps(value, protocol=5)
    except Exception:
        return None


def _graph(kind: bytes, graph: Any) -> bytes | None:
    # A graph of networkx keeps views of itself once they were asked for, so its pickle changes when it is read.
    return _nested(kind, (graph.graph, list(graph.nodes(data=True)), list(graph.edges(data=True))))


def _nested(kind: bytes, parts: Iterable[Any]) -> bytes | None:
    contents = [_content(part) for part in parts]
    return None if None in contents else kind + _joined(content for content in contents if content is not None)


def _array(array: np.ndarray) -> bytes:
    array = np.asarray(array)
    return f"array:{array.dtype.descr!r}:{array.shape}:".encode() + array.tobytes()


def _joined(parts: Iterable[bytes]) -> bytes:
    # The length before each part keeps ("ab", "c") and ("a", "bc") apart.
    return b"".join(len(part).to_bytes(8, "little") + part for part in parts)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
