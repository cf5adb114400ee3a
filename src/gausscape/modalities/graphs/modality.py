"""Graphs: networkx graphs with types and numbers, the same to every measure whatever their nodes are called."""

__all__ = ["GraphModality"]

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from gausscape.errors import DamagedFileError
from gausscape.modalities.graphs.arrays import read_arrays
from gausscape.modalities.graphs.by_measures import ByMeasures
from gausscape.modalities.graphs.comparison import compare_graphs
from gausscape.modalities.graphs.form import Form
from gausscape.modalities.graphs.gathering import is_graph, is_pyg
from gausscape.modalities.graphs.learning import learn_schema, read_options
from gausscape.modalities.graphs.node_by_node import NodeByNode
from gausscape.modalities.graphs.pictures import draw_pictures
from gausscape.modalities.graphs.pyg import from_pyg
from gausscape.modalities.graphs.schema import GraphSchema
from gausscape.modalities.graphs.writing import node_link_lines
from gausscape.modality import Autoencoder, Comparison, Features, Modality, Picture, Tensors

GRAPH_KL_WEIGHT = 0.2
LATENT = 12


class GraphModality(Modality):
    """Graphs, directed or not, with types and numbers of nodes and edges.

    Up to 50 nodes a graph is decoded node by node, in an order that starts at the most central node and goes breadth
    first. If the fit holds larger graphs, all are told by measures of the whole instead, and what is generated are the
    nearest of the real graphs that the space keeps. The encoder reads no order: relabelled graphs have equal codes.

    Args:
        schema: What the graphs of the fit have in common.
        form: How they are told as cells.
        notes: What was decided, for a reader.

    Example:
        >>> from gausscape.modalities.graphs.example import example_items
        >>> graphs = example_items(20)
        >>> modality = GraphModality.infer(graphs)
        >>> tensors = modality.to_tensors(graphs)
        >>> back = modality.to_items(modality.present(tensors, None)[1]["cells"])
        >>> [len(graph) for graph in back] == [len(graph) for graph in graphs]
        True
    """

    name: ClassVar[str] = "graphs"
    summary: ClassVar[str] = "a list of networkx graphs, with types and numbers of nodes and edges; one graph an object"
    endings: ClassVar[tuple[str, ...]] = (".jsonl",)

    def __init__(self, schema: GraphSchema, form: Form, *, notes: tuple[str, ...] = ()):
        self.schema = schema
        self.form = form
        self.notes = notes

    # -- learning -----------------------------------------------------------------------------------------------------

    @classmethod
    def accepts(cls, values: Any) -> bool:
        """Whether this is a list of networkx graphs, or of graphs of torch_geometric."""
        return isinstance(values, (list, tuple)) and len(values) > 0 and (is_graph(values[0]) or is_pyg(values[0]))

    @classmethod
    def infer(cls, values: Any, **options: Any) -> "GraphModality":
        """Learn types, numbers, directions and sizes.

        Args:
            values: At least 10 graphs.
            options: `node_type`, `edge_type` and `weight` (names of attributes), `ignore` (attributes to leave out),
                `multi_edges` ("refuse", or "sum" to take several edges between two nodes as one), `largest` (most nodes of
                a graph that is decoded node by node, at most 50).

        Raises:
            DataError: If the graphs cannot be fitted; the place is named.
            ConfigurationError: If an option is unknown or impossible.
        """
        names, largest = read_options(options)
        graphs = _native(values)
        schema = learn_schema(graphs, names, largest=largest)
        form = NodeByNode(schema) if schema.slots else ByMeasures.learn(schema, graphs)
        notes = [*_notes(schema)]
        if graphs is not values:
            notes.append("graphs of torch_geometric came; generated ones are networkx graphs")
        if isinstance(form, ByMeasures):
            notes.append(
                f"graphs have up to {schema.largest:,} nodes; above {largest} generated objects are the nearest of the "
                f"{len(form.kept)} kept real graphs"
            )
        return cls(schema, form, notes=tuple(notes))

    # -- tensors ------------------------------------------------------------------------------------------------------

    def to_tensors(self, values: Any) -> Tensors:
        """Graphs as padded tensors, nodes in the decoder's order; see `tensors_of`.

        Raises:
            SchemaError, DataError: If a graph differs from those of the fit; graph, node or edge are named.
        """
        return self.form.tensors(read_arrays(_native(values), self.schema))

    def present(self, tensors: Tensors, generator: torch.Generator | None) -> tuple[Tensors, Tensors]:
        """Tensors for the encoder, and cells; in training some graphs are edited at random, see `edited`."""
        return self.form.present(tensors, generator)

    def networks(self, latent: int, *, size: int, architecture: Any = None, tensors: Tensors | None = None) -> Autoencoder:
        """Fresh networks.

        Args:
            latent: Number of latent coordinates.
            size: Number of fitting graphs.
            architecture: None or a mapping: "width", "blocks" (encoder), "decoder_width", "decoder_blocks", "dropped" (percentage
                of features left out in training), "counted" (how many exact measures get a coordinate of their own, 0 to 3);
                of graphs that are told by measures "width" and "blocks".
            tensors: Some fitting graphs.

        Raises:
            ConfigurationError: If the architecture cannot be used.
        """
        return self.form.networks(latent, size=size, architecture=architecture, tensors=tensors)

    # -- objects ------------------------------------------------------------------------------------------------------

    def to_items(self, cells: Tensor) -> list[Any]:
        """networkx graphs with nodes 0 .. n - 1; see `build_graphs`."""
        return self.form.items(cells)

    def pictures(self, values: Any) -> list[Picture]:
        schema = self.schema
        if not len(values):
            return []
        return draw_pictures(
            _native(values),
            node_type=schema.names.node_type,
            edge_type=schema.names.edge_type,
            weight=schema.names.weight,
            node_levels=schema.node_types.levels,
            edge_levels=schema.edge_types.levels,
        )

    def compare(self, a: Any, b: Any) -> Comparison:
        """Nodes and edges that were added, removed or retyped."""
        schema = self.schema
        return compare_graphs(
            _native(a)[0],
            _native(b)[0],
            node_type=schema.names.node_type,
            edge_type=schema.names.edge_type,
            weight=schema.names.weight,
            directed=schema.directed,
            node_levels=schema.node_types.levels,
            edge_levels=schema.edge_types.levels,
        )

    @classmethod
    def several(cls, value: Any) -> Any:
        return [value] if is_graph(value) or is_pyg(value) else None

    def features(self, cells: Tensor, observed: Tensor | None = None) -> Features:
        return self.form.features(cells, observed)

    def parts(self) -> tuple[tuple[str, ...], np.ndarray]:
        return self.form.parts()

    def to_file(self, values: Any, told: dict[str, np.ndarray], ending: str) -> bytes:
        """.jsonl: a line of node-link JSON each."""
        return node_link_lines(_native(values), told)

    # -- state --------------------------------------------------------------------------------------------------------

    def document(self) -> dict:
        form = self.form.document()
        return {"schema": self.schema.document(), "notes": list(self.notes)} | ({"measures": form} if form else {})

    @classmethod
    def from_document(cls, document: dict) -> "GraphModality":
        """The modality with that state.

        Raises:
            DamagedFileError: If something in it is missing or strange.
        """
        try:
            schema = GraphSchema.from_document(document["schema"])
            form = ByMeasures.from_document(schema, document["measures"]) if "measures" in document else NodeByNode(schema)
            return cls(schema, form, notes=tuple(document["notes"]))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise DamagedFileError(
                f"The document of graphs needs to be whole, but reading failed: {error!r}. Save the space again."
            ) from error

    def suggested_kl_weight(self) -> float:
        """A fifth: under the bound itself a code of small graphs keeps three or four axes and the rest of the graph is lost."""
        return GRAPH_KL_WEIGHT

    def suggested_latent(self) -> int:
        return LATENT


def _native(values: Any) -> Any:
    """networkx graphs; those of torch_geometric are converted, anything else is left for the check."""
    if isinstance(values, (list, tuple)) and len(values) and all(is_pyg(value) for value in values):
        return from_pyg(values)
    return values


def _notes(schema: GraphSchema) -> list[str]:
    notes = ["directed graphs" if schema.directed else "undirected graphs"]
    for levels in (schema.node_types, schema.edge_types):
        if levels.attribute is not None:
            notes.append(f"{len(levels.levels)} {levels.what} types in attribute {levels.attribute!r}")
    gaps = [column.title for column in schema.node_numbers if column.gaps]
    if gaps:
        notes.append(f"missing numbers of nodes are left out of every score: {', '.join(gaps)}; generated nodes have them all")
    if schema.loops:
        notes.append("edges of a node to itself are a flag of the node; what else they bear is not kept")
    if schema.disconnected:
        notes.append("some graphs fall into several parts, and so may generated ones")
    if schema.names.sums_edges:
        notes.append(f"several edges between two nodes count as one; their numbers add up ({schema.names.weight!r}: 1 each if absent)")
    return notes
