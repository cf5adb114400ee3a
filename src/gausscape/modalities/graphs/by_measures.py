"""Graphs of any size, told by measures of the whole: what is decoded are measures, and the nearest real graph to them."""

__all__ = ["ByMeasures"]

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gausscape.architectures import read_sizes
from gausscape.errors import SchemaError
from gausscape.likelihoods import LearnedGaussian
from gausscape.modalities.graphs.arrays import GraphArrays, read_arrays
from gausscape.modalities.graphs.form import Form
from gausscape.modalities.graphs.measures import measure_graphs, measure_names
from gausscape.modalities.graphs.schema import GraphSchema
from gausscape.modality import Autoencoder, Features, Tensors
from gausscape.networks import DenseDecoder, DenseEncoder

MOST_KEPT = 500
MOST_KEPT_PARTS = 500_000
FLOOR = 0.02
LEAST_SPREAD = 1e-9
LARGER = 2
SETTINGS = {"width": (8, 1024), "blocks": (0, 16)}
DEFAULTS = {"width": 96, "blocks": 2}


class ByMeasures(Form):
    """Measures that do not depend on what the nodes are called, standardised.

    Args:
        schema: Of the fit.
        centre, unit: Mean and standard deviation of each measure in the fit; a unit of 0 leaves a measure out.
        kept: Real graphs, the only ones that are ever handed out.
        spots: Their cells, (kept, cells).
    """

    def __init__(self, schema: GraphSchema, *, centre: np.ndarray, unit: np.ndarray, kept: list[Any], spots: np.ndarray):
        self.schema = schema
        self.centre, self.unit = centre, unit
        self.kept, self.spots = kept, spots
        self.used = np.flatnonzero(unit > 0)

    @classmethod
    def learn(cls, schema: GraphSchema, values: list[Any]) -> "ByMeasures":
        """From the graphs of the fit; at most 500 are kept, evenly over all, and fewer where they are huge."""
        measures = measure_graphs(read_arrays(values, schema), schema)
        centre, unit = measures.mean(0), measures.std(0)
        unit = np.where(unit > LEAST_SPREAD * np.maximum(np.abs(centre), 1), unit, 0.0)
        chosen = np.unique(np.linspace(0, len(values) - 1, MOST_KEPT).round().astype(int))
        parts = np.array([len(values[k]) + values[k].number_of_edges() for k in chosen])
        chosen = chosen[np.cumsum(parts) <= max(MOST_KEPT_PARTS, parts[0])]
        form = cls(schema, centre=centre, unit=unit, kept=[values[k] for k in chosen], spots=np.zeros((0, 0)))
        form.spots = form._cells(measures[chosen])
        return form

    def tensors(self, arrays: GraphArrays) -> Tensors:
        large = np.flatnonzero(arrays.sizes > LARGER * self.schema.largest)
        if len(large):
            raise SchemaError(
                f"This space was fitted on graphs of up to {self.schema.largest:,} nodes and takes up to twice that, but graph "
                f"{large[0]} has {arrays.sizes[large[0]]:,}. Fit a space with such graphs in it."
            )
        return {"measures": torch.from_numpy(self._cells(measure_graphs(arrays, self.schema)).astype(np.float32))}

    def _cells(self, measures: np.ndarray) -> np.ndarray:
        return (measures[:, self.used] - self.centre[self.used]) / self.unit[self.used]

    def present(self, tensors: Tensors, generator: torch.Generator | None) -> tuple[Tensors, Tensors]:
        return {"measures": tensors["measures"]}, {"cells": tensors["measures"]}

    def networks(self, latent: int, *, size: int, architecture: Any, tensors: Tensors | None) -> Autoencoder:
        settings = DEFAULTS | read_sizes(architecture, SETTINGS, of="An architecture of graphs")
        cells = len(self.used)
        likelihood = LearnedGaussian(cells, shared=False, floor=FLOOR)
        encoder = MeasureEncoder(cells, latent, **settings)
        decoder = DenseDecoder(latent, cells, **settings)
        if tensors is not None:
            own = self.present(tensors, None)[1]["cells"]
            likelihood.start_at(own)
            decoder.start_at(likelihood.initial_output(own))
        return Autoencoder(encoder, decoder, likelihood, latent=latent, document={"size": size, "architecture": settings})

    def items(self, cells: Tensor) -> list[Any]:
        wanted = cells.detach().cpu().double().numpy()
        found = []
        for row in wanted:
            distance = ((self.spots - row) ** 2).sum(1)
            found.append(self.kept[int(distance.argmin())].copy())
        return found

    def features(self, cells: Tensor, observed: Tensor | None) -> Features:
        values = cells.detach().cpu().double().numpy() * self.unit[self.used] + self.centre[self.used]
        return Features(self._names, values)

    @property
    def _names(self) -> tuple[str, ...]:
        names = measure_names(self.schema)
        return tuple(names[k] for k in self.used)

    def parts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The measures, each its own part."""
        return self._names, np.arange(len(self.used))

    def document(self) -> dict[str, Any]:
        return {
            "centre": self.centre.tolist(),
            "unit": self.unit.tolist(),
            "kept": [_told(graph) for graph in self.kept],
            "spots": self.spots.tolist(),
        }

    @classmethod
    def from_document(cls, schema: GraphSchema, document: dict) -> "ByMeasures":
        """The form with that state."""
        return cls(
            schema,
            centre=np.array(document["centre"], dtype=np.float64),
            unit=np.array(document["unit"], dtype=np.float64),
            kept=[_graph(told, schema) for told in document["kept"]],
            spots=np.array(document["spots"], dtype=np.float64).reshape(len(document["kept"]), -1),
        )


class MeasureEncoder(nn.Module):
    """Measures -> posterior.

    Args:
        cells: Number of measures.
        latent: Number of latent coordinates.
        width: Features of each hidden layer.
        blocks: Number of residual blocks.
    """

    def __init__(self, cells: int, latent: int, *, width: int, blocks: int):
        super().__init__()
        self.dense = DenseEncoder(cells, latent, width=width, blocks=blocks)

    def forward(self, inputs: Tensors) -> tuple[Tensor, Tensor]:
        return self.dense(inputs["measures"])


def _told(graph: Any) -> dict[str, Any]:
    """A graph as JSON: what its nodes and edges bear by attribute, so that thousands of nodes stay readable and small."""
    place = {node: k for k, node in enumerate(graph)}
    nodes = [data for _, data in graph.nodes(data=True)]
    edges = list(graph.edges(data=True))
    return {
        "nodes": len(nodes),
        "ends": [[place[first], place[second]] for first, second, _ in edges],
        "of_nodes": _columns(nodes),
        "of_edges": _columns([data for _, _, data in edges]),
    }


def _columns(data: list[dict]) -> dict[str, list]:
    names = dict.fromkeys(name for own in data for name in own)
    return {str(name): [_plain(own.get(name)) for own in data] for name in names}


def _plain(value: Any) -> Any:
    value = value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
    if isinstance(value, (list, tuple)):
        return [_plain(own) for own in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _graph(told: dict, schema: GraphSchema) -> Any:
    import networkx

    graph = networkx.DiGraph() if schema.directed else networkx.Graph()
    graph.add_nodes_from(range(told["nodes"]))
    graph.add_edges_from(told["ends"])
    for name, values in told["of_nodes"].items():
        for node, value in enumerate(values):
            if value is not None:
                graph.nodes[node][name] = value
    for name, values in told["of_edges"].items():
        for (first, second), value in zip(told["ends"], values, strict=True):
            if value is not None:
                graph.edges[first, second][name] = value
    return graph
