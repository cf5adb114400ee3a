"""Graphs of up to 50 nodes, told node by node: what is decoded is a graph of its own."""

__all__ = ["NodeByNode"]

from typing import Any

import numpy as np
import torch
from torch import Tensor

from gausscape.architectures import read_sizes
from gausscape.errors import DataError
from gausscape.modalities.graphs.arrays import GraphArrays
from gausscape.modalities.graphs.building import build_graphs
from gausscape.modalities.graphs.cells import CellMap
from gausscape.modalities.graphs.decoder import GraphDecoder
from gausscape.modalities.graphs.edits import edited
from gausscape.modalities.graphs.encoder import GraphEncoder
from gausscape.modalities.graphs.exact import MOST_MEASURES, varying_measures
from gausscape.modalities.graphs.features import graph_features
from gausscape.modalities.graphs.form import Form
from gausscape.modalities.graphs.likelihood import GraphLikelihood
from gausscape.modalities.graphs.schema import GraphSchema
from gausscape.modalities.graphs.tensors import cells_of, tensors_of
from gausscape.modality import Autoencoder, Features, Tensors

MOST_CELLS = 40_000
SETTINGS = {
    "width": (8, 1024),
    "blocks": (0, 16),
    "decoder_width": (8, 2048),
    "decoder_blocks": (0, 16),
    "dropped": (0, 90),
    "counted": (0, MOST_MEASURES),
}
OF_FEW = {"width": 64, "blocks": 1, "decoder_width": 64, "decoder_blocks": 2, "dropped": 30, "counted": MOST_MEASURES}
OF_MANY = {"width": 64, "blocks": 1, "decoder_width": 128, "decoder_blocks": 2, "dropped": 0, "counted": MOST_MEASURES}
MANY_GRAPHS = 1000
EDITED = 0.5
OF_LATENT = 4


class NodeByNode(Form):
    """Slots for nodes in a fixed order, and a cell for each edge type of each pair of slots.

    Args:
        schema: Of the fit.

    Raises:
        DataError: If that takes too many cells.
    """

    def __init__(self, schema: GraphSchema):
        self.schema = schema
        self.map = CellMap(
            slots=schema.slots,
            types=len(schema.node_types.levels),
            edge_types=len(schema.edge_types.levels),
            directions=1 + schema.directed,
            loops=schema.loops,
            node_numbers=len(schema.node_numbers),
            edge_numbers=len(schema.edge_numbers),
        )
        if self.map.cells > MOST_CELLS:
            raise DataError(
                f"A graph may take at most {MOST_CELLS:,} cells, but {schema.slots} nodes, {self.map.types} node types, "
                f"{self.map.edge_types} edge types and their numbers take {self.map.cells:,}. Group types, leave numbers out with "
                "ignore=[...], or pass largest=20 so that larger graphs are told by measures of the whole."
            )

    def tensors(self, arrays: GraphArrays) -> Tensors:
        return tensors_of(arrays, self.schema)

    def present(self, tensors: Tensors, generator: torch.Generator | None) -> tuple[Tensors, Tensors]:
        """With a generator half of the graphs are replaced by edited copies."""
        if generator is not None and len(tensors["types"]):
            tensors = edited(tensors, self.schema, share=EDITED, generator=generator)
        cells, observed = cells_of(tensors, self.schema, self.map)
        return dict(tensors), {"cells": cells} if observed is None else {"cells": cells, "observed": observed}

    def likelihood(self) -> GraphLikelihood:
        """The law of the cells."""
        centre, unit = self.schema.size
        return GraphLikelihood(self.map, centre=centre, unit=unit, disconnected=self.schema.disconnected)

    def networks(self, latent: int, *, size: int, architecture: Any, tensors: Tensors | None) -> Autoencoder:
        settings = OF_FEW if size < MANY_GRAPHS else OF_MANY
        if tensors is not None:
            # A number that never varies gets no coordinate of its own, and all together a fourth of them.
            room = min(latent - 1, max(1, latent // OF_LATENT))
            settings = settings | {"counted": min(settings["counted"], room, varying_measures(tensors))}
        settings = settings | read_sizes(architecture, SETTINGS, of="An architecture of graphs")
        likelihood, counted = self.likelihood(), min(settings["counted"], latent - 1)
        encoder = GraphEncoder(
            self.map, latent, size=self.schema.size, width=settings["width"], blocks=settings["blocks"], counted=counted
        )
        decoder = GraphDecoder(
            latent,
            likelihood.outputs,
            slots=self.map.slots,
            size=self.schema.size,
            width=settings["decoder_width"],
            blocks=settings["decoder_blocks"],
            dropped=settings["dropped"],
            counted=counted > 0,
        )
        if tensors is not None:
            inputs, targets = self.present(tensors, None)
            encoder.start_at(inputs)
            decoder.start_at(likelihood.initial_output(targets["cells"]))
        document = {"size": size, "architecture": settings}
        return Autoencoder(encoder, decoder, likelihood, latent=latent, document=document)

    def items(self, cells: Tensor) -> list[Any]:
        return build_graphs(cells, self.schema, self.map)

    def features(self, cells: Tensor, observed: Tensor | None) -> Features:
        return graph_features(cells, observed, self.schema, self.map)

    def parts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """Size, node types, wiring (edges with their types), self-loops, and each number.

        A part is what can be exchanged with that of another graph while the rest stays: the same atoms wired otherwise,
        or the same wiring of other atoms. Single nodes are no parts: the third node of one graph has nothing to do with the
        third node of another.
        """
        schema, widths = self.schema, self.map.widths
        names = ["number of nodes", "node types", "wiring"]
        owners = [np.full(widths[k], k) for k in range(3)]
        if widths[3]:
            owners.append(np.full(widths[3], len(names)))
            names.append("self-loops")
        for columns, width, what in ((schema.node_numbers, widths[4], "nodes"), (schema.edge_numbers, widths[5], "edges")):
            attributes = list(dict.fromkeys(column.name for column in columns))
            place = np.array([len(names) + attributes.index(column.name) for column in columns], dtype=int)
            owners.append(np.tile(place, width // max(len(columns), 1)))
            names += [f"{name} of {what}" for name in attributes]
        return tuple(names), np.concatenate(owners)

    def document(self) -> dict[str, Any]:
        return {}
