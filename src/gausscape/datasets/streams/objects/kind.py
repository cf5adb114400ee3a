"""ObjectKind and Collector: what windows become, and the growing content of one window."""

__all__ = ["Collector", "ObjectKind", "node_name"]

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from gausscape.datasets.streams.faults import BadCell


class Collector(ABC):
    """The content of one window (or of one key in it), kept up event by event."""

    @abstractmethod
    def add(self, event: Any, time: int) -> None:
        """Take in what the kind's reader made of an event."""

    @abstractmethod
    def document(self) -> Any:
        """The content as JSON can hold it, in an order that `restore` keeps."""

    @abstractmethod
    def restore(self, document: Any) -> None:
        """Take in what `document` gave; this collector must be empty."""

    @abstractmethod
    def size(self) -> int:
        """Entries kept in memory."""


class ObjectKind(ABC):
    """What the events of a window become.

    Attributes:
        columns: Columns that events need.
        by: Column whose values divide the events of a window, one collector each; None for one collector a window.
        modality: Name of the kind of data of the objects.
    """

    columns: tuple[str, ...]
    by: str | None
    modality: str

    @abstractmethod
    def reader(self, places: dict[str, int]) -> Callable[[tuple], Any]:
        """From the cells of an event to what a collector takes; raises BadCell for cells that cannot be used."""

    @abstractmethod
    def collector(self) -> Collector:
        """An empty one."""

    @abstractmethod
    def objects(self, collector: Collector) -> list[tuple[str, Any]]:
        """The objects of one collector, each with the end of its id ("" for the only one)."""

    def together(self, objects: list[Any]) -> Any:
        """Objects of one window, or of many, as the values of Items."""
        return objects


def node_name(cells: tuple, place: int, column: str) -> str:
    """A cell that names something; as text, so that 6 in a Parquet file and "6" in a CSV file are one node."""
    cell = cells[place]
    if cell is None or cell == "":
        raise BadCell(f"needs a value in {column!r}, but has none")
    return cell if type(cell) is str else str(cell)
