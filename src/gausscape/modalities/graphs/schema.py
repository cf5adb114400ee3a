"""What the graphs of a fit have in common: directions, types, numbers and sizes; and how new graphs are read against it."""

__all__ = ["MOST_TYPES", "GraphSchema", "Names", "TypeLevels"]

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from gausscape.errors import DataError, SchemaError
from gausscape.modalities.graphs.numbers import NumberColumn

MOST_TYPES = 200


@final
@dataclass(frozen=True)
class Names:
    """What attributes are called, and what to do about several edges between two nodes.

    Args:
        node_type, edge_type: Attributes that hold the types.
        weight: Edge attribute that holds the weight.
        ignored: Attributes that are neither needed nor refused.
        sums_edges: Whether several edges between two nodes count as one, whose numbers are their sums.
    """

    node_type: str = "type"
    edge_type: str = "type"
    weight: str = "weight"
    ignored: tuple[str, ...] = ()
    sums_edges: bool = False


@final
@dataclass(frozen=True)
class TypeLevels:
    """The types of nodes, or of edges.

    Args:
        what: "node" or "edge".
        attribute: Its name; None if the fit had no types, and everything is of one.
        levels: The types, the commonest first.
    """

    what: str
    attribute: str | None
    levels: tuple[Any, ...]

    @classmethod
    def infer(cls, what: str, attribute: str, data: Sequence[dict], name_of: Any) -> "TypeLevels":
        """Learn the types.

        Raises:
            DataError: If some lack a type and others have one, a type is no text or whole number, or there are too many.
        """
        values = [own.get(attribute) for own in data]
        if all(value is None for value in values):
            return cls(what, None, ("",))
        counts: dict[Any, int] = {}
        for position, value in enumerate(values):
            value = _plain(value)
            if not isinstance(value, (str, int)):
                came = "none" if value is None else f"{value!r}"
                raise DataError(
                    f"Every {what} needs a type that is text or a whole number, or none has one, but {name_of(position)} has "
                    f"{came}. Give it one, or name another attribute with {what}_type=."
                )
            counts[value] = counts.get(value, 0) + 1
        if len(counts) > MOST_TYPES:
            raise DataError(
                f"The types of {what}s need to be at most {MOST_TYPES}, but attribute {attribute!r} has {len(counts):,}. "
                f"Group them, or leave it out with ignore=[{attribute!r}] and {what}_type= another name."
            )
        return cls(what, attribute, tuple(sorted(counts, key=lambda level: (-counts[level], str(level)))))

    @cached_property
    def _codes(self) -> dict[Any, int]:
        return {level: code for code, level in enumerate(self.levels)}

    def codes(self, data: Sequence[dict], name_of: Any) -> np.ndarray:
        """Code of the type of each node or edge, (n,), int64.

        Raises:
            SchemaError: If a type was not in the fit, or is missing; it is named.
        """
        if self.attribute is None:
            return np.zeros(len(data), dtype=np.int64)
        known, attribute = self._codes, self.attribute
        try:
            found = np.array([known.get(own.get(attribute), -1) for own in data], dtype=np.int64)
        except TypeError:  # an unhashable type
            found = np.array([known.get(v, -1) if isinstance(v := own.get(attribute), Hashable) else -1 for own in data])
        if (found < 0).any():
            position = int(np.argmax(found < 0))
            value = data[position].get(attribute)
            came = "no type" if value is None else f"the type {value!r}, which was not in the fit"
            shown = ", ".join(repr(level) for level in self.levels[:8]) + (", ..." if len(self.levels) > 8 else "")
            raise SchemaError(
                f"Every {self.what} needs one of the types of the fit ({shown}), but {name_of(position)} has {came}. "
                "Rename it, or fit a space that has seen it."
            )
        return found

    def document(self) -> dict[str, Any]:
        """JSON-able state."""
        return {"attribute": self.attribute, "levels": list(self.levels)}


@final
@dataclass(frozen=True)
class GraphSchema:
    """What the graphs of a fit have in common.

    Args:
        names: Of the attributes.
        directed: Whether edges have a direction.
        node_types, edge_types: The types.
        node_numbers, edge_numbers: The numbers that each node and edge bears.
        loops: Whether some nodes have an edge to themselves.
        disconnected: Whether some graphs fall into several parts.
        slots: Most nodes that can be decoded.
        size: Mean and standard deviation of the number of nodes.
        largest: Most nodes of a graph in the fit.
        graphs: How many graphs there were.
    """

    names: Names
    directed: bool
    node_types: TypeLevels
    edge_types: TypeLevels
    node_numbers: tuple[NumberColumn, ...]
    edge_numbers: tuple[NumberColumn, ...]
    loops: bool
    disconnected: bool
    slots: int
    size: tuple[float, float]
    largest: int
    graphs: int

    def document(self) -> dict[str, Any]:
        """JSON-able state."""
        return {
            "names": {
                "node_type": self.names.node_type,
                "edge_type": self.names.edge_type,
                "weight": self.names.weight,
                "ignored": list(self.names.ignored),
                "sums_edges": self.names.sums_edges,
            },
            "directed": self.directed,
            "node_types": self.node_types.document(),
            "edge_types": self.edge_types.document(),
            "node_numbers": [column.document() for column in self.node_numbers],
            "edge_numbers": [column.document() for column in self.edge_numbers],
            "loops": self.loops,
            "disconnected": self.disconnected,
            "slots": self.slots,
            "size": list(self.size),
            "largest": self.largest,
            "graphs": self.graphs,
        }

    @classmethod
    def from_document(cls, document: dict) -> "GraphSchema":
        """The schema with that state."""
        names = document["names"]
        types = {
            key: TypeLevels(what, document[key]["attribute"], tuple(document[key]["levels"]))
            for key, what in (("node_types", "node"), ("edge_types", "edge"))
        }
        numbers = {
            key: tuple(NumberColumn.from_document(column) for column in document[key])
            for key in ("node_numbers", "edge_numbers")
        }
        plain = {key: document[key] for key in ("directed", "loops", "disconnected", "slots", "largest", "graphs")}
        size = (float(document["size"][0]), float(document["size"][1]))
        return cls(names=Names(**(names | {"ignored": tuple(names["ignored"])})), size=size, **types, **numbers, **plain)


def _plain(value: Any) -> Any:
    """A NumPy scalar as Python's own."""
    return value.item() if isinstance(value, np.generic) else value
