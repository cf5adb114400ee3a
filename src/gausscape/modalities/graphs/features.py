"""Numbers of graphs that people recognise, as smooth functions of the cells: nodes, edges, types, rings, leaves, parts."""

__all__ = ["graph_features"]

import numpy as np
import torch
from torch import Tensor

from gausscape.modalities.graphs.cells import Blocks, CellMap
from gausscape.modalities.graphs.schema import GraphSchema
from gausscape.modality import Features

NOTICEABLE_COUNT = 0.05
TINY = 1e-6


def graph_features(cells: Tensor, observed: Tensor | None, schema: GraphSchema, cell_map: CellMap) -> Features:
    """Features of each row of cells.

    Of a real graph they are plain counts. Of expected cells they are what would be expected if edges were independent.

    Args:
        cells: Shape (n, cells).
        observed: Which cells are there, same shape; None for all.
        schema: Of the fit.
        cell_map: What the cells say.
    """
    blocks = cell_map.split(cells.detach().cpu().double())
    seen = None if observed is None else cell_map.split(observed.detach().cpu().double())
    centre, unit = schema.size
    nodes = (blocks.size * unit + centre).clamp_min(1.0)
    told = {"nodes": nodes} | _wiring(blocks, schema, cell_map, nodes)
    least = dict.fromkeys(told, NOTICEABLE_COUNT)
    if cell_map.types > 1:
        counts = blocks.types.sum(1)
        told |= {f"{level} nodes": counts[:, k] for k, level in enumerate(schema.node_types.levels)}
    if cell_map.edge_types > 1:
        counts = blocks.edges.sum((1, 2))
        told |= {f"{level} edges": counts[:, k] for k, level in enumerate(schema.edge_types.levels)}
    least |= dict.fromkeys(told, NOTICEABLE_COUNT)
    if cell_map.loops:
        told["self-loops"] = blocks.loops.sum(1)
    values = {name: column.numpy() for name, column in told.items()}
    values |= _numbers(blocks, seen, schema)
    noticeable = np.array([least.get(name, 0.0) for name in values])
    return Features(tuple(values), np.stack(list(values.values()), 1), noticeable)


def _wiring(blocks: Blocks, schema: GraphSchema, cell_map: CellMap, nodes: Tensor) -> dict[str, Tensor]:
    edge = blocks.edges.sum(-1).clamp(0, 1)
    # Of an undirected graph both are the same.
    forward, backward = edge[..., 0], edge[..., -1]
    joined = torch.maximum(forward, backward)
    square = cell_map.square(joined)
    square = square + square.transpose(1, 2)
    degree = square.sum(-1)
    left_out = (1 - square).clamp_min(TINY)
    # P(exactly one neighbour), if edges were independent; of a real graph 1 for a leaf and 0 for any other node.
    leaves = (square / left_out).sum(-1) * left_out.log().sum(-1).exp()
    told = {"edges": edge.sum((1, 2)), "mean degree": degree.sum(1) / nodes, "largest degree": degree.amax(1), "leaves": leaves.sum(1)}
    parts = torch.ones_like(nodes)
    if schema.disconnected:
        # In the order of the nodes only the first of each part has no earlier neighbour.
        exists = blocks.types.sum(-1).clamp(0, 1)
        before = (1 - square.tril(-1)).clamp_min(0).prod(-1)
        parts = 1 + (exists * before)[:, 1:].sum(1)
        told["separate parts"] = parts
    told["rings"] = joined.sum(1) - nodes + parts
    told["triangles"] = torch.einsum("bij,bjk,bki->b", square, square, square) / 6
    if schema.directed:
        pull = cell_map.square(forward), cell_map.square(backward)
        out = pull[0].transpose(1, 2) + pull[1]
        told["two-way edges"] = torch.minimum(forward, backward).sum(1)
        told["largest out-degree"] = out.sum(2).amax(1)
        told["largest in-degree"] = out.sum(1).amax(1)
    return told


def _numbers(blocks: Blocks, seen: Blocks | None, schema: GraphSchema) -> dict[str, np.ndarray]:
    """Mean of each number over the nodes, and over the edges, in its own units."""
    told = {}
    exists = blocks.types.sum(-1).clamp(0, 1).numpy()
    scores = blocks.node_numbers.numpy()
    for k, column in enumerate(schema.node_numbers):
        weight = exists if seen is None else exists * seen.node_numbers[..., k].numpy()
        told[f"mean {column.title} of nodes"] = _mean(column.value(scores[..., k] / exists.clip(TINY, 1)), weight)
    edge = blocks.edges.sum(-1).clamp(0, 1).numpy()
    flat = edge.reshape(len(edge), edge.shape[1] * edge.shape[2])
    scores = blocks.edge_numbers.numpy()
    for k, column in enumerate(schema.edge_numbers):
        values = column.value(scores[..., k] / edge.clip(TINY, 1)).reshape(len(edge), flat.shape[1])
        # Of a graph without edges: nothing is summed, and 0 says so.
        told[f"mean {column.title} of edges"] = _mean(values, flat, empty=0.0)
    return told


def _mean(values: np.ndarray, weight: np.ndarray, *, empty: float = np.nan) -> np.ndarray:
    total = weight.sum(1)
    return np.where(total > TINY, (np.where(weight > TINY, values, 0.0) * weight).sum(1) / np.maximum(total, TINY), empty)
