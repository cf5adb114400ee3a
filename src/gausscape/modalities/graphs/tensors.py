"""Graph arrays -> tensors, one row a graph with its nodes in the decoder's order; and their cells."""

__all__ = ["RETURNS", "arranged", "cells_of", "tensors_of"]

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from gausscape.errors import SchemaError
from gausscape.modalities.graphs.arrays import GraphArrays
from gausscape.modalities.graphs.cells import Blocks, CellMap
from gausscape.modalities.graphs.learning import components
from gausscape.modalities.graphs.order import central_ranks, order_nodes, shared_places
from gausscape.modalities.graphs.schema import GraphSchema
from gausscape.modality import Tensors

AT_ONCE = 1024
RETURNS = 8


def tensors_of(arrays: GraphArrays, schema: GraphSchema) -> Tensors:
    """Graphs as padded tensors, their nodes in the decoder's order; see `arranged` for what they hold.

    Args:
        arrays: The graphs.
        schema: Of the fit.

    Raises:
        SchemaError: If a graph has more nodes than can be decoded, or falls into parts where none of the fit did.
    """
    n, slots = len(arrays.sizes), schema.slots
    _check(arrays, schema)
    graph, of_edge = arrays.node_graph, arrays.edge_graph
    slot = np.arange(len(graph)) - arrays.starts[graph]
    first, second = (arrays.ends - arrays.starts[of_edge][:, None]).T
    types = np.zeros((n, slots), dtype=np.uint8)
    types[graph, slot] = 1 + arrays.types
    edges = np.zeros((n, slots, slots), dtype=np.uint8)
    edges[of_edge, first, second] = 1 + arrays.edge_types
    if not schema.directed:
        edges[of_edge, second, first] = 1 + arrays.edge_types
    found = {"types": types, "edges": edges}
    if schema.loops:
        found["loops"] = np.zeros((n, slots), dtype=np.uint8)
        found["loops"][graph, slot] = arrays.loops
    if schema.node_numbers:
        known = np.isfinite(arrays.node_numbers)
        scores = np.stack([column.score(arrays.node_numbers[:, k]) for k, column in enumerate(schema.node_numbers)], 1)
        found["node_numbers"] = np.zeros((n, slots, len(schema.node_numbers)), dtype=np.float32)
        found["known"] = np.ones((n, slots, len(schema.node_numbers)), dtype=bool)
        found["node_numbers"][graph, slot] = np.where(known, scores, 0.0)
        found["known"][graph, slot] = known
    if schema.edge_numbers:
        values = np.stack([column.score(arrays.edge_numbers[:, k]) for k, column in enumerate(schema.edge_numbers)], 1)
        found["edge_numbers"] = np.zeros((n, slots, slots, values.shape[1]), dtype=np.float32)
        found["edge_numbers"][of_edge, first, second] = values
        if not schema.directed:
            found["edge_numbers"][of_edge, second, first] = values
    parts = [arranged({name: array[k : k + AT_ONCE] for name, array in found.items()}, schema) for k in range(0, n, AT_ONCE)]
    parts = parts or [arranged(found, schema)]
    return {name: torch.from_numpy(np.concatenate([part[name] for part in parts])) for name in parts[0]}


def arranged(graphs: dict[str, np.ndarray], schema: GraphSchema) -> dict[str, np.ndarray]:
    """Padded graphs with their nodes in the decoder's order, and what follows from their wiring.

    Args:
        graphs: "types" (n, slots), 0 for no node, else 1 + code; "edges" (n, slots, slots), 0 for none, else 1 + code, at
            [from, to]; where the fit had them "loops" (n, slots), "node_numbers" (n, slots, numbers) and "known", its mask,
            "edge_numbers" (n, slots, slots, numbers). Nodes come first, padding behind.
        schema: Of the fit.

    Returns:
        The same, and "returns" (n, slots, 8), the probabilities that a random walk is back after 1 .. 8 steps, and "places"
        (n, slots), those in the order with equals sharing theirs.
    """
    types, edges = graphs["types"], graphs["edges"]
    n, slots = types.shape
    graph, slot = np.nonzero(types)
    number = np.zeros((n, slots), dtype=np.int64)
    number[graph, slot] = np.arange(len(graph))
    joined = (edges > 0) | (edges > 0).transpose(0, 2, 1)
    of_edge, first, second = np.nonzero(np.triu(joined))
    ends = np.stack([number[of_edge, first], number[of_edge, second]], 1)
    # Of an undirected graph both directions hold the same; of a directed one a colour says what leads where.
    there, back = edges[of_edge, first, second].astype(np.int64), edges[of_edge, second, first].astype(np.int64)
    wide = len(schema.edge_types.levels) + 1
    colours = np.stack([there * wide + back, back * wide + there], 1) if schema.directed else np.stack([there, there], 1) - 1
    own = types[graph, slot].astype(np.int64) - 1
    if "loops" in graphs:
        own = 2 * own + graphs["loops"][graph, slot]
    ties = np.zeros(len(graph))
    if "node_numbers" in graphs:
        ties = np.round(graphs["node_numbers"][graph, slot].astype(np.float64).sum(1), 2) + 0.0
    ranks = np.zeros((n, slots), dtype=np.int64)
    ranks[graph, slot] = central_ranks(graph, own, ends, colours, ties)
    sizes = (types > 0).sum(1)
    order = order_nodes(joined, ranks, sizes)
    places = np.take_along_axis(shared_places(joined, ranks, sizes), order, 1)
    rows = np.arange(n)[:, None]
    found = {
        name: array[rows[..., None], order[:, :, None], order[:, None, :]] if name.startswith("edge") else array[rows, order]
        for name, array in graphs.items()
    }
    return found | {"returns": _returns(found["edges"]), "places": places}


def cells_of(tensors: Tensors, schema: GraphSchema, cell_map: CellMap) -> tuple[Tensor, Tensor | None]:
    """(cells (n, cells), which of them are there, or None for all)."""
    types, edges = tensors["types"].long(), tensors["edges"].long()
    n = len(types)
    later, earlier = cell_map.later, cell_map.earlier
    # Types are counted from 1, so that 0, for nothing there, falls away.
    kinds = functional.one_hot(types, cell_map.types + 1)[..., 1:].float()
    pairs = [edges[:, earlier, later], edges[:, later, earlier]][: cell_map.directions]
    joined = functional.one_hot(torch.stack(pairs, 2), cell_map.edge_types + 1)[..., 1:].float()
    exists = (types > 0).float()
    centre, unit = schema.size
    blocks = Blocks(
        (exists.sum(1) - centre) / unit,
        kinds,
        joined,
        tensors["loops"].float() if cell_map.loops else exists[:, :0],
        tensors["node_numbers"] if cell_map.node_numbers else exists.new_zeros(n, cell_map.slots, 0),
        _pair_numbers(tensors, cell_map),
    )
    if not any(column.gaps for column in schema.node_numbers):
        return blocks.row(), None
    seen = Blocks(
        torch.ones(n),
        torch.ones_like(blocks.types),
        torch.ones_like(blocks.edges),
        torch.ones_like(blocks.loops),
        tensors["known"].float(),
        torch.ones_like(blocks.edge_numbers),
    )
    return blocks.row(), seen.row()


def _check(arrays: GraphArrays, schema: GraphSchema) -> None:
    large = np.flatnonzero(arrays.sizes > schema.slots)
    if len(large):
        raise SchemaError(
            f"This space was fitted on graphs of up to {schema.largest} nodes and takes up to {schema.slots}, but graph "
            f"{large[0]} has {arrays.sizes[large[0]]:,}. Fit a space with such graphs in it."
        )
    if not schema.disconnected and len(arrays.sizes):
        parts = components(arrays.sizes, arrays.ends)
        if (parts > 1).any():
            number = int(np.argmax(parts > 1))
            raise SchemaError(
                f"Every graph of the fit hung together, but graph {number} falls into {parts[number]} parts. "
                "Pass one part, or fit with such graphs."
            )


def _returns(edges: np.ndarray) -> np.ndarray:
    """Probability that a random walk is back after 1 .. 8 steps, (n, slots, 8) (Dwivedi et al. 2022, section 4)."""
    joined = edges > 0
    joined = (joined | joined.transpose(0, 2, 1)).astype(np.float32)
    step = joined / np.maximum(joined.sum(-1, keepdims=True), 1)
    powers = [step, step @ step]
    powers += [powers[1] @ step, powers[1] @ powers[1]]
    found = np.zeros((*edges.shape[:2], RETURNS), dtype=np.float32)
    for k in range(2, RETURNS + 1):
        half, rest = powers[(k + 1) // 2 - 1], powers[k // 2 - 1]
        found[..., k - 1] = np.einsum("bij,bji->bi", half, rest)
    return found


def _pair_numbers(tensors: Tensors, cell_map: CellMap) -> Tensor:
    """Numbers of edges by pair and direction, (n, pairs, directions, numbers)."""
    later, earlier = cell_map.later, cell_map.earlier
    if not cell_map.edge_numbers:
        return torch.zeros(len(tensors["types"]), cell_map.pairs, cell_map.directions, 0)
    numbers = tensors["edge_numbers"]
    return torch.stack([numbers[:, earlier, later], numbers[:, later, earlier]][: cell_map.directions], 2)
