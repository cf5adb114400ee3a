"""Graphs of up to 50 nodes, told node by node: what is decoded is a graph of its own."""

__all__ = ["NodeByNode"]

from typing import Any

import numpy as np
import torch
from torch import Tensor

from gausscape.errors import DataError
from gausscape.modalities.graphs.arrays import GraphArrays
from gausscape.modalities.graphs.building import build_graphs
from gausscape.modalities.graphs.cells import CellMap
from gausscape.modalities.graphs.edits import edited
from gausscape.modalities.graphs.encoder import GraphEncoder
from gausscape.modalities.graphs.features import graph_features
from gausscape.modalities.graphs.form import Form, read_architecture
from gausscape.modalities.graphs.likelihood import GraphLikelihood
from gausscape.modalities.graphs.schema import GraphSchema
from gausscape.modalities.graphs.tensors import cells_of, tensors_of
from gausscape.modality import Autoencoder, Features, Tensors
from gausscape.networks import DenseDecoder

MOST_CELLS = 40_000
SETTINGS = {"width": (8, 1024), "layers": (1, 8), "decoder_width": (8, 2048), "decoder_blocks": (0, 16)}
OF_FEW = {"width": 24, "layers": 2, "decoder_width": 64, "decoder_blocks": 2}
OF_MANY = {"width": 32, "layers": 2, "decoder_width": 128, "decoder_blocks": 2}
MANY_GRAPHS = 1000
EDITED_OF_FEW, EDITED_OF_MANY = 0.5, 0.1


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
        """With a generator some graphs are replaced by edited copies: half of them if the fit is small, else a tenth."""
        if generator is not None and len(tensors["types"]):
            share = EDITED_OF_FEW if self.schema.graphs < MANY_GRAPHS else EDITED_OF_MANY
            tensors = edited(tensors, self.schema, share=share, generator=generator)
        cells, observed = cells_of(tensors, self.schema, self.map)
        return dict(tensors), {"cells": cells} if observed is None else {"cells": cells, "observed": observed}

    def likelihood(self) -> GraphLikelihood:
        """The law of the cells."""
        centre, unit = self.schema.size
        return GraphLikelihood(self.map, centre=centre, unit=unit, disconnected=self.schema.disconnected)

    def networks(self, latent: int, *, size: int, architecture: Any, tensors: Tensors | None) -> Autoencoder:
        settings = (OF_FEW if size < MANY_GRAPHS else OF_MANY) | read_architecture(architecture, SETTINGS)
        likelihood = self.likelihood()
        encoder = GraphEncoder(self.map, latent, width=4 * -(-settings["width"] // 4), layers=settings["layers"])
        decoder = DenseDecoder(
            latent, likelihood.outputs, width=settings["decoder_width"], blocks=settings["decoder_blocks"]
        )
        if tensors is not None:
            decoder.start_at(likelihood.initial_output(self.present(tensors, None)[1]["cells"]))
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
